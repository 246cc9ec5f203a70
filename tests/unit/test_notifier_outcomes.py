"""What replies of mail servers and of Telegram mean, as tables; and chat markup, logs and error sentences."""

import errno
import logging
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from telegram.error import BadRequest, Conflict, Forbidden, NetworkError, TelegramError

from digest.errors import NotifierError, NotifierUnusable
from digest.notifiers.chat_markup import TEXT_LIMIT, count_units, cut_units, render_plain, strip_tags
from digest.notifiers.redaction import Redacted, redact
from digest.notifiers.smtp_outcomes import Stage, explain_unreachable, is_dead_address, judge_reply, quote_reply
from digest.notifiers.telegram_outcomes import find_pause, judge_error
from digest.settings import SmtpSettings

SMTP = SmtpSettings(host="mail.example.org", username="ada", password=SecretStr("s3cret-pass"), sender="d@example.org")
TOKEN = "1:AAtoken"

# ── SMTP ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("stage", "code", "text"),
    [
        (Stage.RECIPIENT, 550, "5.1.1 <a@b.org>: Recipient address rejected: User unknown in virtual mailbox table"),
        (Stage.RECIPIENT, 550, "5.1.1 The email account that you tried to reach does not exist.\n5.1.1 Please try"),
        (Stage.RECIPIENT, 550, "5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup"),
        (Stage.RECIPIENT, 550, "5.4.1 Recipient address rejected: Access denied"),
        (Stage.RECIPIENT, 550, "5.5.0 Requested action not taken: mailbox unavailable"),
        (Stage.RECIPIENT, 550, "5.2.1 The email account that you tried to reach is disabled"),
        (Stage.RECIPIENT, 550, "No such user here"),
        (Stage.RECIPIENT, 550, "Requested action not taken: mailbox unavailable"),
        (Stage.RECIPIENT, 553, "Requested action not taken: mailbox name not allowed"),
        (Stage.RECIPIENT, 556, "5.1.10 Domain does not accept mail (nullMX)"),
        (Stage.CONTENT, 550, "5.1.1 User unknown"),
    ],
)
def test_a_reply_about_the_address_ends_the_channel(stage: Stage, code: int, text: str) -> None:
    error = judge_reply(stage, code, text, SMTP)

    assert error.permanent
    assert str(code) in str(error)


@pytest.mark.parametrize(
    ("stage", "code", "text"),
    [
        (Stage.RECIPIENT, 450, "4.2.1 The user you are trying to contact is receiving mail too quickly"),
        (Stage.RECIPIENT, 452, "4.2.2 Mailbox full"),
        (Stage.RECIPIENT, 552, "5.2.2 Mailbox full"),
        (Stage.RECIPIENT, 550, "5.7.1 Service unavailable, Client host [192.0.2.1] blocked using a list"),
        (Stage.RECIPIENT, 554, "5.7.1 <a@b.org>: Relay access denied"),
        (Stage.RECIPIENT, 550, "Blocked - see https://example.org/why"),
        (Stage.RECIPIENT, 553, "sorry, that domain isn't in my list of allowed rcpthosts"),
        (Stage.RECIPIENT, 550, "SPF check failed"),
        (Stage.RECIPIENT, 550, "5.1.8 Sender address rejected: Domain not found"),
        (Stage.RECIPIENT, 501, "5.5.4 Syntax"),
        (Stage.CONTENT, 550, "5.7.26 Unauthenticated email is not accepted due to the domain's DMARC policy"),
        (Stage.CONTENT, 550, "5.7.515 Access denied, sending domain does not meet the required level"),
        (Stage.CONTENT, 552, "5.3.4 Message too big"),
        (Stage.CONTENT, 554, "Transaction failed"),
        (Stage.CONTENT, 550, "mailbox unavailable"),
        (Stage.SENDER, 452, "4.3.1 Insufficient system storage"),
        (Stage.SENDER, 552, "5.3.4 Message size exceeds fixed limit"),
        (Stage.CONTENT, -1, "Malformed SMTP response line: hello"),
        (Stage.CONTENT, 251, "odd"),
    ],
)
def test_a_reply_about_us_the_mail_or_the_moment_is_tried_again(stage: Stage, code: int, text: str) -> None:
    error = judge_reply(stage, code, text, SMTP)

    assert not error.permanent
    assert not isinstance(error, NotifierUnusable)
    assert error.retry_after is None


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("code", [530, 534, 535, 538])
def test_a_missing_log_in_stops_the_run(stage: Stage, code: int) -> None:
    assert isinstance(judge_reply(stage, code, "5.7.0 Authentication required", SMTP), NotifierUnusable)


@pytest.mark.parametrize("stage", Stage)
def test_a_421_is_a_pause_at_any_moment(stage: Stage) -> None:
    error = judge_reply(stage, 421, "4.7.0 Try again later", SMTP)

    assert error.retry_after == timedelta(minutes=5)
    assert not isinstance(error, NotifierUnusable)


@given(st.sampled_from(Stage), st.integers(400, 499) | st.integers(200, 299), st.text(max_size=60))
def test_only_a_lasting_refusal_can_end_a_channel(stage: Stage, code: int, text: str) -> None:
    assert not is_dead_address(stage, code, text)
    assert not judge_reply(stage, code, text, SMTP).permanent


def test_what_is_about_us_goes_to_the_operator_without_the_address_of_a_reader() -> None:
    text = "5.7.1 <ada.l@example.org>: blocked, write to postmaster@example.org"
    error = judge_reply(Stage.RECIPIENT, 550, text, SMTP)

    assert str(error).endswith("550 5.7.1 <…@example.org>: blocked, write to …@example.org")
    assert "ada@x.org" in str(judge_reply(Stage.RECIPIENT, 550, "5.1.1 <ada@x.org> no such user", SMTP))


@given(st.text(max_size=600), st.text(max_size=600))
def test_a_quoted_reply_is_one_short_line_without_the_password(before: str, after: str) -> None:
    said = quote_reply(f"{before}s3cret-pass{after} AGFkYQBzM2NyZXQtcGFzcw==", SMTP)

    assert "s3cret-pass" not in said
    assert "AGFkYQBzM2NyZXQtcGFzcw==" not in said
    assert len(said) <= 300
    assert not set(said) & set("\r\n\0\u2028")


def test_several_refused_addresses_of_one_host_are_one_refusal() -> None:
    refused = f"[Errno {errno.ECONNREFUSED}] Connect call failed"
    error = OSError(f"Multiple exceptions: {refused}, {refused}")

    assert "No mail server answers at mail.example.org:587" in str(explain_unreachable(error, SMTP))


# ── Telegram ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "error",
    [
        Forbidden("Forbidden: bot was blocked by the user"),
        Forbidden("Forbidden: bot can't initiate conversation with a user"),
        Forbidden("Forbidden: bot is not a member of the channel chat"),
        BadRequest("Chat not found"),
        BadRequest("Need administrator rights in the channel chat"),
        BadRequest("CHAT_WRITE_FORBIDDEN"),
        BadRequest("Topic_closed"),
    ],
)
def test_a_chat_that_is_closed_to_us_is_closed(error: TelegramError) -> None:
    assert judge_error(error, TOKEN).permanent


@pytest.mark.parametrize(
    "error",
    [
        Forbidden("Forbidden (403). Parsing the server response b'<html>' failed"),
        BadRequest("Message thread not found"),
        BadRequest("Message is too long"),
        NetworkError("Bad Gateway"),
        Conflict("Conflict: terminated by other getUpdates request"),
        TelegramError("Invalid server response"),
    ],
)
def test_anything_else_is_tried_again(error: TelegramError) -> None:
    judged = judge_error(error, TOKEN)

    assert (judged.permanent, judged.retry_after, judged.parts_sent) == (False, None, 0)


def test_a_pause_is_read_in_seconds_or_as_a_duration() -> None:
    assert find_pause(7) == find_pause(timedelta(seconds=7)) == timedelta(seconds=7)


def test_an_error_never_shows_the_token() -> None:
    error: NotifierError = judge_error(NetworkError(f"POST https://api.telegram.org/bot{TOKEN}/x\nfailed"), TOKEN)

    assert str(error) == "Telegram could not be reached: POST https://api.telegram.org/bot…/x failed"


# ── chat markup ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("part", "plain"),
    [
        ("<b>a</b> &lt;b&gt; &amp;", "a <b> &"),
        ('<a href="https://x.org/?a=1&amp;b=2">x</a>', "x (https://x.org/?a=1&b=2)"),
        ("<a href='https://x.org'><b>x</b></a>.", "x (https://x.org)."),
        ("1 < 2 > 0 <img src=x> <bold>", "1 < 2 > 0 <img src=x> <bold>"),
        ('<blockquote expandable>q</blockquote><span class="tg-spoiler">s</span>', "qs"),
        ("<a href=", "<a href="),
    ],
)
def test_words_and_links_survive_without_markup(part: str, plain: str) -> None:
    assert render_plain(part) == plain


@given(st.text(st.sampled_from("ab𝔸<>/&; \"'=hrefpi"), max_size=200), st.integers(1, 120))
def test_plain_text_never_exceeds_the_limit(text: str, times: int) -> None:
    assert count_units(render_plain(text * times)) <= TEXT_LIMIT


@given(st.text(max_size=50), st.integers(1, 60))
def test_a_cut_keeps_whole_characters(text: str, limit: int) -> None:
    cut = cut_units(text, limit)

    assert count_units(cut) <= limit
    assert cut == text or text.startswith(cut[:-1])


def test_many_open_links_cost_little_time() -> None:
    """A part of hostile, unclosed links must not make the regular expressions back-track for minutes."""
    assert strip_tags(render_plain('<a href="' * 2_000))


# ── secrets in logs ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_secret_is_taken_out_of_message_arguments_and_traceback() -> None:
    try:
        raise ValueError(f"https://x/bot{TOKEN}/y")  # noqa: TRY301 -- a traceback is what is tested
    except ValueError as error:
        fault = (type(error), error, error.__traceback__)
    record = logging.LogRecord("httpx", logging.INFO, __file__, 1, "POST %s", (f"https://x/bot{TOKEN}/y",), fault)

    assert Redacted(TOKEN).filter(record)
    written = logging.Formatter().format(record)
    assert "POST https://x/bot…/y" in written
    assert "ValueError: https://x/bot…/y" in written
    assert TOKEN not in written


def test_a_secret_is_known_in_the_form_a_url_carries_it() -> None:
    assert redact("a%20b%2Fc and a b/c and a%20b/c", "a b/c") == "… and … and …"
    assert redact("nothing to hide", "") == "nothing to hide"
