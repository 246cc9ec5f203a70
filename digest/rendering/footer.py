"""What stands around the papers in every form: who it is for, why it came, how to leave."""

from dataclasses import dataclass
from typing import Final

from digest.languages import mark, say_number, spoken, tr
from digest.languages.phrases import CORRECTIONS, NOTES
from digest.rendering.alert import AlertView
from digest.rendering.digest import DigestView, count_papers
from digest.rendering.links import safe_url
from digest.rendering.tex import to_unicode
from digest.rendering.text import clean, shorten

LONGEST_NAME: Final = 80
LONGEST_NOTE: Final = 300
MOST_NOTES: Final = 12
LONGEST_CORRECTION: Final = 500
MOST_CORRECTIONS: Final = 10


CHANGE: Final = mark("Change what you get")
UNSUBSCRIBE: Final = mark("Unsubscribe")
STOP_ALERTS: Final = mark("Stop alerts")
UNSUBSCRIBE_ALL: Final = mark("Unsubscribe from everything")
_WHY_YOU: Final = mark("You get this because you are subscribed to {title}. Edition {edition}.")
_WHY_GROUP: Final = mark("You get this because this group is subscribed to {title}. Edition {edition}.")


@dataclass(frozen=True, slots=True)
class FooterLink:
    """A link of the footer: a page, or a mail that is written already."""

    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """How to leave what a message belongs to: by a page, by a mail, or both. Clean, or None."""

    label: str = UNSUBSCRIBE
    url: str | None = None
    mailto: str | None = None

    @property
    def values(self) -> tuple[str, ...]:
        """Give the values of List-Unsubscribe, the web address first (RFC 8058 wants it there)."""
        return tuple(url for url in (self.url, self.mailto) if url)

    @property
    def is_one_click(self) -> bool:
        """Whether the web address may be announced for one-click unsubscribing: RFC 8058 allows https only."""
        return bool(self.url and self.url.startswith("https://"))

    @property
    def links(self) -> tuple[FooterLink, ...]:
        """Give what the reader sees of it: the page, or else the mail."""
        if self.url:
            return (FooterLink(self.label, self.url),)
        return (FooterLink(f"{self.label} by mail", self.mailto),) if self.mailto else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Footer:
    """The sentences and links around the papers, clean and bounded. `unsubscribe_url` ends everything.

    `number` names an alert, for whoever writes to the operator about it; a digest is named in `why_you`.
    """

    title: str
    public_url: str | None
    why_you: str
    number: str = ""
    summary: str = ""
    notes: tuple[str, ...] = ()
    corrections: tuple[str, ...] = ()
    manage_url: str | None = None
    leaving: Leaving = Leaving()
    unsubscribe_url: str | None = None

    @property
    def links(self) -> tuple[FooterLink, ...]:
        """List what a reader can do about these mails."""
        change = (FooterLink(CHANGE, self.manage_url),) if self.manage_url else ()
        is_more = self.unsubscribe_url and self.unsubscribe_url != self.leaving.url
        all_of_it = (FooterLink(UNSUBSCRIBE_ALL, self.unsubscribe_url),) if self.unsubscribe_url and is_more else ()
        return (*change, *self.leaving.links, *all_of_it)


def make_footer(view: DigestView) -> Footer:
    """Say what is the same in mail and chat of a digest."""
    title = shorten(clean(view.title), LONGEST_NAME)
    url = safe_url(view.unsubscribe_url)
    return Footer(
        title=title,
        public_url=safe_url(view.public_url),
        summary=_summarise(view),
        why_you=_say_why_you(view, title),
        notes=tuple(shorten(NOTES.retell(clean(note)), LONGEST_NOTE) for note in view.notes[:MOST_NOTES]),
        corrections=_list_corrections(view.corrections),
        manage_url=safe_url(view.manage_url),
        leaving=Leaving(url=url, mailto=safe_mailto(view.unsubscribe_mailto)),
        unsubscribe_url=url,
    )


def make_alert_footer(view: AlertView, why_you: str) -> Footer:
    """Say what is the same in mail and chat of an alert, which can be left without leaving the digests."""
    stop, everything = safe_url(view.stop_url), safe_url(view.unsubscribe_url)
    label = STOP_ALERTS if stop else UNSUBSCRIBE
    return Footer(
        title=shorten(clean(view.title), LONGEST_NAME),
        public_url=safe_url(view.public_url),
        why_you=why_you,
        number=tr("Alert {name}.", name=shorten(clean(view.edition), LONGEST_NAME)),
        manage_url=safe_url(view.manage_url),
        leaving=Leaving(label=label, url=stop or everything, mailto=safe_mailto(view.unsubscribe_mailto)),
        unsubscribe_url=everything,
    )


def _list_corrections(sentences: tuple[str, ...]) -> tuple[str, ...]:
    """Give the sentences, which hold titles of papers, the last saying how many were left out."""
    told = (CORRECTIONS.retell(to_unicode(each)) for each in sentences[:MOST_CORRECTIONS])
    shown = tuple(shorten(each, LONGEST_CORRECTION) for each in told)
    more = len(sentences) - len(shown)
    return (*shown, tr("… and {count} more.", count=say_number(more, spoken()))) if more else shown


def _summarise(view: DigestView) -> str:
    """Say what is in it: `7 papers for Ada, out of 423 announced`."""
    name = shorten(clean(view.reader_name), LONGEST_NAME)
    papers = count_papers(len(view.entries))
    said = tr("{papers} for {name}", papers=papers, name=name) if name else papers
    if view.announced <= len(view.entries) + view.more:
        return said
    return tr("{papers}, out of {announced} announced", papers=said, announced=say_number(view.announced, spoken()))


def _say_why_you(view: DigestView, title: str) -> str:
    text = _WHY_GROUP if view.is_group else _WHY_YOU
    edition = f"{clean(view.edition)} ({clean(view.timezone)})"
    return tr(text, title=title, edition=shorten(edition, LONGEST_NAME))


def safe_mailto(address: str | None) -> str | None:
    """Give a mailto URL for an address or for a URL that is one already; None for what breaks out of a header."""
    if not address or len(address) > LONGEST_NOTE or not address.isascii() or not address.isprintable():
        return None
    if any(sign in address for sign in ' <>"'):
        return None
    return address if address.startswith("mailto:") else f"mailto:{address}"
