"""Mails that a machine wrote for somebody: vacation notices, challenges, receipts (RFC 3834). Pure.

They are no bounces and are never answered. Most say what they are in a header; some only in the subject.
"""

import re
from typing import Final

from digest.postbox.mail import MAX_FIELD, AnyMessage, address, field, walk

_HEADERS: Final = (
    "X-Autoreply",
    "X-Autorespond",
    "X-Auto-Reply",
    "X-AutoReply-From",
    "X-Auto-Response-Suppress",  # Exchange puts it on whatever it writes by itself
    "X-Autoreply-From",
    "X-Mail-Autoreply",
    "X-Vacation",
    "X-ChallengeResponse",
)
_PRECEDENCE: Final = frozenset({"auto_reply", "auto-reply", "autoreply", "junk", "bulk", "list"})
_SUBJECT: Final = re.compile(
    r"\s*(?:(?:re|aw|fwd?)\s*:\s*)*\[?(?:"
    r"auto(?:matic|mated|matische|matisch)?[ -]?(?:reply|response|antwort)|autoreply|autoresponder|"
    r"out of (?:the )?office|ooo\b|on (?:vacation|holiday|leave)|vacation|i am away|away from|"
    r"abwesenheit|abwesend|automatische|r[ée]ponse automatique|absence|absent|respuesta autom[áa]tica|"
    r"fuera de (?:la )?oficina|risposta automatica|resposta autom[áa]tica|fora do escrit[óo]rio|automatisch antwoord|"
    r"afwezig|autosvar|автоответ|自动回复|自動返信|自動回覆|不在|자동 ?회신)",
    re.IGNORECASE,
)
# What daemons are called before the @; a vacation notice comes from somebody.
_DAEMONS: Final = re.compile(
    r"(?:mailer|mail|mailgate|mdaemon|smtp|postfix)?[-_.]?(?:daemon|deamon)|maildaemon|postmaster\b.*|microsoftexchange.*|"
    r"mail-?delivery.*|mailer|uucp|smtp-?gateway|no-?reply-?bounce.*",
    re.IGNORECASE,
)
_FAILURE: Final = re.compile(
    r"undeliver|delivery.{0,20}(?:fail|status|problem|error|notification)|fail(?:ure|ed).{0,12}(?:notice|deliver|mail)|"
    r"returned (?:mail|to sender)|mail (?:failure|delivery)|could not be (?:delivered|sent)|not delivered|"
    r"unzustellbar|nicht zugestellt|non remis|[ée]chec|no se (?:ha podido|pudo) entregar|rejected|"
    r"не (?:доставлено|удалось доставить)|配信|退信|送信",
    re.IGNORECASE,
)


def is_automatic(mail: AnyMessage) -> bool:
    """Whether a machine wrote this, by its headers, or by its subject if nobody is to be told of a bounce."""
    submitted = field(mail, "Auto-Submitted").lower().partition(";")[0].strip()
    if submitted not in {"", "no"} or any(mail.get(name) is not None for name in _HEADERS):
        return True
    if field(mail, "Precedence").lower() in _PRECEDENCE or _is_receipt(mail):
        return True
    return _SUBJECT.match(field(mail, "Subject")) is not None


def is_from_daemon(mail: AnyMessage) -> bool:
    """Whether a mail system wrote this, rather than somebody or for somebody."""
    name = address(mail, "From").partition("@")[0]
    return not name or _DAEMONS.fullmatch(name) is not None


def is_about_failure(mail: AnyMessage) -> bool:
    """Whether the subject says that a mail was not delivered."""
    return _FAILURE.search(field(mail, "Subject")) is not None


def find_sender(mail: AnyMessage) -> str | None:
    """Give whom a bounce of this mail would go to: empty for nobody, as of bounces themselves; None if unknown."""
    value = mail.get("Return-Path")
    return None if value is None else str(value)[:MAX_FIELD].strip(" \t\r\n<>")


def _is_receipt(mail: AnyMessage) -> bool:
    """Whether this says only that a mail was read, or deleted unread (RFC 8098)."""
    return any(part.get_content_type() == "message/disposition-notification" for part in walk(mail))
