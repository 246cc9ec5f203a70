"""Renders the page that shows every mail of a preview beside each other."""

from collections.abc import Sequence
from dataclasses import dataclass

from digest.rendering.environment import web_environment
from digest.rendering.text import clean


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMail:
    """A mail on the page: the name of its files, and sizes in bytes; `html_size` is 0 where it is text alone."""

    name: str
    shows: str
    subject: str
    size: int
    html_size: int
    text_size: int


def render_showcase(title: str, mails: Sequence[ShownMail]) -> str:
    """Render the page."""
    return web_environment().get_template("preview/index.html").render(title=clean(title), mails=mails)
