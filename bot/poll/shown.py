"""Which names of what a feed shows are written, and when its oldest are dropped. Pure."""

from bot.model import KnownName, PollFacts
from bot.model.bounds import NAMES
from bot.poll.news import News
from bot.poll.slices import Answer, Rest, names_of

NAMES_OVER = 1.1
"""How many times as many names as are kept there may be before the oldest are dropped: it is not done at every poll."""
SHOWN_AGAIN = 86_400.0
"""Seconds after which a name that a feed still shows is written anew, so that it is not forgotten."""


def crowded_names(facts: PollFacts, answer: Answer, news: News, rest: Rest) -> tuple[bool, int]:
    """Return whether the oldest names of a feed are dropped at the end of a poll, and how many are kept then.

    That is clear from the first slice on, for all that the feed shows is written anew then.
    """
    if rest.begin or rest.served:
        return rest.anew, max(NAMES, len(names_of(answer.items))) if rest.anew else NAMES
    unknown = sum(name not in facts.known for name in news.names)
    if not unknown or facts.names + unknown <= NAMES * NAMES_OVER:
        return False, NAMES
    keep = max(NAMES, len(names_of(answer.items)))
    return facts.names + unknown > keep * NAMES_OVER, keep


def names_written(facts: PollFacts, news: News, stamp: float, *, anew: bool) -> tuple[KnownName, ...]:
    """Return the names that are written down: unknown ones, and once a day those that the feed still shows.

    All of them `anew` where the oldest are dropped: what the feed shows is then not among these.
    """
    fresh = []
    for name, own in news.names.items():
        known = facts.known.get(name)
        if anew or known is None or known.feed != facts.feed.name or known.seen < stamp - SHOWN_AGAIN:
            fresh.append(KnownName(facts.feed.name, name, own, stamp))
    return tuple(fresh)
