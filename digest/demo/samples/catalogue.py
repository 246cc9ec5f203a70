"""Every kind of message in every state, rendered as the real ones are, for nobody.

The number in their links and return paths is the largest that the database can give. No reader has it, so a link can be
followed and a button pressed, and nothing changes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Final

from digest.demo.samples.alerts import ALERTS
from digest.demo.samples.builders import view
from digest.demo.samples.digests import DIGESTS, SPARSE, SURVEY
from digest.languages.phrases import LATE_ONE
from digest.model import (
    Address,
    AnnouncementId,
    ChannelId,
    Delivery,
    DeliveryId,
    DeliveryKind,
    Edition,
    Letter,
    LetterId,
    LetterKind,
    MailMessage,
    MessageForm,
    SubscriberId,
)
from digest.pipeline.presentation import Presenter
from digest.rendering.alert import AlertView
from digest.rendering.digest import DigestView
from digest.storage.letters import ABOUT_A_REQUEST, Circumstances
from subscribers.addresses import EMAIL
from subscribers.model import Schedule
from subscribers.service import MAX_ID

NOBODY: Final = MAX_ID
SAMPLE_AT: Final = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)  # when the samples of a preview are sent
RUNS_OUT_AFTER: Final = timedelta(hours=48)
PLAIN: Final = "plain"


@dataclass(frozen=True, slots=True)
class Sample:
    """A message to look at: a name for files, and what it shows."""

    name: str
    shows: str
    kind: str


def _make_empty() -> DigestView:
    told = "1 earlier paper sent to you as Ada Lovelace’s is not theirs: “Looms Without Cards”."
    return view(corrections=(told,), announced=0)


def _make_late() -> DigestView:
    return view(SPARSE, SURVEY, notes=(LATE_ONE.format(source_said="arXiv cs.CV"),))


_MAKERS: Final[Mapping[str, Callable[[], DigestView | AlertView]]] = {
    **DIGESTS,
    **ALERTS,
    "empty": _make_empty,
    "late": _make_late,
    PLAIN: DIGESTS["ordinary"],
}
_SAMPLES: Final = (
    Sample("empty", "no paper today, and a correction", "digest"),
    Sample("one_paper", "one paper", "digest"),
    Sample("ordinary", "an ordinary day", "digest"),
    Sample("capped", "a long day: more matched than a digest holds", "digest"),
    Sample("late", "a source that is late", "digest"),
    Sample("possibly", "people who may be meant, with the question whether it is them", "digest"),
    Sample("corrections", "papers that were somebody else’s", "digest"),
    Sample("news", "news of papers and places that are followed", "digest"),
    Sample("tex", "titles and abstracts full of TeX", "digest"),
    Sample("right_to_left", "Hebrew and Arabic", "digest"),
    Sample("many_authors", "three thousand authors", "digest"),
    Sample("hostile", "papers that mean harm", "digest"),
    Sample("group", "for a group that reads together", "digest"),
    Sample(PLAIN, "for somebody who wants text only", "digest"),
    Sample("alert_one", "a paper by somebody followed", "alert"),
    Sample("alert_five", "a paper by five people who are followed", "alert"),
    Sample("alert_bundle", "several papers at once", "alert"),
    Sample("alert_revised", "an event: a new version", "alert"),
    Sample("alert_published", "an event: published in a journal", "alert"),
    Sample("confirm", "please confirm your subscription", LetterKind.CONFIRM),
    Sample("already", "you are subscribed already", LetterKind.ALREADY),
    Sample("manage", "a fresh link to the preferences", LetterKind.MANAGE),
    Sample("welcome", "you are in", LetterKind.WELCOME),
    Sample("confirm_address", "may we write to you here", LetterKind.CONFIRM_ADDRESS),
    Sample("moving", "to the old address: it is to be replaced", LetterKind.MOVING),
    Sample("probe", "mail to you has been bouncing", LetterKind.PROBE),
)
SAMPLES: Final[Mapping[str, Sample]] = {each.name: each for each in _SAMPLES}


def render_sample(presenter: Presenter, sample: Sample, address: str, at: datetime) -> MailMessage:
    """Render a sample to an address as if it were sent at a moment. Raises NotifierUnusable without links to sign."""
    if sample.kind in set(LetterKind):
        return presenter.render_letter(*_make_letter(LetterKind(sample.kind), address, at))
    shown = _MAKERS[sample.name]()
    delivery = _make_delivery(sample, shown, address, at)
    papers = {match.paper_id: paper for match, paper in shown.entries}
    message = presenter.render(delivery, papers, MessageForm.MAIL)
    assert isinstance(message, MailMessage)
    return message


def _make_delivery(sample: Sample, shown: DigestView | AlertView, address: str, at: datetime) -> Delivery:
    return Delivery(
        id=DeliveryId(NOBODY),
        kind=DeliveryKind(sample.kind),
        edition=_make_edition(shown, at),
        subscriber_id=SubscriberId(NOBODY),
        subscriber_name=shown.reader_name,
        is_group=shown.is_group,
        address=Address(EMAIL, address),
        is_plain=sample.name == PLAIN,
        language=shown.language,
        timezone=shown.timezone,
        claim=0,
        attempts=0,
        held_until=at,
        parts_sent=0,
        created_at=at,
    )


def _make_edition(shown: DigestView | AlertView, at: datetime) -> Edition:
    edition = Edition(
        name=shown.edition,
        channel_id=ChannelId(NOBODY),
        entries=tuple(
            replace(match, kinds=match.kinds or shown.kinds.get(match.paper_id, ())) for match, _ in shown.entries
        ),
        more=0,
        covers_after=AnnouncementId(0),
        covers_to=AnnouncementId(0),
    )
    if isinstance(shown, AlertView):
        return edition
    return replace(
        edition,
        name=f"{at:%Y-%m-%d}",
        more=shown.more,
        announced=shown.announced,
        notes=shown.notes,
        corrections=shown.corrections,
    )


def _make_letter(kind: LetterKind, address: str, at: datetime) -> tuple[Letter, Circumstances]:
    is_request = kind in ABOUT_A_REQUEST
    letter = Letter(
        id=LetterId(NOBODY),
        kind=kind,
        address=address,
        subscriber_id=NOBODY,
        about={"request" if is_request else "channel": NOBODY},
        held_until=at,
        created_at=at,
    )
    if is_request:
        return letter, Circumstances(runs_out_at=at + RUNS_OUT_AFTER)
    schedule = Schedule("Europe/Berlin", time(8), time(11))
    return letter, Circumstances(schedule=schedule, next_due_at=at + timedelta(days=1))
