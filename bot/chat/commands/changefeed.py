"""/removefeed, /renamefeed, /pausefeed, /resumefeed NAME: change a feed that one has added."""

from collections.abc import Callable

from bot.admin.feed_admin import FeedAdmin
from bot.chat.commands.command import Context, Reply, Request, acting_for, nearest
from bot.errors import RequestRefused
from bot.messages import en
from bot.model import Feed
from bot.poll.health import until
from bot.text.harmless import escape

Change = Callable[[FeedAdmin, str, int], Feed]


def remove(request: Request, context: Context) -> Reply:
    """Give a feed up."""
    return _change(request, context, FeedAdmin.remove, en.FEED_REMOVED)


def pause(request: Request, context: Context) -> Reply:
    """Stop asking a feed for a while."""
    return _change(request, context, FeedAdmin.pause, en.FEED_PAUSED)


def resume(request: Request, context: Context) -> Reply:
    """Ask a feed again."""
    return _change(request, context, FeedAdmin.resume, en.FEED_RESUMED, held=en.FEED_RESUMED_LATER)


def rename(request: Request, context: Context) -> Reply:
    """Give a feed another title."""
    title = " ".join(request.args[1:])
    if request.args and not title:
        return Reply(paragraphs=(en.FEED_TITLE_WANTED.format(name=escape(request.args[0][:64])),))
    return _change(request, context, lambda admin, name, chat: admin.rename(name, title, chat), en.FEED_RENAMED)


def _change(request: Request, context: Context, change: Change, done: str, *, held: str = "") -> Reply:
    """Answer with `done`, or with `held` while the publisher has asked to be left alone."""
    chat = acting_for(request, context)
    names = [_called(feed, request) for feed in context.feeds.seen_by(request.chat.id) if feed.added]
    if not request.args:
        own = ", ".join(f"<code>{escape(name)}</code>" for name in names) or en.FEEDS_NONE_OWN
        return Reply(paragraphs=(en.FEED_WANTED.format(command=request.command, names=own),))
    name = request.args[0].casefold()
    try:
        feed = change(context.admin, name, chat)
    except RequestRefused as error:
        near = "" if context.feeds.find(name, chat) else nearest(name, names)
        hint = en.UNKNOWN_NAME_HINT.format(command=request.command, name=escape(near)) if near else ""
        return Reply(paragraphs=(escape(str(error)) + hint,))
    state, now = context.store.feed_state(feed.name), context.clock()
    said = held if held and state.schedule.held_until > now else done
    name = escape(_called(feed, request))
    return Reply(paragraphs=(said.format(name=name, title=escape(feed.title), next=until(state, now)),))


def _called(feed: Feed, request: Request) -> str:
    return feed.label if request.chat.id in feed.chats else feed.name
