"""The whole life of a subscription as a reader lives it: a real browser, a real mail server, the real service."""

import email
import email.policy
import re
import signal
import subprocess
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest

from digest.demo import CAPTURED
from tests.browsing import find_faults, open_browser, press
from tests.e2e.service import Install
from tests.e2e.test_service import PATIENCE, free_port, wait_until
from tests.servers.smtp import SmtpServer

PUBLIC = "https://digest.example.org"
ADA = "ada@example.org"
LINK = re.compile(rf"{PUBLIC}/[^\s<>\"]+")


class Journey:
    """An installation that runs, the mails that came from it, and how its links are reached from here."""

    def __init__(self, install: Install, smtp: SmtpServer) -> None:
        self.install = install
        self.smtp = smtp
        self.address = f"http://127.0.0.1:{install.settings['DIGEST_WEB_PORT']}"

    def run(self, *arguments: str) -> str:
        done = self.install.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def local(self, link: str) -> str:
        return link.replace(PUBLIC, self.address)

    def mails(self) -> list[EmailMessage]:
        return [email.message_from_bytes(mail.data, policy=email.policy.default) for mail in self.smtp.mails]

    def next_mail(self, number: int) -> EmailMessage:
        """Wait for the mail of this number, the first being 1."""
        wait_until(lambda: len(self.smtp.mails) >= number)
        return self.mails()[number - 1]

    def link(self, mail: EmailMessage, page: str) -> str:
        """Find the first link to a page in the text part of a mail."""
        body = mail.get_body(("plain",))
        assert body is not None
        found = [each for each in LINK.findall(body.get_content()) if each.startswith(f"{PUBLIC}/{page}/")]
        return self.local(found[0])


@pytest.fixture
def browser() -> Iterator[Any]:
    with open_browser() as opened:
        yield opened


@pytest.fixture
def journey(tmp_path: Path) -> Iterator[Journey]:
    install = Install(tmp_path)
    assert install.run("fetch", "--replay", str(CAPTURED)).returncode == 0
    with SmtpServer() as smtp:
        install.use_smtp(smtp)
        install.settings |= {"DIGEST_SECRET_KEY": "k" * 40, "DIGEST_PUBLIC_URL": PUBLIC}
        install.settings |= {"DIGEST_WEB_PORT": str(free_port()), "DIGEST_DELIVERY__EVERY": "0.2"}
        service = install.start("run")
        going = Journey(install, smtp)
        try:
            wait_until(lambda: _answers(f"{going.address}/health"))
            yield going
        finally:
            output = _stop(service)
        assert service.returncode == 0, output
        assert ADA not in output


def test_a_reader_subscribes_reads_changes_leaves_and_comes_back(journey: Journey, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()

    _ask(journey, page)
    confirm = journey.next_mail(1)
    _open_like_a_scanner(journey, confirm)
    assert '"pending"' not in journey.run("subscribers", "--json")
    _confirm(journey, page, confirm)
    welcome = journey.next_mail(2)
    assert welcome["To"] == ADA

    journey.run("compose", "--now")
    digest = journey.next_mail(3)
    assert [part.get_content_type() for part in digest.iter_parts()] == ["text/plain", "text/html"]
    _open_like_a_scanner(journey, digest)
    _change(journey, page, digest)

    _leave_as_gmail_does(journey, digest)
    page.goto(journey.link(digest, "unsubscribe"))
    assert page.inner_text("h1") == "You are unsubscribed"
    journey.run("compose", "--now")
    assert len(journey.mails()) == 3

    _ask(journey, page)
    _confirm(journey, page, journey.next_mail(4))
    assert '"confirmed"' in journey.run("subscribers", "--json")
    context.close()


def test_every_page_on_the_way_is_fit_for_everybody(journey: Journey, browser: Any) -> None:
    looks = [(390, "light"), (1200, "dark")]
    plain = browser.new_context(java_script_enabled=False).new_page()
    _ask(journey, plain)
    confirm = journey.next_mail(1)
    pages = ["/", "/manage", journey.link(confirm, "confirm"), journey.link(confirm, "cancel")]
    _look(journey, browser, pages, looks)
    _confirm(journey, plain, confirm)
    manage = journey.link(journey.next_mail(2), "manage")
    token_page = manage.split("#")[0].split("?")[0]
    inner = [token_page, *(f"{token_page}/{name}" for name in ("editions", "why", "saved", "erase"))]
    _look(journey, browser, inner, looks)


def _look(journey: Journey, browser: Any, pages: list[str], looks: list[tuple[int, str]]) -> None:
    for width, scheme in looks:
        context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True)
        page = context.new_page()
        for each in pages:
            answer = page.goto(each if each.startswith("http") else journey.address + each)
            assert answer.status == 200, each
            assert (each, find_faults(page)) == (each, [])
        context.close()


def _ask(journey: Journey, page: Any) -> None:
    """Fill in the form, look at what would have come, and subscribe."""
    page.goto(f"{journey.address}/")
    page.get_by_label("One topic a line").fill('"mixture of experts"\ncat:cs.CL')
    page.get_by_label("Email").fill(ADA)
    press(page.get_by_role("button", name="Show me what I would get"))
    assert "the digest you would have had" in page.inner_text("main")
    press(page.get_by_role("button", name="Subscribe"))
    assert ADA in page.inner_text("main")


def _confirm(journey: Journey, page: Any, mail: EmailMessage) -> None:
    page.goto(journey.link(mail, "confirm"))
    assert "mixture of experts" in page.inner_text("main")
    press(page.locator("main form button").first)
    assert ADA in page.inner_text("main")
    assert "your preferences" in page.inner_text("main")


def _change(journey: Journey, page: Any, mail: EmailMessage) -> None:
    """Have the digest weekly, by the link in a mail."""
    page.goto(journey.link(mail, "manage"))
    page.locator("summary", has_text="When and how much").first.click()
    page.get_by_label("How often").first.select_option("weekly")
    press(page.get_by_role("button", name=f"Save for {ADA}"))
    assert "saved" in page.inner_text("main").lower()
    assert '"weekly"' in journey.run("show", ADA, "--json")


def _open_like_a_scanner(journey: Journey, mail: EmailMessage) -> None:
    """Open every link of a mail at once, as mail gateways do; nothing may come of it."""
    before = journey.run("subscribers", "--json")
    bodies = [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
    for link in {each.replace("&amp;", "&") for body in bodies for each in LINK.findall(body)}:
        for method in ("HEAD", "GET"):
            assert httpx.request(method, journey.local(link)).status_code == 200, link
    assert journey.run("subscribers", "--json") == before


def _leave_as_gmail_does(journey: Journey, mail: EmailMessage) -> None:
    link = mail["List-Unsubscribe"].split(">")[0].removeprefix("<")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for _ in range(2):
        answer = httpx.post(journey.local(link), data={"List-Unsubscribe": "One-Click"})
        assert (answer.status_code, answer.cookies, answer.history) == (200, httpx.Cookies(), [])
    assert '"unsubscribed"' in journey.run("subscribers", "--json")


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code < 500
    except httpx.TransportError:
        return False


def _stop(service: "subprocess.Popen[str]") -> str:
    service.send_signal(signal.SIGTERM)
    return service.communicate(timeout=PATIENCE)[0]
