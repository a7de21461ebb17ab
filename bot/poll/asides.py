"""How many items a day meet a watch only beside the matter, and what the operator is told once where these are many.

Pure. Only items of everybody's feeds and everybody's watches count: a chat's own are its own business.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from bot.messages import en
from bot.model import Asides, MatchedItem, Notice, PollFacts, owner_of
from bot.poll.news import notice_delivery
from bot.poll.outcome import PollOutcome

DAILY = 10
"""Items a day that may meet a watch beside the matter before that is said."""
_DAY = 86_400


def with_asides(outcome: PollOutcome, facts: PollFacts, *, operator: int, now: float) -> PollOutcome:
    """Return the outcome with its items counted that are told of beside the matter, and with what is said of that.

    Nothing is counted where nobody could be told. A day is UTC's.
    """
    silent = any(skip.reason == "first poll" for skip in outcome.skipped)
    if not operator or silent or facts.feed.chats:
        return outcome
    count = Counter(_beside(outcome.new, facts.subscribers))
    if not count:
        return outcome
    known = facts.asides(count)
    after = [_after(watch, more, known.get(watch), int(now // _DAY)) for watch, more in count.items()]
    said = [_notice(each, outcome, now) for each in after if each.said and not _was_said(known.get(each.watch))]
    rows = [notice_delivery(notice, operator, now) for notice in said]
    changes = outcome.changes
    changes = replace(
        changes,
        asides=tuple(after),
        notices=(*changes.notices, *said),
        deliveries=(*changes.deliveries, *rows),
    )
    return replace(outcome, changes=changes, queued=outcome.queued + len(rows))


def _beside(new: Iterable[MatchedItem], subscribers: Mapping[str, Collection[int]]) -> Iterator[str]:
    """Give everybody's watches that somebody has, each for every item that meets it only beside the matter."""
    for matched in new:
        for each in matched.matches:
            if each.tier == "aside" and subscribers.get(each.watch) and not owner_of(each.watch):
                yield each.watch


def _after(watch: str, more: int, before: Asides | None, day: int) -> Asides:
    count = more + (before.count if before and before.day == day else 0)
    return Asides(watch=watch, day=day, count=count, said=_was_said(before) or count > DAILY)


def _was_said(asides: Asides | None) -> bool:
    return asides is not None and asides.said


def _notice(asides: Asides, outcome: PollOutcome, now: float) -> Notice:
    text = en.ASIDES.format(watch=asides.watch, number=asides.count)
    return Notice(key=f"asides:{asides.watch}", feed=outcome.feed.name, text=text, created=now)
