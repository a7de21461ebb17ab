"""/addfeed ADDRESS: look at a feed or a page, show what is there, and watch what is chosen."""

from bot.alerts.compose import address_html, age
from bot.chat.commands.command import Desk, Reply, Request, listed, party
from bot.chat.texts import en
from bot.curator import OPERATOR, Choice, Offer
from bot.errors import FeedError, FeedForbidden, FeedRefused, FeedUnreachable, NewsvaneError, NoWebAddress
from bot.model import Feed
from bot.text.harmless import escape

_BUTTON = 40  # characters of a title on a button
_TAKE, _NONE = "take", "none"  # what follows /addfeed when a button is pressed


def run(request: Request, desk: Desk) -> Reply:
    """Answer at once, and again when the publisher has answered."""
    if not request.args:
        return Reply(paragraphs=(en.ADDFEED_USAGE,))
    chat = party(request, desk)
    word, *rest = request.args
    if word == _NONE and len(rest) == 1:
        desk.curator.turn_down(rest[0], chat)
        return Reply(paragraphs=(en.ADDFEED_NONE,), in_place=True)
    if word == _TAKE and len(rest) == 2 and rest[1].isdecimal():
        return Reply(paragraphs=(), later=lambda: _taken(rest[0], int(rest[1][:3]), chat, request, desk))
    if not desk.curator.may_look(chat):
        return Reply(paragraphs=(en.ADDFEED_BUSY,))
    looking = en.ADDFEED_LOOKING.format(address=escape(word[:200]))
    return Reply(paragraphs=(looking,), later=lambda: _looked(word, chat, desk))


async def _looked(address: str, chat: int, desk: Desk) -> Reply:
    try:
        offer = await desk.curator.look(address, chat)
    except NewsvaneError as error:
        return Reply(paragraphs=(_failed(error),))
    return _shown(offer, desk.clock(), chat=chat)


def _failed(error: NewsvaneError) -> str:
    """Say why nothing was added, to somebody who knows nothing of polls and config files."""
    match error:
        case NoWebAddress():
            reason = en.ADDFEED_NO_ADDRESS
        case FeedForbidden():
            reason = en.ADDFEED_FORBIDDEN
        case FeedUnreachable():
            reason = en.ADDFEED_SILENT
        case FeedRefused(status=401 | 402 | 403 | 407 | 451 as status):
            reason = en.ADDFEED_NOT_ALLOWED.format(status=status)
        case FeedRefused(status=status) if status == 429 or status >= 500:
            reason = en.ADDFEED_BUSY_SITE.format(status=status)
        case FeedRefused(status=status):
            reason = en.ADDFEED_NOT_THERE.format(status=status)
        case FeedError():
            reason = en.ADDFEED_UNREADABLE
        case _:
            reason = escape(str(error)[:500])
    return en.ADDFEED_FAILED.format(reason=reason)


def _shown(offer: Offer, now: float, *, chat: int = OPERATOR) -> Reply:
    first, *others = offer.choices
    paragraphs = [_card(first, now)]
    if first.known and (not first.known.chats or chat in first.known.chats):
        return Reply(paragraphs=(*paragraphs, en.ADDFEED_KNOWN.format(name=escape(first.known.name))))
    if others:
        more = "\n".join(f"• {escape(choice.title[:100])}\n  {address_html(choice.url[:200])}" for choice in others)
        paragraphs.append(f"{en.ADDFEED_MORE}\n{more}")
    buttons = [
        (en.ADDFEED_TAKE.format(title=choice.title[:_BUTTON]), f"addfeed {_TAKE} {offer.id} {number}")
        for number, choice in enumerate(offer.choices)
    ]
    return Reply(paragraphs=tuple(paragraphs), buttons=(*buttons, (en.ADDFEED_LEAVE, f"addfeed {_NONE} {offer.id}")))


def _card(choice: Choice, now: float) -> str:
    lines = [f"<b>{escape(choice.title[:100])}</b>", address_html(choice.url[:200])]
    lines += [
        f"• {escape(entry.title[:150] or entry.link[:150])} ({age(entry.published, now)})" for entry in choice.newest
    ]
    return "\n".join(lines)


async def _taken(offer: str, number: int, chat: int, request: Request, desk: Desk) -> Reply:
    try:
        feed = await desk.curator.take(offer, number, chat)
    except NewsvaneError as error:
        return Reply(paragraphs=(_failed(error),))
    return Reply(paragraphs=(_watched(feed, chat, request, desk),), in_place=True)


def _watched(feed: Feed, chat: int, request: Request, desk: Desk) -> str:
    whose = en.ADDFEED_FOR_ALL if chat == OPERATOR or not feed.chats else en.ADDFEED_FOR_CHAT
    watches = [
        name
        for name in desk.store.subscriptions(request.chat.id)
        if name in desk.watches_by_name and not desk.watches_by_name[name].feeds
    ]
    then = en.ADDFEED_WATCHES.format(names=listed(watches)) if watches else en.ADDFEED_NO_WATCHES
    return "\n".join([en.ADDFEED_ADDED.format(title=escape(feed.title), name=escape(feed.name)), whose, then])
