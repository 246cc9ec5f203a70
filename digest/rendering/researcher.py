"""A researcher's page in words: clean, bounded, and with none but plain web links. Pure; templates arrange it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final
from urllib.parse import quote

from digest.model import Affiliation, ClaimLevel, Metrics, PersonId, PersonScheme, ResearcherId
from digest.rendering.links import Link, safe_url
from digest.rendering.researcher_facts import Coherence, Companion, Facts, Voices
from digest.rendering.tex import to_unicode
from digest.rendering.text import clean, shorten
from digest.rendering.work import WorkView, view_work
from digest.researchers.ids import url_of
from digest.researchers.metrics import doubt

LONGEST_NAME: Final = 120  # characters, here and below
LONGEST_PLACE: Final = 160
LONGEST_WORDS: Final = 400
MOST_NAMES: Final = 20
MOST_PLACES: Final = 30
MOST_TOPICS: Final = 25
MOST_IDS: Final = 30

SERVICES: Final = {
    "orcid": "ORCID",
    "openalex": "OpenAlex",
    "s2": "Semantic Scholar",
    "semantic_scholar": "Semantic Scholar",
    "dblp": "dblp",
    "openreview": "OpenReview",
    "arxiv": "arXiv",
    "hf": "Hugging Face",
    "huggingface": "Hugging Face",
    "crossref": "Crossref",
    "paper": "their papers",
    "ror": "ROR",
}
_CLAIMS: Final = {
    ClaimLevel.UNCLAIMED: "Nobody has claimed this page.",
    ClaimLevel.CLAIMED: "Somebody says that this page is about them; that has not been proved.",
    ClaimLevel.VERIFIED: "The person behind this page has proved that it is about them.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceView:
    """An affiliation: its name and page, the years, and who says so."""

    name: str
    url: str | None
    years: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FiguresView:
    """What one service counts; `doubt` says why it cannot be true, and is empty if it can."""

    source: str
    as_of: str
    works: str
    citations: str
    h_index: str
    doubt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanionView:
    """Somebody they write with, and their page."""

    name: str
    papers: str
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CoherenceView:
    """How sure we are that this is one person."""

    percent: str
    sentence: str
    clusters: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class YearLink:
    """A year, how many papers it has, and where they begin."""

    label: str
    count: int
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class YearGroup:
    """The papers of a year that stand on this page, of `count` in all."""

    label: str
    anchor: str
    count: int
    works: tuple[WorkView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResearcherView:
    """What the page says. Addresses are relative to `/researchers/`."""

    researcher_id: ResearcherId
    name: str
    variants: tuple[str, ...]
    summary: str
    followers: str
    ids: tuple[Link, ...]
    homepage: str | None
    places: tuple[PlaceView, ...]
    fields: tuple[str, ...]
    topics: tuple[str, ...]
    terms: tuple[str, ...]
    figures: tuple[FiguresView, ...]
    companions: tuple[CompanionView, ...]
    coherence: CoherenceView | None
    verified: tuple[str, ...]
    years: tuple[YearLink, ...]
    groups: tuple[YearGroup, ...]
    possible: tuple[WorkView, ...]
    possible_left: int
    page: int
    pages: int
    newer_url: str | None
    older_url: str | None
    json_url: str
    refreshed: str


def make_researcher_view(facts: Facts, reader: str = "") -> ResearcherView:
    """View a page. Never raises, whatever the record holds. `reader` is a token that links between pages keep."""
    person = facts.researcher
    name = name_of(person.name)
    return ResearcherView(
        researcher_id=facts.researcher_id,
        name=name,
        variants=tuple(each for each in _shorten_all(person.variants, LONGEST_NAME, MOST_NAMES) if each != name),
        summary=_summarise(facts),
        followers=say_followers(facts.followers),
        ids=tuple(_link_ids(person.ids)),
        homepage=safe_url(person.homepage),
        places=tuple(map(_view_place, sort_places(person.affiliations)[:MOST_PLACES])),
        fields=_shorten_all(person.fields, LONGEST_NAME, MOST_TOPICS),
        topics=_shorten_all(person.topics, LONGEST_NAME, MOST_TOPICS),
        terms=_shorten_all(facts.terms, LONGEST_NAME, MOST_TOPICS),
        figures=tuple(map(_view_figures, person.metrics)),
        companions=tuple(_view_companion(each, reader) for each in facts.companions),
        coherence=_view_coherence(facts.coherence, facts.papers),
        verified=tuple(_say_verified(facts)),
        years=tuple(
            YearLink(label=_label(year), count=count, url=_page_url(facts, page, reader, _anchor(year)))
            for year, count, page in facts.years
        ),
        groups=_group_years(facts, reader),
        possible=tuple(view_work(work, reader) for work in facts.possible),
        possible_left=facts.possible_count - len(facts.possible),
        page=facts.page,
        pages=facts.pages,
        newer_url=_page_url(facts, facts.page - 1, reader, "works") if facts.page > 1 else None,
        older_url=_page_url(facts, facts.page + 1, reader, "works") if facts.page < facts.pages else None,
        json_url=f"{facts.researcher_id}.json" + (f"?page={facts.page}" if facts.page > 1 else ""),
        refreshed=f"{facts.refreshed_at:%d %B %Y}".lstrip("0") if facts.refreshed_at else "",
    )


def name_of(printed: str) -> str:
    """Give a name as it is shown."""
    return shorten(clean(printed), LONGEST_NAME) or "(no name)"


def service_of(source: str) -> str:
    """Give the name of a service as people know it."""
    return SERVICES.get(source.partition(":")[0], "") or shorten(clean(source), LONGEST_NAME) or "an unnamed source"


def say_followers(count: int) -> str:
    """Say how many follow somebody."""
    return "Nobody follows them yet." if count < 1 else f"{_count(count, 'reader')} follow{'s' * (count == 1)} them."


def researcher_url(researcher_id: ResearcherId, reader: str = "", page: int = 1) -> str:
    """Give the address of a page, relative to `/researchers/`."""
    asked = [f"page={page}"] if page > 1 else []
    asked += [f"reader={quote(reader, safe='')}"] if reader else []
    return f"{researcher_id}{'?' if asked else ''}{'&'.join(asked)}"


def _summarise(facts: Facts) -> str:
    known = _count(facts.papers, "paper") if facts.papers else "No paper of theirs is stored yet"
    possible = f", and {facts.possible_count:,} that may be theirs" if facts.possible_count else ""
    years = [year for year, _, _ in facts.years if year]
    span = f", {years[-1]}–{years[0]}" if len(years) > 1 else f", {years[0]}" if years else ""
    return f"{known}{span}{possible}."


def _shorten_all(texts: Iterable[str], limit: int, most: int) -> tuple[str, ...]:
    cleaned = (shorten(to_unicode(text[: limit * 4]), limit) for text in texts)
    return tuple(dict.fromkeys(text for text in cleaned if text))[:most]


def _link_ids(ids: Sequence[PersonId]) -> Iterator[Link]:
    for each in ids[:MOST_IDS]:
        url = safe_url(url_of(each))
        if url is not None:
            yield Link(service_of(each.scheme.value), url, shorten(clean(each.value), LONGEST_NAME))


def sort_places(places: Iterable[Affiliation]) -> list[Affiliation]:
    """Put the latest first; what has no years comes last."""
    return sorted(places, key=lambda each: (each.until or (9999 if each.since else 0), each.since or 0), reverse=True)


def _view_place(place: Affiliation) -> PlaceView:
    return PlaceView(
        name=shorten(to_unicode(place.name[:2_000]), LONGEST_PLACE) or "(no name)",
        url=safe_url(f"https://ror.org/{quote(place.ror, safe='')}") if place.ror else None,
        years=_say_years(place.since, place.until),
        source=service_of(place.source) if place.source else "",
    )


def _say_years(since: int | None, until: int | None) -> str:
    if since and until:
        return f"{since}–{until}" if since != until else str(since)
    return f"since {since}" if since else f"until {until}" if until else ""


def _view_figures(metrics: Metrics) -> FiguresView:
    return FiguresView(
        source=service_of(metrics.source),
        as_of=metrics.as_of.isoformat(),
        works=_figure(metrics.works),
        citations=_figure(metrics.citations),
        h_index=_figure(metrics.h_index),
        doubt=doubt(metrics) or "",
    )


def _figure(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"


def _view_companion(each: Companion, reader: str) -> CompanionView:
    url = None if each.researcher_id is None else researcher_url(each.researcher_id, reader)
    return CompanionView(name=name_of(each.name), papers=_count(each.papers, "paper"), url=url)


def _view_coherence(found: Coherence | None, papers: int) -> CoherenceView | None:
    if found is None:
        return None
    of = f" (Of the newest {found.papers:,} papers.)" if found.papers < papers else ""
    return CoherenceView(
        percent=f"{min(99, max(1, round(found.confidence * 100)))} %",  # nothing here is certain
        sentence=_words(found.words) + of,
        clusters=tuple(f"{_count(each.papers, 'paper')}: {_words(each.words)}" for each in found.clusters),
    )


def _words(text: str) -> str:
    return shorten(clean(text), LONGEST_WORDS)


def _say_verified(facts: Facts) -> Iterator[str]:
    """Say who stands for what is on the page: services, readers, whoever runs this, the person."""
    ids = facts.researcher.ids
    firm = [each.value for each in ids if each.scheme is PersonScheme.ORCID]
    if ids:
        services = dict.fromkeys(service_of(each.scheme.value) for each in ids)
        yield f"Ids tie this page to {_join(list(services))}{f' (ORCID {firm[0]})' if len(firm) == 1 else ''}."
    else:
        yield "No service’s id stands behind this page: it goes by the name and the papers alone."
    if len(firm) > 1:
        yield f"It has {len(firm)} ORCID iDs, although a person should have one: it may be more than one person."
    yield from _say_voices(facts.voices)
    yield _CLAIMS[facts.researcher.claim]


def _say_voices(voices: Voices) -> Iterator[str]:
    for (standing, who), papers in sorted(voices.settled.items()):
        verb = "is" if papers == 1 else "are"
        yield f"{_count(papers, 'paper')} {verb} {standing.value}: {_words(who) or 'somebody said so'}."
    if voices.yes or voices.no:
        answers = voices.yes + voices.no
        yield f"Readers have given {_count(answers, 'answer')}: {voices.yes:,} yes, {voices.no:,} no."
    elif not voices.settled:
        yield "No reader has said anything about these papers."


def _group_years(facts: Facts, reader: str) -> tuple[YearGroup, ...]:
    counts = {year: count for year, count, _ in facts.years}
    groups = groupby(facts.works, key=lambda work: work.on.year if work.on else None)
    return tuple(
        YearGroup(
            label=_label(year),
            anchor=_anchor(year),
            count=counts.get(year, 0),
            works=tuple(view_work(work, reader) for work in works),
        )
        for year, works in groups
    )


def _page_url(facts: Facts, page: int, reader: str, anchor: str) -> str:
    return f"{researcher_url(facts.researcher_id, reader, page)}#{anchor}"


def _label(year: int | None) -> str:
    return str(year) if year else "Year unknown"


def _anchor(year: int | None) -> str:
    return f"y{year}" if year else "undated"


def _join(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
