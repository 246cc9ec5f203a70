"""The texts in which evidence, events, notes and corrections are kept, and the books to say them again by.

Whoever puts one into words fills in the values (`LATE_ONE.format(source_said=…)`): the sentence is kept in English, and
whoever shows it retells it in the language of the reader. In a book, the narrower texts stand before the wider.
"""

from typing import Final

from digest.languages.retelling import Phrasebook
from digest.languages.speech import mark, mark_plural

# ── why a paper may be somebody's ────────────────────────────────────────────────────────────────────────────────────

SAME_NAME: Final = mark("same name")
SWAPPED_NAME: Final = mark("same name in another order")
SINGLE_NAME: Final = mark("a single word as name")
ROMANISED_NAME: Final = mark("name in another script: {name}")
PRINTED_NAME: Final = mark("printed as {name}")
RARE_NAME: Final = mark("rare name")
COMMON_NAME: Final = mark("common name")
SHARED_COAUTHORS: Final = mark_plural("{count} shared co-author ({names})", "{count} shared co-authors ({names})")
NO_COAUTHOR: Final = mark("no shared co-author")
SAME_CIRCLE: Final = mark("writes with co-authors of co-authors ({names})")
SIMILAR_TOPIC: Final = mark("similar topic")
OTHER_TOPIC: Final = mark("another topic")
NEAR_FIELD: Final = mark("neighbouring field")
SAME_FIELD: Final = mark("same field ({field})")
OTHER_FIELD: Final = mark("another field: {field}")
SAME_PLACE: Final = mark("same affiliation")
OTHER_PLACE: Final = mark("affiliation differs")
NO_PLACE: Final = mark("affiliation unknown")
SAME_INSTITUTION: Final = mark("same institution")
SAME_DOMAIN: Final = mark("same e-mail domain ({domain})")
YEARS_AFTER: Final = mark("{years} years after the last known paper")
YEARS_BEFORE: Final = mark("{years} years before the first known paper")
NO_PAPER: Final = mark("no paper known yet")
REJECTED: Final = mark("resembles papers that are somebody else's")
ARXIV_AUTHOR: Final = mark("arXiv author {name}")
HF_USER: Final = mark("Hugging Face user {name}")
OTHER_ID: Final = mark("another {id_said}")
SOME_OTHER_ID: Final = mark("another id at a service")
KNOWN_OTHER: Final = mark("another researcher of this name is known to have written it")
LISTED: Final = mark("listed by {service}")
SEED: Final = mark("whoever is followed here is the author of this paper")
BY_OPERATOR: Final = mark("said by the operator")
BY_READERS: Final = mark("readers agree")

EVIDENCE: Final = Phrasebook(
    (
        *(SAME_NAME, SWAPPED_NAME, SINGLE_NAME, ROMANISED_NAME, PRINTED_NAME, RARE_NAME, COMMON_NAME),
        *(SHARED_COAUTHORS, NO_COAUTHOR, SAME_CIRCLE, SIMILAR_TOPIC, OTHER_TOPIC, NEAR_FIELD, SAME_FIELD, OTHER_FIELD),
        *(SAME_PLACE, OTHER_PLACE, NO_PLACE, SAME_INSTITUTION, SAME_DOMAIN, YEARS_AFTER, YEARS_BEFORE, NO_PAPER),
        *(REJECTED, ARXIV_AUTHOR, HF_USER, OTHER_ID, SOME_OTHER_ID, KNOWN_OTHER, LISTED, SEED, BY_OPERATOR, BY_READERS),
    )
)

# ── what happened to a paper ─────────────────────────────────────────────────────────────────────────────────────────

WITHDRAWN: Final = mark("withdrawn by its authors")
FEATURED: Final = mark("featured among the papers of the day")
CODE_RELEASED: Final = mark("its code was released")
CROSS_LIST: Final = mark("listed in another category too")
NEW: Final = mark("new")
NEW_VERSION: Final = mark("new version")
NUMBERED_VERSION: Final = mark("new version {version}")
CHANGED: Final = mark("{news_said}; changed: {change_list}")
PUBLISHED: Final = mark("published")
PUBLISHED_AS: Final = mark("published: {doi}")
UPVOTED: Final = mark("{number} people voted for it")
_PARTS: Final = (mark("title"), mark("abstract"), mark("authors"))

EVENTS: Final = Phrasebook(
    (
        *(WITHDRAWN, FEATURED, CODE_RELEASED, CROSS_LIST, NEW, CHANGED, NEW_VERSION, NUMBERED_VERSION, PUBLISHED),
        *(PUBLISHED_AS, UPVOTED, *_PARTS),
    )
)

# ── why something was not delivered ──────────────────────────────────────────────────────────────────────────────────

LEFT_BEFORE: Final = mark("the subscriber left before it was sent")
ALERTS_STOPPED: Final = mark("alerts to this channel were stopped before it was sent")
NOT_HERE: Final = mark("Telegram will not deliver here: {answer}")
TRIED: Final = mark("given up after {number} attempts: {answer_said}")
WORKERS_DIED: Final = mark("given up: {number} workers stopped while sending it")
UNCERTAIN: Final = mark("Uncertain: Telegram did not answer in time, but may have sent the message: {answer}")
NOT_TAKEN: Final = mark("Telegram did not take the message: {answer}")
NOT_REACHED: Final = mark("Telegram could not be reached: {answer}")

FAILURES: Final = Phrasebook(
    (LEFT_BEFORE, ALERTS_STOPPED, NOT_HERE, TRIED, WORKERS_DIED, UNCERTAIN, NOT_TAKEN, NOT_REACHED)
)

# ── what a digest says about itself ──────────────────────────────────────────────────────────────────────────────────

LATE_ONE: Final = mark("{source_said} is late today; its papers will follow.")
LATE_MANY: Final = mark("{source_list} are late today; their papers will follow.")
UNREACHABLE_ONE: Final = mark("{source_said} could not be reached; its papers will follow.")
UNREACHABLE_MANY: Final = mark("{source_list} could not be reached; their papers will follow.")
REFUSED_ONE: Final = mark("{source_said} would not answer us; its papers will follow.")
REFUSED_MANY: Final = mark("{source_list} would not answer us; their papers will follow.")
BROKEN_ONE: Final = mark("{source_said} answered with something unreadable; its papers will follow.")
BROKEN_MANY: Final = mark("{source_list} answered with something unreadable; their papers will follow.")
PARTIAL_ONE: Final = mark("{source_said} was read only in part; its papers will follow.")
PARTIAL_MANY: Final = mark("{source_list} were read only in part; their papers will follow.")
ARXIV_SET: Final = mark("arXiv set {name}")
ARXIV_SEARCH: Final = mark("arXiv search {name}")
FEED: Final = mark("Feed {name}")
TOPIC_IS_GONE: Final = mark(
    "The topic to which this came is gone, so it comes here from now on. An administrator who sends /start in another "
    "topic has it there."
)
PRIVATE_CHAT: Final = mark("your private chat in Telegram")
GONE_THERE: Final = mark("This was to come to {place_said}, which gets nothing any more, so it comes here.")
FAILED_THERE: Final = mark(
    "This could not be delivered to {place_said}, so it comes here. What was answered there: {answer_said}."
)
HERE_AGAIN: Final = mark("{why_said} From now on the digest comes here again.")

NOTES: Final = Phrasebook(
    (
        *(LATE_ONE, LATE_MANY, UNREACHABLE_ONE, UNREACHABLE_MANY, REFUSED_ONE, REFUSED_MANY, BROKEN_ONE, BROKEN_MANY),
        *(PARTIAL_ONE, PARTIAL_MANY, ARXIV_SET, ARXIV_SEARCH, FEED),
        *(TOPIC_IS_GONE, PRIVATE_CHAT, HERE_AGAIN, GONE_THERE, FAILED_THERE, *FAILURES.phrases),
    )
)

# ── whose papers turned out to be somebody else's ────────────────────────────────────────────────────────────────────

NOT_THEIRS: Final = mark_plural(
    "{count} earlier paper sent to you as {name}’s is not theirs: {titles_said}.",
    "{count} earlier papers sent to you as {name}’s are not theirs: {titles_said}.",
)
MOVED: Final = mark_plural(
    "{count} earlier paper of yours moved to {whom_said}: {titles_said}.",
    "{count} earlier papers of yours moved to {whom_said}: {titles_said}.",
)
NAMESAKE: Final = mark("another {name}")
NAMESAKE_AT: Final = mark("another {name} ({place})")
ONE_TITLE: Final = mark("“{title}”")
TWO_TITLES: Final = mark("“{first}” and “{last}”")
MORE_TITLES: Final = mark("“{first}”, “{last}” and {more} more")

# The reasons of an entry have evidence, or what happened to a paper that is followed.
REASONS: Final = EVIDENCE | EVENTS
CORRECTIONS: Final = Phrasebook((NOT_THEIRS, MOVED, NAMESAKE_AT, NAMESAKE, MORE_TITLES, TWO_TITLES, ONE_TITLE))
