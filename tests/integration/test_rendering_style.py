"""The look: readable colours in light and dark, and style that survives mail clients."""

import re

import pytest

from digest.rendering.environment import mail_environment
from digest.resources import find_resource
from tests.golden.checks import Outline

STYLE = re.sub(r"/\*.*?\*/", "", (find_resource("templates") / "email" / "style.css").read_text(), flags=re.DOTALL)
DARK = (find_resource("templates") / "email" / "dark.css").read_text().partition("prefers-color-scheme: dark")[2]
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")


def colours(css: str, name: str) -> dict[str, str]:
    """Give the value of a colour property by class."""
    found: dict[str, str] = {}
    for selectors, declarations in RULE.findall(css):
        value = re.search(rf"(?:^|[;\s]){name}: (#[0-9a-f]{{6}})", declarations)
        found |= {selector.strip(): value.group(1) for selector in selectors.split(",") if value}
    return found


def luminance(colour: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("css", [STYLE, DARK], ids=["light", "dark"])
def test_every_text_has_enough_contrast(css: str) -> None:
    backgrounds = colours(css, "background")
    texts = colours(css, "color")

    assert len(texts) > 10
    for name, colour in texts.items():
        assert contrast(colour, backgrounds.get(name, backgrounds[".page"])) >= 4.5, name


def test_every_coloured_class_has_a_dark_colour() -> None:
    assert colours(STYLE, "color").keys() == colours(DARK, "color").keys()
    assert colours(STYLE, "background").keys() == colours(DARK, "background").keys()


@pytest.mark.parametrize(
    "name",
    [
        "email/page.html",
        "email/digest/body.html",
        "email/alert/body.html",
        "email/letter/body.html",
        "email/notice/body.html",
        "macros/paper.html",
    ],
)
def test_every_class_of_a_template_carries_its_style_inline(name: str) -> None:
    environment = mail_environment()
    assert environment.loader is not None
    source, _, _ = environment.loader.get_source(environment, name)
    styled = set(re.findall(r"^\.([a-z-]+) \{", STYLE, flags=re.MULTILINE))

    for _, attributes in Outline(source).tags:
        if "class" in attributes:
            assert attributes["class"] in styled
            assert attributes.get("style"), attributes


def test_rules_name_single_classes_because_macros_are_inlined_apart() -> None:
    selectors = [selector.strip() for selector, _ in RULE.findall(STYLE)]

    assert all(re.fullmatch(r"\.[a-z-]+", selector) for selector in selectors)
