"""What the four APIs about works promise alike: any bytes are read or refused, and one odd field costs one field."""

import json
from collections.abc import Callable, Coroutine
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import SourceChanged, SourceUnavailable
from digest.model import Cursor, ExternalId, IdScheme, Paper, Parsed, PastBatch
from digest.sources.crossref_works import parse_works as parse_crossref
from digest.sources.formats.dates import Span
from digest.sources.novelty import is_first, keep_news
from digest.sources.openalex_works import parse_works as parse_openalex
from digest.sources.orcid_works import parse_record as parse_orcid
from digest.sources.semantic_scholar_papers import parse_papers as parse_s2
from digest.sources.works import Page, Pages, Work, fetch_pages, join_pages
from tests.apis import (
    crossref_list,
    crossref_work,
    openalex_list,
    openalex_work,
    orcid_group,
    orcid_summary,
    orcid_works,
    s2_list,
    s2_paper,
)

Parse = Callable[[bytes], Parsed]
PARSERS: dict[str, Parse] = {
    "openalex": parse_openalex,
    "semantic_scholar": parse_s2,
    "crossref": parse_crossref,
    "orcid": parse_orcid,
}
# A whole entry, a second one made of it with changes, and the two as an answer.
ENTRIES: dict[str, tuple[dict[str, Any], Callable[[dict[str, Any]], bytes]]] = {
    "openalex": (
        openalex_work(ids={}, locations=[], biblio={}, abstract_inverted_index={}, primary_location={}),
        lambda odd: openalex_list(openalex_work(9), odd),
    ),
    "semantic_scholar": (s2_paper(journal={}, openAccessPdf={}), lambda odd: s2_list(s2_paper(9), odd)),
    "crossref": (
        crossref_work(relation={}, abstract="", license=[], subtitle=[]) | {"update-to": [], "container-title": []},
        lambda odd: crossref_list(crossref_work(9), odd),
    ),
    "orcid": (
        orcid_summary(),
        lambda odd: orcid_works(orcid_group(orcid_summary(9)), orcid_group(odd)),
    ),
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("name", PARSERS)
@pytest.mark.parametrize(
    "body", [b"", b"{", b"[[[", b"null", b"7", b'"x"', b"{}", b"<html>Sorry</html>", b"\xff\x00", b"[" * 100_000]
)
def test_garbage_is_refused_in_one_sentence(name: str, body: bytes) -> None:
    with pytest.raises(SourceChanged) as caught:
        PARSERS[name](body)

    assert caught.value.source == name
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=60, deadline=2000)
@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_read_or_refused(name: str, body: bytes) -> None:
    try:
        parsed = PARSERS[name](body)
    except SourceChanged:
        return

    assert parsed.source == name


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=100, deadline=2000)
@given(data=st.data())
def test_any_field_may_be_anything(name: str, data: st.DataObject) -> None:
    whole, answer = ENTRIES[name]
    changes = data.draw(st.dictionaries(st.sampled_from(sorted(whole)), JSON, min_size=1, max_size=4))

    parsed = PARSERS[name](answer(whole | changes))

    assert parsed.papers[0].title == "Tidal Memory in Networks, part 9"
    assert len(parsed.papers) <= 2


def work(number: int, out: Span | None = None) -> Work:
    ids = (ExternalId(IdScheme.S2, f"{number:040x}"),)
    return Work(Paper(ids=ids, title="T", submitted_at=datetime(2026, 1, 1, tzinfo=UTC)), out)


def turn(*pages: Page) -> Callable[[str], Coroutine[Any, Any, Page]]:
    """Give page after page, the last one for ever."""
    left = list(pages)

    async def get(_at: str) -> Page:
        return left.pop(0) if len(left) > 1 else left[0]

    return get


def fetch(*pages: Page, limit: int = 9) -> Pages:
    """Run it without an event loop: nothing in it waits."""
    try:
        fetch_pages(turn(*pages), "*", limit).send(None)
    except StopIteration as done:
        read = done.value
    assert isinstance(read, Pages)
    return read


def test_pages_are_asked_for_until_the_last() -> None:
    read = fetch(Page(works=(work(1),), entries=1, next="b"), Page(works=(work(2),), entries=1, total=2))

    parsed = join_pages(read, "x")
    assert (len(parsed.papers), parsed.is_truncated, parsed.warnings) == (2, False, ())


def test_a_source_that_repeats_its_pages_is_not_asked_for_ever() -> None:
    parsed = join_pages(fetch(Page(works=(work(1),), entries=1, next="same")), "x")

    assert (len(parsed.papers), parsed.is_truncated) == (1, True)
    assert parsed.warnings == ("The same page came twice, so the reading was ended",)


def test_a_list_without_end_is_cut_and_says_so() -> None:
    pages = [Page(works=(work(number),), entries=1, next="more", total=99) for number in range(5)]

    parsed = join_pages(fetch(*pages, limit=3), "x")

    assert (len(parsed.papers), parsed.is_truncated) == (3, False)
    assert parsed.warnings == ("Only the first 3 works were read of 99",)


def test_works_that_are_counted_and_not_sent_are_missed() -> None:
    parsed = join_pages(fetch(Page(works=(work(1),), entries=1, total=5)), "x")

    assert (parsed.is_truncated, parsed.warnings) == (True, ("1 works came where 5 are due",))


def test_what_came_before_a_page_failed_is_kept() -> None:
    async def get(at: str) -> Page:
        if at == "c":
            raise SourceUnavailable("x", "host answered 503")
        return Page(works=(work(len(at) + ord(at[0])),), entries=1, next={"*": "b", "b": "c"}[at], total=5)

    with pytest.raises(StopIteration) as done:
        fetch_pages(get, "*", 9).send(None)
    parsed = join_pages(done.value.value, "x")

    assert (len(parsed.papers), parsed.is_truncated) == (2, True)
    assert parsed.warnings == ("Only the first 2 works came: host answered 503",)
    with pytest.raises(SourceUnavailable):
        fetch_pages(get, "c", 9).send(None)


TODAY = date(2026, 11, 20)
THIS_YEAR = Span(date(2026, 1, 1), date(2026, 12, 31))
LAST_YEAR = Span(date(2025, 1, 1), date(2025, 12, 31))
READ_BEFORE = Cursor(history=(PastBatch(on=TODAY, entries=0),))


@pytest.mark.parametrize(
    ("since", "out", "days"),
    [
        (Cursor(), THIS_YEAR, []),
        (READ_BEFORE, THIS_YEAR, [TODAY]),
        (READ_BEFORE, LAST_YEAR, []),
        (READ_BEFORE, None, []),
        (Cursor(), Span(date(2026, 11, 18), date(2026, 11, 18)), [date(2026, 11, 18)]),
    ],
)
def test_a_work_of_this_year_is_news_once_the_others_are_known(
    since: Cursor, out: Span | None, days: list[date]
) -> None:
    parsed = join_pages(Pages((Page(works=(work(1, out),), entries=1),)), "x", is_first=is_first(since))

    assert [made.announced_on for made in keep_news(parsed, since, TODAY).announcements] == days
