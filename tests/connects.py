"""What the interpreter itself reports of connections: the audit event `socket.connect`."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_heard: list[Callable[[object], None]] = []


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect":
        for hear in _heard:
            hear(arguments[1])


sys.addaudithook(_audit)  # it cannot be taken away, and is silent while nobody hears


@contextmanager
def heard(hear: Callable[[object], None]) -> Iterator[None]:
    """Let each address that is connected to be heard meanwhile. What that raises stops the connection."""
    _heard.append(hear)
    try:
        yield
    finally:
        _heard.remove(hear)
