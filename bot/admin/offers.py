"""What was found at an address that somebody typed, until they choose or it is too late."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.feeds.discover.finder import FoundFeed
from bot.feeds.discover.page import Candidate
from bot.model import Entry, Feed
from bot.model.bounds import OFFER_SECONDS, OFFERED_TEXT, OFFERS
from bot.runtime.clocks import Clock

_PARAGRAPH = 80  # characters that weigh as much as what is known of a paragraph


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A feed that can be taken. `newest` are its first entries; none if it has not been looked at yet.

    `known` is the feed if it is watched already, `found` if it was fetched; else it is asked when it is taken.
    `body_hash` is of the body that was fetched, which itself is not kept.
    """

    title: str
    url: str
    newest: tuple[Entry, ...] = ()
    known: Feed | None = None
    found: FoundFeed | None = None
    body_hash: str = ""

    @property
    def candidate(self) -> Candidate:
        """Return what to ask for when it is taken and was not fetched, or what came is no longer kept."""
        return Candidate(url=self.url, title="" if self.title == self.url else self.title)

    @property
    def size(self) -> int:
        """Count the characters of the entries that are kept to add it."""
        entries = self.found.parsed.entries if self.found else ()
        texts = sum(len(entry.title) + len(entry.summary) + len(entry.link) + len(entry.guid) for entry in entries)
        bodies = sum(len(entry.body) + len(entry.named_by) + _PARAGRAPH * len(entry.paragraphs) for entry in entries)
        return texts + bodies


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What was found at an address, to choose from. `chat` is who asked; `until` when it ends (Unix seconds)."""

    id: str
    chat: int
    choices: tuple[Choice, ...]
    until: float


class Offers:
    """The offers that wait: one a chat, a bounded number in all, the oldest dropped first.

    Of the oldest only addresses are kept where the entries of all are too much: they are asked again when taken.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offers: dict[str, Offer] = {}

    def add(self, chat: int, choices: Sequence[Choice]) -> Offer:
        """Offer these choices to a chat in place of what it was offered before."""
        now = self._clock()
        for old in [offer.id for offer in self._offers.values() if offer.chat == chat or offer.until < now]:
            del self._offers[old]
        while len(self._offers) >= OFFERS:
            del self._offers[next(iter(self._offers))]
        offer = Offer(id=secrets.token_hex(4), chat=chat, choices=tuple(choices), until=now + OFFER_SECONDS)
        self._offers[offer.id] = offer
        self._lighten()
        return offer

    def _lighten(self) -> None:
        """Keep the entries of the newest offers, as many as there is room for."""
        room = OFFERED_TEXT
        for offer in reversed(list(self._offers.values())):
            room -= sum(choice.size for choice in offer.choices)
            if room < 0:
                self._offers[offer.id] = replace(
                    offer, choices=tuple(replace(choice, found=None) for choice in offer.choices)
                )

    def get(self, offer_id: str, chat: int) -> Offer | None:
        """Return an offer that this chat may still choose from."""
        offer = self._offers.get(offer_id)
        return offer if offer and offer.chat == chat and offer.until >= self._clock() else None

    def drop(self, offer_id: str, chat: int) -> None:
        """Forget an offer of a chat."""
        if offer_id in self._offers and self._offers[offer_id].chat == chat:
            del self._offers[offer_id]
