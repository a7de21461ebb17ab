"""The demo in a real terminal: what a person sees, and that the terminal is afterwards what it was."""

import asyncio
import fcntl
import os
import pty
import signal
import sys
import termios
from contextlib import suppress
from pathlib import Path

import pytest
from running import ROOT

WELCOME_BACK = "Goodbye"


class Terminal:
    """A program in a pseudo-terminal of its own: Ctrl-C is a key here, and the kernel makes it SIGINT."""

    def __init__(self, folder: Path) -> None:
        self.shown = ""
        self.folder = folder
        self._master, self._slave = pty.openpty()
        self.before = termios.tcgetattr(self._slave)
        self._came = asyncio.Event()

    async def start(self, *words: str) -> asyncio.subprocess.Process:
        """Start newsvane in the terminal."""
        slave = self._slave

        def own_the_terminal() -> None:
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot.cli", "--config", str(ROOT / "config"), *words,
            cwd=self.folder,
            env={
                "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TERM": "xterm",
                "HOME": str(self.folder), "TMPDIR": str(self.folder),
            },
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True, preexec_fn=own_the_terminal,
        )  # fmt: skip
        asyncio.get_running_loop().add_reader(self._master, self._read)
        return self.process

    def _read(self) -> None:
        self.shown += os.read(self._master, 65_536).decode("utf-8", "replace")
        self._came.set()

    def type(self, keys: str) -> None:
        """Type keys, control keys among them."""
        os.write(self._master, keys.encode())

    async def until(self, text: str) -> None:
        """Wait until the terminal has shown a text."""
        try:
            async with asyncio.timeout(120):
                while text not in self.shown:
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError:
            pytest.fail(f"{text!r} did not come: {self.shown!r}")

    @property
    def now(self) -> list:
        """How the terminal behaves now."""
        return termios.tcgetattr(self._slave)

    async def close(self) -> None:
        """Take the terminal away."""
        asyncio.get_running_loop().remove_reader(self._master)
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()
        os.close(self._master)
        os.close(self._slave)


@pytest.fixture
async def terminal(tmp_path):
    terminal = Terminal(tmp_path)
    await terminal.start("demo")
    yield terminal
    await terminal.close()


async def ended(terminal: Terminal) -> int:
    async with asyncio.timeout(120):
        return await terminal.process.wait()


def left_well(terminal: Terminal) -> bool:
    """Return whether a word was said, and nothing is left of the demo: neither in the terminal nor on the disk."""
    return (
        terminal.process.returncode == 0
        and terminal.now == terminal.before
        and WELCOME_BACK in terminal.shown
        and "Traceback" not in terminal.shown
        and not list(terminal.folder.glob("newsvane-demo-*"))
    )


@pytest.mark.parametrize("way", ["\x03", "\x03\x03", "\x04", "half a line\x03"])
async def test_the_terminal_is_as_it_was_whichever_way_one_leaves(terminal, way):
    """Ctrl-C once, in a row and within a line, and Ctrl-D: echo and line mode are back, and a word is said."""
    await terminal.until("for all")
    terminal.type(way)
    await ended(terminal)
    assert left_well(terminal), terminal.shown


async def test_ctrl_c_pressed_again_and_again_cuts_nothing_off(terminal):
    await terminal.until("for all")
    ending = asyncio.create_task(ended(terminal))
    while not ending.done():
        terminal.type("\x03")
        await asyncio.wait({ending}, timeout=0.02)
    assert left_well(terminal), terminal.shown


async def test_the_terminal_is_as_it_was_after_sigterm(terminal):
    await terminal.until("for all")
    ending = asyncio.create_task(ended(terminal))
    while not ending.done():
        with suppress(ProcessLookupError):  # not by the process object, which would ask for its end itself
            os.kill(terminal.process.pid, signal.SIGTERM)
        await asyncio.wait({ending}, timeout=0.02)
    assert left_well(terminal), terminal.shown


async def test_a_window_that_is_closed_leaves_nothing_behind(terminal):
    await terminal.until("for all")
    terminal.process.send_signal(signal.SIGHUP)
    assert await ended(terminal) == 0
    assert not list(terminal.folder.glob("newsvane-demo-*"))


async def test_a_headline_that_brings_no_alert_says_why(terminal):
    await terminal.until("for all")
    terminal.type("publish: A cat sleeps\r")
    await terminal.until("(that meets no watchlist)")
    terminal.type("publish: S-400 in Idlib\r")
    await terminal.until("(that meets idlib s-400; to be told: /subscribe idlib s-400)")


async def test_a_headline_of_ones_own_comes_back_as_an_alert(terminal):
    """What is typed behind publish: stands in the feed, and the bot finds it; markup in it is harmless."""
    await terminal.until("for all commands.")
    terminal.type("/subscribe s-400\r")
    await terminal.until("Subscribed to")
    terminal.type("publish:\r")
    await terminal.until("Type a headline behind publish:")
    terminal.type("publish: <b>S-400</b> &amp; a kite seen\r")
    await terminal.until("your-headline-a9")
    assert "(published: S-400 & a kite seen)" in terminal.shown
