"""Values to documents and back, and the ids that documents go by."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from hashlib import blake2b
from sys import intern
from typing import Any

from bot.model import (
    OPEN,
    Chat,
    Delivery,
    Feed,
    FeedState,
    Health,
    Hit,
    Item,
    KnownName,
    Match,
    MatchedItem,
    Pages,
    Paragraph,
    Poll,
    Schedule,
    Validators,
    Watch,
    owner_of,
)

Document = Mapping[str, Any]
KEPT = 1
"""The document id of the counts of what is kept; those above it are of days."""


def doc_id(*names: str | int) -> int:
    """Return the document id of what these names name: 63 bits of a hash, so that hardly ever two share one."""
    text = "\n".join(map(str, names)).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big") >> 1


_LOW = (1 << 39) - 1


def told_id(name: int, chat: int) -> int:
    """Return the document id of that a chat was told of an item, by the `doc_id` of its name.

    Its upper bits are the name's: who was told of a name is a range of ids. The name's rest stands in the document.
    """
    return name & ~_LOW | doc_id(name, chat) & _LOW


def told_document(
    name: int, chat: int, seen: float, message: int = 0, *, by: int = 0, shared: bool = False
) -> dict[str, Any]:
    """Write that a chat was told of an item; if that has arrived, in which message `by` which feed (`feed_mark`).

    `shared` says that other alerts are in that message.
    """
    arrived = {"message": message} if message else {}
    arrived |= ({"by": by} if by else {}) | ({"shared": 1} if shared else {})
    return {"chat": chat, "of": name & _LOW, "seen": int(seen)} | arrived


def feed_mark(feed: str) -> int:
    """Return a number that tells a feed from nearly all others: small, for it is written a million times."""
    return doc_id(feed) & 0xFFFFF | 1 << 20


def told_of(number: int, doc: Document) -> int:
    """Return the `doc_id` of the name that a chat was told of, given the document and its id."""
    return int(number & ~_LOW | doc["of"])


def row_id(row: Delivery) -> int:
    """Return the document id of a delivery: one for each item of a feed and chat, and one for what edits its alert."""
    return doc_id(row.feed, row.item, row.chat, *(("edit",) if row.edits else ()))


def item_id(entry: MatchedItem) -> int:
    """Return the document id of an item: one for each feed and own name."""
    return doc_id(entry.item.feed, entry.item.key)


def delivery_document(row: Delivery) -> dict[str, Any]:
    """Write a delivery. `about` is the document id of its item or notice, `waits` the chat while it is open."""
    waits = {"waits": row.chat} if row.state in OPEN else {}
    return {**_unusual(row, Delivery), "state": row.state, "about": doc_id(row.feed, row.item), **waits}


def delivery(doc: Document) -> Delivery:
    """Read a delivery."""
    values = {**doc, "item": intern(doc["item"]), "feed": intern(doc["feed"]), "watches": _shared(doc["watches"])}
    del values["about"]
    values.pop("waits", None)
    return Delivery(**values)


def state_document(state: FeedState) -> dict[str, Any]:
    """Write how a feed stands, as far as it is not as at the beginning, with its polls as one text.

    With ten thousand feeds the space, and the time at each poll, that this saves are worth it.
    """
    parts = {
        "validators": _unusual(state.validators, Validators),
        "schedule": _unusual(state.schedule, Schedule),
        "health": _unusual(state.health, Health),
        "pages": _unusual(state.pages, Pages),
    }
    if polls := state.health.polls:
        parts["health"]["polls"] = " ".join(f"{at!r}/{seconds!r}/{said}/{new}" for at, seconds, said, new in polls)
    return _unusual(state, FeedState) | {name: part for name, part in parts.items() if part}


def feed_state(doc: Document) -> FeedState:
    """Read how a feed stands."""
    health = dict(doc.get("health", {}))
    read = polls_of(health.pop("polls", ""))
    plain = {name: _tuple(value) for name, value in doc.items() if name not in _PARTS}
    return FeedState(
        **plain,
        validators=Validators(**doc.get("validators", {})),
        pages=Pages(**doc.get("pages", {})),
        schedule=Schedule(**{name: _tuple(value) for name, value in doc.get("schedule", {}).items()}),
        health=Health(**health, polls=read),
    )


def polls_of(text: str) -> tuple[Poll, ...]:
    """Read polls that were written as one text. Raises ValueError."""
    polls = (poll.split("/") for poll in text.split())
    return tuple([Poll(float(at), float(seconds), said, int(new)) for at, seconds, said, new in polls])


def feed(doc: Document) -> Feed:
    """Read a feed that a command has added."""
    return Feed(**{name: _tuple(value) for name, value in doc.items() if name != "since"})


def watch(doc: Document) -> Watch:
    """Read a watch that a chat has of its own."""
    return Watch(**{name: _tuple(value) for name, value in doc.items()})


def chat(doc: Document) -> Chat:
    """Read a chat."""
    return Chat(**{name: _tuple(value) for name, value in doc.items()} | {"watches": _shared(doc.get("watches", ()))})


def item_document(entry: MatchedItem, *, own: bool = False) -> dict[str, Any]:
    """Write an item with its matches; `own` if its feed is some chats' own.

    How it met chats' own watches is not written, unless it is news for some that have not been told: they may be
    thousands, and each is asked again when its alert is written.
    `newest` is its place in time: when it was published, but not later than it was first seen. `aged` is when one of
    everybody's feeds was first seen.
    """
    item = entry.item
    written = [match for match in entry.matches if item.partly or not owner_of(match.watch)]
    matches = [{**match._asdict(), "hits": [hit._asdict() for hit in match.hits]} for match in written]
    return {
        "item": _unusual(item, Item),
        "matches": matches,
        "newest": min(item.published or item.seen, item.seen),
        **({"own": item.feed} if own else {"aged": item.seen}),
    }


def shelved(number: int, doc: Document) -> dict[int, dict[str, Any]]:
    """Write where an item is found, given its document and id: once for each watch that it met."""
    return {
        doc_id(number, match["watch"]): {
            "shelf": shelf(match["watch"], doc.get("own", "")),
            "newest": doc["newest"],
            "item": number,
        }
        for match in doc["matches"]
    }


def shelf(watch: str, own: str) -> str:
    """Name the shelf of what a watch met in everybody's feeds, or in a feed that is some chats' `own`."""
    return f"{watch}\n{own}"


def day_id(at: float) -> int:
    """Return the document id of the count of a day's sent alerts."""
    return KEPT + 1 + max(int(at // 86_400), 0)


def item_of(doc: Document) -> Item:
    """Read an item without its matches."""
    values = {name: _tuple(value) for name, value in doc["item"].items()}
    return Item(**values | {"paragraphs": tuple([Paragraph(*each) for each in values.get("paragraphs", ())])})


def matched_item(doc: Document) -> MatchedItem:
    """Read an item with its matches."""
    matches = (Match(**{**match, "hits": tuple(Hit(**hit) for hit in match["hits"])}) for match in doc["matches"])
    return MatchedItem(item=item_of(doc), matches=tuple(matches))


def known_document(known: KnownName, *, own: bool = False) -> dict[str, Any]:
    """Write a known name; its item's own name only where it is another.

    Where the feed is some chats' `own`, also its `doc_id`: with the name goes who was told of it.
    """
    other = {"own": known.own} if known.own != known.name else {}
    return {"feed": known.feed, "seen": int(known.seen)} | other | ({"name": doc_id(known.name)} if own else {})


_PARTS = frozenset({"validators", "schedule", "health", "pages"})
_USUAL: dict[Any, dict[str, Any]] = {
    kind: {each.name: each.default for each in fields(kind)}
    for kind in (Delivery, FeedState, Validators, Schedule, Health, Pages, Item)
}


def _unusual(value: Any, kind: Any) -> dict[str, Any]:  # noqa: ANN401  # one of these kinds
    """Return the fields of a value that are not as at the beginning; no polls and no parts."""
    return {
        name: given
        for name, usual in _USUAL[kind].items()
        if name != "polls" and name not in _PARTS and (given := getattr(value, name)) != usual
    }


def _shared(words: Iterable[str]) -> tuple[str, ...]:
    """Return words that thousands of chats have, each once in memory."""
    return tuple(map(intern, words))


def _tuple(value: Any) -> Any:  # noqa: ANN401  # JSON
    return tuple(value) if isinstance(value, list) else value
