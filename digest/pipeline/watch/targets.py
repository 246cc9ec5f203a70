"""Finds what is wrong with how the operator is to hear of trouble: addresses and dead-man URL. Pure."""

from collections.abc import Collection, Iterator
from urllib.parse import urlsplit

from digest.errors import ConfigurationError
from digest.intake import clean_url
from digest.model import Address
from digest.pipeline.checks import Finding, Level
from digest.pipeline.watch.notices import OPTION, parse_target
from digest.settings import OperatorSettings
from subscribers.addresses import shown

_SETUPS = {"email": "Set DIGEST_SMTP__HOST and DIGEST_SMTP__SENDER.", "telegram": "Set DIGEST_TELEGRAM__TOKEN."}


def check_targets(settings: OperatorSettings, kinds: Collection[str]) -> Iterator[Finding]:
    """Judge the operator's settings; `kinds` are those of the notifiers there are."""
    if not settings.alerts:
        what = "Nobody is told when a source stays bad or nothing can be sent."
        yield Finding("operator.alerts", Level.WARNING, what, f"Set {OPTION}, for example to email:ops@example.org.")
    for text in settings.alerts:
        yield from _check_target(text, kinds)
    if settings.ping_url and clean_url(settings.ping_url) is None:
        what = "The dead-man URL is no web address."  # its path is a secret: it is not shown
        yield Finding("operator.ping_url", Level.ERROR, what, "DIGEST_OPERATOR__PING_URL begins with https://.")
    elif urlsplit(settings.ping_url).scheme == "http":
        what = "The dead-man URL is asked without encryption; whoever reads it on the way can ask it too."
        yield Finding("operator.ping_url", Level.WARNING, what, "Use its https:// address if it has one.")


def _check_target(text: str, kinds: Collection[str]) -> Iterator[Finding]:
    try:
        target: Address = parse_target(text)
    except ConfigurationError as error:
        for fault in error.faults:
            yield Finding("operator.alerts", Level.ERROR, fault, "`digest check --options` lists every option.")
        return
    if target.kind not in kinds:
        hint = _SETUPS.get(target.kind, f"Install a notifier for {target.kind}.")
        what = f"Alerts should go to {shown(text)}, and nothing can send there."
        yield Finding("operator.alerts", Level.ERROR, what, hint)
