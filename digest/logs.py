"""Sets up logging once: constant event names, data as keywords, ids rather than people, and never a secret."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import stamina.instrumentation
import structlog

from digest.settings import Settings

# A bot token is `123456:AA…`; it is part of every Bot API URL, and libraries log URLs.
_SECRETS = re.compile(r"\d{5,}:[A-Za-z0-9_-]{20,}|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)")
HIDDEN = "[hidden]"
# These log every request with its full URL at INFO.
_TALKATIVE = ("httpx", "httpcore", "apscheduler", "telegram", "aiosmtplib", "alembic", "mail")


def configure_logs(settings: Settings, *, is_service: bool = False) -> None:
    """Log to standard error, for people or for machines. A command says what it did itself: it logs only trouble."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    if not is_service and level == logging.INFO:
        level = logging.WARNING
    is_json = settings.log_format == "json"
    colours = sys.stderr.isatty()
    renderer: Any = structlog.processors.JSONRenderer() if is_json else structlog.dev.ConsoleRenderer(colors=colours)
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        # Plain tracebacks for both: a pretty one shows local variables, among them tokens and addresses.
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, hide_secrets, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, hide_secrets, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    # A retry within one request is no news; how the run ended is recorded and shown.
    stamina.instrumentation.set_on_retry_hooks([])
    # It logs a traceback for each of its detectors that an odd mail breaks; anybody can send odd mails.
    logging.getLogger("flufl").setLevel(logging.CRITICAL)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def hide_secrets(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blot out whatever looks like a bot token or a password in a URL."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = _SECRETS.sub(HIDDEN, value)
    return event
