"""What stands around the papers in every form: who it is for, why it came, how to leave."""

from dataclasses import dataclass
from typing import Final

from digest.rendering.digest import DigestView, count_papers
from digest.rendering.links import safe_url
from digest.rendering.tex import to_unicode
from digest.rendering.text import clean, shorten
from digest.rendering.view import View

LONGEST_NAME: Final = 80
LONGEST_NOTE: Final = 300
MOST_NOTES: Final = 12
LONGEST_CORRECTION: Final = 500
MOST_CORRECTIONS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Footer:
    """The sentences and links around the papers, clean and bounded."""

    title: str
    public_url: str | None
    why_you: str
    summary: str = ""
    notes: tuple[str, ...] = ()
    corrections: tuple[str, ...] = ()
    unsubscribe_url: str | None
    unsubscribe_mailto: str | None

    @property
    def list_unsubscribe(self) -> tuple[str, ...]:
        """Give the values of List-Unsubscribe, the web address first (RFC 8058 wants it there)."""
        return tuple(url for url in (self.unsubscribe_url, self.unsubscribe_mailto) if url)

    @property
    def is_one_click(self) -> bool:
        """Whether the web address may be announced for one-click unsubscribing: RFC 8058 allows https only."""
        return bool(self.unsubscribe_url and self.unsubscribe_url.startswith("https://"))


def make_footer(view: DigestView) -> Footer:
    """Say what is the same in mail and chat of a digest."""
    title = shorten(clean(view.title), LONGEST_NAME)
    return Footer(
        title=title,
        public_url=safe_url(view.public_url),
        summary=_summarise(view),
        why_you=_say_why_you(view, title),
        notes=tuple(shorten(clean(note), LONGEST_NOTE) for note in view.notes[:MOST_NOTES]),
        corrections=_list_corrections(view.corrections),
        unsubscribe_url=safe_url(view.unsubscribe_url),
        unsubscribe_mailto=_mailto(view.unsubscribe_mailto),
    )


def make_alert_footer(view: View, why_you: str) -> Footer:
    """Say what is the same in mail and chat of an alert."""
    return Footer(
        title=shorten(clean(view.title), LONGEST_NAME),
        public_url=safe_url(view.public_url),
        why_you=why_you,
        unsubscribe_url=safe_url(view.unsubscribe_url),
        unsubscribe_mailto=_mailto(view.unsubscribe_mailto),
    )


def _list_corrections(sentences: tuple[str, ...]) -> tuple[str, ...]:
    """Give the sentences, which hold titles of papers, the last saying how many were left out."""
    shown = tuple(shorten(to_unicode(each), LONGEST_CORRECTION) for each in sentences[:MOST_CORRECTIONS])
    more = len(sentences) - len(shown)
    return (*shown, f"… and {more:,} more.") if more else shown


def _summarise(view: DigestView) -> str:
    """Say what is in it: `7 papers for Ada, out of 423 announced`."""
    name = shorten(clean(view.reader_name), LONGEST_NAME)
    reader = f" for {name}" if name else ""
    announced = f", out of {view.announced:,} announced" if view.announced > len(view.entries) + view.more else ""
    return f"{count_papers(len(view.entries))}{reader}{announced}"


def _say_why_you(view: DigestView, title: str) -> str:
    who = "this group is" if view.is_group else "you are"
    edition = f"{clean(view.edition)} ({clean(view.timezone)})"
    return f"You get this because {who} subscribed to {title}. Edition {shorten(edition, LONGEST_NAME)}."


def _mailto(address: str | None) -> str | None:
    """Give a mailto URL for an address or for a URL that is one already; None for what breaks out of a header."""
    if not address or len(address) > LONGEST_NOTE or not address.isascii() or not address.isprintable():
        return None
    if any(sign in address for sign in ' <>"'):
        return None
    return address if address.startswith("mailto:") else f"mailto:{address}"
