"""Decides what a poll leads to. Pure: no I/O, no clock. Every rule of a poll stands here or in a module named here.

    facts (what is remembered) + answer (what came) + rules (what is looked for, how often) -> PollOutcome

`news` decides what is news and who is told, `health` and `outage` what is said of the feed itself, `overflow` how much
may wait, `validators` and `feeds/schedule` what is asked next and when.
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
    UNHEARD,
    Changes,
    Connection,
    Delivery,
    Feed,
    FeedBounds,
    FeedState,
    Fetched,
    KnownName,
    MatchedItem,
    Notice,
    NotModified,
    ParsedFeed,
    PollFacts,
    Watch,
)
from bot.model.bounds import NAMES, OWN_ITEMS
from bot.model.item import Item
from bot.poll import health, outage, validators
from bot.poll.health import FeedNews
from bot.poll.news import Matcher, News, Skip, news_of, notice_delivery
from bot.poll.overflow import within_limit
from bot.poll.visibility import concerned

NAMES_OVER = 1.1
"""How many times as many names as are kept there may be before the oldest are dropped: it is not done at every poll."""
PUSHED_KEPT = 200
"""Pushed items of a feed that its habit learns from at the next poll."""
SHOWN_AGAIN = 86_400.0
"""Seconds after which a name that a feed still shows is written anew, so that it is not forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What every poll is decided by. `operator` is the Telegram id of whoever runs the bot, 0 if unknown.

    `leases` says whether hubs are asked at all; otherwise a lease that is remembered makes no poll less frequent.
    """

    match: Matcher
    watches: Sequence[Watch]
    poll: PollBounds
    operator: int = 0
    leases: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of asking a feed, `seconds` after the request: an answer or an error.

    `parsed` is what a new body says and `items` are its entries; both are empty for a 304 and for the same body again.
    """

    at: float
    seconds: float = 0.0
    answer: Fetched | NotModified | None = None
    error: FeedError | None = None
    parsed: ParsedFeed | None = None
    items: tuple[Item, ...] = ()
    body_hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollOutcome:
    """What one poll leads to. `changes` is all of it that is remembered.

    `pushed` says that a hub has brought it. `hubs` are those that the feed named, None if it said nothing of hubs, as
    in a 304. `failure` is why it brought nothing. `connection` is what is known of the bot's own connection now.
    """

    feed: Feed
    state: FeedState
    changes: Changes
    new: tuple[MatchedItem, ...] = ()
    skipped: tuple[Skip, ...] = ()
    failure: FeedError | None = None
    pushed: bool = False
    hubs: tuple[str, ...] | None = None
    connection: Connection = UNHEARD

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """What is to be sent."""
        return self.changes.deliveries


def decide(facts: PollFacts, answer: Answer, rules: Rules) -> PollOutcome:
    """Decide what a poll leads to."""
    if answer.error is not None:
        return _failed(facts, answer.error, answer, rules)
    return _answered(facts, answer, rules)


def decide_push(facts: PollFacts, answer: Answer, rules: Rules) -> PollOutcome | None:
    """Decide what a body leads to that a hub has pushed; None if it is of no use.

    That is one without entries, or one for a feed that is paused or has not had its first, silent poll. A push has no
    validators, so those of the last poll stay, and the next poll finds what was not pushed.
    """
    state = state_for(facts.state, facts.feed)
    if not answer.items or not state.primed or state.paused:
        return None
    news = _news(facts, state, answer, rules)
    if news.new:
        published = (*state.pushed, *(matched.item.published for matched in news.new))[-PUSHED_KEPT:]
        state = replace(state, health=health.after_push(state.health, answer.at), pushed=published)
    return replace(_outcome(facts, state, answer, news), pushed=True)


def state_for(state: FeedState, feed: Feed) -> FeedState:
    """Return what is remembered of a feed as far as it holds at its present address.

    Validators, schedule and health belong to the address that they came from.
    """
    if state.url == feed.url:
        return state
    fresh = FeedState(feed=feed.name, url=feed.url, paused=state.paused)
    return replace(fresh, health=replace(fresh.health, last_new=state.health.last_new))


def _answered(facts: PollFacts, answer: Answer, rules: Rules) -> PollOutcome:
    feed, now, parsed, came = facts.feed, answer.at, answer.parsed, answer.answer
    assert came is not None
    before = state_for(facts.state, feed)
    news = _news(facts, before, answer, rules)
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
            new=len(news.new),
            parsed=parsed,
            primed=before.primed,
        ),
        hubs=before.hubs if hubs is None else hubs,
        topic=before.topic if hubs is None else topic,
    )
    habit, state = _scheduled(facts, before, state, news, rules)
    after, said = health.news(before, state, feed, now)
    state = replace(state, health=after)
    outcome = _outcome(facts, state, answer, news, notices=_notices(facts, said, rules, now), habit=habit)
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
    outcome = _outcome(facts, state, answer, News(names={}), notices=_notices(facts, said, rules, now))
    return replace(outcome, failure=error, connection=connection)


def _news(facts: PollFacts, state: FeedState, answer: Answer, rules: Rules) -> News:
    # A feed that moved shows something that is known. An address that does not is another publisher's, and its first
    # poll is silent too.
    moved = state.health.last_new > 0 and bool(facts.known)
    return news_of(answer.items, facts, rules.match, primed=state.primed or moved, now=answer.at)


def _scheduled(
    facts: PollFacts, before: FeedState, state: FeedState, news: News, rules: Rules
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
    published = [*state.pushed, *(matched.item.published for matched in news.new)]
    fresh_until = schedule.fresh_until if schedule.fresh_until > now else 0.0
    habit = read_habit(facts.habit if before.schedule.last_poll else "")  # at another address it begins anew
    habit = learn(habit, published, now=now, every=every, fresh_until=fresh_until)
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
        rows = [notice_delivery(notice, chat, now, private=bool(facts.feed.chats)) for chat in chats]
        if rows:
            notices.append((notice, rows))
    return notices


def _outcome(
    facts: PollFacts,
    state: FeedState,
    answer: Answer,
    news: News,
    *,
    notices: Sequence[tuple[Notice, Sequence[Delivery]]] = (),
    habit: str = "",
) -> PollOutcome:
    """Put together what is remembered."""
    feed, now = facts.feed, answer.at
    rows, overflowing = within_limit(news.deliveries, facts.waiting, feed, now)
    rows = (*rows, *(row for _, of_notice in notices for row in of_notice))
    names = {entry.item.key: entry.item.keys for entry in (*news.new, *news.edited)}
    told: defaultdict[str, set[int]] = defaultdict(set)
    for row in rows:
        for name in names.get(row.item, ()):
            told[name].add(row.chat)
    stamp = max(now, facts.newest)  # what is written while the clock is set back must not be forgotten before its time
    names_kept = max(NAMES, len(news.names))
    unknown = sum(name not in facts.known for name in news.names)
    crowded = unknown > 0 and facts.names + unknown > names_kept * NAMES_OVER
    bounds = FeedBounds(names=names_kept if crowded else None, items=OWN_ITEMS if feed.chats and news.new else None)
    changes = Changes(
        at=stamp,
        states=(state,),
        habits={feed.name: habit} if habit else {},
        known=_known(facts, news, stamp, anew=crowded),
        items=(*news.new, *news.edited),
        notices=(*overflowing, *(notice for notice, _ in notices)),
        deliveries=rows,
        told={name: frozenset(chats) for name, chats in told.items()},
        bounds={feed.name: bounds} if any(bounds) else {},
    )
    return PollOutcome(feed=feed, state=state, changes=changes, new=news.new, skipped=news.skipped)


def _known(facts: PollFacts, news: News, stamp: float, *, anew: bool) -> tuple[KnownName, ...]:
    """Return the names that are written down: unknown ones, and once a day those that the feed still shows.

    All of them `anew` where the oldest are dropped: what the feed shows is then not among these.
    """
    fresh = []
    for name, own in news.names.items():
        known = facts.known.get(name)
        if anew or known is None or known.feed != facts.feed.name or known.seen < stamp - SHOWN_AGAIN:
            fresh.append(KnownName(facts.feed.name, name, own, stamp))
    return tuple(fresh)
