"""An exception whose text has the token shows it at no door, whatever becomes of it: each in a process of its own."""

import subprocess
import sys

import pytest

SECRET = "987654321:canary-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
BEGIN = f"""
import asyncio, atexit, faulthandler, gc, logging, sys, threading, warnings
from bot.runtime import logs
SECRET = {SECRET!r}
class Canary(Exception):
    def __init__(self):
        super().__init__("https://api.telegram.org/bot" + SECRET + "/getMe and " + SECRET.replace(":", "%3A"), SECRET)
class Unprintable(Exception):
    def __str__(self):
        raise Canary
    __repr__ = __str__
def fail(*_):
    raise Canary
logs.configure(level="debug", secret=SECRET)
print("begun", file=sys.stderr)
"""
DOORS = {
    "the main thread": "fail()",
    "a cause": "try:\n    fail()\nexcept Canary as error:\n    raise RuntimeError('worse') from error",
    "a group": "raise ExceptionGroup(SECRET, [Canary(), ValueError(SECRET)])",
    "what cannot be printed": "raise Unprintable",
    "a note": "error = ValueError('x')\nerror.add_note(SECRET)\nraise error",
    "another thread": "threading.Thread(target=fail, name=SECRET).start()",
    "a task": "async def main():\n    asyncio.create_task(asyncio.to_thread(fail))\n    await asyncio.sleep(0.05)\n"
    "    gc.collect()\nasyncio.run(main())",
    "a callback": "async def main():\n    asyncio.get_running_loop().call_soon(fail, SECRET)\n"
    "    await asyncio.sleep(0.01)\nasyncio.run(main())",
    "a handler of the loop that breaks": "async def main():\n    loop = asyncio.get_running_loop()\n"
    "    loop.set_exception_handler(fail)\n    loop.call_soon(fail)\n"
    "    await asyncio.sleep(0.01)\nasyncio.run(main())",
    "a destructor": "class Broken:\n    __del__ = fail\nBroken()\ngc.collect()",
    "the end of the process": "atexit.register(fail)",
    "a generator that is dropped": "def each():\n    try:\n        yield\n    finally:\n        fail()\n"
    "going = each()\nnext(going)\ndel going",
    "a log with wrong arguments": "logging.getLogger('library').error('%d of ' + SECRET, SECRET)",
    "a log of what cannot be printed": "logging.getLogger('library').error('%s', Unprintable())",
    "a log whose stream breaks": "class Torn:\n    def write(self, text):\n        fail()\n    flush = fail\n"
    "logging.getLogger().handlers[0].setStream(Torn())\nlogging.getLogger('library').error(SECRET)",
    "a logged exception": "try:\n    fail()\nexcept Canary:\n    logging.getLogger('library').exception(SECRET)",
    "a warning": "warnings.warn(SECRET)",
    "a crash of the interpreter": "faulthandler.enable()\ntry:\n    fail()\nexcept Canary:\n"
    "    import ctypes\n    ctypes.string_at(0)",
}


@pytest.mark.parametrize("door", DOORS)
def test_no_door_shows_the_token(door):
    ended = subprocess.run([sys.executable, "-c", BEGIN + DOORS[door]], capture_output=True, text=True, check=False)
    assert "begun" in ended.stderr
    assert "canary" not in ended.stderr + ended.stdout
    if "stream" not in door:
        assert len(ended.stderr.splitlines()) > 1  # that something broke is said
