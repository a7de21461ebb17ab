"""Who may do what: the bot's owner where it is private, administrators where a group's subscriptions change. Pure."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from bot.chat.commands.command import Command, Request
from bot.messages import en

Rank = Literal["administrator", "member", "hidden", "unknown"]
"""What somebody is in a chat: `hidden` if Telegram tells it to administrators only, `unknown` if it did not answer."""
IsAdministrator = Callable[[int, int], Awaitable[Rank]]
"""Asks Telegram whether a user administers a chat: (chat, user)."""

_ANSWERS: Mapping[Rank, str] = {
    "administrator": "",
    "member": en.ADMINISTRATORS_ONLY,
    "hidden": en.MEMBERS_HIDDEN,
    "unknown": en.MEMBERS_UNKNOWN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """`open` to everyone, or for one `owner`, a Telegram user id."""

    mode: Literal["open", "owner"] = "open"
    owner: int = 0

    @property
    def who(self) -> str:
        """Return who may use the bot, for whoever starts it."""
        return f"its owner, {self.owner}" if self.mode == "owner" else 'everybody; access = "owner" makes it private'


async def refusal(request: Request, command: Command, access: Access, is_administrator: IsAdministrator) -> str:
    """Return why this command is refused; empty if it is not. Telegram is asked only where the answer hangs on it."""
    if access.mode == "owner" and request.user != access.owner:
        # Who subscribed when the bot was open must be able to leave.
        leaving = command.name in {"stop", "unsubscribe", "unwatch"} and request.chat.kind == "private"
        if leaving:
            return ""
        alone = request.chat.kind == "private" and request.user
        return en.OWNER_ONLY_PRIVATE.format(user=request.user) if alone else en.OWNER_ONLY
    if access.mode == "owner":
        return ""
    if not command.changes or request.chat.kind == "private":
        return ""
    if request.anonymous or not request.user:
        return en.ANONYMOUS
    return _ANSWERS[await is_administrator(request.chat.id, request.user)]
