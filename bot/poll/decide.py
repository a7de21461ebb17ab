"""Decides what a poll leads to. Pure: no I/O, no clock. Every rule of a poll stands here or in a module named here.

    facts (what is remembered) + answer (what came) + rules (what is looked for, how often) -> PollOutcome

What came is decided in `slices`; what is left of it stands in the `outcome`. `news` decides what is news and who is
told, `health` and `outage` what is said of the feed itself, `overflow` how much may wait, `validators` and
`feeds/schedule` what is asked next and when. Long because it is the list of all rules, in the order of a poll.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.errors import FeedError
from bot.feeds.schedule import wait
from bot.feeds.schedule.habit import learn, next_poll, read_habit, written_habit
from bot.feeds.schedule.wait import PollBounds
from bot.feeds.websub.leases import relaxed
from bot.model import (
    Changes,
    Delivery,
    Feed,
    FeedBounds,
    FeedState,
    Fetched,
    Notice,
    NotModified,
    ParsedFeed,
    PollFacts,
    Wanted,
    Watch,
)
from bot.model.bounds import OWN_ITEMS, WAITING_ROWS
from bot.poll import health, outage, validators
from bot.poll.articles import Could, decide_article, wanted_of
from bot.poll.asides import with_asides
from bot.poll.edits import Matcher
from bot.poll.health import FeedNews
from bot.poll.news import News, news_of, notice_delivery, oldest_first
from bot.poll.outcome import PollOutcome
from bot.poll.overflow import within_limit
from bot.poll.shown import crowded_names, names_written
from bot.poll.slices import WHOLE, Answer, Rest, Room
from bot.poll.visibility import concerned

PUSHED_KEPT = 200
"""Pushed items of a feed that its habit learns from at the next poll."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What every poll is decided by. `operator` is the Telegram id of whoever runs the bot, 0 if unknown.

    `leases` says whether hubs are asked at all; otherwise a lease that is remembered makes no poll less frequent.
    `could` tells which watches an article could meet, None where no pages are read.
    """

    match: Matcher
    could: Could | None
    watches: Sequence[Watch]
    poll: PollBounds
    operator: int = 0
    leases: bool = False


def decide(facts: PollFacts, answer: Answer, rules: Rules, rest: Rest | None = None, room: Room = WHOLE) -> PollOutcome:
    """Decide what a poll leads to, or the `rest` of it, as far as there is room. What is left stands in the outcome.

    Until nothing is left the feed stands as before, so that a crash in between has the whole poll come again: what was
    decided is known then, and who was told is not told again.
    """
    if answer.error is not None:
        return _failed(facts, answer.error, answer, rules)
    return _answered(facts, answer, rules, rest or all_of(answer), room)


def decide_push(
    facts: PollFacts, answer: Answer, rules: Rules, rest: Rest | None = None, room: Room = WHOLE
) -> PollOutcome | None:
    """Decide what a body leads to that a hub has pushed; None if it is of no use. In slices, as `decide`.

    That is one without entries, or one for a feed that is paused or has not had its first, silent poll. A push has no
    validators, so those of the last poll stay, and the next poll finds what was not pushed.
    """
    state = state_for(facts.state, facts.feed)
    if not answer.items or not state.primed or state.paused:
        return None
    rest = rest or all_of(answer)
    news = _news(facts, state, answer, rules, rest=rest, room=room)
    if news.rest is not None:
        return replace(_unfinished(facts, state, answer, news, rest, rules=rules), pushed=True)
    published = (*rest.published, *(matched.item.published for matched in news.new))
    if published:
        pushed = (*state.pushed, *published)[-PUSHED_KEPT:]
        state = replace(state, health=health.after_push(state.health, answer.at), pushed=pushed)
    state, said = _flood(facts, state, news.passed)
    return replace(
        _outcome(facts, state, answer, news, rest, rules=rules, notices=_notices(facts, said, rules, answer.at)),
        pushed=True,
    )


def decide_read(facts: PollFacts, answer: Answer, rules: Rules, rest: Rest, room: Room = WHOLE) -> PollOutcome | None:
    """Decide what follows from a page that was read for an item. In slices, as `decide`."""
    if answer.reading is None:
        return None
    outcome = decide_article(facts, answer.reading, rules.match, rest, room, now=answer.at)
    return with_asides(outcome, facts, operator=rules.operator, now=answer.at)


def all_of(answer: Answer) -> Rest:
    """Return all of what came: the whole rest, before anything is decided."""
    return Rest(items=oldest_first(answer.items, answer.at))


def state_for(state: FeedState, feed: Feed) -> FeedState:
    """Return what is remembered of a feed as far as it holds at its present address.

    Validators, schedule and health belong to the address that they came from.
    """
    if state.url == feed.url:
        return state
    fresh = FeedState(feed=feed.name, url=feed.url, paused=state.paused, pages=state.pages)
    return replace(fresh, health=replace(fresh.health, last_new=state.health.last_new))


def settled(state: FeedState, feed: Feed, *, familiar: bool) -> FeedState | None:
    """Return the state of a feed once it is clear whose it is at a new address; None if that is clear already.

    One that shows something that was known of it, which is `familiar`, has moved and goes on. Another's first poll is
    silent. It is settled before the first slice of many, for later ones know what earlier ones brought.
    """
    now = state_for(state, feed)
    if now.primed or not now.health.last_new:
        return None
    return replace(now, primed=True) if familiar else replace(now, health=replace(now.health, last_new=0.0))


def _answered(facts: PollFacts, answer: Answer, rules: Rules, rest: Rest, room: Room) -> PollOutcome:
    feed, now, parsed, came = facts.feed, answer.at, answer.parsed, answer.answer
    assert came is not None
    before = state_for(facts.state, feed)
    news = _news(facts, before, answer, rules, rest=rest, room=room)
    if news.rest is not None:
        return _unfinished(facts, before, answer, news, rest, rules=rules)
    published = (*rest.published, *(matched.item.published for matched in news.new))
    hubs, topic = _hubs(came, parsed)
    state = replace(
        before,
        primed=True,
        validators=validators.after_success(before.validators, came, answer.body_hash),
        schedule=wait.after_success(before.schedule, came, feed=feed, poll=rules.poll, now=now, parsed=parsed),
        health=health.after_success(
            before.health,
            came,
            now=now,
            seconds=answer.seconds,
            new=rest.new + len(news.new) + news.passed,
            parsed=parsed,
            primed=before.primed,
        ),
        hubs=before.hubs if hubs is None else hubs,
        topic=before.topic if hubs is None else topic,
    )
    habit, state = _scheduled(facts, before, state, published, rules)
    after, said = health.news(before, state, feed, now)
    state = replace(state, health=after)
    if parsed is not None:
        state, flood = _flood(facts, state, news.passed if before.primed else 0)
        said = (*said, *flood)
    outcome = _outcome(
        facts, state, answer, news, rest, rules=rules, notices=_notices(facts, said, rules, now), habit=habit
    )
    return replace(outcome, hubs=hubs, connection=outage.after(facts.connection, None, now))


def _failed(facts: PollFacts, error: FeedError, answer: Answer, rules: Rules) -> PollOutcome:
    feed, now = facts.feed, answer.at
    before = state_for(facts.state, feed)
    failed = health.after_failure(before.health, error, now=now, seconds=answer.seconds)
    state = replace(
        before,
        validators=validators.after_failure(before.validators, now - failed.failing_since),
        schedule=wait.after_failure(before.schedule, failed, error, feed=feed, poll=rules.poll, now=now),
        health=failed,
    )
    after, said = health.news(before, state, feed, now)
    connection = outage.after(facts.connection, error, now)
    connection, after, said = outage.told_once(connection, before.health, after, said, error, feeds=facts.feeds)
    state = replace(state, health=after)
    outcome = _outcome(
        facts, state, answer, News(names={}), Rest(), rules=rules, notices=_notices(facts, said, rules, now)
    )
    return replace(outcome, failure=error, connection=connection)


def _news(facts: PollFacts, state: FeedState, answer: Answer, rules: Rules, *, rest: Rest, room: Room) -> News:
    # A feed that moved shows something that is known. An address that does not is another publisher's, and its first
    # poll is silent too.
    moved = state.health.last_new > 0 and bool(facts.known)
    return news_of(rest, facts, rules.match, primed=state.primed or moved, now=answer.at, room=room)


def _unfinished(
    facts: PollFacts, state: FeedState, answer: Answer, news: News, rest: Rest, *, rules: Rules
) -> PollOutcome:
    """Return what a slice leads to that is not the last. Of the feed's state only the count of its flood changes."""
    flood = news.passed if state.primed else 0
    health = replace(state.health, passed=state.health.passed + flood)
    outcome = _outcome(facts, replace(state, health=health), answer, news, rest, rules=rules)
    changed = flood or outcome.state.pages != state.pages
    return outcome if changed else replace(outcome, changes=replace(outcome.changes, states=()))


def _flood(facts: PollFacts, state: FeedState, passed: int) -> tuple[FeedState, tuple[FeedNews, ...]]:
    """Return the state of a feed of whose entries the last slice has passed over so many, and what is said of all."""
    crowded = any(queue.deliveries >= WAITING_ROWS for queue in facts.waiting.values())
    after, said = health.after_flood(state.health, facts.feed, passed, may_say=not crowded)
    return replace(state, health=after), said


def _scheduled(
    facts: PollFacts, before: FeedState, state: FeedState, published: Sequence[float | None], rules: Rules
) -> tuple[str, FeedState]:
    """Learn from a poll how the feed publishes, and plan its next poll by that. Returns the habit as text."""
    feed, schedule, poll, now = facts.feed, state.schedule, rules.poll, state.schedule.last_poll
    every = schedule.every
    if rules.leases:
        every = relaxed(facts.lease, usual=every, longest=poll.max_interval, now=now).seconds
    if every < wait.WISHES_FROM:  # no habit is as fine as that
        return "", replace(state, pushed=())
    if feed.chats:
        at = wait.allowed_from(wait.own_step(feed.url, every, schedule, poll=poll, now=now), schedule)
        return "", replace(state, schedule=replace(schedule, next_poll=at), pushed=())
    fresh_until = schedule.fresh_until if schedule.fresh_until > now else 0.0
    habit = read_habit(facts.habit if before.schedule.last_poll else "")  # at another address it begins anew
    habit = learn(habit, [*state.pushed, *published], now=now, every=every, fresh_until=fresh_until)
    late = wait.own_share(feed, facts.feeds)
    at = late + next_poll(
        habit,
        now=now - late,
        every=every,
        shortest=min(poll.min_interval, every),
        longest=max(poll.max_interval, every),
        fresh_until=fresh_until - late if fresh_until else 0.0,
    )
    at = max(at, now + wait.late_wait(schedule.late, schedule.every, poll))
    schedule = replace(schedule, next_poll=wait.allowed_from(at, schedule))
    return written_habit(habit), replace(state, schedule=schedule, pushed=())


def _hubs(answer: Fetched | NotModified, parsed: ParsedFeed | None) -> tuple[tuple[str, ...] | None, str]:
    """Return what a feed says of hubs: in its headers, else in its body (WebSub §4). None if it says nothing."""
    if parsed is None or not isinstance(answer, Fetched):
        return None, ""
    hubs = answer.hubs or parsed.hubs
    topic = (answer.topic if answer.hubs else "") or parsed.topic or answer.address
    return hubs, topic if hubs else ""


def _notices(
    facts: PollFacts, said: Sequence[FeedNews], rules: Rules, now: float
) -> list[tuple[Notice, list[Delivery]]]:
    """Return what is said of the feed itself, and the deliveries of it."""
    notices = []
    for each in said:
        chats = concerned(
            facts.feed, rules.watches, facts.subscribers, operator=rules.operator, operator_only=each.for_operator
        )
        notice = Notice(
            key=f"notice:{facts.feed.name}:{each.kind}:{now:.0f}", feed=facts.feed.name, text=each.text, created=now
        )
        at = now + 1.0 if each.kind == "flood" else now  # behind what it follows, whose rows are moments apart
        rows = [notice_delivery(notice, chat, at, private=bool(facts.feed.chats)) for chat in chats]
        if rows:
            notices.append((notice, rows))
    return notices


def _outcome(
    facts: PollFacts,
    state: FeedState,
    answer: Answer,
    news: News,
    rest: Rest,
    *,
    rules: Rules,
    notices: Sequence[tuple[Notice, Sequence[Delivery]]] = (),
    habit: str = "",
) -> PollOutcome:
    """Put together what is remembered."""
    feed, now = facts.feed, answer.at
    rows, overflowing = within_limit(news.deliveries, facts.waiting, feed, now)
    rows = (*rows, *(row for _, of_notice in notices for row in of_notice))
    names = {entry.item.key: entry.item.keys for entry in news.kept}
    told: defaultdict[str, set[int]] = defaultdict(set)
    for row in rows:
        for name in names.get(row.item, ()):
            told[name].add(row.chat)
    stamp = max(now, facts.newest)  # what is written while the clock is set back must not be forgotten before its time
    crowded, keep = crowded_names(facts, answer, news, rest)
    bounds = FeedBounds(
        names=keep if crowded and news.rest is None else None, items=OWN_ITEMS if feed.chats and news.new else None
    )
    wanted: tuple[Wanted, ...] = ()
    if rules.could is not None and news.fresh:
        wanted, more = wanted_of(news.fresh, facts, rules.could, now)
        state = replace(state, pages=replace(state.pages, dropped=state.pages.dropped + more))
    changes = Changes(
        at=stamp,
        wanted=wanted,
        states=(state,),
        habits={feed.name: habit} if habit else {},
        known=names_written(facts, news, stamp, anew=crowded),
        items=news.kept,
        notices=(*overflowing, *(notice for notice, _ in notices)),
        deliveries=rows,
        told={name: frozenset(chats) for name, chats in told.items()},
        bounds={feed.name: bounds} if any(bounds) else {},
    )
    outcome = PollOutcome(
        feed=feed,
        state=state,
        changes=changes,
        queued=len(rows),
        new=news.new,
        skipped=news.skipped,
        rest=news.rest and replace(news.rest, anew=crowded),
        weight=news.weight,
    )
    return with_asides(outcome, facts, operator=rules.operator, now=now)
