"""What readers say about papers they were sent."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from digest.model.ids import PaperId, SubscriberId


class FeedbackKind(StrEnum):
    """What can be said of a paper. More and less exclude each other; saving is apart from both."""

    MORE = "more"
    LESS = "less"
    SAVED = "saved"


RATINGS: Final = frozenset({FeedbackKind.MORE, FeedbackKind.LESS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """One reader's word on one paper."""

    subscriber_id: SubscriberId
    paper_id: PaperId
    kind: FeedbackKind
    given_at: datetime
