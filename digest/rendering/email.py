"""Renders a digest as mail: subject, text part and HTML part. Sends nothing."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from jinja2 import Environment
from markupsafe import Markup

from digest.model import MailMessage
from digest.rendering.blocks import HTML_LIMIT, count_bytes, fit_blocks, fit_subject
from digest.rendering.card import Card, make_brief
from digest.rendering.digest import DigestView, Item, Section, list_sections
from digest.rendering.environment import mail_environment
from digest.rendering.footer import Footer, make_footer
from digest.rendering.language import choose_language
from digest.rendering.text import shorten

PREHEADER_LIMIT: Final = 150
PREHEADER_PAPERS: Final = 4
MOST_SUBJECT_NAMES: Final = 2
LONGEST_SUBJECT_NAME: Final = 24


@dataclass(frozen=True, slots=True)
class _Page:
    """A digest that fits: its sections, the HTML of each paper by number, and how many papers are left out."""

    sections: tuple[Section, ...]
    blocks: dict[int, Markup]
    more: int


def render_mail(view: DigestView, *, message_id: str, sent_at: datetime) -> MailMessage:
    """Render a digest as a mail whose HTML stays below Gmail's limit, whatever the papers hold."""
    environment = mail_environment()
    footer = make_footer(view)
    sections = list_sections(view)
    subject = _render_subject(environment, sections, is_correcting=bool(footer.corrections))
    page, html = _render_html(environment, view, footer, sections, subject)
    return MailMessage(
        message_id=message_id,
        subject=subject,
        text=_render_text(environment, view, footer, page),
        html=html,
        language=choose_language(view.language),
        sent_at=sent_at,
        list_unsubscribe=footer.leaving.values,
        is_one_click=footer.leaving.is_one_click,
    )


def _render_html(
    environment: Environment, view: DigestView, footer: Footer, sections: tuple[Section, ...], subject: str
) -> tuple[_Page, str]:
    """Render the HTML part with the papers that fit."""
    cards = [item.card for section in sections for item in section.items]
    shell = _render_body(environment, view, footer, _Page(sections, {}, view.more + len(cards)), subject)
    blocks, in_full = fit_blocks(environment, cards, HTML_LIMIT - count_bytes(shell))
    page = _compose(view, sections, blocks, in_full)
    return page, _render_body(environment, view, footer, page, subject)


def _compose(view: DigestView, sections: tuple[Section, ...], blocks: list[Markup], in_full: int) -> _Page:
    """Keep the papers that have a block, in brief where the block is."""
    shown = [
        replace(section, items=tuple(_as_shown(item, in_full) for item in section.items if item.number <= len(blocks)))
        for section in sections
    ]
    left_out = len(view.entries) - len(blocks)
    kept = tuple(section for section in shown if section.items)
    return _Page(kept, dict(enumerate(blocks, start=1)), view.more + left_out)


def _as_shown(item: Item, in_full: int) -> Item:
    return item if item.number <= in_full else Item(item.number, make_brief(item.card))


def _render_body(environment: Environment, view: DigestView, footer: Footer, page: _Page, subject: str) -> str:
    return environment.get_template("email/digest/body.html").render(
        subject=subject,
        preheader=_preheader(page.sections),
        day=view.edition_on,
        language=choose_language(view.language),
        footer=footer,
        page=page,
    )


def _render_text(environment: Environment, view: DigestView, footer: Footer, page: _Page) -> str:
    return environment.get_template("email/digest/body.txt").render(day=view.edition_on, footer=footer, page=page)


def _render_subject(environment: Environment, sections: tuple[Section, ...], *, is_correcting: bool) -> str:
    """Render the subject and shorten the title in it until the whole fits."""
    cards = [item.card for section in sections for item in section.items]
    followed = sum(any(author.is_followed for author in card.authors) for card in cards)
    template = environment.get_template("email/digest/subject.txt")
    values = {"names": _followed_names(cards), "followed": followed, "rest": max(0, len(cards) - max(followed, 1))}
    if not cards:
        return "A correction to earlier digests" if is_correcting else "No new papers"
    return fit_subject(lambda title: template.render(paper=title, **values), cards[0].title)


def _followed_names(cards: Iterable[Card]) -> str:
    """Name the followed authors: `Ada Lovelace, Furu Wei and 2 others`."""
    marked = (author.name for card in cards for author in card.authors if author.is_followed)
    names = [shorten(name, LONGEST_SUBJECT_NAME) for name in dict.fromkeys(marked)]
    named, rest = names[:MOST_SUBJECT_NAMES], len(names) - MOST_SUBJECT_NAMES
    return ", ".join(named) + (f" and {rest} other{'s' if rest > 1 else ''}" if rest > 0 else "")


def _preheader(sections: Iterable[Section]) -> str:
    """Give what an inbox shows after the subject: the titles it does not name, or how the only paper begins."""
    cards = [item.card for section in sections for item in section.items]
    titles = [card.title for card in cards[1 : 1 + PREHEADER_PAPERS]]
    return shorten(" · ".join(titles) or "".join(card.excerpt for card in cards), PREHEADER_LIMIT)
