"""The groups of options, one class each. Their names nest in the environment: `DIGEST_SMTP__HOST`."""

import re
from datetime import date, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from digest.settings.values import BotName, Counts, Duration, Names, Zone, is_host_or_network, is_web_address

_RATE = re.compile(r"(?:\*|[a-z0-9.-]{1,253})=[1-9][0-9]{0,8}", re.IGNORECASE)


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
        wrong = next((entry for entry in value if not is_host_or_network(entry)), None)
        if wrong is not None:
            message = f"“{wrong[:100]}” is neither a host such as feeds.lan nor a network such as 10.0.0.0/8"
            raise ValueError(message)
        return value

    @field_validator("proxy")
    @classmethod
    def _is_a_proxy(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not is_web_address(value.get_secret_value()):
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
        if url and not (is_web_address(url) and url.isprintable() and " " not in url):
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
    webhook: bool = Field(False, description="Have Telegram post to /hooks/telegram instead of asking it.")
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
    per_domain: Names = Field(
        (), description="Most mails an hour to one domain, each as gmail.com=500; *=1000 is for all the others."
    )
    warm_up_from: date | None = Field(
        None, description="First day of a new sending address: that day 50 mails go out, and each day after half more."
    )

    @field_validator("per_domain")
    @classmethod
    def _are_rates(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        wrong = next((entry for entry in value if not _RATE.fullmatch(entry)), None)
        if wrong is not None:
            message = f"“{wrong[:100]}” is not a domain and a number of mails an hour, such as gmail.com=500"
            raise ValueError(message)
        return value


class SignupSettings(Section):
    """Who may sign up on the web, and how often: a form that writes to strangers is a weapon."""

    is_open: bool = Field(True, description="Let anybody ask for the digest on the web or by Telegram.")
    per_address: int = Field(1, ge=1, le=100, description="Confirmation mails to one address in 24 hours.")
    per_network: int = Field(20, ge=1, description="Requests from one network (/24, or /48 of IPv6) in an hour.")
    overall: int = Field(500, ge=1, description="Requests from everywhere in an hour; above that the form rests.")


class BounceSettings(Section):
    """Where bounces, complaints and unsubscribe mails come in, and how they are judged."""

    address: str = Field(
        "", description="Mailbox for bounces; with it each mail has a signed return path such as bounces+…@example.org."
    )
    maildir: str = Field("", description="Maildir folder to read them from.")
    imap_host: str = Field("", description="IMAP server to read them from.")
    imap_port: int = Field(993, ge=1, le=65535, description="Its port, with TLS from the start.")
    imap_username: str = Field("", description="Log-in name at the IMAP server.")
    imap_password: SecretStr = Field(SecretStr(""), description="Password at the IMAP server.")
    imap_folder: str = Field("INBOX", description="IMAP folder to read.")
    lmtp_host: str = Field("127.0.0.1", description="Address to listen on for bounces by LMTP.")
    lmtp_port: int = Field(0, ge=0, le=65535, description="Its port; 0 means not to listen.")
    every: Duration = Field(timedelta(minutes=5), description="How often `digest run` looks into these mailboxes.")
    threshold: float = Field(3.0, gt=0, description="Score at which a bouncing address is stopped; a hard bounce is 1.")
    forget_after: Duration = Field(timedelta(days=14), description="Time in which a score halves.")
    ses_topics: Names = Field((), description="ARNs of the SNS topics whose reports about SES mail are believed.")
    postmark_secret: SecretStr = Field(SecretStr(""), description="user:password that Postmark's webhook sends.")
    sendgrid_key: SecretStr = Field(SecretStr(""), description="Verification key of SendGrid's signed webhook.")
    mailgun_key: SecretStr = Field(SecretStr(""), description="Webhook signing key of Mailgun.")


class DkimSettings(Section):
    """Signing mail ourselves, where the mail server does not."""

    domain: str = Field("", description="Domain that signs, the d= of DKIM; that of the From address by default.")
    selector: str = Field("", description="Selector of the key in DNS; empty means that we do not sign.")
    key: SecretStr = Field(SecretStr(""), description="Private key as PEM; best given as DIGEST_DKIM__KEY_FILE.")
