"""Examples that many tests speak of: items and matches, in one line each."""

from bot.model import Hit, Item, Match, MatchedItem

NOW = 1_780_000_000.0


def an_item(key: str = "a1", **changes: object) -> Item:
    """An item of the example feed."""
    values = {
        "keys": (key,),
        "feed": "moscow-times",
        "source": "The Moscow Times",
        "title": "Turkish warplanes seen over Idlib",
        "summary": "Moscow says that it cannot promise their safety.",
        "link": f"https://www.themoscowtimes.com/2020/03/01/turkish-warplanes-{key}",
        "published": NOW - 240,
        "seen": NOW,
    }
    return Item(**{**values, **changes})


def a_match(item: Item, watch: str, *words: str, field: str = "title", **changes: object) -> Match:
    """A match of a watch that hit these words of the item's field."""
    text = getattr(item, field)
    hits = tuple(
        Hit(term=word, alternative=word, field=field, start=text.index(word), end=text.index(word) + len(word))
        for word in words
    )
    return Match(**{"watch": watch, "title": watch.capitalize(), "hits": hits, **changes})


def a_matched_item(key: str = "a1", *watches: str, **changes: object) -> MatchedItem:
    """An item that these watches met by its word Idlib."""
    item = an_item(key, **changes)
    return MatchedItem(item=item, matches=tuple(a_match(item, watch, "Idlib") for watch in watches))
