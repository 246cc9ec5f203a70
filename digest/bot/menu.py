"""What Telegram shows when somebody types a slash: set at the start, and only where it is not so already."""

from collections.abc import Iterator

import structlog
from telegram import BotCommand, BotCommandScope, BotCommandScopeAllChatAdministrators, BotCommandScopeAllPrivateChats
from telegram.error import TelegramError
from telegram.ext import ExtBot

from digest.bot.commands.table import COMMANDS
from digest.bot.connection import NOT_THE_API
from digest.bot.polling import name_fault
from digest.languages import ENGLISH, LANGUAGES, speaking, tr

log = structlog.get_logger()

Menu = tuple[tuple[str, str], ...]


def list_menus() -> Iterator[tuple[BotCommandScope, str | None, Menu]]:
    """Give the menus: everything in private chats, and for administrators of groups what is of use there.

    Each comes with the language (ISO 639-1) of the apps that show it; None is for all that have no menu of their own.
    """
    for language in LANGUAGES:
        code = None if language == ENGLISH else language.partition("-")[0]
        with speaking(language):
            yield BotCommandScopeAllPrivateChats(), code, _describe(*COMMANDS)
            in_groups = _describe(*(name for name in COMMANDS if COMMANDS[name].for_groups))
            yield BotCommandScopeAllChatAdministrators(), code, in_groups


async def set_menus(bot: ExtBot[None], token: str) -> None:
    """Set those menus that are others at Telegram. Trouble is logged: commands work without a menu."""
    try:
        for scope, language, menu in tuple(list_menus()):
            known = await bot.get_my_commands(scope=scope, language_code=language)
            if tuple((each.command, each.description) for each in known) != menu:
                await bot.set_my_commands([BotCommand(*each) for each in menu], scope=scope, language_code=language)
                log.info("bot_menu_set", scope=scope.type, language=language or ENGLISH, commands=len(menu))
    except TelegramError as error:
        log.warning("bot_menu_failed", fault=name_fault(error, token))
    except (KeyError, TypeError, ValueError, AttributeError):
        # The library trusts that a 200 carries what was asked for; a captive portal answers otherwise.
        log.warning("bot_menu_failed", fault=NOT_THE_API)


def _describe(*names: str) -> Menu:
    return tuple((name, tr(COMMANDS[name].description)) for name in names)
