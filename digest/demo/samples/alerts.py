# ruff: noqa: E501 -- the abstracts are sentences
"""Sample alerts, one for each state an alert can be in. All papers and people are invented."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from digest.demo.samples.builders import Entry, answer_links, entry, follow, followed_paper, institution, view
from digest.demo.samples.digests import COLLIDER, SPARSE, SURE
from digest.model import AnnouncementKind
from digest.rendering.alert import AlertView


def alert(*entries: Entry, **fields: Any) -> AlertView:
    """Give an alert of these papers."""
    shared = view(*entries)
    defaults: dict[str, Any] = {
        name: getattr(shared, name)
        for name in ("title", "reader_name", "timezone", "manage_url", "unsubscribe_url", "unsubscribe_mailto")
    }
    defaults |= {
        "edition": f"new-{entries[0][0].paper_id}" if len(entries) == 1 else "batch-70",
        "public_url": shared.public_url,
        "stop_url": "https://digest.example.org/stop-alerts/0123456789abcdef",
        "links": answer_links(*entries, has_callbacks=True),
        "kinds": {match.paper_id: match.kinds for match, _ in entries},
    }
    return AlertView(entries=entries, **(defaults | fields))


def happened(told: Entry, kind: AnnouncementKind, *news: str) -> Entry:
    """Give a paper that is known, with what is new of it."""
    return replace(told[0], kinds=(kind,), news=news), told[1]


ONE: Final = entry(
    1,
    replace(
        follow("Furu Wei", 5, 5, target=11),
        evidence=(
            "ORCID 0000-0002-1825-0097",
            "3 shared co-authors (Li Dong, Shuming Ma, Saksham Singhal)",
            "same field (cs.CL)",
        ),
    ),
    title="Mixture of Experts Without a Router, Explained by Its Gradients",
    abstract=(
        f"{SPARSE[1].abstract} A router is a classifier that nobody labelled data for, and its gradients say so: they point "
        "at the expert that is already best. We remove it. What is left is a fixed table of $2^{14}$ rows, drawn once, and "
        "experts that learn to live with their rows. We discuss when this fails, which is rarely, and what it costs, which "
        "is a third layer of embeddings. All of it fits on eight machines."
    ),
    authors=("Mara Oyelaran", "Jonas Brandt", "Li-Hua Tan", "Ines Carvalho", "Furu Wei"),
    categories=("cs.CL", "cs.LG"),
    organization="Northlight Research",
    code_url="https://github.com/northlight/sparse-experts",
    github_stars=1284,
)


def _one() -> AlertView:
    return alert(ONE, thread="thread.follow-11.1@example.org")


def _five() -> AlertView:
    people = ("Furu Wei", "Li Dong", "Shaohan Huang", "Ada Lovelace", "Grace Hopper")
    reasons = [
        replace(follow(name, place * 3, 15, target=place), evidence=("same Hugging Face user",))
        for place, name in enumerate(people, start=1)
    ]
    authors = [f"Author {place} Surname" for place in range(1, 16)]
    for reason in reasons:
        authors[(reason.position or 1) - 1] = reason.subject
    return alert(entry(2, *reasons, title="Five Labs, One Benchmark", authors=tuple(authors)))


def _revised() -> AlertView:
    news = "new version v3; changed: title, abstract"
    return alert(happened(SURE, AnnouncementKind.REPLACEMENT, news), edition="replacement-99")


def _published() -> AlertView:
    told = entry(3, followed_paper("Attention Is Not Enough"), title="Attention Is Not Enough", authors=("Iris Vale",))
    return alert(happened(told, AnnouncementKind.PUBLISHED, "published: 10.1162/coli_a_00512"), edition="published-98")


def _place() -> AlertView:
    return alert(
        entry(4, institution("MPI-IS", 2, 14), title="Walking Robots That Fall Well", authors=_names(COLLIDER)),
        links=answer_links(),
        public_url="",
        unsubscribe_url=None,
        stop_url=None,
        manage_url=None,
        is_group=True,
    )


def _names(told: Entry) -> tuple[str, ...]:
    return tuple(author.name for author in told[1].authors)


def _bundle() -> AlertView:
    withdrawn = happened(SURE, AnnouncementKind.WITHDRAWN, "withdrawn by its authors")
    return alert(
        ONE, withdrawn, entry(5, follow("Ada Lovelace", 2, 2, target=14), authors=("C. Babbage", "Ada Lovelace"))
    )


def _crowd() -> AlertView:
    names = tuple(f"Member {place} of the Collaboration" for place in range(1, 3001))
    return alert(
        entry(
            6, follow("Member 2718", 2718, 3000, target=9), authors=names, title="Observation of Something Very Small"
        )
    )


def _hostile() -> AlertView:
    name = "<b>Eve</b>\r\nBcc: victim@example.org @everyone /start =?utf-8?q?x?= \u202e"
    told = entry(
        7,
        replace(follow(name, 1, 2, target=13), evidence=("<script>alert(1)</script> cs.AI", "but \u202e reversed")),
        title="<script>alert('title')</script>\"><img src=x onerror=alert(1)>",
        abstract="</p></table><style>*{display:none}</style> {{ 7*7 }} &lt;b&gt; " + "word " * 5_000,
        authors=(name, "x" * 5_000),
        organization="<i>" * 900,
    )
    return alert(happened(told, AnnouncementKind.PUBLISHED, f"published: {name}"), edition="published-97")


ALERTS: Final[Mapping[str, Callable[[], AlertView]]] = {
    "alert_one": _one,
    "alert_five": _five,
    "alert_revised": _revised,
    "alert_published": _published,
    "alert_place": _place,
    "alert_bundle": _bundle,
    "alert_crowd": _crowd,
    "alert_hostile": _hostile,
}
