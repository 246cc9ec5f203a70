"""Keeps a secret out of the logs of the libraries that are handed it.

httpx logs every URL at INFO, and a bot's URL contains its token; python-telegram-bot logs it at DEBUG.
"""

import logging
from urllib.parse import quote

# A filter works only on the logger it hangs on, not on those below it, so each is named.
TALKATIVE = (
    "httpx",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.proxy",
    "telegram.Bot",
    "telegram.ext.ExtBot",
    "telegram.ext.Application",
    "telegram.ext.Updater",
    "telegram.request.BaseRequest",
    "telegram.request.HTTPXRequest",
)


def hide_in_logs(secret: str) -> None:
    """Replace the secret in whatever those libraries log from now on. Doing it twice changes nothing."""
    if secret:
        for name in TALKATIVE:
            logging.getLogger(name).addFilter(Redacted(secret))


class Redacted(logging.Filter):
    """Lets every record pass, without the secret. Two of one secret are equal, so a logger keeps only one."""

    def __init__(self, secret: str) -> None:
        super().__init__()
        self._secret = secret

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Redacted) and other._secret == self._secret

    def __hash__(self) -> int:
        return hash(self._secret)

    def filter(self, record: logging.LogRecord) -> bool:
        """Write the record out, with its traceback, and replace the secret in both."""
        record.msg, record.args = redact(record.getMessage(), self._secret), None
        if record.exc_info:
            trace = logging.Formatter().formatException(record.exc_info)
            record.exc_info, record.exc_text = None, redact(trace, self._secret)
        return True


def redact(text: str, secret: str) -> str:
    """Replace the secret, as it is and as a URL carries it."""
    for form in (secret, quote(secret), quote(secret, safe="")):
        text = text.replace(form, "…") if form else text
    return text
