"""The cheapest HTTP server there is: it hands each request's head to a function and writes what that gives.

For trials in which the publisher must not be what is measured, or must answer byte for byte as it is told.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Bytes, after so many seconds; `then_close` hangs up behind them, `reset` in their place. None at all: it hangs.

    `done` is called when the answer is out, or when the client has left.
    """

    raw: bytes | None
    delay: float = 0.0
    then_close: bool = False
    reset: bool = False
    done: Callable[[], None] = lambda: None


class Connection(asyncio.Protocol):
    """One client. `answer` gets (this connection, the head without its empty line)."""

    def __init__(self, answer: Callable[["Connection", bytes], Answer]) -> None:
        self._answer = answer
        self._read = b""
        self._waiting: tuple[asyncio.TimerHandle | None, Answer] | None = None
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        while HEAD_END in self._read:
            head, _, self._read = self._read.partition(HEAD_END)
            answer = self._answer(self, head)
            if answer.raw is None and not answer.reset:
                self._waiting = None, answer
            elif answer.delay:
                timer = asyncio.get_running_loop().call_later(answer.delay, self._give, answer)
                self._waiting = timer, answer
            else:
                self._give(answer)

    def connection_lost(self, _: Exception | None) -> None:
        if self._waiting is not None:
            timer, answer = self._waiting
            if timer is not None:
                timer.cancel()
            answer.done()

    def _give(self, answer: Answer) -> None:
        self._waiting = None
        if answer.reset:
            self.transport.abort()
        elif answer.raw is not None:
            self.transport.write(answer.raw)
            if answer.then_close:
                self.transport.close()
        answer.done()


def fields(head: bytes) -> tuple[str, dict[str, str]]:
    """Read a head: the path asked for, and the fields by their names in lower case, byte for byte as latin-1."""
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return first.split(" ")[1], {name.lower(): value.strip(" ") for name, _, value in pairs}


def response(status: int, headers: dict[str, str], body: bytes = b"", *, length: int | None = None) -> bytes:
    """Write an answer. `length` is what it claims to be long, if that is not so."""
    size = "" if status == 304 else f"Content-Length: {len(body) if length is None else length}\r\n"
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} So\r\n{lines}{size}\r\n".encode("latin-1") + body
