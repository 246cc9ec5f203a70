"""Finds what is wrong with how the operator is to hear of trouble: addresses and dead-man URL. Pure."""

from collections.abc import Collection, Iterator
from urllib.parse import urlsplit

from digest.errors import ConfigurationError
from digest.model import Address
from digest.pipeline.checks import Finding, Level
from digest.pipeline.watch.notices import OPTION, parse_target
from digest.settings import OperatorSettings
from subscribers.addresses import shown

_SETUPS = {"email": "Set DIGEST_SMTP__HOST and DIGEST_SMTP__SENDER.", "telegram": "Set DIGEST_TELEGRAM__TOKEN."}


def check_targets(settings: OperatorSettings, kinds: Collection[str] | None) -> Iterator[Finding]:
    """Judge the operator's settings; `kinds` are those of the notifiers there are, None if that cannot be said."""
    if not settings.alerts:
        what = "Nobody is told when a source stays bad or nothing can be sent."
        yield Finding("operator.alerts", Level.WARNING, what, f"Set {OPTION}, for example to email:ops@example.org.")
    for text in settings.alerts:
        yield from _check_target(text, kinds)
    if urlsplit(settings.ping_url.get_secret_value()).scheme == "http":
        what = "The dead-man URL is asked without encryption; whoever reads it on the way can ask it too."
        yield Finding("operator.ping_url", Level.WARNING, what, "Use its https:// address if it has one.")


def _check_target(text: str, kinds: Collection[str] | None) -> Iterator[Finding]:
    try:
        target: Address = parse_target(text)
    except ConfigurationError as error:
        for fault in error.faults:
            yield Finding("operator.alerts", Level.ERROR, fault, "`digest check --options` lists every option.")
        return
    if kinds is not None and target.kind not in kinds:
        hint = _SETUPS.get(target.kind, f"Install a notifier for {target.kind}.")
        what = f"Alerts should go to {shown(text)}, and nothing can send there."
        yield Finding("operator.alerts", Level.ERROR, what, hint)
