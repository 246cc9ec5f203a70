"""What must hold of every rendering, whatever the papers say. Used by the rendering tests."""

import re
from collections.abc import Iterable
from html.parser import HTMLParser

from digest.rendering.telegram import measure

CHAT_TAGS = {"b", "i", "a", "blockquote"}
CHARACTER_REFERENCES = re.compile(r"&(?!(?:lt|gt|amp|quot|#\d{1,7}|#x[0-9a-f]{1,6});)")
VOID = {"meta", "br", "hr", "img", "link", "input"}
MAIL_TAGS = {
    *("html", "head", "meta", "title", "style", "body", "div", "table", "tbody", "tr", "td"),
    *("p", "h1", "h2", "h3", "a", "b", "bdi", "span"),
}
MAIL_ATTRIBUTES = {
    *("lang", "xmlns", "charset", "name", "content", "class", "style", "role", "align", "border", "cellpadding"),
    *("cellspacing", "href", "dir", "data-css-inline", "aria-label"),
}


class Outline(HTMLParser):
    """Records tags, attributes and text, and whether tags close in order."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.faults: list[str] = []
        self.text: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.open and tag == "a":
            self.faults.append("a link within a link")
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def attributes(self, name: str) -> Iterable[str]:
        return (attrs[name] or "" for _, attrs in self.tags if name in attrs)


def check_chat_html(part: str) -> None:
    """Hold a part against Telegram's HTML subset and its limits."""
    outline = Outline(part)
    assert not outline.faults
    assert not outline.open
    assert {tag for tag, _ in outline.tags} <= CHAT_TAGS
    for tag, attributes in outline.tags:
        assert list(attributes) == {"a": ["href"], "blockquote": ["expandable"]}.get(tag, [])
    assert all(url.startswith(("https://", "http://")) for url in outline.attributes("href"))
    assert not CHARACTER_REFERENCES.search(part)
    assert part == part.strip()
    assert 0 < measure(part).units <= 4096
    assert len("".join(outline.text).encode("utf-16-le")) // 2 == measure(part).units
    assert len(outline.tags) <= 100


def check_mail_html(html: str) -> None:
    """Hold an HTML part against what a mail may contain: nothing that runs, loads or leads astray."""
    outline = Outline(html)
    assert not outline.faults
    assert not outline.open
    assert {tag for tag, _ in outline.tags} <= MAIL_TAGS
    assert {name for _, attributes in outline.tags for name in attributes} <= MAIL_ATTRIBUTES
    assert all(url.startswith(("https://", "http://", "mailto:")) for url in outline.attributes("href"))
    assert not any("url(" in style or "expression" in style for style in outline.attributes("style"))
    assert len(html.encode()) <= 100_000
