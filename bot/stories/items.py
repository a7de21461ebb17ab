"""From an entry of a feed to the item that it is. Pure."""

from bot.model import Entry, Feed, Item


def item_of(entry: Entry, keys: tuple[str, ...], feed: Feed, now: float) -> Item:
    """Make an entry of a feed an item."""
    return Item(
        keys=keys,
        feed=feed.name,
        source=feed.title,
        title=entry.title,
        summary=entry.summary,
        link=entry.link,
        author=entry.author,
        lang=entry.lang,
        published=entry.published,
        seen=now,
    )
