"""The Bot API server with people in front of it: what they tap and write, what they are shown, who administers."""

import itertools
import json
import re
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from tests.servers.telegram import TOKEN, Answer, BotApiServer, Parameters, Refused, Tap, read_keyboard, read_message
from tests.servers.telegram_inline import check_results

CONFLICT = Answer(
    409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
)
WEBHOOK = Answer(
    409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)
NOT_MODIFIED = Answer(
    400,
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a "
    "current content and reply markup of the message",
)
QUERY_TOO_OLD = Answer(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
NOTICE_LIMIT = 200  # answerCallbackQuery
MENU_LIMIT, DESCRIPTION_LIMIT = 100, 256  # setMyCommands
SEND_FIELDS = {"chat_id", "message_thread_id", "caption", "parse_mode"}
ANONYMOUS = 1087968824  # GroupAnonymousBot

Keyboard = tuple[tuple[Tap, ...], ...]


class ChatServer(BotApiServer):
    """Hands out updates as Telegram does: each until a higher offset confirms it, waiting for news if asked to.

    `polls` holds answers to the next getUpdates calls, None for a normal one. `notices` are the answers to taps, by
    query; `keyboards` and `texts` what stands in each message; `files` are the documents by chat, `menus` the commands
    by scope. `administrators` and `anonymous` are user ids by chat.
    """

    def __init__(self, token: str = TOKEN) -> None:
        super().__init__(token)
        self.polls: deque[Answer | None] = deque()
        self.notices: dict[str, str] = {}
        self.keyboards: dict[tuple[str, int], Keyboard] = {}
        self.texts: dict[tuple[str, int], str] = {}
        self.edits = 0
        self.webhook: Parameters = {}
        self.last_update: dict[str, Any] = {}
        self.glimpses: dict[str, dict[str, Any]] = {}  # answers to inline queries, by query
        self.menus: dict[tuple[str, str], list[dict[str, str]]] = {}
        self.files: list[tuple[str, str]] = []
        self.administrators: dict[str, list[int]] = {}
        self.anonymous: dict[str, list[int]] = {}
        self.is_waiting = threading.Event()  # a call waits for news
        self._news = threading.Condition()
        self._numbers = itertools.count(900_000)
        self.methods |= {
            "getupdates": self._poll,
            "sendmessage": self._send,
            "sendphoto": lambda parameters: self._show_picture(parameters, self._send_photo),
            "sendmediagroup": lambda parameters: self._show_picture(parameters, self._send_group),
            "editmessagecaption": lambda parameters: self._edit_text(parameters | {"text": parameters["caption"]}),
            "answercallbackquery": self._answer_query,
            "answerinlinequery": self._answer_inline,
            "setwebhook": self._set_webhook,
            "deletewebhook": self._delete_webhook,
            "getwebhookinfo": lambda _: {
                "url": self.webhook.get("url", ""),
                "has_custom_certificate": False,
                "pending_update_count": len(self.updates),
            },
            "editmessagereplymarkup": self._edit_keyboard,
            "editmessagetext": self._edit_text,
            "getchatadministrators": self._list_administrators,
            "getchatmember": self._find_member,
            "getmycommands": lambda parameters: self.menus.get(_menu_of(parameters), []),
            "setmycommands": self._set_menu,
            "senddocument": self._send_document,
        }

    # ── what people do ───────────────────────────────────────────────────────────────────────────────────────────────

    def post(self, chat: dict[str, Any], keyboard: Keyboard, **fields: Any) -> dict[str, Any]:
        """Let the bot have written a message with buttons."""
        message_id = next(self._numbers)
        self.keyboards[str(chat["id"]), message_id] = keyboard
        return {"message_id": message_id, "date": 1_790_000_000, "chat": chat, "from": self.me, "text": "…"} | fields

    def tap(self, message: dict[str, Any], data: str, user_id: int = 4242, keyboard: Keyboard | None = None) -> str:
        """Tap a button; give the id of the query. The message comes with its buttons as they are, or as told."""
        shown = self.keyboards[str(message["chat"]["id"]), message["message_id"]] if keyboard is None else keyboard
        query = f"query-{next(self._numbers)}"
        tapped = {"id": query, "chat_instance": "1", "data": data, "message": message | _markup(shown)}
        self.give(callback_query=tapped | _person(user_id))
        return query

    def say(self, chat: dict[str, Any], text: str, user_id: int = 4242, **fields: Any) -> None:
        message = {"message_id": next(self._numbers), "date": 1_790_000_000, "chat": chat, "text": text}
        self.give(message=message | _person(user_id) | fields)

    def react(self, message: dict[str, Any], before: str, after: str, user_id: int = 4242) -> None:
        """React to a message: with what emoji before and after, none if empty."""
        reactions = {"old_reaction": _reaction(before), "new_reaction": _reaction(after)}
        told = {"chat": message["chat"], "message_id": message["message_id"], "date": 1_790_000_000}
        self.give(message_reaction=told | {"user": _person(user_id)["from"]} | reactions)

    def type(self, words: str, user_id: int = 4242, offset: str = "", language: str = "") -> str:
        """Type words behind the bot's name in some chat; give the id of the query."""
        query = f"inline-{next(self._numbers)}"
        asked = {"id": query, "query": words, "offset": offset, "chat_type": "supergroup"}
        person = _person(user_id)
        if language:
            person["from"] |= {"language_code": language}
        self.give(inline_query=asked | person)
        return query

    def change_member(
        self,
        chat: dict[str, Any],
        before: str,
        after: str,
        user_id: int = 4242,
        posts: tuple[bool, bool] = (True, True),
    ) -> None:
        """Let somebody add the bot to a chat, put it out, block it, or let it in again, or change its rights.

        `posts` says whether it might and may post, as an administrator of a channel.
        """
        known = zip((before, after), posts, strict=True)
        old, new = ({"status": status, "user": self.me} | _rights(status, may_post) for status, may_post in known)
        change = {"chat": chat, "date": 1_790_000_000, "old_chat_member": old, "new_chat_member": new}
        self.give(my_chat_member=change | _person(user_id))

    def give(self, **fields: Any) -> None:
        """Have something happen."""
        with self._news:
            self.last_update = {"update_id": next(self._numbers)} | fields
            self.updates.append(self.last_update)
            self._news.notify_all()

    def keyboard_of(self, message: dict[str, Any]) -> Keyboard:
        return self.keyboards[str(message["chat"]["id"]), message["message_id"]]

    def count(self, method: str) -> int:
        return sum(1 for called, _ in self.calls if called == method)

    def __exit__(self, *exc: object) -> None:
        self._closing.set()
        with self._news:
            self._news.notify_all()
        super().__exit__(*exc)

    # ── what the bot asks for ────────────────────────────────────────────────────────────────────────────────────────

    def _set_webhook(self, parameters: Parameters) -> bool:
        if not re.fullmatch(r"https://[^/]+/.*", parameters["url"]):
            raise Refused(Answer(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"))
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", parameters.get("secret_token", "")):
            raise Refused(Answer(400, "Bad Request: secret token contains unallowed characters"))
        self.webhook = parameters
        return True

    def _delete_webhook(self, _parameters: Parameters) -> bool:
        self.webhook = {}
        return True

    def _poll(self, parameters: Parameters) -> list[dict[str, Any]]:
        if self.webhook:
            raise Refused(WEBHOOK)
        scripted = self.polls.popleft() if self.polls else None
        if scripted:
            raise Refused(scripted)
        allowed = json.loads(parameters["allowed_updates"])
        with self._news:
            offset = int(parameters.get("offset", 0))
            self.updates[:] = [update for update in self.updates if update["update_id"] >= offset]
            wait = float(parameters.get("timeout", 0))
            if wait:
                self.is_waiting.set()
            self._news.wait_for(lambda: self.updates or self._closing.is_set(), wait)
            self.is_waiting.clear()
            return [update for update in self.updates if set(update) & {"update_id", *allowed} != {"update_id"}]

    def _send(self, parameters: Parameters) -> dict[str, Any]:
        answer = self._send_message(parameters)
        self.keyboards[parameters["chat_id"], answer["message_id"]] = self.sent[-1].keyboard
        self.texts[parameters["chat_id"], answer["message_id"]] = answer["text"]
        return answer

    def _show_picture(self, parameters: Parameters, send: Callable[[Parameters], Any]) -> Any:
        answer = send(parameters)
        key = parameters["chat_id"], self.sent[-1].message_id
        self.keyboards[key], self.texts[key] = self.sent[-1].keyboard, self.sent[-1].text
        return answer

    def _set_menu(self, parameters: Parameters) -> bool:
        commands = json.loads(parameters.get("commands", "[]"))  # a bot that stops meanwhile sends but half of it
        if not 1 <= len(commands) <= MENU_LIMIT or not all(
            re.fullmatch(r"[a-z0-9_]{1,32}", each["command"]) and 1 <= len(each["description"]) <= DESCRIPTION_LIMIT
            for each in commands
        ):
            raise Refused(Answer(400, "Bad Request: BOT_COMMAND_INVALID"))
        self.menus[_menu_of(parameters)] = commands
        return True

    def _send_document(self, parameters: Parameters) -> dict[str, Any]:
        name, content = next((key, value) for key, value in parameters.items() if key not in SEND_FIELDS)
        self.files.append((parameters["chat_id"], parameters.get("document", content)))
        chat = {"id": int(parameters["chat_id"]), "type": "private"}
        document = {"file_id": name, "file_unique_id": name, "file_size": len(content)}
        return {"message_id": next(self._numbers), "date": 1_790_000_000, "chat": chat, "document": document}

    def _answer_query(self, parameters: Parameters) -> bool:
        text = parameters.get("text", "")
        if parameters["callback_query_id"] in self.notices:
            raise Refused(QUERY_TOO_OLD)
        if len(text) > NOTICE_LIMIT:
            raise Refused(Answer(400, "Bad Request: MESSAGE_TOO_LONG"))
        self.notices[parameters["callback_query_id"]] = text
        return True

    def _answer_inline(self, parameters: Parameters) -> bool:
        query, results = parameters["inline_query_id"], json.loads(parameters["results"])
        check_results(results, parameters.get("next_offset", ""))
        self.glimpses[query] = {
            "results": results,
            "next": parameters.get("next_offset", ""),
            "button": json.loads(parameters["button"]) if "button" in parameters else None,
            "is_personal": json.loads(parameters.get("is_personal", "false")),
        }
        return True

    def _edit_keyboard(self, parameters: Parameters) -> bool:
        key = self._find_message(parameters)
        keyboard = read_keyboard(parameters.get("reply_markup", ""))
        if self.keyboards[key] == keyboard:
            raise Refused(NOT_MODIFIED)
        self.keyboards[key] = keyboard
        self.edits += 1
        return True

    def _edit_text(self, parameters: Parameters) -> bool:
        key = self._find_message(parameters)
        written = read_message(parameters, key[1])
        if (self.texts.get(key), self.keyboards[key]) == (written.text, written.keyboard):
            raise Refused(NOT_MODIFIED)
        self.texts[key], self.keyboards[key] = written.text, written.keyboard
        self.edits += 1
        return True

    def _find_message(self, parameters: Parameters) -> tuple[str, int]:
        key = (parameters["chat_id"], int(parameters["message_id"]))
        if key not in self.keyboards:
            raise Refused(Answer(400, "Bad Request: message to edit not found"))
        return key

    def _list_administrators(self, parameters: Parameters) -> list[dict[str, Any]]:
        """Leave out who administers anonymously, as Telegram does (tdlib/telegram-bot-api issue 667)."""
        return [_owner(user_id) for user_id in self.administrators.get(parameters["chat_id"], [])]

    def _find_member(self, parameters: Parameters) -> dict[str, Any]:
        user_id = int(parameters["user_id"])
        if user_id in self.anonymous.get(parameters["chat_id"], []):
            return _owner(user_id) | {"is_anonymous": True}
        return {"status": "member", "user": _person(user_id)["from"]}


def _rights(status: str, may_post: bool) -> dict[str, Any]:
    """Give what Telegram tells besides: what an administrator may do, and what one who is held back may not."""
    if status == "kicked":
        return {"until_date": 0}
    if status == "restricted":
        return {"until_date": 0, "is_member": True} | dict.fromkeys(_OF_MEMBERS.split(), False)
    if status != "administrator":
        return {}
    return dict.fromkeys(_OF_ADMINISTRATORS.split(), False) | {"can_post_messages": may_post}


_OF_ADMINISTRATORS = (
    "can_be_edited is_anonymous can_manage_chat can_delete_messages can_manage_video_chats can_restrict_members "
    "can_promote_members can_change_info can_invite_users can_post_stories can_edit_stories can_delete_stories"
)
_OF_MEMBERS = (
    "can_send_messages can_send_audios can_send_documents can_send_photos can_send_videos can_send_video_notes "
    "can_send_voice_notes can_send_polls can_send_other_messages can_add_web_page_previews can_change_info "
    "can_invite_users can_pin_messages can_manage_topics can_edit_tag can_react_to_messages"
)


def private_chat(chat_id: int = 4242) -> dict[str, Any]:
    return {"id": chat_id, "type": "private", "first_name": "Ada", "username": "ada_l"}


def group_chat(chat_id: int = -1001234567890, **fields: Any) -> dict[str, Any]:
    return {"id": chat_id, "type": "supergroup", "title": "Lab"} | fields


def _menu_of(parameters: Parameters) -> tuple[str, str]:
    """Give where a menu is shown, and to whom: its scope, and the language of apps."""
    return parameters.get("scope", ""), parameters.get("language_code", "")


def _person(user_id: int) -> dict[str, Any]:
    return {"from": {"id": user_id, "is_bot": user_id == ANONYMOUS, "first_name": "Somebody"}}


def _reaction(emoji: str) -> list[dict[str, str]]:
    return [{"type": "emoji", "emoji": emoji}] if emoji else []


def _owner(user_id: int) -> dict[str, Any]:
    return {"status": "creator", "is_anonymous": False} | {"user": _person(user_id)["from"]}


def _markup(keyboard: Keyboard) -> dict[str, Any]:
    rows = [[{"text": tap.text} | _target(tap) for tap in row] for row in keyboard]
    return {"reply_markup": {"inline_keyboard": rows}} if rows else {}


def _target(tap: Tap) -> dict[str, str]:
    return {"callback_data": tap.data} if tap.data else {"url": tap.url}
