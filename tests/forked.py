"""`newsvane` in a process of its own that need not load the program: it is forked from one that has.

A command takes a twentieth of a second in place of a whole one. What a command loads by itself, and when, is not seen
here; `running` starts the real thing, and so does `started` in `test_cli`.
"""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from atexit import register
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from select import select

from bot.demo.bell import PATIENCE

ROOT = Path(__file__).resolve().parents[1]
CLI = "bot.cli.main"
LONGEST = 300
"""Seconds after which a process is ended: whoever asked for it has given up."""


class Ended:
    """A process that has ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


class Forked:
    """A process that runs, as far as `asyncio.subprocess.Process` is asked for here."""

    def __init__(self, pid: int, ending: asyncio.Task[Ended]) -> None:
        self.pid = pid
        self._ending = ending

    @property
    def returncode(self) -> int | None:
        """How it has ended; None while it runs."""
        return self._ending.result().code if self._ending.done() else None

    def send_signal(self, number: int) -> None:
        """Send it a signal."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int:
        """Wait until it has ended."""
        return (await asyncio.shield(self._ending)).code


async def newsvane(*words: str, cwd: Path, **environ: str) -> Ended:
    """Run the command line to its end."""
    process = await forked(CLI, *words, cwd=cwd, environ=environ)
    async with asyncio.timeout(PATIENCE):
        return await process._ending


async def forked(program: str, *words: str, cwd: Path, environ: Mapping[str, str], log: str = "") -> Forked:
    """Start the `main` of a program: the command line with these words, `hasty`, `poisoned`.

    What it says on stderr goes to the log, if that is named.
    """
    reader, writer = await asyncio.open_unix_connection(_server())
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environ}
    asked = {"program": program, "words": words, "cwd": str(cwd), "environ": environ, "log": log}
    writer.write(json.dumps(asked).encode() + b"\n")
    pid = int(await reader.readline())

    async def ending() -> Ended:
        try:
            return Ended(**json.loads(await reader.read()))
        finally:
            writer.close()

    return Forked(pid, asyncio.create_task(ending()))


@cache
def _server() -> str:
    """Start the process to fork from, for as long as this one lives, and return the address of its socket."""
    folder = tempfile.TemporaryDirectory(prefix="newsvane-")
    address = f"{folder.name}/forked"
    process = subprocess.Popen(
        [sys.executable, __file__, address],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    with process.stdout:
        process.stdout.readline()  # it listens

    @register
    def end() -> None:
        with process:
            process.kill()
        folder.cleanup()

    return address


def serve(address: str) -> None:
    """Fork a process for each command that is asked for."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen()
        sys.stdout.write("\n")
        sys.stdout.flush()
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who answer
        while sys.stdin not in select([listening, sys.stdin], [], [])[0]:  # it ends with whoever started this
            connection, _ = listening.accept()
            if not os.fork():
                listening.close()
                _answer(connection)
            connection.close()


def _answer(connection: socket.socket) -> None:
    """Have a command run by a child of this process, and tell how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with connection, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        with connection.makefile() as lines:
            asked = json.loads(lines.readline())
        child = os.fork()
        if not child:
            connection.close()
            _run(asked, out.fileno(), err.fileno())
        connection.sendall(b"%d\n" % child)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        out.seek(0)
        err.seek(0)
        ended = {"code": code, "out": out.read().decode(), "err": err.read().decode()}
        connection.sendall(json.dumps(ended).encode())
    os._exit(0)


def _run(asked: dict, out: int, err: int) -> None:
    """Become the command."""
    signal.alarm(LONGEST)
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["environ"])
    if asked["log"]:
        err = os.open(asked["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for number, stream in enumerate((os.open(os.devnull, os.O_RDONLY), out, err)):
        os.dup2(stream, number)
    code = 1
    try:
        main = import_module(asked["program"]).main
        if asked["program"] == CLI:
            main(asked["words"], prog_name="python -m bot.cli")
        else:
            main()
        code = 0
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    except BaseException:  # noqa: BLE001  # as Python ends a program
        sys.excepthook(*sys.exc_info())
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def load() -> None:
    """Load all that commands load when they need it."""
    for part in ("app", "cli.main", "single_round", "demo.play", "demo.replay", "cli.match", "cli.poll_report"):
        import_module(f"bot.{part}")
    for part in ("feed_commands", "state_commands", "outbox_commands"):
        import_module(f"bot.cli.{part}")
    import_module("poisoned")
    settings = import_module("bot.settings")
    settings.load(ROOT / "config", Path("unused"), environ={})


if __name__ == "__main__":
    load()
    serve(sys.argv[1])
