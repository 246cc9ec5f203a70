"""Sentences that are kept in English are said again in the language of whoever reads them."""

import string
from itertools import product

import pytest

from digest.languages import LANGUAGES, say_list, speaking, tr, trn
from digest.languages.phrases import CORRECTIONS, EVENTS, EVIDENCE, FAILURES, NOTES, REASONS
from digest.languages.retelling import LONGEST, Phrase, Phrasebook
from digest.matching.corrections import word_corrections
from digest.matching.events import word_event
from digest.matching.explain import word_evidence
from digest.model import Affiliation, AnnouncementKind, Researcher, RunState, SourceRun, Standing
from digest.pipeline.notes import note_troubles
from digest.researchers.weighing import Part, PartKind, Weighing
from digest.researchers.wording import explain
from tests.factories import NOON, stored_announcement

OTHERS = [language for language in LANGUAGES if language != "en"]
BOOKS = {"evidence": EVIDENCE, "events": EVENTS, "failures": FAILURES, "notes": NOTES, "corrections": CORRECTIONS}


def values_of(text: str) -> dict[str, str]:
    names = {name for _, name, _, _ in string.Formatter().parse(text) if name}
    return {name: "12" if name in ("count", "years", "number", "more") else f"X-{name}" for name in names}


def say(phrase: Phrase) -> str:
    if isinstance(phrase, str):
        return tr(phrase, **values_of(phrase))
    return trn(*phrase, 12, **{name: value for name, value in values_of(phrase[1]).items() if name != "count"})


@pytest.mark.parametrize(
    ("phrase", "book"), [(phrase, book) for name, book in BOOKS.items() for phrase in book.phrases], ids=str
)
def test_what_was_made_from_a_text_is_said_by_its_translation(phrase: Phrase, book: Phrasebook) -> None:
    text = phrase if isinstance(phrase, str) else phrase[1]
    kept = text.format(**values_of(text))

    assert book.retell(kept) == kept
    for language in OTHERS:
        with speaking(language):
            assert book.retell(kept) == say(phrase)


def test_every_text_is_translated_into_every_language() -> None:
    texts = [each if isinstance(each, str) else each[0] for book in BOOKS.values() for each in book.phrases]
    same = [(language, text) for text, language in product(texts, OTHERS) if _is_same(text, language)]

    assert set(same) == {("zh-Hans", "“{title}”"), ("de", "Feed {name}")}


def _is_same(text: str, language: str) -> bool:
    with speaking(language):
        return tr(text) == text


def test_values_that_are_phrases_are_said_again_and_names_are_left_alone() -> None:
    book = Phrasebook(("{who} is late", "{thing_list} changed"))
    with speaking("ja"):
        assert book.retell("The printer is late") == "The printer is late"
        assert book.retell("a, b and c changed") == f"{say_list(['a', 'b', 'c'], 'ja')} changed"
    with speaking("de"):
        assert REASONS.retell("new version v3; changed: title, abstract") == (
            "neue Fassung v3; geändert: Titel und Kurzfassung"
        )
        assert REASONS.retell("same field (another topic)") == "gleiches Gebiet (another topic)"
        assert EVIDENCE.retell("another arXiv author li_d_1") == "andere Kennung: arXiv-Autor li_d_1"


@pytest.mark.parametrize("kept", ["", "It rains.", "same", "same name, more or less", "{name}", "x" * (LONGEST + 1)])
def test_what_is_none_of_the_books_stays_as_it_is(kept: str) -> None:
    with speaking("fr"):
        assert [book.retell(kept) for book in BOOKS.values()] == [kept] * len(BOOKS)


def test_a_value_with_braces_is_put_in_as_it_is() -> None:
    with speaking("de"):
        assert EVIDENCE.retell("printed as {count}") == "gedruckt als {count}"


# ── what the program keeps ───────────────────────────────────────────────────────────────────────────────────────────


def test_notes_on_late_sources() -> None:
    states = {"arxiv:cs.CL": RunState.STALE, "arxiv:cs.AI": RunState.STALE, "huggingface": RunState.BROKEN}
    runs = [SourceRun(source=each, started_at=NOON, ended_at=NOON, state=state) for each, state in states.items()]
    with speaking("de"):
        assert [NOTES.retell(note) for note in note_troubles(runs, (), NOON)] == [
            "arXiv cs.CL und cs.AI sind heute spät dran; die Paper kommen nach.",
            "Hugging Face Daily Papers hat etwas Unlesbares geantwortet; die Paper kommen nach.",
        ]


def test_corrections() -> None:
    other = Researcher(name="Peng Fu", affiliations=(Affiliation(name="MIT"),))
    said = [
        word_corrections("Peng Fu", ["One", "Two", "Three"], other),
        word_corrections("Peng Fu", ["One", "Two"], None),
        word_corrections("Peng Fu", ["One"], Researcher(name="Ann Kim")),
    ]
    moved = "3 frühere Paper aus deinen Digests gehören zu"
    not_theirs = "2 frühere Paper, die als solche von Peng Fu zu dir kamen, sind doch"
    with speaking("de"):
        assert list(map(CORRECTIONS.retell, said)) == [
            f"{moved} jemand anderem namens Peng Fu (MIT): „One“, „Two“ und 1 weitere.",
            f"{not_theirs} nicht von dieser Person: „One“ und „Two“.",
            "1 früheres Paper aus deinen Digests gehört zu Ann Kim: „One“.",
        ]


PARTS = [
    Part(PartKind.OTHER_ID, -3.0, facts=("arxiv:li_d_1",)),
    Part(PartKind.OTHER_ID, -3.0),
    Part(PartKind.START, 0.0),
    *(
        Part(PartKind.NAME, 0.0, 0.0, (likeness, "P. Fu"))
        for likeness in ("same", "swapped", "single", "romanised", "x")
    ),
    *(Part(PartKind.RARITY, 0.0, figure) for figure in (0.1, 116.0)),
    *(Part(PartKind.COAUTHORS, 3.0, 1.8, names) for names in (("Wei Li",), ("Wei Li", "Ann Kim"))),
    Part(PartKind.CIRCLE, 1.0, 1.0, ("Ann Kim",)),
    *(Part(PartKind.TOPIC, 0.0, figure) for figure in (0.01, 0.9)),
    *(Part(PartKind.FIELDS, 0.0, figure, facts) for figure, facts in ((1.0, ()), (1.0, ("cs.CL",)), (0.0, ("cs.CL",)))),
    *(Part(PartKind.PLACE, 0.0, figure, ("MIT",)) for figure in (0.1, 1.0)),
    *(Part(PartKind.TIME, 0.0, 12.0, (when,)) for when in ("after", "before")),
    Part(PartKind.DOMAIN, 1.0, facts=("mit.edu",)),
    *(Part(kind, 0.0) for kind in (PartKind.NO_COAUTHOR, PartKind.NO_PLACE, PartKind.INSTITUTION, PartKind.REJECTED)),
]


@pytest.mark.parametrize("part", PARTS, ids=repr)
def test_each_piece_of_evidence(part: Part) -> None:
    (said,) = explain(Weighing(0.9, Standing.POSSIBLE, (part,)))
    for language in OTHERS:
        with speaking(language):
            assert EVIDENCE.retell(said) != said


def test_evidence_is_sorted_by_what_it_means_and_said_in_the_language() -> None:
    kept = ("affiliation unknown", "2 shared co-authors (Wei Li, Ann Kim)", "ORCID 0000-0002-1825-0097", "common name")
    with speaking("fr"):
        said = word_evidence(kept)

    assert said == (
        "2 coauteurs en commun (Wei Li, Ann Kim), ORCID 0000-0002-1825-0097; affiliation inconnue, nom fréquent"
    )


@pytest.mark.parametrize("kind", AnnouncementKind)
def test_events(kind: AnnouncementKind) -> None:
    said = word_event(stored_announcement(1, 1, kind, detail="7"))
    for language in OTHERS:
        with speaking(language):
            assert EVENTS.retell(said) != said
