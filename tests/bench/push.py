"""From a push to the alert, and what a flood of strangers at the bot's door costs. ./run bench push [PUSHES]."""

import asyncio
import signal
import statistics
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from standins.botapi import BotApi
from standins.hub import Hub
from standins.publisher import Publisher
from standins.stage import HubStage

from bot.demo.story import HISTORY, RELEASES
from bot.settings import load

ROOT = Path(__file__).resolve().parents[2]
ANNA = 7
STRANGERS = 200


async def measure(pushes: int) -> None:
    """Push so many items with nobody else there, then as many while strangers knock all the time."""
    settings = load(ROOT / "config", Path("unused"), environ={})
    with tempfile.TemporaryDirectory() as folder:
        made = HubStage(
            settings,
            Path(folder),
            api=BotApi(limits=None),
            publisher=Publisher(HISTORY),
            hub=Hub(),
            interval=600.0,
        )
        async with made as stage:
            stage.start_bot()
            await stage.first_poll_done()
            stage.api.say(ANNA, "/subscribe all")
            await stage.api.wait_for(1, chat=ANNA)
            await stage.hub.wait_until(lambda: bool(stage.hub.subscribers))
            tell("quiet", await delays(stage, 0, pushes))
            flood = await asyncio.create_subprocess_exec(
                sys.executable, __file__, "--knock", str(stage.listen.port), stdout=asyncio.subprocess.PIPE
            )
            spent, begun = time.process_time(), time.monotonic()
            tell("flood", await delays(stage, pushes, pushes))
            share = (time.process_time() - spent) / (time.monotonic() - begun)
            flood.terminate()
            out, _ = await flood.communicate()
            print(f"strangers: {out.decode().strip()}; all of this process took {share:.0%} of a core meanwhile")


async def delays(stage: HubStage, start: int, count: int) -> list[float]:
    """Push items one by one. Returns the seconds from each push to its alert."""
    found: list[float] = []
    for number in range(start, start + count):
        told = len(stage.api.messages(ANNA))
        link = f"https://moscow-times.example/news-a{80_000 + number}"
        stage.publisher.publish(replace(RELEASES[0], link=link, title=f"Idlib {number}"))
        begun = time.monotonic()
        for _ in range(1_000):  # a hub that is not let in tries again
            if await stage.hub.publish(stage.publisher.url, stage.publisher.body()) == [202]:
                break
            await asyncio.sleep(0.02)
        await stage.api.wait_for(told + 1, chat=ANNA, timeout=60)
        found.append(time.monotonic() - begun)
        await asyncio.sleep(1.1)  # a chat gets a message a second
    return found


def tell(name: str, found: list[float]) -> None:
    """Print how long it took."""
    found = sorted(found)
    print(
        f"{name}: {len(found)} pushes, alert after median {statistics.median(found) * 1e3:.0f} ms, "
        f"worst {found[-1] * 1e3:.0f} ms"
    )


async def knock(port: int) -> None:
    """Guess addresses as fast as one can, until told to stop."""
    answered, attempts, begun = 0, 0, time.monotonic()

    async def stranger() -> None:
        nonlocal answered, attempts
        while True:
            attempts += 1
            with suppress(OSError):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(b"GET /websub/%d HTTP/1.1\r\nHost: x\r\n\r\n" % attempts)
                answer = await reader.read()
                answered += bool(answer)
                writer.close()

    strangers = [asyncio.create_task(stranger()) for _ in range(STRANGERS)]
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    await told.wait()
    for task in strangers:
        task.cancel()
    seconds = time.monotonic() - begun
    print(f"{attempts / seconds:,.0f} attempts a second by {STRANGERS}, {answered / seconds:,.0f} answered")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--knock"]:
        asyncio.run(knock(int(sys.argv[2])))
    else:
        asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 20))
