"""Answers of arXiv's search API."""

from datetime import UTC, datetime

import pytest

from digest.errors import SourceChanged
from digest.model import Author, ExternalId, IdScheme, Paper
from digest.sources.arxiv.source import parse_capture
from tests.feeds import SEARCH_ENTRY, search_answer

ERROR = """<entry><id>https://arxiv.org/api/errors#incorrect_id_format_for_abc</id><title>Error</title>
<summary>incorrect id format for abc</summary><author><name>arXiv api core</name></author></entry>"""


def test_an_answer_gives_papers_and_announces_nothing() -> None:
    parsed = parse_capture(search_answer(SEARCH_ENTRY))

    assert (parsed.announcements, parsed.warnings, parsed.source) == ((), (), "arxiv")
    assert parsed.papers == (
        Paper(
            ids=(ExternalId(IdScheme.ARXIV, "2611.00003"), ExternalId(IdScheme.DOI, "10.5555/cloud")),
            title="Sorting Clouds",
            abstract="We sort clouds.",
            authors=(Author("Ada Lovelace", ("London", "Turin")), Author("Dirk Wübben")),
            categories=("stat.ML", "cs.LG"),
            version=2,
            submitted_at=datetime(2026, 11, 1, 9, tzinfo=UTC),
            updated_at=datetime(2026, 11, 19, 10, tzinfo=UTC),
            abstract_url="https://arxiv.org/abs/2611.00003",
            pdf_url="https://arxiv.org/pdf/2611.00003",
            code_url="https://github.com/clouds/sort",
            journal_ref="Clouds 7",
            comment="Code: github.com/clouds/sort",
        ),
    )


def test_an_error_answer_is_told_from_a_paper() -> None:
    with pytest.raises(SourceChanged, match="did not understand the search: incorrect id format for abc"):
        parse_capture(search_answer(ERROR))


def test_an_unknown_id_gives_an_empty_answer() -> None:
    assert parse_capture(search_answer()).papers == ()


@pytest.mark.parametrize(("start", "is_truncated"), [(0, True), (30, True), (40, False)])
def test_an_empty_page_in_the_middle_is_noticed(start: int, *, is_truncated: bool) -> None:
    parsed = parse_capture(search_answer(total=40, start=start))

    assert parsed.is_truncated is is_truncated


def test_an_entry_without_an_id_is_skipped() -> None:
    broken = SEARCH_ENTRY.replace("arxiv.org/abs/2611.00003v2", "example.org/x")

    parsed = parse_capture(search_answer(SEARCH_ENTRY, broken))

    assert (len(parsed.papers), parsed.skipped) == (1, 1)


def test_an_answer_in_which_nothing_can_be_read_is_broken() -> None:
    with pytest.raises(SourceChanged, match="None of the 1 entries"):
        parse_capture(search_answer(SEARCH_ENTRY.replace("Sorting\n  Clouds", "")))
