"""Papers: what waits for the next digest, why one did not come, one of them, and a search."""

from collections.abc import Iterator
from dataclasses import replace
from html import escape
from typing import Final

from sqlalchemy.orm import Session

from digest.bot.commands.call import Call, Reply, Shown
from digest.bot.commands.shapes import button, label, link, quote, say, say_lines, show
from digest.errors import InvalidReference
from digest.identifiers.references import read_ids
from digest.languages import mark, say_time, spoken, tr, trn
from digest.model import ChatMessage, ExternalId, IdScheme, Keyboard, MessageForm, Paper, PaperId
from digest.pipeline.preview import list_open_channels, make_delivery
from digest.pipeline.recent import MOST as MOST_FOUND
from digest.pipeline.recent import find_recent
from digest.pipeline.upcoming import preview_next
from digest.pipeline.why import explain_absence
from digest.rendering.card import LONGEST_EXCERPT, choose_excerpt
from digest.rendering.digest import count_papers, long_date
from digest.rendering.links import find_page, list_links
from digest.researchers.ids import parse_paper_id
from digest.researchers.names import parse_name
from digest.storage import papers
from digest.storage.history import find_last
from subscribers.model import Cadence
from subscribers.schedule import zone_of

MOST_TODAY: Final = 10  # papers
MOST_PARTS: Final = 3  # messages
LONGEST_TITLE: Final = 300
LONGEST_NAME: Final = 80
LONGEST_SENTENCE: Final = 600
MOST_AUTHORS: Final = 6
MOST_DETAILS: Final = 10
MOST_WORDS: Final = 20  # of a message that may hold an address

ASK_WHY: Final = mark(
    "Which paper? Send it like this:\n<code>/why 2310.01234</code>\n<code>/why Sparse Experts Learn Fast</code>"
)
ASK_PAPER: Final = mark("Which paper? Send it like this:\n<code>/paper 2310.01234</code>, or send me its address.")
ASK_WORDS: Final = mark("What do you look for? Send it like this:\n<code>/search mixture of experts</code>")
UNKNOWN: Final = mark("I have not seen this paper: only what my sources brought is stored here.")
NO_ID: Final = mark(
    "That is no id or address of a paper that I understand; send one like <code>2310.01234</code> or a DOI."
)
NOTHING_WAITS: Final = mark("Nothing yet: no new paper for this chat since its last digest.")
NO_DIGEST_YET: Final = mark("No digest with papers has come here yet.")
NO_WISHES: Final = mark("/add a topic or /follow somebody first; then I know what to look for.")


# ── the next digest ──────────────────────────────────────────────────────────────────────────────────────────────────


def today(call: Call) -> Reply:
    """Show what the next digest holds so far. It comes all the same."""
    if not call.view.interests and not call.view.follows:
        return Reply(text=say(tr(NOTHING_WAITS), tr(NO_WISHES)))
    delivery, shown = preview_next(call.database, call.view, call.channel.id, call.now, MOST_TODAY)
    edition = delivery.edition
    if not edition.entries:
        return Reply(text=say(tr(NOTHING_WAITS), _say_when(call)))
    message = call.app.presenter.render(delivery, shown, MessageForm.CHAT)
    assert isinstance(message, ChatMessage)  # as it was asked for
    parts = tuple(Shown(text, message.keyboards.get(place, ())) for place, text in enumerate(message.parts))
    total = len(edition.entries) + edition.more
    so_far = tr("<b>So far the next digest has {papers}.</b>", papers=count_papers(total))
    head = f"{so_far} {_say_when(call)}"
    return Reply(text=head.strip(), more=parts[:MOST_PARTS])


def last_digest(call: Call) -> Reply:
    """Show the last digest of this chat again, with its buttons."""
    with call.database.reading() as session:
        past = find_last(session, call.channel.id)
        shown = papers.load_papers(session, [entry.paper_id for entry in past.edition.entries]) if past else {}
    if past is None:
        return Reply(text=say(tr(NO_DIGEST_YET), _say_when(call)))
    standing = next(each for each in list_open_channels(call.view, any_cadence=True) if each.id == call.channel.id)
    delivery = replace(make_delivery(standing, past.edition, call.view, past.created_at), id=past.id)
    message = call.app.presenter.render(delivery, shown, MessageForm.CHAT)
    assert isinstance(message, ChatMessage)  # as it was asked for
    first, *more = (Shown(text, message.keyboards.get(place, ())) for place, text in enumerate(message.parts))
    return Reply(text=first.text, keyboard=first.keyboard, more=tuple(more[: MOST_PARTS - 1]))


def _say_when(call: Call) -> str:
    schedule = call.channel.schedule
    if schedule.cadence is Cadence.ALERTS:
        return tr("This chat gets alerts alone; /settings changes that.")
    due = call.channel.next_due_at.astimezone(zone_of(schedule.timezone))
    day, at = long_date(due.date()), say_time(due.time(), spoken())
    return tr("It is due {day} at {time}, if it is not paused.", day=day, time=at)


# ── one paper ────────────────────────────────────────────────────────────────────────────────────────────────────────


def why(call: Call) -> Reply:
    """Say why a paper was not in this chat's digest."""
    if not call.rest:
        return Reply(text=tr(ASK_WHY))
    absence = explain_absence(call.database, call.now, call.channel.id, call.rest)
    title = f"<b>{show(absence.title, LONGEST_TITLE)}</b>" if absence.title else ""
    details = (f"• {show(each, LONGEST_SENTENCE)}" for each in absence.details[:MOST_DETAILS])
    return Reply(text=say_lines(say(title, show(absence.sentence, LONGEST_SENTENCE)), details))


def paper(call: Call) -> Reply:
    """Show a stored paper."""
    if not call.rest:
        return Reply(text=tr(ASK_PAPER))
    known = find_ids(call.rest)
    return (
        Reply(text=say(tr(NO_ID), tr("You wrote: “{words}”", words=quote(call.rest))))
        if not known
        else show_paper(call, known)
    )


def find_ids(text: str) -> tuple[ExternalId, ...]:
    """Give the ids a text means: as a whole, or one of its words. An address is one only where a paper's is known."""
    for written in dict.fromkeys((text, *text.split()[:MOST_WORDS])):
        word = written.strip(".,;()<>“”\"'")
        known = _read_id(word)
        if known is not None:
            hugging_face = ExternalId(IdScheme.HF, known.value) if known.scheme is IdScheme.ARXIV else None
            return tuple(dict.fromkeys(filter(None, (known, hugging_face, *read_ids(word)))))
    return ()


def _read_id(word: str) -> ExternalId | None:
    try:
        return parse_paper_id(word)
    except InvalidReference:  # nearly an id: perhaps of something else, and surely of no paper here
        return None


def show_paper(call: Call, known: tuple[ExternalId, ...]) -> Reply:
    """Show the paper of one of these ids, with buttons that follow its first and last author."""
    with call.database.reading() as session:
        found = _find(session, known)
    if found is None:
        return Reply(text=tr(UNKNOWN))
    paper_id, shown = found
    return Reply(text=describe_paper(shown), keyboard=_list_buttons(paper_id, shown) if call.here else ())


def describe_paper(shown: Paper) -> str:
    """Say what a paper is: title, authors, what it is about, where it is."""
    text, is_by_ai = choose_excerpt(shown, LONGEST_EXCERPT)
    about = " · ".join(show(each, 24) for each in shown.categories[:4])
    links = " · ".join(
        link(f"{each.label}{f' {escape(each.note)}' if each.note else ''}", each.url) for each in list_links(shown)
    )
    title = link(f"<b>{_title(shown)}</b>", find_page(shown))
    by_ai = tr("(A machine’s summary)") + " " if is_by_ai else ""
    excerpt = f"{by_ai}{quote(text, LONGEST_EXCERPT + 1)}" if text else ""
    return say(f"{title}\n{_say_authors(shown)}".strip(), excerpt, "\n".join(filter(None, (about, links))))


def _find(session: Session, known: tuple[ExternalId, ...]) -> tuple[PaperId, Paper] | None:
    for each in known:
        number = papers.find_paper(session, each)
        living = papers.find_living(session, number) if number is not None else None
        if living is not None:
            return living, papers.load_papers(session, [living])[living]
    return None


def _say_authors(shown: Paper) -> str:
    names = [show(each.name, LONGEST_NAME) for each in shown.authors]
    if len(names) > MOST_AUTHORS:
        count = trn("{count} author", "{count} authors", len(names))
        names = [*names[: MOST_AUTHORS - 1], f"… {names[-1]} ({count})"]
    return ", ".join(names)


def _list_buttons(paper_id: PaperId, shown: Paper) -> Keyboard:
    places = dict.fromkeys(place for place in (1, len(shown.authors)) if place)
    people = ((place, shown.authors[place - 1].name) for place in places)
    return tuple(
        (button(label(tr("➕ Follow {person}", person=name)), "fa", paper_id, place),)
        for place, name in people
        if parse_name(name)
    )


# ── search ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def search(call: Call) -> Reply:
    """List the newest stored papers that match a query."""
    if not call.rest:
        return Reply(text=tr(ASK_WORDS))
    found = find_recent(call.database, call.now, call.rest)
    since = long_date(found.since.astimezone(zone_of(call.settings.default_timezone)).date())
    if not found.papers:
        return Reply(text=tr("No paper since {day} matches “{words}”.", day=since, words=quote(call.rest)))
    count, words = len(found.papers), quote(call.rest)
    if found.is_full:
        head = trn(
            "<b>The newest paper</b> for “{words}”:",
            "<b>The newest {count} papers</b> for “{words}”:",
            MOST_FOUND,
            words=words,
        )
    else:
        head = tr("<b>{papers} since {day}</b> for “{words}”:", papers=count_papers(count), day=since, words=words)
    return Reply(text=say_lines(head, _list_found([each for _, each in found.papers])))


def _list_found(found: list[Paper]) -> Iterator[str]:
    for number, each in enumerate(found, start=1):
        first = show(each.authors[0].name, LONGEST_NAME) if each.authors else ""
        others = " et al." if len(each.authors) > 1 else ""
        yield f"{number}. {link(_title(each, 160), find_page(each))}{f' · {first}{others}' if first else ''}"


def _title(shown: Paper, limit: int = LONGEST_TITLE) -> str:
    return show(shown.title, limit) or tr("(untitled)")
