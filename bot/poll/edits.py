"""What is new about a known item: its publisher has changed its words, or its article has been read. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.model import Article, Item, Match, MatchedItem, owner_of
from bot.poll.kept import digest_of, reads_alike

Matcher = Callable[[Item], tuple[Match, ...]]
"""Returns the watches that an item meets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A known item that has other words: as it reads `now`, and with those matches alone that are new (`newly`)."""

    now: MatchedItem
    newly: MatchedItem


def edit_of(item: Item, before: MatchedItem | None, match: Matcher) -> Edit | None:
    """Return what is new about a known item, given as it was last read; None if nothing is.

    Other words of an item that no watch meets, then or now, are not noted: a summary may count its comments at each
    poll, and nobody reads it.
    """
    if before is None or (reads_alike(item, before.item) and not before.item.partly):
        return None
    if before.item.body and not item.body:  # the words of its page stay
        item = replace(
            item, body=before.item.body, paragraphs=before.item.paragraphs, digest=item.digest or digest_of(item)
        )
    matches = match(item)
    if not before.item.partly and any(owner_of(each.watch) for each in matches):
        before = with_own(before, match)  # whose watch was made later is not told of what it would have met before
    met = _met(before)
    newly = tuple(each for each in matches if each.watch not in met)
    if not newly and not before.matches:
        return None
    has = {each.watch for each in matches}
    # What was met by the words of before stays met; where these words stood says nothing of the ones of now. Who was to
    # be told of these when the process ended is told when the words come back: till then they have a hit of no words.
    owed = before.item.partly
    former = tuple(
        each._replace(hits=tuple(hit._replace(start=0, end=0) for hit in each.hits[:1]) if owed else ())
        for each in before.matches
        if each.watch not in has
    )
    partly = any(each.hits for each in former)
    item = replace(item, keys=before.item.keys, seen=before.item.seen, partly=partly)
    return Edit(now=MatchedItem(item=item, matches=(*matches, *former)), newly=MatchedItem(item=item, matches=newly))


def read_of(article: Article, before: MatchedItem, match: Matcher) -> Edit:
    """Return what is new about an item whose article was read. What it was met by stays met, whatever the article says.

    Author, date and language are the article's where the feed gave none.
    """
    known = before.item
    item = replace(
        known,
        body=article.body,
        paragraphs=article.paragraphs,
        author=known.author or article.author,
        lang=known.lang or article.lang,
        published=known.published if known.published is not None else article.published,
        digest=known.digest or digest_of(replace(known, body="")),
        partly=False,
        unread=article.wall,
    )
    matches = match(item)
    met, has = _met(before), {each.watch for each in matches}
    former = tuple(
        each._replace(hits=tuple(hit for hit in each.hits if hit.field != "body"))
        for each in before.matches
        if each.watch not in has
    )
    newly = tuple(each for each in matches if each.watch not in met)
    return Edit(now=MatchedItem(item=item, matches=(*matches, *former)), newly=MatchedItem(item=item, matches=newly))


def with_own(before: MatchedItem, match: Matcher) -> MatchedItem:
    """Return an item as it is kept, with how it met chats' own watches, which is not kept."""
    has = {each.watch for each in before.matches}
    own = tuple(each for each in match(before.item) if owner_of(each.watch) and each.watch not in has)
    return replace(before, matches=(*before.matches, *own)) if own else before


def _met(before: MatchedItem) -> set[str]:
    """Return the watches whose chats have all been told."""
    return set() if before.item.partly else {each.watch for each in before.matches}
