"""/removefeed, /renamefeed, /pausefeed, /resumefeed NAME: change a feed that one has added."""

from collections.abc import Callable

from bot.chat.commands.command import Desk, Reply, Request, nearest, party
from bot.chat.texts import en
from bot.curator import Curator
from bot.errors import WishRefused
from bot.model import Feed
from bot.text.harmless import escape

Change = Callable[[Curator, str, int], Feed]


def remove(request: Request, desk: Desk) -> Reply:
    """Give a feed up."""
    return _change(request, desk, Curator.remove, en.FEED_REMOVED)


def pause(request: Request, desk: Desk) -> Reply:
    """Stop asking a feed for a while."""
    return _change(request, desk, Curator.pause, en.FEED_PAUSED)


def resume(request: Request, desk: Desk) -> Reply:
    """Ask a feed again."""
    return _change(request, desk, Curator.resume, en.FEED_RESUMED)


def rename(request: Request, desk: Desk) -> Reply:
    """Give a feed another title."""
    title = " ".join(request.args[1:])
    if request.args and not title:
        return Reply(paragraphs=(en.FEED_TITLE_WANTED.format(name=escape(request.args[0][:64])),))
    return _change(request, desk, lambda curator, name, chat: curator.rename(name, title, chat), en.FEED_RENAMED)


def _change(request: Request, desk: Desk, change: Change, done: str) -> Reply:
    chat = party(request, desk)
    names = [feed.name for feed in desk.feeds.seen_by(request.chat.id) if feed.added]
    if not request.args:
        own = ", ".join(f"<code>{escape(name)}</code>" for name in names) or en.FEEDS_NONE_OWN
        return Reply(paragraphs=(en.FEED_WANTED.format(command=request.command, names=own),))
    name = request.args[0].casefold()
    try:
        feed = change(desk.curator, name, chat)
    except WishRefused as error:
        near = nearest(name, names) if desk.feeds.get(name) is None else ""
        hint = en.UNKNOWN_NAME_HINT.format(command=request.command, name=escape(near)) if near else ""
        return Reply(paragraphs=(escape(str(error)) + hint,))
    return Reply(paragraphs=(done.format(name=escape(feed.name), title=escape(feed.title)),))
