"""What a monitor reads at the bot's own door, /healthz."""

import re
import socket

import aiohttp

_LAG = re.compile(r"lag since the start: p99 (\d+) ms, worst (\d+) ms")


def free_port() -> int:
    """Return a port that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def lag_at(port: int) -> tuple[float, float]:
    """Return by how many ms the loop of a bot was late since its start: 99 of 100 times no more, and at worst."""
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session,
        session.get(f"http://127.0.0.1:{port}/healthz") as answer,
    ):
        found = _LAG.search(await answer.text())
    assert found, "the bot does not tell its lag"
    return float(found[1]), float(found[2])
