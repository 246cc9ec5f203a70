"""Editions as outbox payloads: compact JSON that a later version can still read."""

from typing import Any

from digest.model import (
    AnnouncementId,
    AnnouncementKind,
    Certainty,
    ChannelId,
    Edition,
    Match,
    PaperId,
    Reason,
    ReasonKind,
)

PAYLOAD_VERSION = 1


def to_payload(edition: Edition) -> dict[str, Any]:
    """Write down what to say: paper ids, scores and reasons, never text from a source beyond names and terms."""
    return {
        "v": PAYLOAD_VERSION,
        "entries": [_match_to_json(match) for match in edition.entries],
        "more": edition.more,
        "after": edition.covers_after,
        "to": edition.covers_to,
        "announced": edition.announced,
        "notes": list(edition.notes),
        "corrections": list(edition.corrections),
    }


def from_payload(payload: dict[str, Any], *, name: str, channel_id: ChannelId) -> Edition:
    """Read a payload back."""
    return Edition(
        name=name,
        channel_id=channel_id,
        entries=tuple(_match_from_json(entry) for entry in payload["entries"]),
        more=payload["more"],
        covers_after=AnnouncementId(payload["after"]),
        covers_to=AnnouncementId(payload["to"]),
        announced=payload.get("announced", 0),
        notes=tuple(payload.get("notes", ())),
        corrections=tuple(payload.get("corrections", ())),
    )


def _match_to_json(match: Match) -> dict[str, Any]:
    values: dict[str, Any] = {
        "paper": match.paper_id,
        "score": round(match.score, 4),
        "why": [_reason_to_json(reason) for reason in match.reasons],
        "as": [kind.value for kind in match.kinds],
    }
    return values | ({"news": list(match.news)} if match.news else {})


def _match_from_json(entry: dict[str, Any]) -> Match:
    return Match(
        paper_id=PaperId(entry["paper"]),
        score=entry["score"],
        reasons=tuple(_reason_from_json(reason) for reason in entry["why"]),
        kinds=tuple(AnnouncementKind(kind) for kind in entry.get("as", ())),
        news=tuple(entry.get("news", ())),
    )


def _reason_to_json(reason: Reason) -> dict[str, Any]:
    values = {
        "kind": reason.kind.value,
        "subject": reason.subject,
        "where": list(reason.where),
        "position": reason.position,
        "of": reason.of,
        "certainty": reason.certainty.value if reason.certainty else None,
        "evidence": list(reason.evidence),
        "interest": reason.interest,
        "target": reason.target_id,
    }
    return {name: value for name, value in values.items() if value not in (None, [])}


def _reason_from_json(values: dict[str, Any]) -> Reason:
    certainty = values.get("certainty")
    return Reason(
        kind=ReasonKind(values["kind"]),
        subject=values["subject"],
        where=tuple(values.get("where", ())),
        position=values.get("position"),
        of=values.get("of"),
        certainty=Certainty(certainty) if certainty else None,
        evidence=tuple(values.get("evidence", ())),
        interest=values.get("interest"),
        target_id=values.get("target"),
    )
