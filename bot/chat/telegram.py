"""The bot's line to Telegram: sends messages, asks for updates, and reads every error for its next step.

How errors are read: `outcomes`.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import httpx
import structlog
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
)
from telegram import error as tg
from telegram.constants import ChatMemberStatus, ParseMode
from telegram.request import HTTPXRequest

from bot.chat.access import Rank
from bot.chat.commands.command import Command
from bot.chat.heard import Json
from bot.chat.outcomes import explained, is_of_topic, outcome_of, reason_of
from bot.errors import NewsvaneError, TelegramUnreachable, TokenInUse, TokenRefused
from bot.messages import en
from bot.model import Message, NotSent, Outcome, Refused, Sent, Unknown

UPDATES_WANTED = ("message", "my_chat_member", "callback_query")
POOL = 8
"""Connections for sending. The client searches its pool at every request, so more are slower, not faster."""
ASIDE = 8
"""Connections for what is asked beside: who administers a group, and that a button was noticed. Whoever makes the bot
ask thousands of such questions delays no message."""
CONNECT_TIMEOUT, ANSWER_TIMEOUT = 10.0, 15.0
DEADLINE = 40.0
"""Seconds for a call in all. The timeouts above are for single reads and writes; an answer that drips meets none."""
MEMBERS_DEADLINE = 5.0
"""Seconds that a group waits for Telegram's word on who is an administrator."""
SURE_AFTER = (2.0, 4.0)
"""Seconds after which Telegram is asked again whether it really does not know the token."""

_NOT_MODIFIED = "message is not modified"
_CANNOT_EDIT = ("message to edit not found", "message can't be edited", _NOT_MODIFIED)
_MEMBERS_HIDDEN = ("chat_admin_required", "member list is inaccessible")
_TRUSTING_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For a Bot API without TLS. The client would read all certificates of the world for each of its pools."""
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

log = structlog.get_logger()


class Telegram:
    """A connection to the Bot API at `api_url`: Telegram's, or a local Bot API server. Meets `ports.Messenger`.

    A token counts as refused when it still is after the pauses of `sure_after`, in seconds.
    """

    def __init__(self, token: str, api_url: str, *, sure_after: Sequence[float] = SURE_AFTER) -> None:
        tls = ssl.create_default_context() if api_url.startswith("https:") else _TRUSTING_NOBODY
        self._sending, self._receiving = _request(POOL, tls), _request(1, tls)
        base_url = f"{api_url.rstrip('/')}/bot"
        self._bot = _Bot(
            token,
            base_url=base_url,
            request=self._sending,
            get_updates_request=self._receiving,
        )
        self._aside = _request(ASIDE, tls)
        self._bot_aside = Bot(token, base_url=base_url, request=self._aside, get_updates_request=self._receiving)
        self._sure_after = tuple(sure_after)
        self.username = ""

    async def connect(self) -> None:
        """Learn who the bot is. Raises TokenRefused, or TelegramUnreachable to be tried again."""
        for pause in self._sure_after:
            try:
                await self._learn_name()
            except TokenRefused:  # a gateway on the way may have said so
                log.warning("telegram.token-refused", reason="it is asked again, to be sure", next=f"{pause:.0f} s")
                await asyncio.sleep(pause)
            else:
                return
        await self._learn_name()

    async def _learn_name(self) -> None:
        # Not Bot.initialize(): what that raises has the token in its text.
        async with _explaining(DEADLINE):
            me = await self._bot.get_me()
        self.username = me.username or ""

    async def unhook(self) -> None:
        """Take back a webhook that somebody has set: while there is one, no updates can be asked for. None is dropped.

        Raises TokenRefused, TelegramUnreachable.
        """
        async with _explaining(DEADLINE):
            hook = await self._bot.get_webhook_info()
            if hook.url:
                log.warning(
                    "telegram.webhook-deleted", host=urlsplit(hook.url).hostname, reason="updates are asked for"
                )
                await self._bot.delete_webhook(drop_pending_updates=False)

    async def close(self) -> None:
        """Close all connections."""
        await self._sending.shutdown()
        await self._receiving.shutdown()
        await self._aside.shutdown()

    async def send(self, chat: int, message: Message, *, plain: bool = False) -> Outcome:
        """See `ports.Messenger`. What its topic does not take goes to General, and says so."""
        outcome = await self._send(chat, message, plain=plain)
        if message.topic and isinstance(outcome, Refused | NotSent) and is_of_topic(outcome.reason):
            note = f"({en.TOPIC_GONE})"
            moved = replace(message, topic=0, html=f"{message.html}\n\n{note}", plain=f"{message.plain}\n\n{note}")
            outcome = await self._send(chat, moved, plain=plain)
            return replace(outcome, elsewhere=True) if isinstance(outcome, Sent) else outcome
        return outcome

    async def _send(self, chat: int, message: Message, *, plain: bool) -> Outcome:
        text, mode = (message.plain, None) if plain else (message.html, ParseMode.HTML)
        try:
            async with asyncio.timeout(DEADLINE):
                if message.edits and await self._edit(chat, message, text, mode):
                    return Sent(message_id=message.edits)
                sent = await self._bot.send_message(
                    chat,
                    text,
                    parse_mode=mode,
                    disable_notification=message.silent,
                    link_preview_options=_NO_PREVIEW,
                    reply_markup=_keyboard(message),
                    message_thread_id=message.topic or None,
                )
        except tg.TelegramError as error:
            return outcome_of(error)
        except Exception as error:  # noqa: BLE001  # an answer of an odd shape is an answer that was lost
            return Unknown(reason=f"Telegram's answer cannot be read: {error!r}")
        return Sent(message_id=sent.message_id)

    async def _edit(self, chat: int, message: Message, text: str, mode: ParseMode | None) -> bool:
        """Put a text in the place of a message. Returns False if that cannot be changed; raises all other errors."""
        try:
            await self._bot.edit_message_text(
                text,
                chat_id=chat,
                message_id=message.edits,
                parse_mode=mode,
                link_preview_options=_NO_PREVIEW,
                reply_markup=_keyboard(message),
            )
        except tg.BadRequest as error:
            said = reason_of(error).casefold()
            if message.only_edits and _NOT_MODIFIED in said:
                return True
            if message.only_edits or not any(sign in said for sign in _CANNOT_EDIT):
                raise
            return False
        return True

    async def updates(self, offset: int, *, wait: int) -> Sequence[Json]:
        """Ask for updates from `offset` on, and confirm those before it. Waits at most `wait` seconds for one.

        Returns them as they came. Raises TokenRefused, TokenInUse, TelegramUnreachable.
        """
        try:
            async with _explaining(wait + DEADLINE):
                return await self._bot.updates_as_they_came(offset, wait)
        except TokenRefused as error:
            await self.connect()
            raise TelegramUnreachable("Telegram refused the token, and takes it again") from error
        except TokenInUse as error:
            if "webhook" not in reason_of(error.__cause__).casefold():
                raise
            await self.unhook()
            raise TelegramUnreachable("somebody had set a webhook; it is deleted") from error

    async def answers(self) -> bool:
        """See `ports.Messenger`."""
        try:
            await self.connect()
        except TelegramUnreachable:
            return False
        return True

    async def press_noted(self, query: str) -> None:
        """End the waiting of who pressed a button. That it is too late for it hurts nobody."""
        with suppress(NewsvaneError):
            async with _explaining(MEMBERS_DEADLINE):
                await self._bot_aside.answer_callback_query(query)

    async def is_administrator(self, chat: int, user: int) -> Rank:
        """See `access.IsAdministrator`."""
        try:
            async with _explaining(MEMBERS_DEADLINE):
                member = await self._bot_aside.get_chat_member(chat, user)
        except NewsvaneError as error:
            said = reason_of(error.__cause__).casefold()
            if isinstance(error.__cause__, tg.BadRequest) and any(sign in said for sign in _MEMBERS_HIDDEN):
                return "hidden"
            if isinstance(error.__cause__, tg.BadRequest):
                return "member"  # Telegram knows no such member
            log.warning("telegram.members-unknown", chat=chat, reason=str(error))
            return "unknown"
        administers = member.status in {ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR}
        return "administrator" if administers else "member"

    async def set_menu(self, commands: Sequence[Command]) -> None:
        """Fill the bot's menu and say what it is. Raises TokenRefused, TelegramUnreachable.

        In a group the menu has what everybody may use, for its administrators all.
        """
        menu = [BotCommand(command.name, command.description) for command in commands]
        for_all = [entry for entry, command in zip(menu, commands, strict=True) if not command.changes]
        async with _explaining(DEADLINE):
            await self._bot.set_my_commands(menu)
            await self._bot.set_my_commands(for_all, scope=BotCommandScopeAllGroupChats())
            await self._bot.set_my_commands(menu, scope=BotCommandScopeAllChatAdministrators())
            await self._bot.set_my_description(en.DESCRIPTION)
            await self._bot.set_my_short_description(en.SHORT_DESCRIPTION)


class _Bot(Bot):
    """The library's bot, which can also give updates before they are read: one that cannot be read spoils no other."""

    async def updates_as_they_came(self, offset: int, wait: int) -> list[dict[str, Any]]:
        """Ask for updates, as Bot API JSON."""
        question = {"offset": offset, "timeout": wait, "allowed_updates": UPDATES_WANTED}
        bodies: list[dict[str, Any]] = await self._post("getUpdates", question, read_timeout=wait + ANSWER_TIMEOUT)
        return [body for body in bodies if isinstance(body["update_id"], int)]


def _keyboard(message: Message) -> InlineKeyboardMarkup | None:
    if not message.buttons:
        return None
    return InlineKeyboardMarkup([[InlineKeyboardButton(text, callback_data=data)] for text, data in message.buttons])


@asynccontextmanager
async def _explaining(seconds: float) -> AsyncIterator[None]:
    """Make whatever becomes of a call one of the house's errors, within a deadline."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except tg.TelegramError as error:
        raise explained(error) from error
    except TimeoutError as error:
        raise TelegramUnreachable(f"Telegram did not answer in full within {seconds:.0f} s") from error
    except Exception as error:  # the library raises whatever an answer of an odd shape leads to
        raise TelegramUnreachable(f"Telegram's answer cannot be read: {error!r}") from error


def _request(pool: int, tls: ssl.SSLContext) -> HTTPXRequest:
    return HTTPXRequest(
        connection_pool_size=pool,
        connect_timeout=CONNECT_TIMEOUT,
        read_timeout=ANSWER_TIMEOUT,
        write_timeout=ANSWER_TIMEOUT,
        pool_timeout=CONNECT_TIMEOUT,
        # The stock keep-alive of 5 s would open a connection for nearly every alert.
        httpx_kwargs={"verify": tls, "limits": httpx.Limits(max_connections=pool, keepalive_expiry=60)},
    )
