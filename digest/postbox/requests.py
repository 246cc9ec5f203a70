"""Unsubscribe mails: `unsubscribe <token>` in the subject, as the mailto link of every mail writes it. Pure.

Who a mail is from proves nothing; the token does. A request without a valid one is not one.
"""

import re
from datetime import datetime
from typing import Final

from digest.postbox.findings import Request
from digest.postbox.mail import AnyMessage, field, own_text
from subscribers.model import BadToken
from subscribers.tokens import Purpose, Tokens

PURPOSES: Final = {
    "unsubscribe": Purpose.UNSUBSCRIBE,
    "stop-alerts": Purpose.STOP_ALERTS,
    "cancel": Purpose.CANCEL,
}
_REQUEST: Final = re.compile(rf"\s*({'|'.join(PURPOSES)})[ :+]+([A-Za-z0-9_.-]{{20,512}})\s*", re.IGNORECASE)


def find_request(mail: AnyMessage, tokens: Tokens | None, now: datetime) -> Request | None:
    """Give what is asked for in the subject, or else in the first line of the text."""
    first_line = own_text(mail).lstrip()[:1_000].partition("\n")[0]
    for said in (field(mail, "Subject"), first_line):
        found = _REQUEST.fullmatch(said)
        if found and tokens and (request := _read(found, tokens, now)):
            return request
    return None


def _read(found: re.Match[str], tokens: Tokens, now: datetime) -> Request | None:
    purpose = PURPOSES[found[1].lower()]
    try:
        return Request(purpose, tokens.read(purpose, found[2], now))
    except BadToken:
        return None
