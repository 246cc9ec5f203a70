"""A Bot API server on loopback: the documented wire format, and Telegram's own checks of every message.

It stands in for api.telegram.org in tests of whatever speaks to it: the notifier today, the bot tomorrow. What it
refuses, Telegram refuses; replies are worded as in the source of the Bot API server (tdlib/telegram-bot-api).
"""

import json
import re
import sys
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

TOKEN = "123456789:AAtest-TOKEN_that-nobody-may-ever-see1"
TEXT_LIMIT = 4096  # sendMessage: UTF-16 code units, after entities are parsed
CAPTION_LIMIT = 1024  # sendPhoto, sendMediaGroup
GROUP_LIMITS = (2, 10)  # pictures of sendMediaGroup
GENERAL_TOPIC = "1"
BUTTON_LIMIT = 100  # of one message
DATA_LIMIT = 64  # InlineKeyboardButton: callback_data, 1-64 bytes

Parameters = dict[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply to one call. `body` replaces the JSON; `is_silent` never answers; `is_dropped` ends the connection."""

    status: int = 200
    description: str = ""
    parameters: dict[str, int] = field(default_factory=dict)
    body: bytes | None = None
    is_silent: bool = False
    is_dropped: bool = False


def flood(retry_after: int) -> Answer:
    return Answer(429, f"Too Many Requests: retry after {retry_after}", {"retry_after": retry_after})


def migrated(new_chat_id: int) -> Answer:
    description = "Bad Request: group chat was upgraded to a supergroup chat"
    return Answer(400, description, {"migrate_to_chat_id": new_chat_id})


BLOCKED = Answer(403, "Forbidden: bot was blocked by the user")
KICKED = Answer(403, "Forbidden: bot was kicked from the supergroup chat")
DEACTIVATED = Answer(403, "Forbidden: user is deactivated")
CHAT_NOT_FOUND = Answer(400, "Bad Request: chat not found")
NO_RIGHTS = Answer(400, "Bad Request: not enough rights to send text messages to the chat")
UNAUTHORIZED = Answer(401, "Unauthorized")
BAD_GATEWAY = Answer(502, body=b"<html><h1>502 Bad Gateway</h1></html>")
SILENCE = Answer(is_silent=True)
DROP = Answer(is_dropped=True)


@dataclass(frozen=True, slots=True)
class Sent:
    """A message Telegram would have delivered: `text` as the reader sees it, `source` as it was handed in."""

    message_id: int
    chat_id: str
    text: str
    source: str
    entities: tuple["Entity", ...] = ()
    thread_id: int | None = None
    parse_mode: str | None = None
    is_silent: bool = False
    has_preview: bool = True
    keyboard: tuple[tuple["Tap", ...], ...] = ()
    preview: str = ""
    pictures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tap:
    """A button beneath a message: it tells the bot its data, or opens an address."""

    text: str
    data: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Entity:
    """A marked-up stretch, in UTF-16 code units."""

    kind: str
    offset: int
    length: int
    url: str | None = None

    def to_json(self) -> dict[str, Any]:
        plain = {"type": self.kind, "offset": self.offset, "length": self.length}
        return plain | ({"url": self.url} if self.url else {})


class Refused(Exception):
    """The server says no."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.description)
        self.answer = answer


class BotApiServer:
    """Use as a context manager; give `base_url` and `token` to the bot.

    `script` holds answers to the next sendMessage calls, None for a normal one. `refusals` holds answers by chat id
    and is not used up. `sent` are the delivered messages, `calls` everything that was asked. `updates` are handed out
    by getUpdates; `methods` may be given further methods.
    """

    def __init__(self, token: str = TOKEN) -> None:
        self.token = token
        self.script: deque[Answer | None] = deque()
        self.refusals: dict[str, Answer] = {}
        self.sent: list[Sent] = []
        self.calls: list[tuple[str, Parameters]] = []
        self.updates: list[dict[str, Any]] = []
        self.methods: dict[str, Callable[[Parameters], Any]] = {
            "getme": lambda _: self.me,
            "sendmessage": self._send_message,
            "sendphoto": self._send_photo,
            "sendmediagroup": self._send_group,
            "getupdates": self._get_updates,
            "deletewebhook": lambda _: True,
            "setmycommands": lambda _: True,
        }
        self.me = {"id": 123456789, "is_bot": True, "first_name": "Digest", "username": "digest_test_bot"}
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._http = _QuietServer(("127.0.0.1", 0), type("Bound", (Conversation,), {"api": self}))
        self._http.daemon_threads = True
        self._http.block_on_close = False
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}/bot"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._closing.set()
        self._http.shutdown()
        self._thread.join(timeout=5)
        self._http.server_close()

    def answer(self, path: str, parameters: Parameters) -> Answer:
        """Answer one call, whatever it is."""
        token, _, method = path.removeprefix("/bot").partition("/")
        if token != self.token:
            is_shaped = re.fullmatch(r"\d+:[\w-]{30,}", token)
            return UNAUTHORIZED if is_shaped else Answer(404, "Not Found")
        with self._lock:
            self.calls.append((method, parameters))
        act = self.methods.get(method.lower())
        if act is None:
            return Answer(404, "Not Found: method not found")
        try:
            result = act(parameters)
        except Refused as error:
            return error.answer
        return Answer(body=json.dumps({"ok": True, "result": result}).encode())

    def wait_for_end(self, timeout: float) -> None:
        """Sleep, but not past the end of the test."""
        self._closing.wait(timeout)

    def _send_message(self, parameters: Parameters) -> dict[str, Any]:
        self._refuse_scripted(parameters)
        sent = self._keep(lambda number: read_message(parameters, number))
        return self._describe(sent, text=sent.text, entities=[entity.to_json() for entity in sent.entities])

    def _send_photo(self, parameters: Parameters) -> dict[str, Any]:
        self._refuse_scripted(parameters)
        sent = self._keep(lambda number: read_photo(parameters, number, (parameters.get("photo", ""),)))
        return self._describe(sent, caption=sent.text, photo=[])

    def _send_group(self, parameters: Parameters) -> list[dict[str, Any]]:
        self._refuse_scripted(parameters)
        media = json.loads(parameters["media"])
        least, most = GROUP_LIMITS
        if not least <= len(media) <= most or {each["type"] for each in media} != {"photo"}:
            raise Refused(Answer(400, "Bad Request: wrong number of media in the album"))
        captions = {"caption": media[0].get("caption", ""), "parse_mode": media[0].get("parse_mode", "")}
        pictures = tuple(each["media"] for each in media)
        first = self._keep(lambda number: read_photo(parameters | captions, number, pictures))
        return [self._describe(first, number, photo=[]) for number in range(len(media))]

    def _refuse_scripted(self, parameters: Parameters) -> None:
        scripted = self.script.popleft() if self.script else None
        scripted = scripted or self.refusals.get(parameters.get("chat_id", ""))
        if scripted:
            raise Refused(scripted)

    def _keep(self, read: Callable[[int], Sent]) -> Sent:
        with self._lock:
            sent = read(len(self.sent) + 1)
            self.sent.append(sent)
        return sent

    def _describe(self, sent: Sent, further: int = 0, **fields: Any) -> dict[str, Any]:
        chat = {"id": int(sent.chat_id) if sent.chat_id.lstrip("-").isdigit() else -1, "type": "private"}
        plain = {"message_id": sent.message_id + further, "date": 1_790_000_000, "chat": chat, "from": self.me}
        return plain | fields

    def _get_updates(self, parameters: Parameters) -> list[dict[str, Any]]:
        """Give what was not confirmed yet: an offset confirms every update before it."""
        offset = int(parameters.get("offset", 0))
        self.updates[:] = [update for update in self.updates if update["update_id"] >= offset]
        if not self.updates:
            self.wait_for_end(min(float(parameters.get("timeout", 0)), 0.05))
        return list(self.updates)


class _QuietServer(ThreadingHTTPServer):
    """Says nothing of a bot that hangs up, as one does that is killed."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Conversation(BaseHTTPRequestHandler):
    """One HTTP connection."""

    api: BotApiServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else the body waits 40 ms for the acknowledgement of the headers

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        url = urlsplit(self.path)
        parameters = dict(parse_qsl(url.query)) | read_parameters(self.headers.get("Content-Type", ""), body)
        answer = self.api.answer(url.path, parameters)
        if answer.is_silent:
            self.api.wait_for_end(30)
        if answer.is_silent or answer.is_dropped:
            self.close_connection = True
            return
        with suppress(ConnectionError):  # a bot that stops hangs up in the middle of a call
            self._reply(answer.status, write_body(answer) if answer.body is None else answer.body)

    do_GET = do_POST  # noqa: N815 -- http.server's name

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the library's name
        """Say nothing."""

    def _reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def read_parameters(content_type: str, body: bytes) -> Parameters:
    """Read the three forms a client may use: a form, JSON, multipart."""
    if content_type.startswith("application/json"):
        return {name: _as_text(value) for name, value in json.loads(body or b"{}").items()}
    if content_type.startswith("multipart/form-data"):
        message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
        parts = [
            (part.get_param("name", header="content-disposition"), part.get_content()) for part in message.iter_parts()
        ]
        return {str(name): value if isinstance(value, str) else value.decode(errors="replace") for name, value in parts}
    return dict(parse_qsl(body.decode(), keep_blank_values=True))


def write_body(answer: Answer) -> bytes:
    """Write a refusal as Telegram does."""
    error = {"ok": False, "error_code": answer.status, "description": answer.description}
    return json.dumps(error | ({"parameters": answer.parameters} if answer.parameters else {})).encode()


def read_photo(parameters: Parameters, message_id: int, pictures: tuple[str, ...]) -> Sent:
    """Check pictures with a caption as Telegram does. Raises Refused."""
    if not all(_is_public_address(each) for each in pictures):
        raise Refused(Answer(400, "Bad Request: wrong file identifier/HTTP URL specified"))
    caption = parameters.get("caption", "")
    read = read_message(parameters | {"text": caption or "-"}, message_id)
    if count_units(read.text) > CAPTION_LIMIT:
        raise Refused(Answer(400, "Bad Request: message caption is too long"))
    return replace(read, pictures=pictures, text=read.text if caption else "")


def read_message(parameters: Parameters, message_id: int) -> Sent:
    """Check a message as Telegram does. Raises Refused."""
    chat_id, thread_id = parameters.get("chat_id", ""), parameters.get("message_thread_id")
    if not re.fullmatch(r"-?\d+|@\w+", chat_id):
        raise Refused(Answer(400, "Bad Request: chat_id is empty" if not chat_id else CHAT_NOT_FOUND.description))
    if thread_id == GENERAL_TOPIC:
        raise Refused(Answer(400, "Bad Request: message thread not found"))
    source = parameters.get("text", "")
    text, entities = parse_html(source) if parameters.get("parse_mode") == "HTML" else (source, ())
    if not text.strip():
        raise Refused(Answer(400, "Bad Request: message text is empty"))
    if count_units(text) > TEXT_LIMIT:
        raise Refused(Answer(400, "Bad Request: message is too long"))
    preview = json.loads(parameters.get("link_preview_options", "{}"))
    return Sent(
        message_id=message_id,
        chat_id=chat_id,
        text=text,
        source=source,
        entities=entities,
        thread_id=int(thread_id) if thread_id else None,
        parse_mode=parameters.get("parse_mode"),
        is_silent=parameters.get("disable_notification", "").lower() == "true",
        has_preview=not preview.get("is_disabled", False),
        preview=preview.get("url", ""),
        keyboard=read_keyboard(parameters.get("reply_markup", "")),
    )


def read_keyboard(source: str) -> tuple[tuple[Tap, ...], ...]:
    """Check the buttons of an inline keyboard as Telegram does. Raises Refused."""
    if not source:
        return ()
    rows = json.loads(source).get("inline_keyboard")
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise Refused(Answer(400, "Bad Request: can't parse inline keyboard: expected an Array of Array"))
    if sum(map(len, rows)) > BUTTON_LIMIT:
        raise Refused(Answer(400, "Bad Request: REPLY_MARKUP_TOO_LONG"))
    return tuple(tuple(map(_read_button, row)) for row in rows)


def _read_button(button: Any) -> Tap:
    text, data, url = button.get("text", ""), button.get("callback_data"), button.get("url")
    if not text.strip():
        raise Refused(Answer(400, "Bad Request: can't parse inline keyboard button: Text must be non-empty"))
    if (data is None) == (url is None):
        raise Refused(Answer(400, "Bad Request: can't parse inline keyboard button: Text buttons are unallowed"))
    if url is not None and not _is_public_address(url):
        raise Refused(Answer(400, f"Bad Request: inline keyboard button URL '{url}' is invalid: Wrong HTTP URL"))
    if data is not None and not 1 <= len(data.encode()) <= DATA_LIMIT:
        raise Refused(Answer(400, "Bad Request: BUTTON_DATA_INVALID"))
    return Tap(text, data or "", url or "")


def _is_public_address(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and "." in (parts.hostname or "")


# ── Telegram's HTML ──────────────────────────────────────────────────────────────────────────────────────────────────

KINDS = {
    **dict.fromkeys(("b", "strong"), "bold"),
    **dict.fromkeys(("i", "em"), "italic"),
    **dict.fromkeys(("u", "ins"), "underline"),
    **dict.fromkeys(("s", "strike", "del"), "strikethrough"),
    **dict.fromkeys(("span", "tg-spoiler"), "spoiler"),
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#(?P<decimal>\d{1,7})|#x(?P<hex>[0-9a-fA-F]{1,6})|(?P<name>lt|gt|amp|quot)\b);?")
_END_TAG = re.compile(r"</([^\s>]*)\s*>")
_START_TAG = re.compile(r"<(?P<name>[^\s>]*)(?P<attributes>(?:[^>\"']|\"[^\"]*\"|'[^']*')*)>")
_ATTRIBUTE = re.compile(r"\s*([\w-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([\w.-]+))|\s*(expandable)(?=\s|$)|\s+$")


def parse_html(source: str) -> tuple[str, tuple[Entity, ...]]:
    """Read core.telegram.org/bots/api#html-style. Raises Refused where Telegram cannot parse entities."""
    words: list[str] = []
    entities: list[Entity] = []
    stack: list[tuple[str, int, str | None]] = []
    offset = position = 0
    while position < len(source):
        if source.startswith("</", position):
            position = _close(source, position, offset, stack, entities)
        elif source[position] == "<":
            position = _open(source, position, offset, stack)
        else:
            word, position = _read_character(source, position)
            words.append(word)
            offset += count_units(word)
    if stack:
        raise _unparsable(f'Can\'t find end tag corresponding to start tag "{stack[-1][0]}"')
    return "".join(words), tuple(sorted(entities, key=lambda entity: entity.offset))


def count_units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _open(source: str, position: int, offset: int, stack: list[tuple[str, int, str | None]]) -> int:
    at = f"at byte offset {len(source[:position].encode())}"
    found = _START_TAG.match(source, position)
    if not found:
        raise _unparsable(f"Unclosed start tag {at}")
    name = found["name"].lower()
    if name not in KINDS:
        raise _unparsable(f'Unsupported start tag "{name}" {at}')
    attributes = _read_attributes(found["attributes"], name, at)
    if name == "span" and attributes.get("class") != "tg-spoiler":
        raise _unparsable(f'Tag "span" must have class "tg-spoiler" {at}')
    stack.append((name, offset, attributes.get("href")))
    return found.end()


def _close(
    source: str, position: int, offset: int, stack: list[tuple[str, int, str | None]], entities: list[Entity]
) -> int:
    at = f"at byte offset {len(source[:position].encode())}"
    found = _END_TAG.match(source, position)
    if not stack:
        raise _unparsable(f"Unexpected end tag {at}")
    if not found:
        raise _unparsable(f"Unclosed end tag {at}")
    name, start, url = stack.pop()
    if found[1] and found[1].lower() != name:
        raise _unparsable(f'Unmatched end tag {at}, expected "</{name}>", found "</{found[1]}>"')
    if offset > start and (name != "a" or (url or "").startswith(("http://", "https://", "tg://"))):
        entities.append(Entity(KINDS[name], start, offset - start, url if name == "a" else None))
    return found.end()


def _read_attributes(text: str, tag: str, at: str) -> dict[str, str]:
    attributes, position = {}, 0
    while position < len(text):
        found = _ATTRIBUTE.match(text, position)
        if not found:
            raise _unparsable(f'Expected equal sign in declaration of an attribute of the tag "{tag}" {at}')
        if found[1]:
            raw = next(value for value in found.groups()[1:4] if value is not None)
            attributes[found[1].lower()] = _REFERENCE.sub(lambda match: _read_character(match[0], 0)[0], raw)
        position = found.end()
    return attributes


def _read_character(source: str, position: int) -> tuple[str, int]:
    found = _REFERENCE.match(source, position)
    if not found:
        return source[position], position + 1
    if found["name"]:
        return _NAMED[found["name"]], found.end()
    code = int(found["decimal"]) if found["decimal"] else int(found["hex"], 16)
    # Telegram leaves alone what is not a character.
    return (chr(code), found.end()) if 0 < code < 0x10FFFF else (source[position], position + 1)


def _unparsable(why: str) -> Refused:
    return Refused(Answer(400, f"Bad Request: can't parse entities: {why}"))


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
