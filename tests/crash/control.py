"""Random and half-right requests at the control socket: ./run drill control [--requests N] [--seed N].

The real bot gets them, eight at a time: noise, JSON that is no request, requests with a key or a value wrong, cut off,
too deep, and some that are right. Where root runs it, some more come from another user, who may not. Wanted: no
exception in the log, nothing changed by who may not, and answers afterwards. Exit 1 at any breach.
"""

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from running import Running
from standins.botapi import BotApi
from standins.publisher import Publisher

from bot.admin.socket import ask
from bot.demo.story import HISTORY
from bot.store.database import SQLiteDB

WORDS = ("look", "take", "rename", "remove", "pause", "resume", "import", "", "LOOK", "do", "\ud800", "stop")
KEYS = ("do", "name", "address", "offer", "number", "title", "opml", "", "chat", "do\0")
NAMES = ("moscow-times", "added", "nobody", "", "a" * 5_000, "\ud83d", "../../etc/passwd", "'; DROP TABLE feeds; --")
ADDRESSES = (
    "http://10.0.0.1/",
    "http://[::1",
    "not an address",
    "http://\\@x/",
    "",
    "ftp://x.example",
    "http://127.0.0.1:1/",
)
VALUES = (None, True, 0, -1, 10**400, 1e308, [], {}, [[]], {"do": "look"}, "eA==", "=", "PG9wbWw+PC9vcG1sPg==")
OTHER = 65_534
AS_OTHER = """
import os, socket, sys
os.setgid(65534); os.setuid(65534)
for line in sys.stdin.buffer:
    with socket.socket(socket.AF_UNIX) as ear:
        try:
            ear.connect(sys.argv[1])
            ear.sendall(line)
            answer = ear.recv(100)
        except OSError:
            answer = b""
        print(len(answer), flush=True)
"""


def requests(dice: random.Random) -> Iterator[bytes]:
    """Yield what is sent, a line or less."""
    while True:
        kind = dice.randrange(8)
        if kind == 0:
            yield dice.randbytes(dice.randrange(200))
        elif kind == 1:
            yield json.dumps(dice.choice(VALUES)).encode() + b"\n"
        elif kind == 2:
            yield b"[" * dice.choice((10, 100_000)) + b"\n"
        else:
            line = json.dumps(half_right(dice)).encode() + b"\n"
            yield line[: dice.randrange(len(line))] if kind == 3 else line


def half_right(dice: random.Random) -> dict[str, object]:
    """Make a request that may be right."""
    request: dict[str, object] = {"do": dice.choice(WORDS), "name": dice.choice(NAMES)}
    request |= {"address": dice.choice(ADDRESSES), "number": dice.choice((0, 1, 7)), "offer": "x"}
    request |= {"title": dice.choice(NAMES), "opml": dice.choice(("", "PG9wbWw+PC9vcG1sPg==", "x"))}
    for _ in range(dice.randrange(3)):
        request[dice.choice(KEYS)] = dice.choice((*VALUES, *NAMES, *ADDRESSES))
    for _ in range(dice.randrange(3)):
        request.pop(dice.choice(KEYS), None)
    return request


async def send(path: Path, line: bytes) -> bytes:
    """Send a line and return what is answered. A cut one is ended."""
    reader, writer = await asyncio.open_unix_connection(path)
    try:
        writer.write(line)
        writer.write_eof()
        return await reader.read()
    except OSError:
        return b""
    finally:
        writer.close()


async def fuzz(path: Path, *, count: int, seed: int) -> Counter[str]:
    """Send so many, eight at a time. Returns how they were answered."""
    dice = random.Random(seed)  # noqa: S311  # chance, not secrecy
    source, answers = requests(dice), Counter[str]()

    async def some() -> None:
        while answers.total() < count:
            answers["sent"] += 1
            answer = await send(path, next(source))
            answers["refused" if b'"error"' in answer else "answered" if answer else "nothing"] += 1
            answers["sent"] -= 1

    await asyncio.gather(*(some() for _ in range(8)))
    return +answers


def by_another_user(path: Path, *, count: int, seed: int) -> int:
    """Send right requests as another user, whatever the socket's file lets in. Returns how many got an answer."""
    lines = [json.dumps(half_right(random.Random(seed + number))).encode() for number in range(count)]  # noqa: S311
    lines += [json.dumps({"do": "pause", "name": "moscow-times"}).encode()]
    for each in (path, path.parent, path.parent.parent):
        each.chmod(0o777)
    ended = subprocess.run(
        [sys.executable, "-c", AS_OTHER, path], input=b"\n".join(lines) + b"\n", capture_output=True, check=True
    )
    return sum(line != b"0" for line in ended.stdout.split())


async def drill(folder: Path, *, count: int, seed: int) -> bool:
    """Fuzz a real bot."""
    async with Running(folder, api=BotApi(limits=None), publisher=Publisher(HISTORY)) as bot:
        await bot.start()
        await bot.publisher.wait_for_request(2)
        path = folder / "state/newsvane.db.sock"
        outside = 0
        if os.geteuid() == 0:
            before = states(folder)
            outside = by_another_user(path, count=count // 10, seed=seed)
            print(f"{count // 10:,} requests by another user: {outside} answered")
            if states(folder) != before:
                print("BREACH: another user has changed something")
                outside += 1
        answers = await fuzz(path, count=count, seed=seed)
        reply = await ask(path, {"do": "resume", "name": "moscow-times"})
        asked = len(bot.publisher.requests)
        await bot.publisher.wait_for_request(asked + 2)
        code = await bot.stop()
        broken = [line for line in bot.log.splitlines() if "Traceback" in line or "broke" in line]
    good = not outside and not broken and reply is not None and "error" not in reply and code == 0
    print(
        f"{answers.total():,} requests: {dict(answers)}; exceptions in the log: {len(broken)}; answers after: {reply}"
    )
    print(*broken[:3], sep="\n")
    return good


def states(folder: Path) -> dict[int, bool]:
    """Return which feeds are paused, by number."""
    with SQLiteDB(folder / "state/newsvane.db", read_only=True) as db:
        return {number: doc.get("paused", False) for number, doc in db.table("feeds").all_by_id().items()}


def main() -> int:
    """Fuzz once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="newsvane-drill-") as folder:
        good = asyncio.run(drill(Path(folder), count=given.requests, seed=given.seed))
    if not good:
        print("BREACH")
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
