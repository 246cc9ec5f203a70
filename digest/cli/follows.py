"""Following people, places and papers from the shell. The operator vouches for the consent."""

import asyncio
from collections.abc import Sequence

import click

from digest.bootstrap import App, open_app
from digest.cli.output import print_json, print_note, print_table
from digest.errors import DigestError
from digest.pipeline import following as acts
from digest.pipeline.candidates import Candidate, find_local_candidates
from digest.pipeline.following import Followed, Terms
from digest.pipeline.lookup import Hints, Meant, find_meant, follow_meant
from digest.pipeline.signup import check_fields, get_subscriber, read_follow
from digest.researchers.ids import parse_person_id
from digest.researchers.places import MAX_WORDS, Institution, phrase_of
from subscribers.model import FollowEvent, FollowKind, FollowWish, InvalidWish, Position, SubscriberView, Timing

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
field_option = click.option(
    "--field",
    "fields",
    multiple=True,
    metavar="CATEGORY",
    help="A field they publish in, such as cs.CL; tells namesakes apart.",
)
timing_option = click.option(
    "--at-once/--in-digest", "is_at_once", default=None, help="Tell of new papers at once, or with the next digest."
)
position_option = click.option(
    "--position",
    type=click.Choice([each.value for each in Position]),
    help="Only papers on which they stand in this place of the author list.",
)
event_option = click.option(
    "--event",
    "events",
    multiple=True,
    type=click.Choice(["none", *(each.value for each in FollowEvent)]),
    help="Tell of this too, once the paper is known; repeat for several, “none” for no more.",
)


@click.command()
@click.argument("who")
@click.argument("what")
@click.option("--name", default="", help="What to call them, if WHAT is an id that cannot be looked up now.")
@field_option
@click.option("--hf-user", metavar="LOGIN", help="Their Hugging Face log-in, which is proof where a paper carries it.")
@click.option("--orcid", metavar="ID", help="Their ORCID iD, which is proof where a paper carries it.")
@click.option("--institution", "is_institution", is_flag=True, help="WHAT names a place; follow what comes from there.")
@click.option("--choose", type=click.IntRange(1), metavar="N", help="Which of `digest researchers search` is meant.")
@timing_option
@position_option
@event_option
@json_option
def follow(  # noqa: PLR0913 -- one argument for each option
    who: str,
    what: str,
    *,
    name: str,
    fields: Sequence[str],
    hf_user: str | None,
    orcid: str | None,
    is_institution: bool,
    choose: int | None,
    is_at_once: bool | None,
    position: str | None,
    events: Sequence[str],
    as_json: bool,
) -> None:
    """Let WHO follow WHAT: a researcher, an institution or a paper.

    WHAT is a name, an id or address of a person (ORCID, OpenAlex, Semantic Scholar, dblp, arXiv, OpenReview, Hugging
    Face), "author 3 of 2310.01234", an institution (ROR, OpenAlex, or words with --institution), or a paper (arXiv id,
    DOI). Names are shared by many people: a field, an id, a paper or --choose says which of them is meant.
    """
    terms = read_terms(is_at_once, position, events)
    hints = Hints(name=name, fields=check_fields(fields))
    with open_app() as app:
        view = get_subscriber(app.database, who)
        if is_institution:
            _check_place(what)
        if choose:
            followed = _follow_candidate(app, view, _choose(app, what, choose), terms)
        elif orcid or hf_user:
            followed = _follow_all(app, view, [Meant(person=read_follow(what, fields, hf_user, orcid))], terms)[0]
        else:
            meant = asyncio.run(_find(app, what, hints, is_institution=is_institution))
            followed = _follow_all(app, view, [meant], terms)[0]
            for note in meant.notes:
                print_note(note)
        others = _count_others(app, followed) if not (choose or as_json) else 0
    if as_json:
        print_json(followed)
        return
    click.echo(f"{view.name} {_say_change(followed)} {describe_target(followed)}.")
    if others:
        print_note(
            f"{others} more of this name {'is' if others == 1 else 'are'} known here: "
            f"`digest researchers search '{what}'` shows them, and --choose follows one of them."
        )


@click.command()
@click.argument("who")
@click.argument("what")
def unfollow(who: str, what: str) -> None:
    """Let WHO no longer follow WHAT: a name, an id, or the number that `digest following` gives.

    Where several kinds of things have the number, say which: "paper 5".
    """
    with open_app() as app:
        view = get_subscriber(app.database, who)
        wishes = [wish for wish in view.follows if _is_meant(app, wish, what)]
        _check_number(what, wishes)
        with app.database.writing() as session:
            for wish in wishes:
                acts.unfollow(session, app.clock(), view.id, wish.kind, wish.target_id)
    if not wishes:
        click.echo(f"{view.name} did not follow {what}.")
    for wish in wishes:
        click.echo(f"{view.name} no longer follows {wish.name}.")


@click.command()
@click.argument("who")
@json_option
def following(who: str, *, as_json: bool) -> None:
    """List whom and what WHO follows, and what they hear of it."""
    with open_app() as app:
        view = get_subscriber(app.database, who)
    if as_json:
        print_json(view.follows)
        return
    rows = [(wish.kind.value, wish.target_id, wish.name, describe_terms(wish)) for wish in view.follows]
    print_table(f"{view.name} follows", ("what", "no.", "name", "tell"), rows)


def _check_place(what: str) -> None:
    """Refuse words that cannot be looked for in what papers print; ids and addresses are checked elsewhere."""
    is_name = ":" not in what and "/" not in what
    if is_name and (phrase_of(what) is None or not any(map(str.isalpha, what))):
        fault = "long" if len(what.split()) > MAX_WORDS else "short"
        raise InvalidWish(f"“{what[:80]}” is too {fault} to be found on papers; give the name in full, or its ROR id.")


def read_terms(is_at_once: bool | None, position: str | None, events: Sequence[str]) -> Terms:  # noqa: FBT001
    """Read what somebody wants to hear, as typed; what is not said stays as it was."""
    timing = None if is_at_once is None else Timing.NOW if is_at_once else Timing.DIGEST
    told = tuple(FollowEvent(each) for each in events if each != "none") if events else None
    return Terms(timing=timing, position=Position(position) if position else None, events=told)


def describe_terms(wish: FollowWish) -> str:
    """Say in words what a follow tells."""
    told = "" if wish.kind is FollowKind.PAPER else "new papers"
    events = ", ".join(event.value.replace("_", " ") for event in wish.events)
    place = "" if wish.position is Position.ANY else f", only as {wish.position.value} author"
    when = "at once" if wish.timing is Timing.NOW else "in the digest"
    return f"{', '.join(filter(None, (told, events)))} {when}{place}"


def describe_target(followed: Followed) -> str:
    """Name what is followed, with its number."""
    return f"{followed.name} ({followed.kind.value} {followed.target_id})"


async def find_all(app: App, texts: Sequence[tuple[str, Hints]]) -> list[Meant | Exception]:
    """Find out what several texts mean, over one connection; what cannot be found is given as the error."""
    found: list[Meant | Exception] = []
    async with app.make_http() as http:
        for text, hints in texts:
            try:
                found.append(await find_meant(app.make_inquiry(http), text, hints))
            except (DigestError, InvalidWish) as error:
                found.append(error)
    return found


async def _find(app: App, what: str, hints: Hints, *, is_institution: bool) -> Meant:
    async with app.make_http() as http:
        meant = await find_meant(app.make_inquiry(http), what, hints)
    if is_institution and meant.institution is None:
        return Meant(institution=Institution(name=" ".join(what.split())))
    return meant


def _follow_all(app: App, view: SubscriberView, meant: Sequence[Meant], terms: Terms) -> list[Followed]:
    with app.database.writing() as session:
        return [follow_meant(session, app.clock(), view.id, each, terms) for each in meant]


def _follow_candidate(app: App, view: SubscriberView, candidate: Candidate, terms: Terms) -> Followed:
    with app.database.writing() as session:
        if candidate.researcher_id is not None:
            return acts.follow_researcher(session, app.clock(), view.id, candidate.researcher_id, terms)
        return acts.follow_person(session, app.clock(), view.id, candidate.wanted, terms)


def _choose(app: App, name: str, number: int) -> Candidate:
    with app.database.reading() as session:
        found = find_local_candidates(session, name)
    if number > len(found):
        raise click.UsageError(
            f"{len(found)} people of this name are known here; `digest researchers search` lists them."
        )
    return found[number - 1]


def _count_others(app: App, followed: Followed) -> int:
    if followed.kind is not FollowKind.RESEARCHER:
        return 0
    with app.database.reading() as session:
        found = find_local_candidates(session, followed.name)
    return sum(1 for each in found if each.researcher_id != followed.target_id)


def _check_number(what: str, wishes: Sequence[FollowWish]) -> None:
    kinds = sorted({wish.kind.value for wish in wishes})
    if what.strip().isdecimal() and len(kinds) > 1:
        several = " and ".join(f"“{kind} {what.strip()}”" for kind in kinds)
        raise click.UsageError(f"Several things have this number; say which is meant: {several}.")


def _is_meant(app: App, wish: FollowWish, what: str) -> bool:
    text = what.strip()
    if text.isascii() and text.isdecimal():
        return int(text) == wish.target_id
    if text.casefold() in {wish.name.casefold(), f"{wish.kind.value} {wish.target_id}"}:
        return True
    person = parse_person_id(text) if wish.kind is FollowKind.RESEARCHER else None
    if person is None:
        return False
    with app.database.reading() as session:
        return acts.find_by_id(session, person) == wish.target_id


def _say_change(followed: Followed) -> str:
    return "now follows" if followed.change.is_changed else "already follows"
