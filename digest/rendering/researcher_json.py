"""A researcher's page for scripts: the same as the page, as values and not in words. Pure."""

from collections.abc import Iterable
from typing import Any

from digest.model import Author, Metrics, PaperId, PersonId, ResearcherId
from digest.rendering.links import find_page, safe_url
from digest.rendering.researcher_facts import Coherence, Facts, Work
from digest.rendering.tex import to_unicode
from digest.rendering.text import clean
from digest.researchers.ids import url_of
from digest.researchers.metrics import doubt

MOST_AUTHORS = 100
LONGEST = 6_000  # characters of any one text


def dump_researcher(facts: Facts) -> dict[str, Any]:
    """Give the page as JSON; what is not known is null or an empty list."""
    person = facts.researcher
    return {
        "id": facts.researcher_id,
        "name": clean(person.name),
        "variants": list(map(clean, person.variants)),
        "ids": list(map(_dump_id, person.ids)),
        "homepage": safe_url(person.homepage),
        "affiliations": [
            {"name": _text(each.name), "ror": each.ror, "since": each.since, "until": each.until, "source": each.source}
            for each in person.affiliations
        ],
        "fields": list(map(clean, person.fields)),
        "topics": list(map(_text, person.topics)),
        "terms": list(facts.terms),
        "metrics": list(map(_dump_metrics, person.metrics)),
        "collaborators": [
            {"name": clean(each.name), "papers": each.papers, "researcher": each.researcher_id}
            for each in facts.companions
        ],
        "identity": _dump_identity(facts),
        "followers": facts.followers,
        "refreshed_at": facts.refreshed_at.isoformat() if facts.refreshed_at else None,
        "papers": facts.papers,
        "years": [{"year": year, "papers": count, "page": page} for year, count, page in facts.years],
        "page": facts.page,
        "pages": facts.pages,
        "works": list(map(_dump_work, facts.works)),
        "possible": list(map(_dump_work, facts.possible)),
        "possible_papers": facts.possible_count,
    }


def _dump_identity(facts: Facts) -> dict[str, Any]:
    voices = facts.voices
    return {
        "claim": facts.researcher.claim.value,
        "coherence": _dump_coherence(facts.coherence),
        "settled": [
            {"standing": standing.value, "by": who, "papers": papers}
            for (standing, who), papers in sorted(voices.settled.items())
        ],
        "answers": {"yes": voices.yes, "no": voices.no},
    }


def _dump_coherence(found: Coherence | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "confidence": round(found.confidence, 4),
        "papers": found.papers,
        "words": clean(found.words),
        "groups": [{"papers": each.papers, "words": clean(each.words)} for each in found.clusters],
    }


def _dump_id(known: PersonId) -> dict[str, Any]:
    return {"scheme": known.scheme.value, "value": known.value, "url": safe_url(url_of(known))}


def _dump_metrics(metrics: Metrics) -> dict[str, Any]:
    return {
        "source": metrics.source,
        "as_of": metrics.as_of.isoformat(),
        "works": metrics.works,
        "citations": metrics.citations,
        "h_index": metrics.h_index,
        "doubt": doubt(metrics),
    }


def _dump_work(work: Work) -> dict[str, Any]:
    paper, authorship = work.paper, work.authorship
    return {
        "id": PaperId(authorship.paper_id),
        "ids": list(map(str, paper.ids)),
        "title": _text(paper.title),
        "url": find_page(paper),
        "on": work.on.isoformat() if work.on else None,
        "categories": list(map(_text, paper.categories)),
        "code": safe_url(paper.code_url),
        "is_withdrawn": paper.is_withdrawn,
        "abstract": _text(paper.abstract),
        "authors": list(_dump_authors(work)),
        "author_count": len(paper.authors),
        "position": authorship.position,
        "standing": authorship.standing.value,
        "probability": round(authorship.probability, 4),
        "evidence": list(map(clean, authorship.evidence)),
    }


def _dump_authors(work: Work) -> Iterable[dict[str, Any]]:
    for position, author in enumerate(work.paper.authors[:MOST_AUTHORS], 1):
        yield _dump_author(author, work.people.get(position))


def _dump_author(author: Author, researcher_id: ResearcherId | None) -> dict[str, Any]:
    return {
        "name": clean(author.name),
        "affiliations": list(map(_text, author.affiliations)),
        "researcher": researcher_id,
    }


def _text(text: str) -> str:
    return to_unicode(text[:LONGEST])
