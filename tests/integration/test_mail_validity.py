"""Every kept mail as others judge it: an HTML validator, a spam filter, and the limits of mail programs."""

import re
import shutil
import subprocess
from email import policy
from email.parser import BytesParser
from itertools import pairwise
from pathlib import Path

import pytest

from tests.golden.alerts import ALERTS
from tests.golden.checks import Outline, check_mail_html
from tests.golden.letters import LETTERS
from tests.golden.mails import MAILS, mail, write_eml
from tests.spam import SPAMASSASSIN, score_mails

TIDY = shutil.which("tidy")
CLIPPED_BY_GMAIL = 102_000
# What mail needs and HTML 5 has dropped: Outlook centres by `align`, and knows layout tables by `role`, not a summary.
NEEDED = re.compile(r'<table> attribute "align" not allowed for|<table> lacks "summary" attribute')
UNLINKED = {"group", "alert_place"}  # as a service without a public address sends them
LANDMARKS = ("h1", "h2", "h3")


@pytest.mark.parametrize("case", MAILS)
def test_a_validator_finds_no_fault_in_the_html(case: str) -> None:
    if TIDY is None:
        pytest.skip("no HTML validator: Debian's package tidy is missing")
    command = [TIDY, "-quiet", "-errors", "--show-info", "yes", "-utf8"]
    done = subprocess.run(command, input=mail(case).html.encode(), capture_output=True, check=False)

    assert done.returncode in (0, 1), "0 is no fault, 1 warnings, 2 errors"
    assert [line for line in done.stderr.decode().splitlines() if not NEEDED.search(line)] == []


def test_a_spam_filter_has_nothing_against_any_mail(tmp_path: Path) -> None:
    if SPAMASSASSIN is None:
        pytest.skip("no spam filter: Debian's package spamassassin is missing")

    judged = score_mails({case: write_eml(case) for case in MAILS}, tmp_path)

    assert set(judged) == set(MAILS)
    assert {case: found for case, found in judged.items() if found[0] > 1} == {}
    assert all("HTML_MESSAGE" in rules for _, rules in judged.values()), "the rules did run"


@pytest.mark.parametrize("case", MAILS)
def test_no_mail_is_clipped_or_loads_anything(case: str) -> None:
    rendered = mail(case)

    check_mail_html(rendered.html)
    assert len(rendered.html.encode()) < CLIPPED_BY_GMAIL
    assert "<img" not in rendered.html


@pytest.mark.parametrize("case", MAILS)
def test_a_screen_reader_finds_language_title_and_headings_in_order(case: str) -> None:
    outline = Outline(mail(case).html)

    levels = [LANDMARKS.index(tag) for tag, _ in outline.tags if tag in LANDMARKS]
    assert dict(outline.tags)["html"]["lang"] == "en"
    assert levels.count(0) == 1
    assert levels[0] == 0
    assert all(after - before <= 1 for before, after in pairwise(levels)), "no level is skipped"
    assert all(attributes.get("role") == "presentation" for tag, attributes in outline.tags if tag == "table")


@pytest.mark.parametrize("case", MAILS)
def test_both_parts_offer_the_same_ways_out(case: str) -> None:
    rendered = mail(case)

    links = set(re.findall(r'class="footer-link" href="([^"]+)"', rendered.html))
    assert links <= set(rendered.text.splitlines())
    shown = {url for url in rendered.list_unsubscribe if url.startswith("https:")}
    assert shown <= links


@pytest.mark.parametrize("case", MAILS)
def test_the_bytes_are_a_mail_that_reads_back_whole(case: str) -> None:
    parsed = BytesParser(policy=policy.default).parsebytes(write_eml(case))

    assert not parsed.defects
    assert [part.get_content_type() for part in parsed.iter_parts()] == ["text/plain", "text/html"]
    assert (parsed["List-Id"] is None) is (case in LETTERS)
    assert (parsed["List-Id"] or "").endswith("<alerts.daily-paper-digest.digest.example.org>") is (case in ALERTS)


@pytest.mark.parametrize("case", [case for case in MAILS if case not in {*LETTERS, *UNLINKED}])
def test_every_mail_of_papers_says_why_it_came_and_how_to_change_it(case: str) -> None:
    text = " ".join(mail(case).text.split())

    assert "You get this because" in text
    assert ("Alert " if case in ALERTS else "Edition 2026-11-20") in text
    assert "Change what you get: https://digest.example.org/manage/" in text


@pytest.mark.parametrize("case", [case for case in ALERTS if case not in UNLINKED])
def test_an_alert_can_be_stopped_without_leaving_the_digests(case: str) -> None:
    rendered = mail(case)

    assert rendered.list_unsubscribe[0].startswith("https://digest.example.org/stop-alerts/")
    labels = re.findall(r'class="footer-link" href="[^"]+"[^>]*>([^<]+)<', rendered.html)
    assert [label.replace("\u00a0", " ") for label in labels] == [
        "Change what you get",
        "Stop alerts",
        "Unsubscribe from everything",
    ]
