"""Values to documents and back, and the names that documents go by."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from hashlib import blake2b
from typing import Any

from bot.model import Delivery, Feed, FeedState, Hit, Item, Match, MatchedItem, Poll


def doc_id(name: str) -> int:
    """Give the document id of a name: 56 bits of a hash, so that among a million names hardly ever two share one."""
    return int.from_bytes(blake2b(name.encode("utf-8", "surrogatepass"), digest_size=7).digest(), "big")


def row_id(row: Delivery) -> int:
    """Give the document id of a delivery: one for each item and chat."""
    return pair_id(row.item, row.chat)


def pair_id(item: str, chat: int) -> int:
    """Give the document id of a delivery by its item's own name and its chat."""
    return doc_id(f"{item}\n{chat}")


def newest(doc: Mapping[str, Any]) -> float:
    """Give an item document's place in time: when it was published, else when it was first seen."""
    item = doc["item"]
    return float(item["published"] or item["seen"])


def delivery(doc: Mapping[str, Any]) -> Delivery:
    """Read a delivery."""
    return Delivery(**{**doc, "watches": tuple(doc["watches"])})


def feed_document(state: FeedState) -> dict[str, Any]:
    """Write how a feed stands, as far as it is not as at the beginning, with its polls as one text.

    With ten thousand feeds the memory, and the time at each poll, that this saves are worth it.
    """
    doc = {name: value for name, usual in _USUAL.items() if (value := getattr(state, name)) != usual}
    if state.polls:
        doc["polls"] = " ".join([f"{at!r}/{seconds!r}/{outcome}/{new}" for at, seconds, outcome, new in state.polls])
    return doc


def feed_state(doc: Mapping[str, Any]) -> FeedState:
    """Read how a feed stands."""
    lists = {name: tuple(doc[name]) for name in ("skip_hours", "skip_days", "hubs") if name in doc}
    polls = doc.get("polls", "")
    written = [poll.split("/") for poll in polls.split()] if isinstance(polls, str) else polls  # lists, formerly
    read = tuple([Poll(float(at), float(seconds), outcome, int(new)) for at, seconds, outcome, new in written])
    return FeedState(**{**doc, **lists, "polls": read})


_USUAL = {each.name: each.default for each in fields(FeedState) if each.name != "polls"}


def added_feed(doc: Mapping[str, Any]) -> Feed:
    """Read a feed that a command has added."""
    return Feed(**{key: value for key, value in doc.items() if key != "since"} | {"chats": tuple(doc["chats"])})


def item_document(entry: MatchedItem) -> dict[str, Any]:
    """Write an item with its matches."""
    matches = [{**match._asdict(), "hits": [hit._asdict() for hit in match.hits]} for match in entry.matches]
    return {"item": asdict(entry.item), "matches": matches}


def matched_item(doc: Mapping[str, Any]) -> MatchedItem:
    """Read an item with its matches."""
    matches = (Match(**{**match, "hits": tuple(Hit(**hit) for hit in match["hits"])}) for match in doc["matches"])
    return MatchedItem(item=Item(**{**doc["item"], "keys": tuple(doc["item"]["keys"])}), matches=tuple(matches))
