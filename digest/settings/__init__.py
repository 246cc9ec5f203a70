"""Every option, typed, read once: environment (`DIGEST_…`), secret files (`DIGEST_…_FILE`), `digest.toml`."""

import os
import tomllib
from collections.abc import Iterator, Mapping
from datetime import time
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from digest.errors import ConfigurationError
from digest.settings.sections import (
    BounceSettings,
    DeliverySettings,
    DkimSettings,
    HttpSettings,
    OperatorSettings,
    Section,
    SignupSettings,
    SmtpSettings,
    SourceSettings,
    TelegramSettings,
)
from digest.settings.values import Networks, Zone

__all__ = [
    "CONFIG_FILE",
    "FILE_SUFFIX",
    "PREFIX",
    "BounceSettings",
    "DeliverySettings",
    "DkimSettings",
    "HttpSettings",
    "OperatorSettings",
    "Section",
    "Settings",
    "SignupSettings",
    "SmtpSettings",
    "SourceSettings",
    "TelegramSettings",
    "list_options",
    "read_settings",
]

PREFIX = "DIGEST_"
FILE_SUFFIX = "_FILE"
CONFIG_FILE = "digest.toml"


class Settings(BaseSettings):
    """All options. Names nest with two underscores in the environment: `DIGEST_SMTP__HOST`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", toml_file=CONFIG_FILE, extra="forbid", frozen=True
    )

    database_url: str = Field("sqlite:///digest.db", description="SQLAlchemy URL; SQLite file or PostgreSQL.")
    public_url: str = Field("", description="Where readers reach this service; makes one-click unsubscribe links.")
    unsubscribe_address: str = Field(
        "", description="Mailbox that takes unsubscribe mails; the From address by default."
    )
    secret_key: SecretStr = Field(SecretStr(""), description="Signs links; at least 32 characters.")
    old_secret_keys: SecretStr = Field(
        SecretStr(""), description="Earlier secret keys, separated by spaces: links signed with them go on working."
    )
    title: str = Field("Daily Paper Digest", description="Name in subjects, headings and List-Id.")
    default_timezone: Zone = Field("UTC", description="Time zone of new channels.")
    default_send_at: time = Field(time(8, 0), description="Local hour of new channels.")
    default_cap: int = Field(25, ge=1, le=200, description="Most papers in one digest of new channels.")
    web_host: str = Field("127.0.0.1", description="Address the web server listens on.")
    web_port: int = Field(0, ge=0, le=65535, description="Its port; 0 means no web server.")
    web_proxies: Networks = Field(
        (), description="Reverse proxies (10.0.0.5, 10.0.0.0/8) that are believed when they say whom a request is from."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")
    log_format: Literal["console", "json"] = Field("console", description="Log lines for people or for machines.")
    http: HttpSettings = HttpSettings()
    sources: SourceSettings = SourceSettings()
    smtp: SmtpSettings = SmtpSettings()
    telegram: TelegramSettings = TelegramSettings()
    delivery: DeliverySettings = DeliverySettings()
    operator: OperatorSettings = OperatorSettings()
    signup: SignupSettings = SignupSettings()
    bounces: BounceSettings = BounceSettings()
    dkim: DkimSettings = DkimSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 -- the signature is pydantic's
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read arguments first, then the environment, secret files and `digest.toml`."""
        sources = (_Environment(settings_cls), _SecretFiles(settings_cls), TomlConfigSettingsSource(settings_cls))
        return init_settings, *sources


class _Environment(EnvSettingsSource):
    """Reads the environment; what is not JSON stays text, for the field itself to understand or to refuse."""

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {
            name: value for name, value in super()._load_env_vars().items() if not name.endswith(FILE_SUFFIX.lower())
        }

    def decode_complex_value(self, field_name: str, field: Any, value: Any) -> Any:
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value


class _SecretFiles(_Environment):
    """Reads `DIGEST_SMTP__PASSWORD_FILE=/run/secrets/smtp` as the password that stands in that file."""

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {
            name.removesuffix(FILE_SUFFIX).lower(): _read_secret(name, value)
            for name, value in os.environ.items()
            if name.startswith(PREFIX) and name.endswith(FILE_SUFFIX)
        }


def read_settings(**overrides: Any) -> Settings:
    """Read every option once. Raises ConfigurationError with one sentence for each fault, never with a value."""
    try:
        settings = Settings(**overrides)
    except ValidationError as error:
        faults = [_explain(tuple(map(str, fault["loc"])), fault["msg"]) for fault in error.errors()]
        raise ConfigurationError([*faults, *_unknown_names()]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError([f"{CONFIG_FILE} is not valid TOML: {error}"]) from None
    faults = list(_unknown_names())
    if faults:
        raise ConfigurationError(faults)
    return settings


def list_options() -> Iterator[tuple[str, str, str]]:
    """Give each option's environment name, default and meaning."""
    for path, field in _walk(Settings):
        default = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
        shown = ",".join(map(str, default)) if isinstance(default, tuple) else str(default)
        yield PREFIX + "__".join(path).upper(), shown, field.description or ""


def _walk(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            yield from _walk(field.annotation, (*path, name))
        else:
            yield (*path, name), field


def _explain(path: tuple[str, ...], message: str) -> str:
    return f"{PREFIX}{'__'.join(path).upper()}: {message.removeprefix('Value error, ')}"


def _unknown_names() -> Iterator[str]:
    known = [name for name, _, _ in list_options()]
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name.removesuffix(FILE_SUFFIX) not in known:
            close = get_close_matches(name, known, n=1)
            hint = f"; did you mean {close[0]}?" if close else "; `digest check --options` lists all options"
            yield f"{name} is not an option{hint}"


def _read_secret(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigurationError([f"{name} names a file that cannot be read: {path}: {reason}"]) from None
