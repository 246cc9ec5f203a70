"""What an answer of a mail server means for the message, the address and the run. Pure: decides, never talks.

A reply is read as RFC 5321 and the enhanced status codes of RFC 3463 say, with one caution from practice: an address is
given up only where the reply is about the address. A mail refused as spam or by policy says nothing about it.
"""

import base64
import errno
import re
import socket
import ssl
from datetime import timedelta
from enum import StrEnum

from digest.errors import NotifierError, NotifierUnusable, Refusal
from digest.notifiers.identity import Mailbox
from digest.settings import SmtpSettings

# 421 means “closing the connection, come back later” (RFC 5321 §3.8) and seldom says when.
PAUSE = timedelta(minutes=5)
SERVICE_CLOSING = 421
# First digit of a reply: refused for now, refused (RFC 5321 §4.2.1).
FOR_NOW, FOR_GOOD = 4, 5
# RFC 4954 §6: log in first, wrong password, mechanism too weak, encryption required.
LOGIN_CODES = frozenset({530, 534, 535, 538})
TOO_LARGE = 552
REPLY_LIMIT = 300
LOGIN_HINT = "check DIGEST_SMTP__USERNAME and DIGEST_SMTP__PASSWORD"
TLS_HINT = "port 465 usually wants DIGEST_SMTP__SECURITY=tls, port 587 starttls"

# RFC 3463 and its registry: no such mailbox or domain, bad syntax, moved, null MX; mailbox disabled.
DEAD_ADDRESS = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
# The same, from servers that say so only while the recipient is named (5.4.1 is what Exchange Online answers).
DEAD_RECIPIENT = frozenset({"5.1.0", "5.4.1"})
# Codes so general that only the reply code counts.
GENERAL = frozenset({"5.0.0", "5.5.0"})
# RFC 5321 §4.2.3 and RFC 7504: mailbox unavailable, name not allowed, host or domain takes no mail.
DEAD_REPLY = frozenset({521, 550, 553, 556})
# What servers without enhanced codes write when they mean us, not the address.
_POLICY = re.compile(
    r"spam|block|black|banned|denied|polic|reputation|relay|rcpthosts|authenticat|too many|reject(?:ed)? (?:by|due)|"
    r"\b(?:spf|dkim|dmarc|rbl|rate)\b",
    re.IGNORECASE,
)
# What they write when we are too fast for them; a greylist says come back, and not that we are many.
_TOO_MANY = re.compile(r"too many|\brate|throttl|limit|unusual", re.IGNORECASE)
_ENHANCED = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")
_LOCAL_PART = re.compile(r"[^\s<>()\[\],;:@]+@(?=[A-Za-z0-9])")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


class Stage(StrEnum):
    """What was being handed over when the server answered."""

    SENDER = "sender"
    RECIPIENT = "recipient"
    CONTENT = "content"


def judge_reply(stage: Stage, code: int, text: str, settings: SmtpSettings, sender: str = "") -> NotifierError:
    """Decide what a refusal means: for the run, for the address, or only for now.

    `sender` is what the server was told, where that is not the From address but a return path.
    """
    reply = f"{code} {quote_reply(text, settings)}".rstrip()
    refusal = find_refusal(code, text)
    if refusal:  # what is about us goes to the operator, and stays when the reader it was said of is erased
        reply = _LOCAL_PART.sub("…@", reply)
    if code == SERVICE_CLOSING:
        return NotifierError(f"The mail server asked to come back later: {reply}", retry_after=PAUSE, refusal=refusal)
    if code in LOGIN_CODES:
        return NotifierUnusable(f"{_place(settings)} wants a log-in: {reply}; {LOGIN_HINT}")
    if stage is Stage.SENDER and code // 100 == FOR_GOOD and code != TOO_LARGE:
        who = f"DIGEST_SMTP__SENDER, “{settings.sender}”"
        if sender and sender not in settings.sender:
            who = f"“{quote_reply(sender, settings)}”, the return path that DIGEST_BOUNCES__ADDRESS asks for"
        return NotifierUnusable(f"{_place(settings)} does not let us send as {who}: {reply}")
    if is_dead_address(stage, code, text):
        return NotifierError(f"The mail server says this address cannot be delivered to: {reply}", permanent=True)
    return NotifierError(f"The mail server did not take the mail: {reply}", refusal=refusal)


def find_refusal(code: int, text: str) -> Refusal | None:
    """Say whether a refusal is about us: too much from us for now (421, 4.7.x), or our mail as such (5.7.x)."""
    found = _ENHANCED.match(text)
    enhanced = found[1] if found else ""
    if code == SERVICE_CLOSING or (code // 100 == FOR_NOW and enhanced.startswith("4.7.") and _TOO_MANY.search(text)):
        return Refusal.THROTTLED
    is_policy = enhanced.startswith("5.7.") or (enhanced in {"", *GENERAL} and bool(_POLICY.search(text)))
    return Refusal.POLICY if code // 100 == FOR_GOOD and is_policy else None


def is_dead_address(stage: Stage, code: int, text: str) -> bool:
    """Whether the reply says that this address will never work."""
    found = _ENHANCED.match(text)
    enhanced = found[1] if found else ""
    if code // 100 != FOR_GOOD or stage is Stage.SENDER:
        return False
    if enhanced and enhanced not in GENERAL:
        return enhanced in DEAD_ADDRESS or (stage is Stage.RECIPIENT and enhanced in DEAD_RECIPIENT)
    return stage is Stage.RECIPIENT and code in DEAD_REPLY and not _POLICY.search(text)


def refuse_login(code: int, text: str, settings: SmtpSettings) -> NotifierUnusable:
    """Say that the user name and password do not open the server."""
    who = quote_reply(settings.username, settings)
    return NotifierUnusable(
        f"{_place(settings)} refused the log-in of “{who}”: {code} {quote_reply(text, settings)}; {LOGIN_HINT}"
    )


def refuse_greeting(code: int, text: str, settings: SmtpSettings) -> NotifierUnusable:
    """Say that the server answered but turned us away before any mail was offered."""
    pause = PAUSE if code // 100 == FOR_NOW else None
    return NotifierUnusable(
        f"{_place(settings)} turned us away: {code} {quote_reply(text, settings)}", retry_after=pause
    )


def miss_starttls(settings: SmtpSettings) -> NotifierUnusable:
    """Say that the server offers no STARTTLS; we never go on without."""
    return NotifierUnusable(
        f"{_place(settings)} offers no STARTTLS: {TLS_HINT}, and none is for servers on this machine or network"
    )


def miss_login(settings: SmtpSettings) -> NotifierUnusable:
    """Say that the server takes no log-in we could make."""
    over = " without TLS" if settings.security == "none" else ""
    return NotifierUnusable(
        f"{_place(settings)} offers no log-in{over} that we know: check DIGEST_SMTP__SECURITY and "
        "DIGEST_SMTP__PORT, or leave DIGEST_SMTP__USERNAME empty"
    )


def explain_unreachable(error: BaseException, settings: SmtpSettings) -> NotifierUnusable:
    """Say in one sentence why no connection came about, and what to check."""
    place, root = _place(settings), _root(error)
    match root:
        case socket.gaierror():
            reason = f"The name of the mail server, {settings.host}, is not known: check DIGEST_SMTP__HOST"
        case ssl.SSLCertVerificationError(verify_message=why):
            reason = f"The certificate of {place} is not accepted ({why}): check that DIGEST_SMTP__HOST is its name"
        case ssl.SSLError():
            reason = f"{place} does not speak TLS as we expect: {TLS_HINT}"
        case TimeoutError():
            wait = f"{settings.timeout.total_seconds():g} seconds"
            reason = f"{place} did not answer within {wait}: check host, port, and that no firewall is in the way"
        case OSError() if _is_refused(root):
            reason = f"No mail server answers at {place}: check DIGEST_SMTP__HOST and DIGEST_SMTP__PORT"
        case OSError(strerror=str(why)):
            reason = f"{place} cannot be reached: {why}"
        case _:
            reason = f"{place} does not answer as a mail server does ({quote_reply(str(root), settings)}): {TLS_HINT}"
    return NotifierUnusable(reason)


def _is_refused(error: OSError) -> bool:
    # Where a name has several addresses, asyncio folds the refusals of all of them into one text.
    return isinstance(error, ConnectionRefusedError) or f"[Errno {errno.ECONNREFUSED}]" in str(error)


def lack_utf8(recipient: Mailbox) -> NotifierError:
    """Say that the server cannot carry a non-ASCII local part, so this address cannot be served from here."""
    return NotifierError(
        f"The mail server cannot write to “{recipient.address}”: letters before the @ are not ASCII, and it does not "
        "offer SMTPUTF8",
        permanent=True,
    )


def lose_connection(reason: str, *, is_content_sent: bool) -> NotifierError:
    """Say that the connection broke, and whether the mail may have been taken all the same."""
    if is_content_sent:
        # RFC 1047: only the reply is lost, perhaps. The next attempt carries the same Message-ID.
        return NotifierError(f"Uncertain: the connection was lost while the mail was handed over ({reason})")
    return NotifierError(f"The connection to the mail server was lost before the mail was handed over ({reason})")


def quote_reply(text: str, settings: SmtpSettings) -> str:
    """Trim what a server said to one short line without our secrets, which some servers echo."""
    line = " ".join(_UNPRINTABLE.sub(" ", text).split())
    for secret in _secrets(settings):
        line = line.replace(secret, "…")
    return line if len(line) <= REPLY_LIMIT else f"{line[: REPLY_LIMIT - 1]}…"


def _secrets(settings: SmtpSettings) -> list[str]:
    """List the password as it is, and as AUTH LOGIN and AUTH PLAIN send it (RFC 4616)."""
    password = settings.password.get_secret_value()
    if not password:
        return []
    plain = f"\0{settings.username}\0{password}"
    return [*(base64.b64encode(secret.encode()).decode() for secret in (plain, password)), password]


def _root(error: BaseException) -> BaseException:
    """Find what the operating system said: the deepest OSError among the causes."""
    root = cause = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
        root = cause if isinstance(cause, OSError) else root
    return root


def _place(settings: SmtpSettings) -> str:
    return f"{quote_reply(settings.host, settings)}:{settings.port}"
