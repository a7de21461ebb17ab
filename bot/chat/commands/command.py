"""What a command is: what it is given, what it answers, and the words that several commands share. Pure."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Literal, Protocol

from bot.admin.feed_admin import FeedAdmin
from bot.admin.lookout import Trouble
from bot.admin.own_watches import OwnWatches
from bot.delivery.compose import compose, headline, source_line, why_lines
from bot.delivery.subscriptions import Subscriptions
from bot.messages import en
from bot.model import Chat, MatchedItem, Watch, label_of
from bot.poll.feedlist import FeedList
from bot.poll.news import short_id
from bot.poll.visibility import OPERATOR
from bot.ports import ItemStore, StatusStore
from bot.runtime.clocks import Clock
from bot.text.harmless import escape

COMPLAINTS = 5
"""How many wrong names are answered one by one."""


class CommandStore(ItemStore, StatusStore, Protocol):
    """What commands read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A command as somebody sent it. `user` is 0 for who hides behind a chat (`anonymous`).

    `addressed` says that it named this bot (`/list@newsvane_bot`), as one does in a group with several bots.
    `pressed` is the id of the message whose button was pressed, 0 if it was typed.
    """

    chat: Chat
    user: int
    command: str
    args: tuple[str, ...] = ()
    anonymous: bool = False
    addressed: bool = False
    pressed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer, as paragraphs in Telegram's HTML mode, none longer than a message may be.

    `buttons` stand below the last of them: what each says, and the command that pressing it gives, without its slash.
    `later` gives a further answer when it is there, as after asking a publisher. `in_place` says that it takes the
    place of the message whose button was pressed: that choice is made.
    """

    paragraphs: tuple[str, ...]
    buttons: tuple[tuple[str, str], ...] = ()
    later: "Callable[[], Awaitable[Reply]] | None" = None
    in_place: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What commands work with: what is on offer, what is remembered, and the time.

    `operator` is the Telegram id of the bot's owner, 0 if unknown. `trouble` says what is wrong with the state,
    `reads_pages` whether articles behind links are read.
    """

    commands: "tuple[Command, ...]"
    store: CommandStore
    subscriptions: Subscriptions
    watches: tuple[Watch, ...]
    feeds: FeedList
    admin: FeedAdmin
    own_watches: OwnWatches
    clock: Clock
    trouble: Callable[[], Trouble | None]
    reads_pages: bool
    operator: int = 0
    watches_by_name: dict[str, Watch] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "watches_by_name", {watch.name: watch for watch in self.watches})


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A row of the table of commands. `group` is where /help shows it.

    `changes` says that it changes something, so that in a group chat only administrators may use it. Any other is run
    when its answer can go out; it answers once (no `later`), in a message of its own.
    """

    name: str
    run: Callable[[Request, Context], Reply]
    description: str
    group: Literal["watch", "feeds", "other"] = "other"
    usage: str = ""
    changes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The watchlists that somebody named, and a line for each name that is none."""

    names: tuple[str, ...]
    complaints: tuple[str, ...]


def named(request: Request, offered: Sequence[str]) -> Named:
    """Read watchlist names as people type them: in any case, with commas, with a space for the hyphen, or `all`."""
    words = [word.strip(" ,;/").casefold() for word in request.args]
    words = [word for part in words for word in part.split(",") if word]
    if words == ["all"] and "all" not in offered:
        return Named(names=tuple(offered), complaints=())
    if "-".join(words) in offered:
        words = ["-".join(words)]
    wrong = [word for word in dict.fromkeys(words) if word not in offered]
    complaints = [_complaint(word, request.command, offered) for word in wrong[:COMPLAINTS]]
    if len(wrong) > COMPLAINTS:
        complaints.append(en.UNKNOWN_NAMES_MORE.format(number=len(wrong) - COMPLAINTS))
    return Named(names=tuple(dict.fromkeys(word for word in words if word in offered)), complaints=tuple(complaints))


def _complaint(word: str, command: str, offered: Sequence[str]) -> str:
    near = nearest(word, offered)
    hint = en.UNKNOWN_NAME_HINT.format(command=command, name=escape(near)) if near else ""
    return en.UNKNOWN_NAME.format(name=escape(word[:64]), hint=hint)


def nearest(word: str, names: Collection[str]) -> str:
    """Return the name that somebody most likely meant, empty if none is near."""
    near = get_close_matches(word, names, n=1) or [name for name in names if word in name]
    return near[0] if near else ""


def acting_for(request: Request, context: Context) -> int:
    """Return for whom feeds are changed: OPERATOR for the bot's owner in private, otherwise the chat."""
    runs_it = context.operator and request.user == context.operator and request.chat.kind == "private"
    return OPERATOR if runs_it else request.chat.id


def labelled(request: Request, context: Context) -> dict[str, str]:
    """Return what a chat subscribes to, by the names that it knows: those of its own watches are short."""
    return {label_of(name): name for name in context.subscriptions.of(request.chat.id)}


def listed(names: Sequence[str]) -> str:
    """Write names in a row, in bold."""
    return ", ".join(f"<b>{escape(name)}</b>" for name in names)


def matches_in_short(matched: MatchedItem, watches: Sequence[str], now: float) -> str:
    """Write a match in a few lines: headline, source and age, why."""
    matches = [match for match in matched.matches if match.watch in watches]
    hits = [hit for match in matches for hit in match.hits]
    return "\n".join([headline(matched.item, hits), source_line(matched.item, now), *why_lines(matched.item, matches)])


def as_alert(matched: MatchedItem, watches: Sequence[str], chat: int, now: float) -> str:
    """Write a match just as its alert would stand in that chat."""
    delivery = short_id(matched.item.key, chat)
    return compose(matched, watches, delivery=delivery, silent=True, now=now).html


def distinct(found: Iterable[MatchedItem], limit: int) -> list[MatchedItem]:
    """Keep each article once, the first of it: the same by a name, or word for word, whichever feed shows it."""
    kept: list[MatchedItem] = []
    seen: set[object] = set()
    for matched in found:
        item = matched.item
        words = (item.title, item.summary) if item.title else item.link
        if seen.isdisjoint({*item.keys, words}):
            kept.append(matched)
        seen |= {*item.keys, words}
        if len(kept) == limit:
            break
    return kept
