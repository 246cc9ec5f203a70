"""Every option, typed, read once: environment (`DIGEST_…`), secret files (`DIGEST_…_FILE`), `digest.toml`."""

import os
import tomllib
from collections.abc import Iterator, Mapping
from datetime import time, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from digest.errors import ConfigurationError

PREFIX = "DIGEST_"
FILE_SUFFIX = "_FILE"
CONFIG_FILE = "digest.toml"


def _split_commas(value: object) -> object:
    """Let the environment say `cs.CL, cs.LG` where a list is wanted."""
    return tuple(filter(None, (part.strip() for part in value.split(",")))) if isinstance(value, str) else value


def _read_seconds(value: object) -> object:
    """Let a plain number be seconds; ISO 8601 durations (`PT30M`) and `HH:MM:SS` are pydantic's to read."""
    return float(value) if isinstance(value, str) and value.strip().replace(".", "", 1).isdigit() else value


Duration = Annotated[timedelta, BeforeValidator(_read_seconds), Field(gt=timedelta(0))]
Names = Annotated[tuple[str, ...], BeforeValidator(_split_commas)]


class Section(BaseModel):
    """A group of options; a misspelt one is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class HttpSettings(Section):
    """How sources are asked."""

    contact: str = Field(
        "", description="Who to write to about our requests: an address or URL, sent in the User-Agent."
    )
    timeout: Duration = Field(
        timedelta(seconds=30), description="Longest wait for one response, all redirects included."
    )
    max_bytes: int = Field(32_000_000, ge=10_000, description="Largest decoded response accepted.")
    attempts: int = Field(3, ge=1, le=10, description="Tries of one request before the run is given up.")


class SourceSettings(Section):
    """Which sources are read."""

    huggingface: bool = Field(True, description="Read Hugging Face Daily Papers.")
    arxiv: Names = Field(
        ("cs.AI", "cs.CL", "cs.CV", "cs.LG", "stat.ML"),
        description="arXiv archives or categories to read, one feed each.",
    )
    every: Duration = Field(timedelta(minutes=30), description="How often `digest run` looks for new papers.")


class SmtpSettings(Section):
    """Where mail is handed over, and in whose name."""

    host: str = Field("", description="Mail server; empty means that no mail can be sent.")
    port: int = Field(587, ge=1, le=65535, description="Its port.")
    security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="TLS from the start, by STARTTLS, or none."
    )
    username: str = Field("", description="Log-in name; empty means no log-in.")
    password: SecretStr = Field(SecretStr(""), description="Log-in password.")
    sender: str = Field("", description='From address, "Name <name@example.org>".')
    timeout: Duration = Field(timedelta(seconds=30), description="Longest wait for one answer of the server.")


class TelegramSettings(Section):
    """The bot."""

    token: SecretStr = Field(SecretStr(""), description="Bot token from BotFather; empty means no Telegram.")
    base_url: str = Field("https://api.telegram.org/bot", description="Bot API server; the token is appended.")


class DeliverySettings(Section):
    """How the outbox is worked off."""

    every: Duration = Field(timedelta(seconds=15), description="How often `digest run` looks for messages to send.")
    lease: Duration = Field(
        timedelta(minutes=10),
        ge=timedelta(seconds=1),  # shorter ones end before a message is begun, and nothing would ever be sent
        description="How long a worker may hold a message before another takes it.",
    )
    batch: int = Field(50, ge=1, le=1000, description="Messages claimed at a time.")
    max_attempts: int = Field(12, ge=1, description="Attempts before a message is given up.")
    first_delay: Duration = Field(timedelta(minutes=1), description="Wait after the first failure; doubles each time.")


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
    default_timezone: str = Field("UTC", description="Time zone of new channels.")
    default_send_at: time = Field(time(8, 0), description="Local hour of new channels.")
    default_cap: int = Field(25, ge=1, le=200, description="Most papers in one digest of new channels.")
    web_host: str = Field("127.0.0.1", description="Address the web server listens on.")
    web_port: int = Field(0, ge=0, le=65535, description="Its port; 0 means no web server.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")
    log_format: Literal["console", "json"] = Field("console", description="Log lines for people or for machines.")
    http: HttpSettings = HttpSettings()
    sources: SourceSettings = SourceSettings()
    smtp: SmtpSettings = SmtpSettings()
    telegram: TelegramSettings = TelegramSettings()
    delivery: DeliverySettings = DeliverySettings()

    @field_validator("default_timezone")
    @classmethod
    def _is_known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            message = f"“{value}” is not a time zone; use an IANA name such as Europe/Berlin"
            raise ValueError(message)
        return value

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
        shown = ",".join(default) if isinstance(default, tuple) else str(default)
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
