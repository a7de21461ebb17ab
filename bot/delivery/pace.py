"""Decides when a message may go out, by Telegram's limits and by what its flood control has answered.

No clock of its own and no waiting: every question brings `now` (seconds on any clock that only goes forward).
Limits: Bot FAQ, "My bot is hitting limits": about 30/s over all, 1/s in a chat, 20/min in a group.

Telegram counts a message when it arrives, which may be later than it was sent: the machine or the network had something
else to do. Then what is sent evenly arrives in bunches. So the limit over all is kept by when each of the last messages
can have arrived at the latest, as its answer tells.
"""

from collections import deque
from dataclasses import dataclass

OVERALL_LIMIT, OVERALL_WINDOW = 30, 1.006
"""How many messages may arrive within so many seconds."""
OVERALL_SPACING = 1 / 29.4
"""Seconds between two messages anywhere, so that they go evenly."""
OVERALL_SLACK = 0.02
"""Seconds that a message which went out late may be made up for by the next ones."""
_LATEST = 0.1  # seconds by which a message counts as late at most, so that a bad network costs a tenth of the rate
_SLOWER = 0.0002  # seconds by which an answer may be slower than the quickest of late and become it
CHAT_RATE, CHAT_BURST = 1 / 1.05, 2.0
"""Messages a second in one chat, and how many may go at once after a rest."""
CHAT_LIMIT, CHAT_WINDOW = 4, 4.2
"""How many messages may go to one chat within so many seconds, the burst among them: else a burst and one a second
after it are more than one a second."""
GROUP_LIMIT, GROUP_WINDOW = 20, 60.0
OVERALL_HOLD = 30.0
"""Seconds that everybody is held at most when two chats are. Longer holds are about those chats."""
_REST_AFTER = 300.0  # a chat that was quiet for so long has no claim left to remember


@dataclass(slots=True)
class Sending:
    """A message on its way. `arrived` is when it can have arrived at the latest; until it is answered, when it left."""

    arrived: float
    left: float


class Pace:
    """Remembers what was sent, and says when the next message may be."""

    def __init__(self) -> None:
        self._next_overall = 0.0
        self._trips: deque[Sending] = deque(maxlen=OVERALL_LIMIT)
        self._quickest = 0.0  # seconds of the quickest answer of late
        self._credit: dict[int, tuple[float, float]] = {}  # chat: (messages it may send at once, as of when)
        self._sends: dict[int, deque[float]] = {}  # the last ones to a chat
        self._group_sends: dict[int, deque[float]] = {}
        self._holds: dict[int, float] = {}
        self._surprised: dict[int, float] = {}  # chats that are held although they had rested, since when
        self._all_held = 0.0  # until when
        self._claimed = 0.0  # until when the next message is kept for somebody
        self._swept = 0.0

    def ready_overall(self, now: float, *, claimed: bool = False) -> float:
        """When any message may go out: `now`, or a time after it. For whoever has `claimed` the next one, that one."""
        full = len(self._trips) == OVERALL_LIMIT
        window = self._trips[0].arrived + OVERALL_WINDOW if full else now
        ready = max(now, self._next_overall, self._all_held, window)
        return ready if claimed else max(ready, self._claimed)

    def claim(self, now: float) -> None:
        """Keep the next message for who calls this, if he sends it as soon as it may go: else others always come first.

        Alerts wait for every moment that is left, and answers, which are few, would find none.
        """
        self._claimed = self.ready_overall(now, claimed=True) + OVERALL_SPACING

    def ready(self, chat: int, now: float, *, claimed: bool = False) -> float:
        """When a message to this chat may go out: `now`, or a time after it."""
        times = [self.ready_overall(now, claimed=claimed), self._holds.get(chat, 0.0)]
        credit = self._credit_at(chat, now)
        if credit < 1:
            times.append(now + (1 - credit) / CHAT_RATE)
        bounds = (self._sends, CHAT_LIMIT, CHAT_WINDOW), (self._group_sends, GROUP_LIMIT, GROUP_WINDOW)
        for sends, limit, window in bounds:
            last = sends.get(chat)
            if last is not None and len(last) >= limit:
                times.append(last[0] + window)
        return max(times)

    def allowance(self, chat: int, now: float) -> int:
        """How many messages may go to this chat one right after the other, as things are."""
        allowed = int(self._credit_at(chat, now))
        sends = self._group_sends.get(chat, ())
        if chat < 0:
            allowed = min(allowed, GROUP_LIMIT - sum(now - sent < GROUP_WINDOW for sent in sends))
        return allowed

    def sent(self, chat: int, now: float) -> Sending:
        """Count a message that goes out now. Call it before the request, and `answered` after it."""
        self._next_overall = max(now - OVERALL_SLACK, self._next_overall) + OVERALL_SPACING
        self._claimed = 0.0
        self._credit[chat] = (self._credit_at(chat, now) - 1, now)
        self._sends.setdefault(chat, deque(maxlen=CHAT_LIMIT)).append(now)
        if chat < 0:  # Telegram's groups and channels have negative ids
            self._group_sends.setdefault(chat, deque(maxlen=GROUP_LIMIT)).append(now)
        if now - self._swept > _REST_AFTER:
            self._sweep(now)
        sending = Sending(now, now)
        self._trips.append(sending)
        return sending

    def answered(self, sending: Sending, now: float, *, passed: bool = True) -> None:
        """Learn when a message can have arrived at the latest: as long before its answer as the quickest one took.

        One that `passed` says that those that were refused before it left had met no limit over all.
        """
        self._quickest = min(now - sending.arrived, self._quickest + _SLOWER)
        sending.arrived = min(now - self._quickest, sending.arrived + _LATEST)
        if passed:
            self._surprised = {chat: since for chat, since in self._surprised.items() if since >= sending.left}
            if len(self._surprised) <= 1:
                self._all_held = 0.0

    def hold(self, chat: int, seconds: float, now: float) -> None:
        """Learn from a 429. It holds that chat; a second chat's within the first one's hold holds all.

        But only of chats that were well within their own pace, for any other may have met the limit of the chat itself,
        and only while nothing has passed since: a group in slow mode refuses whoever writes in it, at any pace.
        """
        self._holds[chat] = max(self._holds.get(chat, 0.0), now + seconds)
        if not self._had_rested(chat, now):
            self._surprised.pop(chat, None)
            return
        if any(other != chat and self._holds[other] > now for other in self._surprised):
            shortest = min(seconds, OVERALL_HOLD, *self._remaining_holds(now))
            self._all_held = max(self._all_held, now + shortest)
        self._surprised[chat] = now

    def _remaining_holds(self, now: float) -> list[float]:
        return [until - now for until in self._holds.values() if until > now]

    def _had_rested(self, chat: int, now: float) -> bool:
        """Return whether a chat's last message was its only one for a while, and a group got few in its minute."""
        few = sum(now - sent < GROUP_WINDOW for sent in self._group_sends.get(chat, ())) <= GROUP_LIMIT // 2
        return few and sum(now - sent < CHAT_WINDOW for sent in self._sends.get(chat, ())) <= 1

    def _credit_at(self, chat: int, now: float) -> float:
        credit, as_of = self._credit.get(chat, (CHAT_BURST, now))
        return min(CHAT_BURST, credit + (now - as_of) * CHAT_RATE)

    def _sweep(self, now: float) -> None:
        """Forget chats that were quiet, so that memory does not grow with everyone who ever was told."""
        self._swept = now
        quiet = [chat for chat, (_, as_of) in self._credit.items() if now - as_of > _REST_AFTER]
        for chat in quiet:
            del self._credit[chat]
            self._sends.pop(chat, None)
            self._group_sends.pop(chat, None)
        self._holds = {chat: until for chat, until in self._holds.items() if until > now}
        self._surprised = {chat: since for chat, since in self._surprised.items() if chat in self._holds}
