"""Serves in a process of its own: PYTHONPATH=tests python -m standins.botapi --port 8081. See `control`."""

import argparse
import asyncio
import signal
import sys

from standins.botapi import TOKEN, BotApi, Limits, control


async def _serve(port: int, token: str, limits: Limits | None) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with BotApi(token=token, port=port, limits=limits, routes=control.routes) as api:
        sys.stdout.write(f"{api.url}\n")
        sys.stdout.flush()
        await stop.wait()


def main() -> None:
    """Serve until SIGINT or SIGTERM. The first line on stdout is the address."""
    parser = argparse.ArgumentParser(prog="python -m standins.botapi", description=main.__doc__)
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument(
        "--token", default=TOKEN, help="the only token that is accepted; no secret, for it opens nothing"
    )
    parser.add_argument("--no-flood-control", action="store_true", help="let every message pass")
    given = parser.parse_args()
    asyncio.run(_serve(given.port, given.token, None if given.no_flood_control else Limits()))


if __name__ == "__main__":
    main()
