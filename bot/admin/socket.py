"""The running bot's ear on this machine: a socket beside the state, by which commands change its feeds.

    newsvane feeds add -> one JSON line -> the bot's admin -> one JSON line -> printed

The state's directory belongs to the bot's user alone, and so does the socket. Where no bot runs, the same requests are
answered by a admin of the command's own.
"""

import asyncio
import base64
import json
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import structlog

from bot.admin.feed_admin import FeedAdmin
from bot.admin.offers import Offer
from bot.errors import NewsvaneError, RequestRefused
from bot.model import Feed
from bot.poll.visibility import OPERATOR

LONGEST_LINE = 16 * 2**20
"""Bytes of a request: an OPML list of 8 MiB in base64 is 11."""
PATIENCE = 120.0

Json = dict[str, Any]

log = structlog.get_logger()


async def answer(admin: FeedAdmin, request: Json) -> Json:
    """Do what a request asks for. What is refused comes back as `error`, with the command line's exit code."""
    try:
        return await _done(admin, request)
    except NewsvaneError as error:
        return {"error": str(error), "exit_code": error.exit_code}


async def _done(admin: FeedAdmin, request: Json) -> Json:
    match request:
        case {"do": "look", "address": str(address)}:
            return _offer(await admin.look(address, OPERATOR))
        case {"do": "take", "offer": str(offer), "number": int(number)}:
            return _feed(await admin.take(offer, number, OPERATOR))
        case {"do": "rename", "name": str(name), "title": str(title)}:
            return _feed(admin.rename(name, title, OPERATOR))
        case {"do": "remove" | "pause" | "resume" as do, "name": str(name)}:
            change = {"remove": admin.remove, "pause": admin.pause, "resume": admin.resume}[do]
            return _feed(change(name, OPERATOR))
        case {"do": "import", "opml": str(opml)}:
            brought = await admin.bring_in(_decoded(opml), OPERATOR)
            added = [_feed(feed) for feed in brought.added]
            return {"added": added, "already": brought.already, "complaints": list(brought.complaints)}
    raise RequestRefused("unknown request")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except ValueError:
        raise RequestRefused("unknown request") from None


def _offer(offer: Offer) -> Json:
    choices = [
        {
            "title": choice.title,
            "url": choice.url,
            "known": choice.known.name if choice.known else "",
            "newest": [{"title": entry.title or entry.link, "published": entry.published} for entry in choice.newest],
        }
        for choice in offer.choices
    ]
    return {"offer": offer.id, "choices": choices}


def _feed(feed: Feed) -> Json:
    return asdict(feed)


class AdminSocket:
    """Listens for requests, from `start` to `close`."""

    def __init__(self, admin: FeedAdmin) -> None:
        self._admin = admin
        self._server: asyncio.Server | None = None
        self._path: Path | None = None

    async def start(self, path: Path) -> None:
        """Listen at a path. A bot that cannot still does all else."""
        try:
            _forget(path)  # of a bot that was killed: the state's lock is ours
            with _reachable(path) as short:
                self._server = await asyncio.start_unix_server(self._serve, short, limit=LONGEST_LINE)
            os.chmod(path, 0o600)  # noqa: PTH101  # no file of any size: it takes no time
            self._path = path
        except OSError as error:
            log.warning("control.deaf", reason=str(error), socket=str(path))

    async def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
        if self._path is not None:
            with suppress(OSError):
                _forget(self._path)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if not _is_ours(writer.get_extra_info("socket")):
                return
            async with asyncio.timeout(PATIENCE):
                request = await _read(reader)
            reply = await answer(self._admin, request)
            async with asyncio.timeout(PATIENCE):
                writer.write(json.dumps(reply).encode() + b"\n")
                await writer.drain()
        except (OSError, TimeoutError):
            pass  # who asked is gone
        except Exception:
            log.exception("control.broke")
        finally:
            writer.close()


def _is_ours(line: socket.socket) -> bool:
    """Return whether the bot's own user asks, or root, whatever the socket's file lets in."""
    _, user, _ = struct.unpack("3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    return user in {0, os.geteuid()}


async def _read(reader: asyncio.StreamReader) -> Json:
    """Read a request; an empty one for what is none."""
    try:
        request = json.loads(await reader.readline())
    except (ValueError, RecursionError):  # too long, no text, no JSON, or made to be deep
        return {}
    return request if isinstance(request, dict) else {}


def _forget(path: Path) -> None:
    path.unlink(missing_ok=True)


async def ask(path: Path, request: Json) -> Json | None:
    """Ask the bot that runs. None if none listens there."""
    try:
        with _reachable(path) as short:
            reader, writer = await asyncio.open_unix_connection(short, limit=LONGEST_LINE)
    except OSError:
        return None
    try:
        async with asyncio.timeout(PATIENCE):
            writer.write(json.dumps(request).encode() + b"\n")
            await writer.drain()
            line = await reader.readline()
    except (OSError, TimeoutError):
        line = b""
    finally:
        writer.close()
    whole = line.endswith(b"\n")  # a bot that dies may leave half an answer
    return json.loads(line) if whole else {"error": "The running bot gave no answer; see its log.", "exit_code": 75}


def socket_of(state_file: Path) -> Path:
    """Return the path of the socket beside a state."""
    return state_file.with_name(state_file.name + ".sock")


@contextmanager
def _reachable(path: Path) -> Iterator[str]:
    """Return a short name for a socket: unix(7) takes 107 bytes, and directories can be deeper."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
