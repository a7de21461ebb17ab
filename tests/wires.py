"""The connections between two sockets of one event loop: whether anything is on its way over one of them. No guess.

Both ends are here, so both count: a byte that one has written and the other has not read is under way, and so is the
end of a connection that the other has not seen, and somebody who has connected and was not let in yet. What is under
way comes as soon as the system gets round to it, however late that is on a busy machine.

Not under way is what the other end does not want: bytes for somebody who reads no more stay where they are, and who
cannot write because of that waits for him, not for the system.

A socket whose other end is somewhere else is not followed. Neither are sockets of the file system: what is written to
one of them is there at once.
"""

import asyncio
import socket
from collections.abc import Callable, Iterator
from typing import Any

Address = tuple[Any, ...]
_COUNTED = frozenset({socket.AF_INET, socket.AF_INET6})
Wants = Callable[[int], bool]
"""Tells whether the loop waits for a file descriptor to be readable, or writable."""


class End:
    """A socket that counts. What is not counted goes to the socket itself."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._silent = False
        self.sent = 0
        self.read = 0
        self.deaf = False
        """Whether it has seen the end of the other one, and hears no more."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    @property
    def closed(self) -> bool:
        """Whether it is closed, by whomever."""
        return self._sock.fileno() < 0

    @property
    def silent(self) -> bool:
        """Whether nothing more will be written to it."""
        return self._silent or self.closed

    def send(self, *what: Any) -> int:
        """See `socket`."""
        return self._wrote(self._sock.send(*what))

    def sendmsg(self, *what: Any) -> int:
        """See `socket`."""
        return self._wrote(self._sock.sendmsg(*what))

    def recv(self, *how: Any) -> bytes:
        """See `socket`."""
        try:
            heard = self._sock.recv(*how)
        except OSError as error:
            self._failed(error)
            raise
        self._heard(len(heard))
        return heard

    def recv_into(self, *how: Any) -> int:
        """See `socket`."""
        try:
            count = self._sock.recv_into(*how)
        except OSError as error:
            self._failed(error)
            raise
        self._heard(count)
        return count

    def shutdown(self, how: int) -> None:
        """See `socket`."""
        self._sock.shutdown(how)
        self._silent = self._silent or how != socket.SHUT_RD

    def _wrote(self, count: int) -> int:
        self.sent += count
        return count

    def _heard(self, count: int) -> None:
        self.read += count
        self.deaf = self.deaf or count == 0

    def _failed(self, error: OSError) -> None:
        self.deaf = self.deaf or not isinstance(error, BlockingIOError | InterruptedError)


class Wires:
    """All connections of a loop whose both ends are in it."""

    def __init__(self) -> None:
        self._wires: dict[frozenset[Address], dict[Address, End]] = {}
        self._awaited: dict[frozenset[Address], asyncio.Server] = {}
        self._servers: list[asyncio.Server] = []

    def listens(self, server: asyncio.Server) -> None:
        """Learn of a server."""
        self._servers.append(server)

    def connects(self, sock: socket.socket, there: Address) -> None:
        """Learn that a socket connects, before anything can have come of it; a server of this loop will let it in."""
        server = self._server_at(there) if sock.family in _COUNTED else None
        if server is not None:
            here = sock.getsockname()
            self._wires[frozenset((here, there))] = {here: End(sock)}
            self._awaited[frozenset((here, there))] = server

    def end(self, sock: socket.socket, there: Address | None) -> End:
        """Return the end of a connection that the loop begins to use. `there` is the address of who was let in."""
        if sock.family not in _COUNTED:
            return End(sock)
        here = sock.getsockname()
        key = frozenset((here, there or sock.getpeername()))
        if there is not None:
            self._awaited.pop(key, None)
        ends = self._wires.setdefault(key, {})
        if here not in ends or ends[here].closed:
            ends[here] = End(sock)
        return ends[here]

    def under_way(self, reads: Wants, writes: Wants) -> Iterator[str]:
        """Say what is on its way. `reads` and `writes` tell what the loop waits for."""
        for key, ends in list(self._wires.items()):
            server = self._awaited.get(key)
            if server is not None:
                if server.is_serving():
                    yield f"{_name(key)}: nobody has been let in"
                    continue
                del self._awaited[key]
            if all(end.closed for end in ends.values()):
                del self._wires[key]
            elif len(ends) == 2:
                one, other = ends.values()
                for end, peer in ((one, other), (other, one)):
                    if not end.closed and (what := _due(end, peer, reads, writes)):
                        yield f"{_name(key)}: {what}"

    def _server_at(self, address: Address) -> asyncio.Server | None:
        self._servers = [server for server in self._servers if server.is_serving()]
        for server in self._servers:
            for sock in server.sockets:
                host, port = sock.getsockname()[:2]
                if port == address[1] and host in {address[0], "0.0.0.0", "::"}:
                    return server
        return None


def _due(end: End, peer: End, reads: Wants, writes: Wants) -> str:
    """Say what is going to happen at an open end; empty if nothing is."""
    if reads(end.fileno()) and not end.deaf:
        if peer.sent > end.read:
            return f"{peer.sent - end.read} bytes have not been read"
        if peer.silent:
            return "its end has not been seen"
    if writes(end.fileno()) and (peer.closed or end.sent == peer.read or reads(peer.fileno())):
        return "there is room to write, and nobody has been told"
    return ""


def _name(key: frozenset[Address]) -> str:
    return " and ".join(sorted(f"{address[0]}:{address[1]}" for address in key))
