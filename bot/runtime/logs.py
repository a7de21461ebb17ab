"""Logging: one event, one line, on stderr, and never a token in it.

What nobody caught goes this way too, wherever it was raised: in the main thread, in another one, in a task or callback
of the loop (asyncio logs these), where nobody can catch it (`__del__`, the end of the process), and in logging itself.
"""

import asyncio
import logging
import os
import re
import sys
import threading
from collections.abc import MutableMapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Literal, TextIO

import structlog

from bot.text.secrets import TOKEN

_IN_ADDRESS = re.compile(r"(?<=/bot)[^/\s\"']+")  # a token as part of a Bot API address, whatever its shape
_PAIRS = structlog.processors.LogfmtRenderer(bool_as_flag=False)
_SHORTEST = 8  # letters of what is replaced: less would stand in any text
_NOISY = ("httpx", "httpcore", "apscheduler", "asyncio", "aiohttp")


class _Redactor:
    """Takes tokens out of an event's rendered line, tracebacks included."""

    def __init__(self, secret: str) -> None:
        _, _, password = secret.partition(":")  # the rest is the bot's id, which everybody may know
        self._shapes = [shape for shape in (secret, secret.replace(":", "%3A"), password) if len(shape) >= _SHORTEST]

    def __call__(self, line: str) -> str:
        for shape in self._shapes:
            line = line.replace(shape, "[token]")
        return TOKEN.sub("[token]", _IN_ADDRESS.sub("[token]", line))


class _Handler(logging.StreamHandler[TextIO]):
    """Writes to stderr. What cannot be rendered or written is told in a line that is redacted as all others."""

    def __init__(self, redact: _Redactor) -> None:
        super().__init__(sys.stderr)
        self._redact = redact

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's name
        line = f"error log.broke logger={record.name} reason={sys.exc_info()[1]!r}"
        with suppress(Exception):  # there is nobody left to tell
            self.stream.write(self._redact(line) + self.terminator)


def configure(*, level: str = "info", style: Literal["text", "json"] = "text", secret: str = "") -> None:
    """Send the house's and the libraries' events to stderr. `secret` is the token in use."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.format_exc_info,
    ]
    if "JOURNAL_STREAM" not in os.environ:  # the journal writes the time itself
        shared.insert(0, structlog.processors.TimeStamper(fmt="iso", utc=True))
    render = structlog.processors.JSONRenderer() if style == "json" else _logfmt
    redact = _Redactor(secret)
    sys.excepthook, threading.excepthook, sys.unraisablehook = _uncaught, _uncaught_in_thread, _unraisable

    def rendered(logger: Any, name: str, event: MutableMapping[str, Any]) -> str:  # noqa: ANN401  # structlog's protocol
        return redact(str(render(logger, name, event)))

    handler = _Handler(redact)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, rendered],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.captureWarnings(True)  # noqa: FBT003  # logging's signature
    logging.getLogger("telegram").setLevel(
        logging.CRITICAL + 1
    )  # it logs what people wrote; the house tells its errors
    for name in _NOISY:  # their INFO and DEBUG tell each request, address and all
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("asyncio").addFilter(_is_trouble)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        cache_logger_on_first_use=False,
    )


def _is_trouble(record: logging.LogRecord) -> bool:
    """Tell whether a record is more than that nobody asked how something ended that was cancelled."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


def _uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    """Log what nobody caught: a traceback may have the token in it, and here it is taken out."""
    _say("bot.broke", kind, error, trace)


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_type is not SystemExit:
        _say("thread.broke", args.exc_type, args.exc_value, args.exc_traceback, thread=getattr(args.thread, "name", ""))


def _unraisable(args: "sys.UnraisableHookArgs") -> None:
    _say("bot.broke-aside", args.exc_type, args.exc_value, args.exc_traceback, reason=args.err_msg)


def _say(
    event: str, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None, **about: object
) -> None:
    """Log an exception. It must not raise: Python would print what it was given as it stands."""
    try:
        structlog.get_logger().critical(event, exc_info=(kind, error, trace), **about)
    except Exception:  # noqa: BLE001  # whatever it is
        with suppress(Exception):
            structlog.get_logger().critical(event, error=kind.__name__, **about)


def _logfmt(logger: Any, name: str, event: MutableMapping[str, Any]) -> str:  # noqa: ANN401  # structlog's protocol
    """Return `time level event key=value` on one line: what is not printable is escaped, so no value forges a line."""
    first = [str(event.pop(key)) for key in ("timestamp", "level", "event") if key in event]
    rest = {key: value for key, value in event.items() if value is not None and value != ""}
    line = " ".join([*first, *filter(None, [_PAIRS(logger, name, rest)])])
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
