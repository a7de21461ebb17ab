"""What to do with a feed's hub now, and what its calls make of the lease. Pure: times are Unix seconds.

    hubs and topic that the feed names -> next_step -> ask the hub -> the hub verifies -> live -> renewed at 3/4
                                                                   -> denies: asked again in a day, or another hub
                                                                   -> is silent: asked again, later and later

A hub is as much of a stranger as its feed: it is asked no more than once in five minutes about a feed, and no lease is
taken for longer than a month.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import SplitResult

from bot.feeds.address import parsed
from bot.model import Lease, LeaseState
from bot.text.clean import readable

LEASE = 10 * 86_400
"""Seconds that a hub is asked for; what it grants is its own choice (WebSub §5.3)."""
SHORTEST, LONGEST = 300.0, 30 * 86_400.0
"""What a granted lease is taken for at least and at most. Some hubs grant ten years and forget them in a week."""
UNSAID = 86_400.0
"""What is taken for granted by a hub that does not say, as those of the protocol's older version do."""
SPACING = 300.0
"""Seconds between two questions to a hub about one feed; doubled each time it does not verify."""
RARELY = 86_400.0
"""Seconds between two questions to a hub that does not verify or that denied."""
TRIES = 3
"""Questions without a verification after which another hub has its turn, if the feed names one."""
MISSES = 2
"""Polls in a row with news that was not pushed, after which people are told that a hub does not push all."""
MAX_URL = 2_000
MAX_CHALLENGE = 2_000
MAX_REASON = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribe:
    """Ask this hub for this topic."""

    hub: str
    topic: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Renew:
    """Ask the lease's hub again, for the lease will end."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """Return the lease up."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Do nothing before that time."""

    until: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """There is nothing to wait for."""

    reason: str


Step = Subscribe | Renew | Leave | Wait | Nothing


def next_step(lease: Lease | None, hubs: Sequence[str], topic: str, now: float) -> Step:
    """Decide what to do about a feed that names these hubs and this topic."""
    offered = usable(hubs)
    if not offered or not usable([topic]):
        if lease is None:
            return Nothing(reason="the feed names no hub")
        return Leave(reason="the feed names no hub any longer")
    if lease is None:
        return Subscribe(hub=offered[0], topic=topic, reason="the feed names a hub")
    not_before, step = _wish(lease, offered, topic, now)
    return step if now >= not_before else Wait(until=not_before, reason=step.reason)


def _wish(lease: Lease, offered: Sequence[str], topic: str, now: float) -> tuple[float, Subscribe | Renew]:
    """Return what is to be done next, and when at the earliest."""
    asked_at = lease.asked_at if lease.asked_at <= now else 0.0  # a clock that was put back must not make it wait
    hub = offered[lease.asks // TRIES % len(offered)]
    if topic != lease.topic:
        return asked_at + SPACING, Subscribe(hub=offered[0], topic=topic, reason="the feed has another topic")
    if lease.hub not in offered:
        return asked_at + SPACING, Subscribe(hub=offered[0], topic=topic, reason="the feed names another hub")
    if lease.state == "denied":
        others = [other for other in offered if other != lease.hub] or offered
        reason = f"the hub denied: {lease.reason}" if lease.reason else "the hub denied"
        return asked_at + RARELY, Subscribe(hub=others[0], topic=topic, reason=reason)
    if is_live(lease, now):
        return max(_renewal(lease, now), asked_at + _patience(lease.asks)), Renew(reason="the lease will end")
    lapsed = lease.state == "verified"
    reason = "the lease ended" if lapsed else "the hub did not verify"
    keep = lapsed and lease.asks < TRIES
    return asked_at + _patience(lease.asks), Subscribe(hub=lease.hub if keep else hub, topic=topic, reason=reason)


def _renewal(lease: Lease, now: float) -> float:
    """Return the time at which three quarters of the lease are over."""
    if lease.verified_at > now:
        return now
    return lease.verified_at + (lease.expires_at - lease.verified_at) * 0.75


def _patience(asks: int) -> float:
    """Return the seconds until a hub is asked again that has been asked so often and has not verified since."""
    return 0.0 if asks == 0 else min(SPACING * 2.0 ** min(asks - 1, 30), RARELY)


def usable(addresses: Sequence[str]) -> list[str]:
    """Return those that one may ask, the encrypted ones first: the secret of a lease goes there."""
    found = [address for address in dict.fromkeys(addresses) if _is_address(address)]
    return sorted(found, key=lambda address: not address.lower().startswith("https:"))


def _is_address(text: str) -> bool:
    return len(text) <= MAX_URL and text.isprintable() and " " not in text and isinstance(parsed(text), SplitResult)


def is_live(lease: Lease | None, now: float) -> bool:
    """Return whether the hub has verified and the lease has not ended."""
    return lease is not None and lease.state == "verified" and now < lease.expires_at


def asked(lease: Lease | None, step: Subscribe | Renew, *, feed: str, callback: str, secret: str, now: float) -> Lease:
    """Return the lease as it stands when the hub is being asked.

    A hub or topic that was not asked before gets a callback and a secret of its own; else those given are not used.
    """
    if lease is None or (isinstance(step, Subscribe) and (step.hub, step.topic) != (lease.hub, lease.topic)):
        assert isinstance(step, Subscribe)
        asks = 0 if lease is None or step.topic != lease.topic else lease.asks
        return Lease(
            feed=feed,
            hub=step.hub,
            topic=step.topic,
            callback=callback,
            secret=secret,
            asked_at=now,
            asks=asks + 1,
        )
    state: LeaseState = "verified" if is_live(lease, now) else "asked"
    return replace(lease, state=state, asked_at=now, asks=lease.asks + 1)


# --- what a hub's calls make of it --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """The hub asks whether this was wished, and it was: answer with the challenge. `lease` is None for one given up."""

    challenge: str
    lease: Lease | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """The hub will not, or no longer."""

    lease: Lease


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRefused:
    """Nobody here asked for that (WebSub §5.3: 404)."""

    reason: str


def judged(lease: Lease, query: Mapping[str, str], now: float, *, leaving: bool) -> Confirmed | Denied | CallRefused:
    """Judge a call of the hub by GET. `query` are its parameters, `leaving` says that the lease is being given up."""
    if query.get("hub.mode") == "denied" and query.get("hub.topic") == lease.topic and not leaving:
        said = query.get("hub.reason", "")[: MAX_REASON * 4].encode("utf-8", "replace").decode()
        reason = readable(said)[:MAX_REASON]
        return Denied(lease=replace(lease, state="denied", reason=reason))
    if objection := _objection(lease, query, now, "unsubscribe" if leaving else "subscribe"):
        return CallRefused(reason=objection)
    if leaving:
        fresh = None
    elif not lease.asks:
        fresh = lease  # it asks by itself and is told the truth, but who learnt the callback must not stretch the lease
    else:
        seconds = granted(query.get("hub.lease_seconds", ""))
        fresh = replace(lease, state="verified", asks=0, verified_at=now, expires_at=now + seconds, reason="")
    return Confirmed(challenge=query["hub.challenge"], lease=fresh)


def _objection(lease: Lease, query: Mapping[str, str], now: float, wished: str) -> str:
    """Return why a call of the hub is not answered with its challenge, empty if it is."""
    if query.get("hub.topic") != lease.topic:
        return "it names a topic that was not asked for"
    if query.get("hub.mode") != wished:
        return "it names what was not asked for"
    challenge = query.get("hub.challenge", "")
    if not 0 < len(challenge) <= MAX_CHALLENGE or not challenge.isprintable():
        return "it brings no challenge"
    if wished == "subscribe" and (lease.state == "denied" or (not lease.asks and not is_live(lease, now))):
        return "it was not asked"
    return ""


def granted(lease_seconds: str) -> float:
    """Read the seconds that a hub grants, within bounds."""
    text = lease_seconds.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        return UNSAID
    return min(max(float(text), SHORTEST), LONGEST)


# --- how far it is relied on --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxed:
    """The seconds between two polls of a feed, and why."""

    seconds: float
    reason: str


def relaxed(lease: Lease | None, *, usual: float, longest: float, now: float) -> Relaxed:
    """Return how often a feed is polled whose usual interval is `usual`, given what its hub has shown so far.

    A hub is relied on while its lease is live, once it has pushed, and until a poll finds what it did not push: it may
    have died. A hub that was only slower than the poll is relied on again as soon as it pushes.
    """
    if lease is None or not is_live(lease, now):
        return Relaxed(seconds=usual, reason="no hub pushes it")
    if not lease.pushed_at:
        return Relaxed(seconds=usual, reason="its hub has not pushed yet")
    if lease.missed:
        return Relaxed(seconds=usual, reason="its hub has not pushed all")
    return Relaxed(seconds=max(usual, longest), reason="its hub pushes it")


def polled(lease: Lease, *, news: int, now: float) -> Lease:
    """Note whether a poll found something that had not been pushed."""
    return replace(lease, missed=min(lease.missed + 1, MISSES)) if news and is_live(lease, now) else lease


def pushed(lease: Lease, now: float) -> Lease:
    """Note a push that was taken."""
    return replace(lease, pushed_at=now, missed=0)
