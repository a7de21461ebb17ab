"""The chat in the terminal: what the bot says as it would look in Telegram, and a line to write on."""

import asyncio
import select
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, Self

from rich.console import Console
from rich.text import Text

from bot.demo.markup import SentMessage

PROMPT = "you> "
STYLES = {"bold": "bold", "italic": "italic", "code": "cyan", "text_link": "underline", "bot_command": "blue"}


class Screen:
    """Prints messages and reads lines, without the one writing over the other.

    Inside its `with` it may change how the terminal behaves; afterwards the terminal is as it was.
    """

    def __init__(self) -> None:
        self._console = Console(highlight=False)
        self._asking = False
        self._before: list[Any] | None = None

    def __enter__(self) -> Self:
        # Line editing switches echo and line mode off while it reads, and nobody ends a read that is interrupted.
        with suppress(ImportError, OSError, ValueError):
            import termios  # noqa: PLC0415  # not everywhere

            self._before = termios.tcgetattr(sys.stdin.fileno())
        return self

    def __exit__(self, *_: object) -> None:
        self._asking = False
        if self._before is not None:
            import termios  # noqa: PLC0415  # it was there a moment ago

            with suppress(termios.error, OSError):  # a window that was closed
                termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, self._before)
                sys.stdout.write("\r\x1b[K")

    def say(self, text: str, style: str = "dim") -> None:
        """Print what the demo itself has to say."""
        self._print(Text(text, style))

    def show(self, message: SentMessage) -> None:
        """Print a message of the bot, with its markup."""
        lines = list(rendered(message).split("\n", allow_blank=True))
        mark = "bot  " if not message.silent else "bot~ "
        buttons = [each.text for row in message.buttons for each in row]
        lines += [Text(f"[{number}] {text}", "reverse") for number, text in enumerate(buttons, 1)]
        self._print(Text("\n").join(Text.assemble((mark, "green"), line) for line in lines))

    def echo(self, text: str) -> None:
        """Print what a person said, in a script that plays by itself."""
        self._print(Text.assemble((PROMPT, "yellow"), text))

    async def lines(self) -> AsyncIterator[str]:
        """Return what is typed, line by line, until the end of input."""
        with suppress(ImportError):
            import readline  # noqa: F401, PLC0415  # gives input() editing and history where there is one
        loop, lines = asyncio.get_running_loop(), asyncio.Queue[str | None]()

        def read() -> None:
            # A daemon thread: nothing can interrupt a read of the terminal, and the process need not wait for it.
            try:
                while True:
                    line = input(PROMPT)
                    loop.call_soon_threadsafe(lines.put_nowait, line)
            except (EOFError, OSError, RuntimeError):  # the end of input, of the terminal, or of the loop
                with suppress(RuntimeError):
                    loop.call_soon_threadsafe(lines.put_nowait, None)

        self._asking = True
        threading.Thread(target=read, daemon=True, name="terminal").start()
        while (line := await lines.get()) is not None:
            yield line

    def _print(self, text: Text) -> None:
        if self._asking:
            sys.stdout.write("\r\x1b[K")  # the prompt makes room
        self._console.print(text)
        if self._asking:
            sys.stdout.write(PROMPT + _typed())
            sys.stdout.flush()


def rendered(message: SentMessage) -> Text:
    """Return a message's text with its entities as styles; links are followed by their address."""
    text = Text(message.text)
    links: list[tuple[int, str]] = []
    for entity in message.entities:
        start, end = _index(message.text, entity.offset), _index(message.text, entity.offset + entity.length)
        style = STYLES.get(entity.type, "")
        if style:
            text.stylize(style, start, end)
        if entity.type == "text_link":
            links.append((end, entity.url))
    for end, url in reversed(links):
        text = Text.assemble(text[:end], (f" <{url}>", "dim"), text[end:])
    return text


def _index(text: str, units: int) -> int:
    """Return the character at an offset in UTF-16 units, which is how Telegram counts."""
    return len(text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore"))


def _typed() -> str:
    """Return what has been typed of a line; empty while somebody types, for the line then changes in its thread.

    The C library ends the process if a text changes while it is being decoded.
    """
    readline = sys.modules.get("readline")
    if readline is None or _is_typing():
        return ""
    return str(readline.get_line_buffer())


def _is_typing() -> bool:
    """Return whether there are keystrokes that have not been read yet."""
    try:
        return bool(select.select([sys.stdin], [], [], 0.005)[0])
    except (OSError, ValueError):  # a window that was closed
        return True
