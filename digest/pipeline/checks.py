"""Finds what is wrong or missing in the configuration: each finding has an id, a sentence and what to do."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pydantic import SecretStr

from digest.errors import ConfigurationError
from digest.notifiers import Notifier
from digest.notifiers.telegram_door import find_webhook_faults
from digest.settings import BounceSettings, Settings
from subscribers.tokens import MIN_KEY

_WEBHOOK_HINT: Final = "Or set DIGEST_TELEGRAM__WEBHOOK=false: then the bot asks Telegram."


class Level(StrEnum):
    """An error stops something from working; a warning is worth knowing."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to put right."""

    id: str
    level: Level
    what: str
    hint: str


def find_faults(settings: Settings) -> Iterator[Finding]:
    """Judge the settings by themselves."""
    if not settings.http.contact:
        yield _warning(
            "http.contact",
            "Sources cannot tell who is asking; some slow down or refuse anonymous programs.",
            "Set DIGEST_HTTP__CONTACT to an address or a web page of yours.",
        )
    yield from _find_mail_faults(settings)
    yield from _find_link_faults(settings)
    yield from _find_signup_faults(settings)
    yield from _find_bounce_faults(settings)
    yield from _find_bot_faults(settings)


def find_missing(settings: Settings) -> list[str]:
    """Name the options without which nobody can be asked by mail to confirm, and so nobody can sign up on the web."""
    options = {
        "DIGEST_PUBLIC_URL": settings.public_url,
        "DIGEST_SECRET_KEY": settings.secret_key.get_secret_value(),
        "DIGEST_SMTP__HOST": settings.smtp.host,
    }
    return [name for name, value in options.items() if not value]


def find_no_sources(number: int) -> Iterator[Finding]:
    """Complain where nothing at all is read."""
    if not number:
        hint = "Set DIGEST_SOURCES__ARXIV or DIGEST_SOURCES__HUGGINGFACE, or add a feed with `digest sources add`."
        yield _error("sources.none", "No source is read.", hint)


def find_unreachable(channels: Iterable[str], notifiers: Mapping[str, Notifier]) -> Iterator[Finding]:
    """Compare the kinds of open channels with the notifiers there are."""
    for kind in sorted(set(channels) - set(notifiers)):
        hint = {"email": "Set DIGEST_SMTP__HOST.", "telegram": "Set DIGEST_TELEGRAM__TOKEN."}.get(
            kind, f"Install a notifier for {kind}."
        )
        yield _error(f"notifier.{kind}", f"There are {kind} channels, and nothing that can send to them.", hint)


def find_lost_zones(timezones: Iterable[str]) -> Iterator[Finding]:
    """Warn of stored time zones that no longer exist."""
    for name in timezones:
        what = f"Channels are in the time zone {name}, which does not exist (any more); they are served in UTC."
        yield _warning("channel.timezone", what, "Give them another one with `digest schedule`.")


def faults_of(error: ConfigurationError) -> Iterator[Finding]:
    """Turn the faults of unreadable settings into findings."""
    for fault in error.faults:
        yield _error("settings", fault, "`digest check --options` lists every option.")


def _find_mail_faults(settings: Settings) -> Iterator[Finding]:
    smtp = settings.smtp
    if not smtp.host:
        yield _warning("smtp.host", "No mail can be sent.", "Set DIGEST_SMTP__HOST and DIGEST_SMTP__SENDER.")
        return
    if not smtp.sender:
        yield _error("smtp.sender", "Mail has no sender.", 'Set DIGEST_SMTP__SENDER to "Name <name@example.org>".')
    if smtp.username and not smtp.password.get_secret_value():
        yield _error("smtp.password", "There is a log-in name and no password.", "Set DIGEST_SMTP__PASSWORD(_FILE).")
    if smtp.username and smtp.security == "none":
        yield _warning(
            "smtp.security", "The password travels unencrypted.", "Set DIGEST_SMTP__SECURITY to starttls or tls."
        )


def _find_link_faults(settings: Settings) -> Iterator[Finding]:
    key = settings.secret_key.get_secret_value()
    if key and len(key) < MIN_KEY:
        yield _error(
            "secret_key.short",
            f"The secret key has fewer than {MIN_KEY} characters.",
            "openssl rand -hex 32 makes one.",
        )
    if key and any(len(old) < MIN_KEY for old in settings.old_secret_keys.get_secret_value().split()):
        what = f"One of the old secret keys has fewer than {MIN_KEY} characters."
        yield _error("old_secret_keys.short", what, "No link was ever signed with it; take it out.")
    if settings.public_url and not key:
        yield _error("secret_key", "Links cannot be signed.", "Set DIGEST_SECRET_KEY; openssl rand -hex 32 makes one.")
    if settings.public_url and not settings.web_port:
        yield _warning(
            "web_port", "Mails hold unsubscribe links, and no web server answers them.", "Set DIGEST_WEB_PORT."
        )
    if settings.public_url and not settings.public_url.startswith("https://"):
        yield _warning(
            "public_url",
            "One-click unsubscribe needs https, and large mail providers ask for it.",
            "Put the service behind https and set DIGEST_PUBLIC_URL to that address.",
        )


def _find_signup_faults(settings: Settings) -> Iterator[Finding]:
    missing = find_missing(settings)
    if settings.web_port and settings.signup.is_open and missing:
        hint = f"Set {' and '.join(missing)}, or DIGEST_SIGNUP__IS_OPEN=false to leave the form closed."
        yield _warning("signup.closed", "Nobody can sign up on the web: no mail could ask them to confirm.", hint)


def _find_bounce_faults(settings: Settings) -> Iterator[Finding]:
    bounces = settings.bounces
    if bounces.address and not settings.secret_key.get_secret_value():
        what = "Return paths cannot be signed, so bounces do not say whom they are about."
        yield _error("bounces.address", what, "Set DIGEST_SECRET_KEY; openssl rand -hex 32 makes one.")
    hooks = (bounces.ses_topics, *(each.get_secret_value() for each in _list_hook_keys(bounces)))
    if any(hooks) and not settings.web_port:
        hint = "Set DIGEST_WEB_PORT and DIGEST_PUBLIC_URL."
        yield _warning("bounces.web_port", "Providers cannot report bounces: there is no web server.", hint)
    if bounces.imap_host and not (bounces.imap_username and bounces.imap_password.get_secret_value()):
        hint = "Set DIGEST_BOUNCES__IMAP_USERNAME and DIGEST_BOUNCES__IMAP_PASSWORD(_FILE)."
        yield _error("bounces.imap_password", "The IMAP server for bounces cannot be logged in to.", hint)


def _find_bot_faults(settings: Settings) -> Iterator[Finding]:
    telegram = settings.telegram
    has_bot = bool(telegram.token.get_secret_value())
    if telegram.webhook and not has_bot:
        yield _error("telegram.token", "There is no bot that Telegram could post to.", "Set DIGEST_TELEGRAM__TOKEN.")
    elif telegram.webhook and not telegram.listens:
        what = "Nobody takes what Telegram posts: the bot does not listen."
        yield _warning("telegram.webhook", what, "Set DIGEST_TELEGRAM__LISTENS=true or DIGEST_TELEGRAM__WEBHOOK=false.")
    elif telegram.webhook:
        yield from (_error("telegram.webhook", f"{fault}.", _WEBHOOK_HINT) for fault in find_webhook_faults(settings))
    if has_bot and telegram.listens and settings.web_port and not telegram.bot_name:
        what = "No page leads to the bot: neither to begin, nor to follow a researcher, nor to link a chat."
        yield _warning("telegram.bot_name", what, "Set DIGEST_TELEGRAM__BOT_NAME to its name, without the @.")


def _list_hook_keys(bounces: BounceSettings) -> tuple[SecretStr, ...]:
    return bounces.postmark_secret, bounces.sendgrid_key, bounces.mailgun_key


def _error(name: str, what: str, hint: str) -> Finding:
    return Finding(name, Level.ERROR, what, hint)


def _warning(name: str, what: str, hint: str) -> Finding:
    return Finding(name, Level.WARNING, what, hint)
