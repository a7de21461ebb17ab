"""Receives what people say, in this order: ask Telegram -> read -> too many? -> may they? -> run -> answer -> confirm.

An update is confirmed (by asking for the next one) only when what it asked for is remembered, so a crash in
between loses no command: Telegram tells it again.

What changes nothing is run when its answer can go out. So thousands of questions are taken from Telegram, which gives
them one after the other, before the first of them costs anything; who asks behind them does not wait for theirs.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from math import ceil

import structlog

from bot.chat.access import Access, Rank, refusal
from bot.chat.commands import BY_NAME
from bot.chat.commands.command import Command, Context, Reply, Request, nearest
from bot.chat.heard import Heard, Json, Membership, Pressed, Said, heard
from bot.chat.presses import Presses
from bot.chat.quota import Quiet, Quota
from bot.chat.replies import Replies
from bot.chat.telegram import Telegram
from bot.errors import StoreUnwritable, TelegramUnreachable, TokenInUse
from bot.messages import en
from bot.model import Chat
from bot.model.bounds import COMMANDS
from bot.runtime.clocks import Clock
from bot.text.harmless import escape

LONG_POLL = 25
"""Seconds that Telegram may hold a question for updates open; at most 50."""
CONFLICT_TRIES = 3
CONFLICT_PATIENCE = 120.0
"""A newcomer gives way to a bot that is already there after so many 409s; one that has been running for a while
goes on asking for so many seconds, as the newcomer will have gone by then."""
ESTABLISHED = 3
"""Answers to questions for updates after which a bot is no newcomer."""
_LONGEST_PAUSE = 30.0
_DISK_PAUSE = 5.0

log = structlog.get_logger()


class Updates:
    """The loop of updates.

    `reachable` is told of each chat that is back; `progress` is called whenever Telegram or the network has answered.
    `first_pause` is the seconds before Telegram is asked again after a failure; it doubles up to half a minute.
    """

    def __init__(
        self,
        *,
        telegram: Telegram,
        context: Context,
        access: Access,
        replies: Replies,
        reachable: Callable[[int], None],
        progress: Callable[[], None],
        first_pause: float,
        steady: Clock,
    ) -> None:
        self._telegram = telegram
        self._context = context
        self._access = access
        self._replies = replies
        self._reachable = reachable
        self._progress = progress
        self._first_pause = first_pause
        self._steady = steady
        self._offset = 0
        self._heard = False  # whether Telegram answered when it was last asked
        self._later: set[asyncio.Task[None]] = set()  # answers that wait for something, such as a publisher
        self._ranks: dict[tuple[int, int], Rank] = {}  # (chat, user), for one batch
        self._changes = asyncio.Lock()  # what changes something has a round of the loop for itself: it writes
        self._presses = Presses(telegram.press_noted)
        self._quota = Quota()
        self._counted: dict[int, Quiet | None] = {}  # by update, in a batch that may be told again

    async def run(self) -> None:
        """Receive until cancelled. Raises TokenRefused, and TokenInUse if another process keeps the updates."""
        failures = 0
        conflicts: list[float] = []
        answers = 0
        while True:
            asked = self._steady()
            try:
                updates = await self._telegram.updates(self._offset, wait=LONG_POLL)
            except TokenInUse:
                conflicts.append(self._steady())
                if _gives_way(conflicts, established=answers >= ESTABLISHED):
                    raise
                log.warning("telegram.conflict", reason="another process receives this bot's updates")
                await self._pause(len(conflicts))
                continue
            except TelegramUnreachable as error:
                failures += 1
                self._heard = False
                log.warning("telegram.unreachable", reason=str(error), failures=failures)
                await self._pause(failures, at_least=error.retry_after)
                continue
            if failures:
                log.info("telegram.reachable", failures=failures)
            failures, conflicts = 0, []
            self._heard = True
            answers += 1
            self._progress()
            if not await self.handle(updates):
                await asyncio.sleep(_DISK_PAUSE)
            elif not updates and self._steady() - asked < 1:
                await self._pause(1)  # an answer at once that says nothing is no long poll

    def forget(self) -> None:
        """Let go of answers that still wait for something; who asked may ask again."""
        self._presses.forget()
        for task in self._later:
            task.cancel()

    async def confirm(self) -> None:
        """Tell Telegram what was handled, so that it is not told again at the next start."""
        if self._offset and self._heard:
            await self._telegram.updates(self._offset, wait=0)

    async def handle(self, updates: Sequence[Json]) -> bool:
        """Handle a batch: each chat's updates in order, chats beside each other.

        Returns False, and will be told the batch again, if the disk refused what nobody would repeat by himself.
        """
        by_chat: dict[int, list[tuple[int, Heard]]] = {}
        for update in updates:
            if (each := self._read(update)) is not None:
                by_chat.setdefault(each.chat.id, []).append((update["update_id"], each))
        self._ranks.clear()
        remembered = await asyncio.gather(*(self._handle_all(said) for said in by_chat.values()))
        if updates and all(remembered):
            self._offset = updates[-1]["update_id"] + 1  # not the highest ever: after a quiet week Telegram counts anew
            self._counted.clear()
        return all(remembered)

    def _read(self, update: Json) -> Heard | None:
        """Read an update. One that cannot be read stops nobody but its sender."""
        try:
            return heard(update, self._telegram.username)
        except (KeyError, TypeError, ValueError, AttributeError):
            log.exception("update.unreadable", update=update["update_id"])
            return None

    async def _handle_all(self, updates: Sequence[tuple[int, Heard]]) -> bool:
        remembered = True
        for number, each in updates:
            try:
                match each:
                    case Membership():
                        self._member_changed(each)
                    case Pressed():
                        await self._pressed(each, number)
                    case Said():
                        await self._said(each, number)
            except StoreUnwritable as error:
                log.warning("update.not-stored", reason=str(error))
                request = each.request if isinstance(each, Said | Pressed) else None
                if request is not None:  # a person can say or press it again; of a block or a move nobody does
                    self._reply(request, Reply(paragraphs=(en.TRY_AGAIN,)))
                remembered &= request is not None
            except Exception:
                # What one person sends must not end the loop for all.
                log.exception("command.broke", update=number)
            self._progress()
        return remembered

    def _member_changed(self, change: Membership) -> None:
        """Learn that the bot was blocked, removed, or let in again."""
        chat = change.chat.id
        if not change.is_in:
            self._context.subscriptions.suspend(chat, "the bot was blocked or removed")
            log.info("chat.suspended", chat=chat)
            return
        self._back(chat)
        in_group = change.chat.kind in {"group", "supergroup"}
        if not change.was_in and in_group and not self._context.subscriptions.of(chat):
            self._replies.put(chat, Reply(paragraphs=(en.GREETING,)))

    def _back(self, chat: int) -> None:
        if self._context.subscriptions.restore(chat):
            log.info("chat.restored", chat=chat)
            self._reachable(chat)

    async def _said(self, said: Said, update: int) -> None:
        chat, request = said.chat, said.request
        if said.moved_to:
            self._context.subscriptions.move(chat.id, said.moved_to)
            self._reachable(said.moved_to)
            return
        if said.moved_from:
            return  # the old group says the same with both ids
        self._back(chat.id)
        private = chat.kind == "private"
        if request is not None and (private or request.addressed or request.command in BY_NAME):
            if self._may_ask(chat, update):
                await self._answer(request)
        elif private and said.words and self._may_ask(chat, update):
            if said.plain is not None:
                await self._answer(said.plain)
            else:
                self._replies.put(chat.id, Reply(paragraphs=(en.NOT_A_COMMAND,)))

    async def _pressed(self, pressed: Pressed, update: int) -> None:
        """Take what a button says as the command that it stands for, of who pressed it, with all that he may do."""
        self._presses.put(pressed.chat.id, pressed.id)
        request = pressed.request
        if request is not None and request.command in BY_NAME and self._may_ask(pressed.chat, update):
            await self._answer(request)

    def _may_ask(self, chat: Chat, update: int) -> bool:
        """Count what a chat asks, once however often it is told. Who asks too much is told so once."""
        if update not in self._counted:
            self._counted[update] = self._quota.ask(chat.id, self._steady())
        quiet = self._counted[update]
        if quiet is not None and quiet.told:
            said = en.TOO_MANY_COMMANDS.format(number=COMMANDS, seconds=ceil(quiet.seconds))
            self._replies.put(chat.id, Reply(paragraphs=(said,)), topic=chat.topic)
            log.info("command.quota", chat=chat.id)
        return quiet is None

    def _reply(self, request: Request, reply: Reply) -> None:
        chat = request.chat
        if reply.paragraphs:
            edits = request.pressed if reply.in_place else 0
            self._replies.put(chat.id, reply, topic=chat.topic, edits=edits)
        self._begin(request, reply)

    def _begin(self, request: Request, reply: Reply) -> None:
        """Begin what gives a further answer later."""
        if reply.later is not None:
            task = asyncio.create_task(self._reply_later(request, reply.later), name=f"answer {request.chat.id} later")
            self._later.add(task)
            task.add_done_callback(self._later.discard)

    async def _reply_later(self, request: Request, later: Callable[[], Awaitable[Reply]]) -> None:
        try:
            reply = await later()
        except StoreUnwritable as error:
            log.warning("update.not-stored", reason=str(error))
            reply = Reply(paragraphs=(en.TRY_AGAIN,))
        except Exception:
            log.exception("command.broke", chat=request.chat.id)
            reply = Reply(paragraphs=(en.BROKE,))
        self._reply(request, reply)

    async def _answer(self, request: Request) -> None:
        """Run a command if it may be: at once if it changes something, else when its answer can go out."""
        command = BY_NAME.get(request.command)
        if command is None:
            near = nearest(request.command, BY_NAME)
            hint = en.UNKNOWN_COMMAND_HINT.format(name=near) if near else ""
            said = en.UNKNOWN_COMMAND.format(name=escape(request.command[:32]), hint=hint)
            self._reply(request, Reply(paragraphs=(said,)))
        elif refused := await refusal(request, command, self._access, self._is_administrator):
            self._reply(request, Reply(paragraphs=(refused,)))
        elif command.changes:
            async with self._changes:
                self._replies.write(request.chat.id)
                self._reply(request, self._run(request, command))
                await asyncio.sleep(0)
        else:
            self._replies.ask(request.chat.id, lambda: self._run(request, command), topic=request.chat.topic)

    def _run(self, request: Request, command: Command) -> Reply:
        reply = command.run(request, self._context)
        log.info("command.run", command=command.name, chat=request.chat.id)
        return reply

    async def _is_administrator(self, chat: int, user: int) -> Rank:
        """Ask Telegram once a batch for each person, and no more in a batch in which it did not answer."""
        if "unknown" in self._ranks.values():
            return "unknown"
        if (chat, user) not in self._ranks:
            self._ranks[chat, user] = await self._telegram.is_administrator(chat, user)
        return self._ranks[chat, user]

    async def _pause(self, failures: int, *, at_least: float = 0.0) -> None:
        """Wait before Telegram is asked again: longer and longer, and as long as it says."""
        left = max(at_least, min(self._first_pause * 2.0 ** (failures - 1), _LONGEST_PAUSE))
        while left > 0:
            self._progress()
            await asyncio.sleep(min(left, _LONGEST_PAUSE))
            left -= _LONGEST_PAUSE
        self._progress()


def _gives_way(conflicts: Sequence[float], *, established: bool) -> bool:
    if established:
        return conflicts[-1] - conflicts[0] > CONFLICT_PATIENCE
    return len(conflicts) >= CONFLICT_TRIES
