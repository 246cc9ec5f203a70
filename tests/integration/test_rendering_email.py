"""The mail, as a mail client and a hostile source see it."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model import MailMessage
from digest.rendering.digest import DigestView
from digest.rendering.email import render_mail
from tests.golden.cases import CASES, COLLIDER, NAMESAKE, SPARSE, SURVEY, Entry, entry, follow, view
from tests.golden.checks import Outline, check_mail_html

HOSTILE_TEXT = st.text(max_size=400) | st.text("<>\"&'/={}$\\_^`~-\n\u202e\u2028😀שa ", max_size=400)


def mail(shown: DigestView) -> MailMessage:
    return render_mail(shown, message_id="1@example.org", sent_at=datetime(2026, 11, 20, 7, tzinfo=UTC))


@pytest.mark.parametrize("case", CASES)
def test_every_case_is_a_mail_that_runs_and_loads_nothing(case: str) -> None:
    rendered = mail(CASES[case]())

    check_mail_html(rendered.html)
    assert max(map(len, rendered.text.splitlines())) <= 998  # RFC 5322 2.1.1


@given(title=HOSTILE_TEXT, abstract=HOSTILE_TEXT, name=HOSTILE_TEXT, url=HOSTILE_TEXT)
@settings(max_examples=60, deadline=None)
def test_no_text_becomes_markup(title: str, abstract: str, name: str, url: str) -> None:
    fields: dict[str, Any] = {"title": title, "abstract": abstract, "authors": (name, "Furu Wei"), "code_url": url}

    rendered = mail(view(entry(1, **fields, organization=name, categories=(name,)), reader_name=name, notes=(title,)))

    check_mail_html(rendered.html)
    assert len(rendered.subject) <= 78
    assert rendered.subject.isprintable() or not re.search(r"[\x00-\x1f\x7f\u2028\u2029]", rendered.subject)


def test_two_hundred_long_papers_stay_below_gmails_limit_and_are_all_there() -> None:
    rendered = mail(CASES["capped"]())

    assert 90_000 < len(rendered.html.encode()) <= 100_000
    assert rendered.html.count('class="paper"') + rendered.html.count('class="brief"') == 200
    assert "… and 57 more papers that match." in rendered.html


def test_what_does_not_fit_even_as_a_title_is_counted_as_more() -> None:
    entries = tuple(entry(number, title=f"<&\"'> {number} " * 60, authors=("<" * 90,) * 9) for number in range(1, 201))

    rendered = mail(view(*entries, more=10))

    check_mail_html(rendered.html)
    shown = rendered.html.count('class="paper"') + rendered.html.count('class="brief"')
    assert 0 < shown < 200
    assert f"… and {210 - shown} more papers that match." in rendered.html
    assert f"… and {210 - shown} more papers that match." in rendered.text


@pytest.mark.parametrize("case", ["many_authors", "capped"])
def test_the_followed_author_is_visible_in_every_part(case: str) -> None:
    rendered = mail(CASES[case]())
    name = "Member 2718 of the Collaboration" if case == "many_authors" else "Furu Wei"

    assert re.search(rf'<b class="followed"[^>]*><bdi>{name}</bdi></b>', rendered.html)
    assert f"*{name}*" in rendered.text


@pytest.mark.parametrize(
    ("entries", "subject"),
    [
        ((SPARSE,), "Furu Wei: Sparse Experts Learn Fast: Scaling Mixture of Experts Without a…"),
        ((SPARSE, NAMESAKE), "Furu Wei: Sparse Experts Learn Fast: Scaling Mixture of Experts… (+1 more)"),
        ((COLLIDER, SPARSE, SURVEY), "Ada Lovelace, Furu Wei: 2 new papers (+1 more)"),
        (
            tuple(entry(n, follow(f"A{n} B", 1, 1), authors=(f"A{n} B",)) for n in range(1, 5)),
            "A1 B, A2 B and 2 others: 4 new papers",
        ),
        ((NAMESAKE,), "Dose Reduction in Pediatric Cone-Beam CT by Learned Sinogram Completion"),
    ],
)
def test_the_subject_says_who_and_what(entries: tuple[Entry, ...], subject: str) -> None:
    assert mail(view(*entries)).subject == subject


def test_a_digest_whose_papers_are_gone_is_still_a_mail() -> None:
    rendered = mail(view())

    assert rendered.subject == "No new papers"
    check_mail_html(rendered.html)


def test_the_subject_opens_no_encoded_word() -> None:
    assert "=?" not in mail(view(entry(1, title="=?utf-8?q?a=0ABcc:_e?="))).subject


@pytest.mark.parametrize(
    ("links", "values", "is_one_click"),
    [
        ({}, ("https://digest.example.org/unsubscribe/0123456789abcdef",), True),
        ({"unsubscribe_mailto": "leave@example.org"}, (..., "mailto:leave@example.org"), True),
        ({"unsubscribe_url": None, "unsubscribe_mailto": "mailto:a@b.c?subject=x"}, ("mailto:a@b.c?subject=x",), False),
        ({"unsubscribe_url": "http://127.0.0.1:8000/u"}, ("http://127.0.0.1:8000/u",), False),
        ({"unsubscribe_url": "javascript:alert(1)", "unsubscribe_mailto": "a@b>\r\nBcc: c"}, (), False),
    ],
)
def test_how_to_leave_is_announced(links: dict[str, Any], values: tuple[object, ...], is_one_click: bool) -> None:
    rendered = mail(view(SPARSE, **({"unsubscribe_mailto": None} | links)))

    assert len(rendered.list_unsubscribe) == len(values)
    assert all(value in (..., given) for value, given in zip(values, rendered.list_unsubscribe, strict=True))
    assert rendered.is_one_click is is_one_click
    assert ("Unsubscribe" in rendered.html) is bool(values)


def test_the_reader_sees_possible_people_apart_and_marked() -> None:
    rendered = mail(view(NAMESAKE))

    assert "Possibly Peng Fu" in rendered.html
    assert "Peng Fu (?)" in rendered.text
    assert 'class="followed"' not in rendered.html


def test_a_follow_whose_place_is_gone_still_finds_the_name() -> None:
    moved = entry(1, follow("Furu Wei", 25, 25), authors=(*(f"Author {n}" for n in range(20)), "Furu  Wei"))

    assert "*Furu Wei*" in mail(view(moved)).text


def test_text_is_wrapped_for_reading() -> None:
    lines = mail(CASES["ordinary"]()).text.splitlines()

    assert all(len(line) <= 74 or "https://" in line for line in lines)


def test_a_screen_reader_finds_language_and_headings() -> None:
    outline = Outline(mail(CASES["ordinary"]()).html)

    tags = [tag for tag, _ in outline.tags]
    assert outline.tags[0] == ("html", {"lang": "en", "xmlns": "http://www.w3.org/1999/xhtml"})
    assert [tag for tag in tags if tag in ("h1", "h2", "h3")] == ["h1", "h2", "h3", "h3", "h2", "h3", "h2", *["h3"] * 3]
    assert all(attributes.get("role") == "presentation" for tag, attributes in outline.tags if tag == "table")
