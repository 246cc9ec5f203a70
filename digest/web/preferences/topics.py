"""What the reader wants to read about, and what not: topics, categories and exclusions."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from digest.errors import InvalidQuery
from digest.pipeline.foretaste import Foretaste
from digest.pipeline.signup import read_interest
from digest.rendering.digest import count_papers
from digest.web.joining.outlook import FLOOD, NOTHING, TOO_MUCH, count_days
from digest.web.preferences.acts import Act, Call, Mistake, Saved, Undo
from digest.web.preferences.categories import PREFIX, Category, find_category, key_of, read_code
from subscribers import exclusions, service, store
from subscribers.model import InterestWish, InvalidWish, Wishes
from subscribers.outcomes import WishChanged

TOPICS: Final = "topics"
CATEGORIES: Final = "categories"
EXCLUSIONS: Final = "exclusions"
MOST_TOPICS: Final = 500  # topics, categories and exclusions of one reader
LONGEST_SHOWN: Final = 300  # characters of a query in a sentence


def add_topic(call: Call) -> Saved:
    """Add a query in the language of interests."""
    wish = _read_query(call, "query")
    _make_room(call, "query")
    change = _add(call, "query", wish)
    (number,), has_switched = change.ids, change.has_switched
    back = Undo(act="exclude", fields=(("query", wish.text),))
    instead = ", and are left out no longer" if has_switched else ""
    return Saved(
        sentence=f"papers about {shorten(wish.text)} come to you{instead}.",
        section=TOPICS,
        is_changed=change.is_changed,
        undo=back if has_switched else Undo(act="remove-topic", fields=(("topic", str(number)),)),
        topic=wish if change.is_changed else None,
    )


def remove_topic(call: Call) -> Saved:
    """Drop a topic."""
    topic = call.interest()
    change = service.remove_interest(call.session, call.now, call.reader, topic.canonical)
    return Saved(
        sentence=f"papers about {shorten(topic.text)} come no more, unless something else finds them.",
        section=TOPICS,
        is_changed=change.is_changed,
        undo=Undo(act="add-topic", fields=(("query", topic.text),)),
    )


def tick_categories(call: Call) -> Saved:
    """Add the categories that were ticked and drop those that were cleared; what was not shown stays."""
    shown = call.shown(MOST_TOPICS)
    ticked = {key_of(each.strip()): each.strip() for each in call.form.get("category", ())}
    mine = list_categories(call.session, call.reader)
    added = [written for key, written in ticked.items() if key not in shown and key not in mine]
    dropped = [key for key in shown if key not in ticked and key in mine]
    for written in added:
        _make_room(call, "category")
        _add(call, "category", _read_category(written))
    for key in dropped:
        service.remove_interest(call.session, call.now, call.reader, mine[key].canonical)
    after = list_categories(call.session, call.reader)
    return Saved(
        sentence=_say_categories(after),
        section=CATEGORIES,
        is_changed=bool(added or dropped),
        undo=Undo(act="categories", fields=_tick(mine, after)),
    )


def exclude(call: Call) -> Saved:
    """Keep papers out that a query matches."""
    wish = _read_query(call, "query")
    _make_room(call, "query")
    try:
        change = exclusions.add_exclusion(call.session, call.now, call.reader, wish)
    except InvalidWish as error:
        raise Mistake("query", str(error)) from error
    (number,), has_switched = change.ids, change.has_switched
    back = Undo(act="add-topic", fields=(("query", wish.text),))
    return Saved(
        sentence=f"papers about {shorten(wish.text)} are left out{', and no topic any more' if has_switched else ''}.",
        section=EXCLUSIONS,
        is_changed=change.is_changed,
        undo=back if has_switched else Undo(act="include", fields=(("exclusion", str(number)),)),
    )


def include(call: Call) -> Saved:
    """Leave papers out no longer."""
    exclusion = call.exclusion()
    change = exclusions.remove_exclusion(call.session, call.now, call.reader, exclusion.canonical)
    return Saved(
        sentence=f"papers about {shorten(exclusion.text)} are left out no longer.",
        section=EXCLUSIONS,
        is_changed=change.is_changed,
        undo=Undo(act="exclude", fields=(("query", exclusion.text),)),
    )


def list_categories(session: Session, reader: int) -> dict[str, Category]:
    """Give the categories among a reader's interests, by key."""
    found = map(find_category, store.list_wishes(session, [reader])[reader].interests)
    return {each.key: each for each in found if each is not None}


def say_taste(taste: Foretaste) -> str:
    """Say what a new topic would have brought, and warn of none and of a flood; nothing where no papers are known."""
    if not taste.announced:
        return ""
    days, papers = count_days(taste), taste.total
    over = f"the last {days} days" if days > 1 else "the last day"
    warning = NOTHING if not papers else TOO_MUCH if papers >= FLOOD else ""
    if not papers:
        return f"Over {over} it would have found nothing. {warning.removeprefix('No paper. ')}"
    return f"Over {over} it would have found {count_papers(papers)}. {warning}".strip()


def shorten(query: str) -> str:
    """Give a query as a sentence shows it."""
    return f"“{query}”" if len(query) <= LONGEST_SHOWN else f"“{query[: LONGEST_SHOWN - 1]}…”"


def _read_query(call: Call, name: str) -> InterestWish:
    try:
        return read_interest(call.text(name))
    except InvalidQuery as error:
        raise Mistake(name, str(error)) from error


def _read_category(written: str) -> InterestWish:
    try:
        wish = read_interest(f"{PREFIX}{written}")
    except InvalidQuery as error:
        raise Mistake("category", str(error)) from error
    if read_code(wish.canonical) is None:
        raise Mistake("category", f"{shorten(written)} is no category; choose from the list.")
    return wish


def _add(call: Call, name: str, wish: InterestWish) -> WishChanged:
    try:
        return service.add_interest(call.session, call.now, call.reader, wish)
    except InvalidWish as error:
        raise Mistake(name, str(error)) from error


def _make_room(call: Call, name: str) -> None:
    wishes: Wishes = store.list_wishes(call.session, [call.reader])[call.reader]
    if len(wishes.interests) + len(wishes.exclusions) >= MOST_TOPICS:
        raise Mistake(name, f"You have {MOST_TOPICS} topics, which is the most there can be; remove some first.")


def _say_categories(mine: Mapping[str, Category]) -> str:
    if not mine:
        return "no whole category comes to you; your topics and the people you follow decide alone."
    return f"everything new in {', '.join(sorted(each.code for each in mine.values()))} comes to you."


def _tick(before: Mapping[str, Category], after: Mapping[str, Category]) -> tuple[tuple[str, str], ...]:
    """Give the form that turns the ticks from what they are back to what they were."""
    return (*(("category", each.code) for each in before.values()), ("shown", write_keys(after)))


def write_keys(mine: Mapping[str, Category]) -> str:
    """Write down which categories a form showed as ticked, to travel with it."""
    return urlencode(dict.fromkeys(sorted(mine), "1"))


ACTS: Final[dict[str, Act]] = {
    "add-topic": add_topic,
    "remove-topic": remove_topic,
    "categories": tick_categories,
    "exclude": exclude,
    "include": include,
}
