"""Every command and every button of a command: what it does, who may, and where."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from digest.bot.commands import beginning, joining, leaving, papers, pausing, people, settings, steps, topics, words
from digest.bot.commands.call import Act, Call, Reply
from digest.bot.commands.shapes import say
from digest.bot.saved import show_saved
from digest.languages import mark, tr


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What is done.

    `is_for_readers`: the chat must be subscribed. `begins`: subscribes one that is not. `changes`, and what begins: in
    a group, administrators alone. `is_personal`: shows or changes what belongs to the whole subscription, which a group
    that one person has linked neither sees nor changes. `is_private`: not in groups at all. `is_slow`: reads many
    papers, so it waits for its turn. `looks_up`: services are asked what the words mean.
    """

    act: Act
    is_for_readers: bool = True
    begins: bool = False
    changes: bool = False
    is_personal: bool = False
    is_private: bool = False
    is_slow: bool = False
    looks_up: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command, and what Telegram shows beside its name. `for_groups`: it stands in the menu of administrators."""

    description: str
    action: Action
    for_groups: bool = False


def show_help(call: Call) -> Reply:
    """List the commands that are of use in this chat."""
    here = [name for name, each in COMMANDS.items() if call.chat.is_private or not each.action.is_private]
    lines = "\n".join(f"/{name} · {tr(COMMANDS[name].description)}" for name in here)
    plain = (
        tr("Or send me a topic, a name or the address of a paper, without any command.") if call.chat.is_private else ""
    )
    return Reply(text=say(beginning.describe_here(call), lines, plain))


def list_saved(call: Call) -> Reply:
    """List the papers that were saved."""
    told = show_saved(call.database, call.reader)
    return Reply(text=told.text or told.notice, keyboard=told.keyboard or ())


COMMANDS: Final[Mapping[str, Command]] = {
    "start": Command(
        description=mark("get the digest here"),
        action=Action(act=beginning.start, is_for_readers=False, begins=True),
        for_groups=True,
    ),
    "today": Command(
        description=mark("what the next digest has so far"),
        action=Action(act=papers.today, is_slow=True),
        for_groups=True,
    ),
    "digest": Command(
        description=mark("show the last digest again"), action=Action(act=papers.last_digest), for_groups=True
    ),
    "add": Command(
        description=mark("add a topic: /add mixture of experts"),
        action=Action(act=topics.add, changes=True, is_personal=True, is_slow=True),
        for_groups=True,
    ),
    "remove": Command(
        description=mark("remove a topic"),
        action=Action(act=topics.remove, changes=True, is_personal=True),
        for_groups=True,
    ),
    "exclude": Command(
        description=mark("leave papers out: /exclude survey"),
        action=Action(act=topics.exclude, changes=True, is_personal=True),
        for_groups=True,
    ),
    "interests": Command(
        description=mark("list the topics"), action=Action(act=topics.interests, is_personal=True), for_groups=True
    ),
    "follow": Command(
        description=mark("follow a person: /follow Furu Wei"),
        action=Action(act=people.follow, changes=True, is_personal=True, is_slow=True, looks_up=True),
        for_groups=True,
    ),
    "unfollow": Command(
        description=mark("follow somebody no longer"),
        action=Action(act=people.drop, changes=True, is_personal=True),
        for_groups=True,
    ),
    "following": Command(
        description=mark("list who is followed"), action=Action(act=people.following, is_personal=True)
    ),
    "settings": Command(
        description=mark("how often, when, how many"),
        action=Action(act=settings.settings, changes=True),
        for_groups=True,
    ),
    "saved": Command(description=mark("list the papers you saved"), action=Action(act=list_saved, is_personal=True)),
    "pause": Command(
        description=mark("send nothing for a while: /pause 2 weeks"),
        action=Action(act=pausing.pause, changes=True, is_personal=True),
        for_groups=True,
    ),
    "resume": Command(
        description=mark("go on after a pause"),
        action=Action(act=pausing.resume, changes=True, is_personal=True),
        for_groups=True,
    ),
    "why": Command(
        description=mark("why a paper did not come: /why 2310.01234"),
        action=Action(act=papers.why, is_personal=True, is_slow=True),
    ),
    "paper": Command(
        description=mark("show a paper: /paper 2310.01234"), action=Action(act=papers.paper, is_for_readers=False)
    ),
    "author": Command(
        description=mark("find researchers: /author Furu Wei"),
        action=Action(act=people.author, is_for_readers=False, is_slow=True),
    ),
    "search": Command(
        description=mark("search the last month: /search sign language"),
        action=Action(act=papers.search, is_for_readers=False, is_slow=True),
    ),
    "export": Command(
        description=mark("get all your data as a file"),
        action=Action(act=leaving.export, is_for_readers=False, is_private=True, is_personal=True, is_slow=True),
    ),
    "forget": Command(
        description=mark("delete everything about you"),
        action=Action(act=leaving.forget, is_for_readers=False, is_private=True, is_personal=True),
    ),
    "stop": Command(description=mark("end the digest"), action=Action(act=leaving.stop, changes=True), for_groups=True),
    "help": Command(
        description=mark("what I can do"), action=Action(act=show_help, is_for_readers=False), for_groups=True
    ),
}

PLAIN_WORDS: Final = Action(act=words.answer, is_for_readers=False, is_private=True, is_slow=True)

_TOPIC = {"changes": True, "is_personal": True}
PRESSES: Final[Mapping[str, Action]] = {
    "go": Action(act=beginning.start_and_follow, is_for_readers=False, changes=True, is_personal=True),
    "an": Action(act=beginning.begin_anew, is_for_readers=False, changes=True, is_personal=True),
    "bb": Action(act=steps.offer_fields, **_TOPIC),
    "bf": Action(act=steps.press_field, **_TOPIC),
    "bi": Action(act=steps.press_idea, **_TOPIC),
    "bn": Action(act=steps.ask_whom, **_TOPIC),
    "bh": Action(act=steps.ask_hour, changes=True),
    "bz": Action(act=steps.ask_zone, changes=True),
    "bo": Action(act=steps.take_hour, **_TOPIC, is_slow=True),
    "lk": Action(act=joining.link_chat, is_for_readers=False, changes=True),
    "ln": Action(act=joining.leave_apart, is_for_readers=False, changes=True),
    "lm": Action(act=joining.choose_places, **_TOPIC),
    "ad": Action(act=topics.add, **_TOPIC, is_slow=True),
    "ex": Action(act=topics.exclude, **_TOPIC),
    "rt": Action(act=topics.press_topic, **_TOPIC),
    "rx": Action(act=topics.press_exclusion, **_TOPIC),
    "lr": Action(act=topics.list_removable, **_TOPIC),
    "li": Action(act=topics.interests, is_personal=True),
    "fn": Action(act=people.follow_name, **_TOPIC),
    "fa": Action(act=people.follow_author, **_TOPIC),
    "ff": Action(act=people.follow_again, **_TOPIC),
    "uf": Action(act=people.press_drop, **_TOPIC),
    "lu": Action(act=people.list_droppable, **_TOPIC),
    "lf": Action(act=people.following, is_personal=True),
    "pa": Action(act=pausing.press_pause, **_TOPIC),
    "re": Action(act=pausing.resume, **_TOPIC),
    "sm": Action(act=settings.menu, changes=True),
    "sc": Action(act=settings.press_cadence, changes=True),
    "st": Action(act=settings.press_hour, changes=True),
    "sz": Action(act=settings.press_zone, changes=True),
    "sp": Action(act=settings.press_cap, changes=True),
    "sg": Action(act=settings.press_look, changes=True),
    "sl": Action(act=settings.press_language, **_TOPIC),
    "sh": Action(act=leaving.stop_here, changes=True),
    "sa": Action(act=leaving.stop_everywhere, changes=True),
    "sn": Action(act=leaving.stay, is_for_readers=False, changes=True),
    "su": Action(act=leaving.come_back, is_for_readers=False, changes=True),
    "er": Action(act=leaving.erase, is_for_readers=False, is_private=True),
}
