"""What can go wrong between a bot and Telegram, on request: one by one, or by chance with a seed. Pure.

FAULTS names them all. A fault is a value; `Faults` keeps which calls it shall meet, and says at each which one does.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields

from standins.botapi.refusals import BLOCKED, INTERNAL, UNAUTHORIZED, Refusal, too_many_requests


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What happens to one call.

    It is obeyed at once, or not at all. `delay` seconds later the connection is `cut`, or an answer goes out:
    `answer`, or else `body` as it stands (HTML if it begins with `<`), or else that of the call itself.
    """

    name: str
    delay: float = 0.0
    obeyed: bool = False
    cut: bool = False
    answer: Refusal | None = None
    status: int = 200
    body: str = ""


def flood(retry_after: int = 1) -> Fault:
    """Answer 429 with `retry_after` seconds."""
    return Fault(name="flood", answer=too_many_requests(retry_after))


def bad_gateway() -> Fault:
    """Answer 502 with a page of HTML, as a proxy before Telegram gives it."""
    page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>502 Bad Gateway</body>\r\n</html>\r\n"
    return Fault(name="bad_gateway", status=502, body=page)


def server_error() -> Fault:
    """Answer 500, in the name of the Bot API itself."""
    return Fault(name="server_error", answer=INTERNAL)


def cut() -> Fault:
    """End the connection without obeying: nothing is delivered."""
    return Fault(name="cut", cut=True)


def lost() -> Fault:
    """Obey, and end the connection without an answer."""
    return Fault(name="lost", obeyed=True, cut=True)


def slow(delay: float = 1.0) -> Fault:
    """Obey at once, and answer `delay` seconds later."""
    return Fault(name="slow", delay=delay, obeyed=True)


def stalled(delay: float = 1.0) -> Fault:
    """Keep the connection open for `delay` seconds, then end it: nothing is delivered."""
    return Fault(name="stalled", delay=delay, cut=True)


def unauthorized() -> Fault:
    """Answer 401: the token is refused."""
    return Fault(name="unauthorized", answer=UNAUTHORIZED)


def blocked() -> Fault:
    """Answer 403: the chat is closed to the bot."""
    return Fault(name="blocked", answer=BLOCKED)


def refused(description: str = "Bad Request: message is too long", code: int = 400) -> Fault:
    """Answer with any refusal, in a sentence of one's own."""
    return Fault(name="refused", answer=Refusal(code=code, description=description))


def garbled() -> Fault:
    """Obey, and answer 200 with half of a JSON object."""
    return Fault(name="garbled", obeyed=True, body='{"ok":true,"result":{"message_id":')


def poison() -> Fault:
    """Obey, and answer well-formed JSON of the wrong shape, on which a client may fall over."""
    return Fault(name="poison", obeyed=True, body='{"ok":true,"result":{"message_id":"poison","date":"poison"}}')


FAULTS: Mapping[str, Callable[..., Fault]] = {
    fault.__name__: fault
    for fault in (
        flood,
        bad_gateway,
        server_error,
        cut,
        lost,
        slow,
        stalled,
        unauthorized,
        blocked,
        refused,
        garbled,
        poison,
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """How probable each of these faults is at a call, from 0 to 1; all together at most 1."""

    lost: float = 0.0
    cut: float = 0.0
    bad_gateway: float = 0.0
    server_error: float = 0.0
    flood: float = 0.0
    slow: float = 0.0

    def draw(self, dice: random.Random) -> Fault | None:
        """Throw once; the same dice in the same order give the same faults."""
        thrown = dice.random()
        for name in (field.name for field in fields(self)):
            thrown -= getattr(self, name)
            if thrown < 0:
                return FAULTS[name]()
        return None


@dataclass(slots=True, kw_only=True)
class _Order:
    """A fault that waits for its calls; `left` is how many it still meets, None for all."""

    fault: Fault
    left: int | None
    method: str
    chat: int | None
    containing: str

    def meets(self, method: str, chat: int | None, text: str) -> bool:
        return (
            self.left != 0
            and self.method.lower() in {"", method.lower()}
            and self.chat in {None, chat}
            and self.containing in text
        )


class Faults:
    """The faults that are ordered, and those left to chance."""

    def __init__(self) -> None:
        self._orders: list[_Order] = []
        self._chance: tuple[Chance, random.Random, str] | None = None

    def add(
        self,
        fault: Fault,
        *,
        times: int | None = 1,
        method: str = "sendMessage",
        chat: int | None = None,
        containing: str = "",
    ) -> None:
        """Let a fault meet the next `times` calls (None: all) of a method ("": of any).

        With `chat` only calls for that chat count, with `containing` only texts that have it. Of several orders
        that would meet a call, the oldest does.
        """
        self._orders.append(_Order(fault=fault, left=times, method=method, chat=chat, containing=containing))

    def by_chance(self, chance: Chance, *, seed: int, method: str = "sendMessage") -> None:
        """Throw dice at each call of a method ("": of any) that no order meets."""
        self._chance = (chance, random.Random(seed), method)  # noqa: S311  # drills must repeat, not surprise

    def clear(self) -> None:
        """Let everything go well again."""
        self._orders.clear()
        self._chance = None

    def take(self, method: str, chat: int | None, text: str) -> Fault | None:
        """Return the fault that meets this call."""
        for order in self._orders:
            if order.meets(method, chat, text):
                order.left = None if order.left is None else order.left - 1
                return order.fault
        if self._chance is None or self._chance[2].lower() not in {"", method.lower()}:
            return None
        return self._chance[0].draw(self._chance[1])
