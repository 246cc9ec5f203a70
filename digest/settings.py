"""Every option, typed, read once: environment (`DIGEST_…`), secret files (`DIGEST_…_FILE`), `digest.toml`."""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import time, timedelta
from difflib import get_close_matches
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)
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

_HOST_NAME = re.compile(r"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?")


def _split_commas(value: object) -> object:
    """Let the environment say `cs.CL, cs.LG` where a list is wanted."""
    listed = str(value) if isinstance(value, int) else value  # one number is read as JSON
    return tuple(filter(None, (part.strip() for part in listed.split(",")))) if isinstance(listed, str) else listed


def _read_seconds(value: object) -> object:
    """Let a plain number be seconds; ISO 8601 durations (`PT30M`) and `HH:MM:SS` are pydantic's to read."""
    return float(value) if isinstance(value, str) and value.strip().replace(".", "", 1).isdigit() else value


def _is_host_or_network(entry: str) -> bool:
    """Whether this can be let through: a name without scheme or port, an address, or a network."""
    try:
        ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        # What ends in a number or holds a slash was meant for an address.
        return bool(_HOST_NAME.fullmatch(entry)) and not entry.rstrip(".").rpartition(".")[2].isdigit()
    return True


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _know_zone(value: str) -> str:
    if value not in available_timezones():
        message = f"“{value}” is not a time zone; use an IANA name such as Europe/Berlin"
        raise ValueError(message)
    return value


def _know_bot(value: str) -> str:
    """Give the user name of a bot without its @: 5 to 32 Latin letters, digits and underscores."""
    name = value.strip().removeprefix("@")
    if name and not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{4,31}", name):
        message = f"“{value[:40]}” is not the name of a bot; it looks like paper_digest_bot"
        raise ValueError(message)
    return name


Duration = Annotated[timedelta, BeforeValidator(_read_seconds), Field(gt=timedelta(0))]
Zone = Annotated[str, AfterValidator(_know_zone)]
BotName = Annotated[str, AfterValidator(_know_bot)]
Names = Annotated[tuple[str, ...], BeforeValidator(_split_commas)]
Counts = Annotated[tuple[Annotated[int, Field(gt=0)], ...], BeforeValidator(_split_commas)]


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
    allowed_hosts: Names = Field(
        (), description="Hosts or networks (10.0.0.0/8) that may be asked although their addresses are private."
    )
    proxy: SecretStr = Field(
        SecretStr(""), description="HTTP proxy for all requests; proxies in the environment are not used."
    )

    @field_validator("allowed_hosts")
    @classmethod
    def _are_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        wrong = next((entry for entry in value if not _is_host_or_network(entry)), None)
        if wrong is not None:
            message = f"“{wrong[:100]}” is neither a host such as feeds.lan nor a network such as 10.0.0.0/8"
            raise ValueError(message)
        return value

    @field_validator("proxy")
    @classmethod
    def _is_a_proxy(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not _is_web_address(value.get_secret_value()):
            message = "a proxy is http://host:port or https://host:port, with user:password@ before the host if need be"
            raise ValueError(message)
        return value


class SourceSettings(Section):
    """Which sources are read."""

    huggingface: bool = Field(True, description="Read Hugging Face Daily Papers.")
    arxiv: Names = Field(
        ("cs.AI", "cs.CL", "cs.CV", "cs.LG", "stat.ML"),
        description="arXiv archives or categories to read, one feed each.",
    )
    arxiv_searches: Names = Field(
        (), description='Searches of arXiv\'s API to follow, such as au:"Chi_Zewen"; asked once a day each.'
    )
    arxiv_oai: Names = Field((), description="arXiv sets to read by OAI-PMH instead of a feed, such as cs:cs:CL.")
    biorxiv: Names = Field((), description="bioRxiv subjects to read, such as neuroscience, or all.")
    medrxiv: Names = Field((), description="medRxiv subjects to read, such as epidemiology, or all.")
    openalex: Names = Field(
        (), description="OpenAlex queries to follow: author:A…, orcid:…, institution:I…, search:words."
    )
    openalex_key: SecretStr = Field(SecretStr(""), description="OpenAlex API key; OpenAlex is not asked without one.")
    semantic_scholar: Names = Field((), description="Semantic Scholar author ids to follow.")
    semantic_scholar_key: SecretStr = Field(SecretStr(""), description="Semantic Scholar API key.")
    crossref: Names = Field((), description="ORCID iDs whose works Crossref is asked for.")
    orcid: Names = Field((), description="ORCID iDs whose public records are read.")
    orcid_token: SecretStr = Field(SecretStr(""), description="Token of ORCID's public API.")
    dblp: Names = Field((), description="DBLP person ids to follow, such as 64/4311.")
    openreview: Names = Field((), description="OpenReview profile ids to follow, such as ~First_Last1.")
    openreview_token: SecretStr = Field(SecretStr(""), description="OpenReview access token.")
    huggingface_token: SecretStr = Field(SecretStr(""), description="Hugging Face token; doubles what may be asked.")
    people: bool = Field(True, description="Ask ORCID, OpenAlex and others about the people who are followed.")
    feeds: Names = Field((), description="Feeds to read, each as name=URL; RSS, Atom, RDF or JSON Feed.")
    upvotes: Counts = Field((50, 100, 200), description="Numbers of upvotes whose crossing is announced.")
    checks_code: bool = Field(True, description="Look whether a newly linked repository exists and is not empty.")
    every: Duration = Field(
        timedelta(minutes=30), description="How often `digest run` asks again for a batch that is not there yet."
    )


class OperatorSettings(Section):
    """How whoever runs this hears of trouble."""

    alerts: Names = Field(
        (), description="Where alerts go: email:ops@example.org, telegram:123456; several reach you when one is broken."
    )
    ping_url: SecretStr = Field(SecretStr(""), description="Dead-man URL that is asked once after each complete day.")
    timezone: Zone = Field("UTC", description="Time zone of the operator's day.")

    @field_validator("ping_url")
    @classmethod
    def _is_an_address(cls, value: SecretStr) -> SecretStr:
        url = value.get_secret_value()
        if url and not (_is_web_address(url) and url.isprintable() and " " not in url):
            message = "a dead-man URL is a web address and begins with https://"
            raise ValueError(message)
        return value


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
    listens: bool = Field(True, description="Listen for taps on buttons and for commands.")
    bot_name: BotName = Field("", description="Name of the bot, for links; without it, pages do not lead to it.")


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
    default_timezone: Zone = Field("UTC", description="Time zone of new channels.")
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
    operator: OperatorSettings = OperatorSettings()

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
