"""The template environments: mail, where style goes inline once a template is read, chat messages and pages."""

import textwrap
from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

from css_inline import CSSInliner
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from digest.languages import say_number, spoken, tr
from digest.rendering.card import Card
from digest.rendering.digest import count_papers, long_date
from digest.rendering.telegram import inert
from digest.rendering.text import isolate
from digest.resources import find_resource

MAIL_STYLE: Final = "email/style.css"
TEXT_WIDTH: Final = 74  # columns; room for one ">" of a reply below the 78 of RFC 5322


class InliningLoader(FileSystemLoader):
    """Gives HTML templates with `email/style.css` written into their style attributes.

    Gmail drops <style> for some accounts and Outlook reads little of it, so every rule but the media queries must be
    inline. Inlining a template takes a moment once; inlining every mail would take longer than rendering it.
    """

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        """Read a template; a whole page and a fragment of one are inlined differently."""
        source, filename, is_fresh = super().get_source(environment, template)
        if template.endswith(".html"):
            style, _, _ = super().get_source(environment, MAIL_STYLE)
            source = _inline(source, style)
        return source, filename, is_fresh


@cache
def mail_environment() -> Environment:
    """Give the environment for mail."""
    return _make_environment(InliningLoader(find_resource("templates")))


@cache
def chat_environment() -> Environment:
    """Give the environment for chat messages."""
    return _make_environment(FileSystemLoader(find_resource("templates")))


@cache
def web_environment() -> Environment:
    """Give the environment for pages."""
    return _make_environment(FileSystemLoader(find_resource("templates")))


def wrap(text: str, indent: str = "", *, hanging: str = "") -> str:
    """Break text into lines for reading; `indent` is before every line, `hanging` before all but the first."""
    return textwrap.fill(
        text, TEXT_WIDTH, initial_indent=indent, subsequent_indent=indent + hanging, break_on_hyphens=False
    )


def plain_names(card: Card) -> str:
    """List the authors where there is no markup: `Ada Lovelace, *Furu Wei*, … Peng Fu (?) (+12 more)`."""
    return "".join(_plain_names(card))


def _plain_names(card: Card) -> Iterator[str]:
    for number, author in enumerate(card.authors):
        yield (", " if number else "") + ("… " if author.is_after_gap else "")
        name = isolate(author.name)
        yield f"*{name}*" if author.is_followed else f"{name} (?)" if author.is_possible else name
    if card.more_authors:
        yield f" (+{tr('{count} more', count=say_number(card.more_authors, spoken()))})"


def _count(number: int) -> str:
    return say_number(number, spoken())


def _inline(source: str, style: str) -> str:
    if source.lstrip().lower().startswith("<!doctype"):
        inliner = CSSInliner(extra_css=style, keep_style_tags=True, load_remote_stylesheets=False)
        return inliner.inline(source)
    return CSSInliner(load_remote_stylesheets=False).inline_fragment(source, style)


def _make_environment(loader: FileSystemLoader) -> Environment:
    environment = Environment(
        loader=loader,
        autoescape=select_autoescape(enabled_extensions=("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        wrap=wrap,
        papers=count_papers,
        long_date=long_date,
        isolate=isolate,
        plain_names=plain_names,
        inert=inert,
    )
    environment.globals.update(tr=tr, count=_count)
    return environment
