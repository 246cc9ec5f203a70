"""Invents what arXiv sends, the same each time: papers, and the layouts of its feed, its API and its OAI-PMH.

Abstracts are recombined from the sentences of the bundled day, so that words are as frequent as in prose; formulas,
repository links, DOIs, accents and cross-lists are about as frequent as in a day of cs.LG.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from typing import Final
from xml.sax.saxutils import escape

from benchmarks.people import invent_authors, print_authors
from digest.demo.arxiv_feed import render_feed
from digest.demo.papers import InventedPaper, read_papers
from digest.demo.tex_names import encode_tex

CATEGORY: Final = "cs.LG"
MONTH: Final = "2611"
FIRST: Final = datetime(2026, 11, 2, 19, 30, tzinfo=UTC)  # when the first paper is submitted
SPACING: Final = timedelta(minutes=2)  # 720 papers a day

_OTHERS: Final = ("cs.AI", "cs.CL", "cs.CV", "stat.ML", "cs.RO", "cs.NE", "math.OC", "eess.SP", "q-bio.NC", "cs.CR")
_CROSS_SHARE: Final = 0.35
_REVISED_SHARE: Final = 0.15  # of a day: later versions of older papers
_FORMULA_SHARE: Final = 0.12
_CODE_SHARE: Final = 0.12
_ACCENT_SHARE: Final = 0.05
_DOI_SHARE: Final = 0.04
_TITLE_WORDS: Final = (5, 12)
_USUAL_WORD: Final = 5
_LENGTH: Final = (1_250, 300)  # characters of an abstract, and how much that varies
_FORMULAS: Final = (
    r"We prove that $O(n \log n)$ samples suffice for every $\epsilon > 0$ & $\delta < 1$",
    r"The estimator is $\sqrt{n}$-consistent if $\|\theta\|_2 \le 1$",
    r"Under \emph{mild} assumptions the rate is $\tilde{\mathcal{O}}(T^{2/3})$",
)
_COMMENTS: Final = ("12 pages, 5 figures", "Accepted at a workshop", "Under review", "9 pages; supplement attached")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What papers are made of: sentences, and words for titles."""

    sentences: tuple[str, ...]
    words: tuple[str, ...]


def read_vocabulary() -> Vocabulary:
    """Take the bundled papers apart."""
    lines = (line.rstrip(".") for paper in read_papers() for line in paper.abstract.split(". "))
    sentences = tuple(line for line in lines if "://" not in line)
    words = {word for line in sentences for word in line.split() if word.isalpha() and len(word) >= _USUAL_WORD}
    return Vocabulary(sentences, tuple(sorted(words)))


def invent_papers(count: int, chance: random.Random, month: str = MONTH, first: int = 1) -> list[InventedPaper]:
    """Make up new papers with the running numbers from `first` on."""
    known = read_vocabulary()
    return [_invent_paper(f"{month}.{number:05d}", known, chance) for number in range(first, first + count)]


def revise(paper: InventedPaper, chance: random.Random) -> InventedPaper:
    """Give the next version of a paper: another sentence in its abstract, at times another title."""
    title = f"{paper.title}, Revisited" if chance.random() < 1 / 10 else paper.title
    changes = {"announced": "replace", "version": paper.version + 1, "title": title}
    return paper.model_copy(update=changes | {"abstract": f"{paper.abstract} We add an ablation."})


def invent_day(count: int, chance: random.Random) -> list[InventedPaper]:
    """Make up a day: new papers, cross-lists, and later versions of papers nobody has seen here."""
    revised = round(count * _REVISED_SHARE)
    older = [revise(paper, chance) for paper in invent_papers(revised, chance, month="2610")]
    return [*invent_papers(count - revised, chance), *older]


def invent_next_day(before: Sequence[InventedPaper], share: float, chance: random.Random) -> list[InventedPaper]:
    """Make up the day after, as large: a share of the papers of the day before are replaced, the others are new."""
    again = chance.sample(before, round(len(before) * share))
    new = invent_papers(len(before) - len(again), chance, first=len(before) + 1)
    return [*new, *(revise(paper, chance) for paper in again)]


def write_feed(papers: Sequence[InventedPaper], day: date) -> bytes:
    """Write the daily feed (RSS 2.0) in which these papers are announced."""
    return render_feed(CATEGORY, papers, day).encode()


def write_search(papers: Sequence[InventedPaper]) -> bytes:
    """Write one answer of the search API (Atom)."""
    head = (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        '<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom" '
        'xmlns="http://www.w3.org/2005/Atom">\n  <id>https://arxiv.org/api/x</id>\n  <title>arXiv Query: x</title>\n'
        "  <updated>2026-11-20T00:00:00Z</updated>\n"
        '  <link href="https://arxiv.org/api/query?search_query=x" type="application/atom+xml"/>\n'
        f"  <opensearch:itemsPerPage>{len(papers)}</opensearch:itemsPerPage>\n"
        f"  <opensearch:totalResults>{len(papers)}</opensearch:totalResults>\n"
        "  <opensearch:startIndex>0</opensearch:startIndex>\n"
    )
    return "".join((head, *map(_write_entry, papers), "</feed>\n")).encode()


def write_oai(papers: Sequence[InventedPaper], token: str = "") -> bytes:
    """Write one page of OAI-PMH in the format arXivRaw, with a token if it is not the last."""
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">\n'
        "<responseDate>2026-11-20T15:00:00Z</responseDate>\n"
        '<request verb="ListRecords" metadataPrefix="arXivRaw">http://oaipmh.arxiv.org/oai</request>\n<ListRecords>\n'
    )
    more = f"<resumptionToken>{token}</resumptionToken>\n" if token else ""
    return "".join((head, *map(_write_record, papers), more, "</ListRecords>\n</OAI-PMH>\n")).encode()


def submitted_at(paper: InventedPaper) -> list[datetime]:
    """Give when each version was submitted: the first ones in the order of their ids, later ones a day apart."""
    first = FIRST + SPACING * int(paper.id.partition(".")[2])
    return [first + timedelta(days=number) for number in range(paper.version)]


def _invent_paper(arxiv_id: str, known: Vocabulary, chance: random.Random) -> InventedPaper:
    authors = invent_authors(chance)
    others = chance.sample(_OTHERS, min(3, int(chance.expovariate(1)) + 1))
    is_cross = chance.random() < _CROSS_SHARE
    return InventedPaper(
        id=arxiv_id,
        title=_invent_title(known, chance),
        abstract=_invent_abstract(known, chance),
        authors=authors,
        categories=(others[0], CATEGORY, *others[1:]) if is_cross else (CATEGORY, *others[1:]),
        creator=print_authors(authors, chance, encode_tex),
        doi=f"10.5555/{arxiv_id}" if chance.random() < _DOI_SHARE else None,
        rights="http://creativecommons.org/licenses/by/4.0/",
    )


def _invent_title(known: Vocabulary, chance: random.Random) -> str:
    words = [word.title() for word in chance.sample(known.words, chance.randint(*_TITLE_WORDS))]
    return f"{words[0]}: {' '.join(words[1:3])} for {' '.join(words[3:])}"


def _invent_abstract(known: Vocabulary, chance: random.Random) -> str:
    length, sentences = chance.gauss(*_LENGTH), chance.sample(known.sentences, 20)
    if chance.random() < _FORMULA_SHARE:
        sentences.insert(0, chance.choice(_FORMULAS))
    if chance.random() < _ACCENT_SHARE:
        sentences.insert(0, "Naïve Bayes – the “oracle” of Müller et al. – is worse by 3 ± 1 %")
    if chance.random() < _CODE_SHARE:
        sentences.insert(0, f"Code is at https://github.com/{chance.choice(known.words)}/{chance.choice(known.words)}")
    taken = [line for at, line in enumerate(sentences) if at < 1 or sum(map(len, sentences[:at])) < length]
    chance.shuffle(taken)
    return ". ".join(taken) + "."


def _write_entry(paper: InventedPaper) -> str:
    dates = submitted_at(paper)
    address, pdf = (f"arxiv.org/{kind}/{paper.id}v{paper.version}" for kind in ("abs", "pdf"))
    categories = "".join(
        f'    <category term="{name}" scheme="http://arxiv.org/schemas/atom"/>\n' for name in paper.categories
    )
    authors = "".join(f"    <author>\n      <name>{escape(name)}</name>\n    </author>\n" for name in paper.authors)
    doi = f"    <arxiv:doi>{paper.doi}</arxiv:doi>\n" if paper.doi else ""
    return (
        f"  <entry>\n    <id>http://{address}</id>\n    <title>{escape(paper.title)}</title>\n"
        f"    <updated>{dates[-1]:%Y-%m-%dT%H:%M:%SZ}</updated>\n"
        f'    <link href="https://{address}" rel="alternate" type="text/html"/>\n'
        f'    <link href="https://{pdf}" rel="related" type="application/pdf" title="pdf"/>\n'
        f"    <summary>{escape(paper.abstract)}</summary>\n{categories}"
        f"    <published>{dates[0]:%Y-%m-%dT%H:%M:%SZ}</published>\n"
        f"    <arxiv:comment>{_comment(paper)}</arxiv:comment>\n"
        f'    <arxiv:primary_category term="{paper.categories[0]}"/>\n{authors}{doi}  </entry>\n'
    )


def _write_record(paper: InventedPaper) -> str:
    return "".join(_record_parts(paper))


def _record_parts(paper: InventedPaper) -> Iterator[str]:
    dates = submitted_at(paper)
    touched_on = (dates[-1] + timedelta(days=1)).date()
    yield f"<record><header><identifier>oai:arXiv.org:{paper.id}</identifier><datestamp>{touched_on}</datestamp>"
    yield "<setSpec>cs:cs:LG</setSpec></header><metadata>"
    yield f'<arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>{paper.id}</id><submitter>A. Submitter</submitter>'
    for number, date_ in enumerate(dates, 1):
        yield f'<version version="v{number}"><date>{format_datetime(date_, usegmt=True)}</date><size>812kb</size>'
        yield "<source_type>D</source_type></version>"
    yield f"<title>{escape(paper.title)}</title><authors>{escape(paper.creator or '')}</authors>"
    yield f"<categories>{' '.join(paper.categories)}</categories><comments>{_comment(paper)}</comments>"
    yield f"<doi>{paper.doi}</doi>" if paper.doi else ""
    yield f"<license>{paper.rights}</license><abstract>  {escape(paper.abstract)}\n</abstract></arXivRaw></metadata>"
    yield "</record>\n"


def _comment(paper: InventedPaper) -> str:
    return _COMMENTS[int(paper.id.partition(".")[2]) % len(_COMMENTS)]
