"""What Telegram shows when somebody types a slash: set at the start, and only where it is not so already."""

from collections.abc import Iterator

import structlog
from telegram import BotCommand, BotCommandScope, BotCommandScopeAllChatAdministrators, BotCommandScopeAllPrivateChats
from telegram.error import TelegramError
from telegram.ext import ExtBot

from digest.bot.commands.table import COMMANDS
from digest.bot.connection import NOT_THE_API
from digest.bot.polling import name_fault

log = structlog.get_logger()

Menu = tuple[tuple[str, str], ...]


def list_menus() -> Iterator[tuple[BotCommandScope, Menu]]:
    """Give the menus: everything in private chats, and for administrators of groups what is of use there."""
    yield BotCommandScopeAllPrivateChats(), _describe(*COMMANDS)
    yield BotCommandScopeAllChatAdministrators(), _describe(*(name for name in COMMANDS if COMMANDS[name].for_groups))


async def set_menus(bot: ExtBot[None], token: str) -> None:
    """Set those menus that are others at Telegram. Trouble is logged: commands work without a menu."""
    try:
        for scope, menu in list_menus():
            known = await bot.get_my_commands(scope=scope)
            if tuple((each.command, each.description) for each in known) != menu:
                await bot.set_my_commands([BotCommand(*each) for each in menu], scope=scope)
                log.info("bot_menu_set", scope=scope.type, commands=len(menu))
    except TelegramError as error:
        log.warning("bot_menu_failed", fault=name_fault(error, token))
    except (KeyError, TypeError, ValueError, AttributeError):
        # The library trusts that a 200 carries what was asked for; a captive portal answers otherwise.
        log.warning("bot_menu_failed", fault=NOT_THE_API)


def _describe(*names: str) -> Menu:
    return tuple((name, COMMANDS[name].description) for name in names)
