"""/addfeed ADDRESS: look at a feed or a page, show what is there, and watch what is chosen."""

from bot.admin.offers import Choice, Offer
from bot.chat.commands.command import Context, Reply, Request, acting_for, labelled, listed
from bot.delivery.compose import address_html
from bot.errors import FeedError, FeedForbidden, FeedRefused, FeedUnreachable, NewsvaneError, NoWebAddress
from bot.messages import en
from bot.model import Feed, owner_of
from bot.poll.visibility import OPERATOR
from bot.text.age import age
from bot.text.harmless import escape

_BUTTON = 40  # characters of a title on a button
_TAKE, _NONE = "take", "none"  # what follows /addfeed when a button is pressed


def run(request: Request, context: Context) -> Reply:
    """Answer at once, and again when the publisher has answered."""
    if not request.args:
        return Reply(paragraphs=(en.ADDFEED_USAGE,))
    chat = acting_for(request, context)
    word, *rest = request.args
    if word == _NONE and len(rest) == 1:
        context.admin.turn_down(rest[0], chat)
        return Reply(paragraphs=(en.ADDFEED_NONE,), in_place=True)
    if word == _TAKE and len(rest) == 2 and rest[1].isdecimal():
        return Reply(paragraphs=(), later=lambda: _taken(rest[0], int(rest[1][:3]), chat, request, context))
    if refused := context.admin.look_refused(chat):
        return Reply(paragraphs=(en.REFUSALS[refused],))
    looking = en.ADDFEED_LOOKING.format(address=escape(word[:200]))
    return Reply(paragraphs=(looking,), later=lambda: _looked(word, chat, context))


async def _looked(address: str, chat: int, context: Context) -> Reply:
    try:
        offer = await context.admin.look(address, chat)
    except NewsvaneError as error:
        return Reply(paragraphs=(_failed(error),))
    return _shown(offer, context.clock())


def _failed(error: NewsvaneError) -> str:
    """Return why nothing was added, for somebody who knows nothing of polls and config files."""
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


def _shown(offer: Offer, now: float) -> Reply:
    first, *others = offer.choices
    paragraphs = [_card(first, now)]
    if first.known:
        return Reply(paragraphs=(*paragraphs, en.ADDFEED_KNOWN.format(name=escape(first.known.label))))
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


async def _taken(offer: str, number: int, chat: int, request: Request, context: Context) -> Reply:
    try:
        feed = await context.admin.take(offer, number, chat)
    except NewsvaneError as error:
        return Reply(paragraphs=(_failed(error),))
    return Reply(paragraphs=(_watched(feed, chat, request, context),), in_place=True)


def _watched(feed: Feed, chat: int, request: Request, context: Context) -> str:
    whose = en.ADDFEED_FOR_ALL if chat == OPERATOR or not feed.chats else en.ADDFEED_FOR_CHAT
    watches = [
        label
        for label, name in labelled(request, context).items()
        if owner_of(name) or (name in context.watches_by_name and not context.watches_by_name[name].feeds)
    ]
    then = en.ADDFEED_WATCHES.format(names=listed(watches)) if watches else en.ADDFEED_NO_WATCHES
    return "\n".join([en.ADDFEED_ADDED.format(title=escape(feed.title), name=escape(feed.label)), whose, then])
