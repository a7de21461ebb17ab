"""Logging: one event, one line, on stderr, and never a token in it."""

import logging
import os
import re
import sys
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any, Literal

import structlog

from bot.text.secrets import TOKEN

_IN_ADDRESS = re.compile(r"(?<=/bot)[^/\s\"']+")  # a token as part of a Bot API address, whatever its shape
_PAIRS = structlog.processors.LogfmtRenderer(bool_as_flag=False)
_NOISY = ("httpx", "httpcore", "apscheduler", "asyncio", "aiohttp")


class _Redactor:
    """Takes tokens out of an event's rendered line, tracebacks included."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def __call__(self, line: str) -> str:
        if self._secret:
            line = line.replace(self._secret, "[token]")
        return TOKEN.sub("[token]", _IN_ADDRESS.sub("[token]", line))


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
    sys.excepthook = _uncaught

    def rendered(logger: Any, name: str, event: MutableMapping[str, Any]) -> str:  # noqa: ANN401  # structlog's protocol
        return redact(str(render(logger, name, event)))

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, rendered],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.getLogger("telegram").setLevel(
        logging.CRITICAL + 1
    )  # it logs what people wrote; the house tells its errors
    for name in _NOISY:  # their INFO and DEBUG tell each request, address and all
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        cache_logger_on_first_use=False,
    )


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Log what nobody caught: a traceback may have the token in it, and here it is taken out."""
    structlog.get_logger().critical("bot.broke", exc_info=(kind, error, trace))


def _logfmt(logger: Any, name: str, event: MutableMapping[str, Any]) -> str:  # noqa: ANN401  # structlog's protocol
    """Return `time level event key=value` on one line: what is not printable is escaped, so no value forges a line."""
    first = [str(event.pop(key)) for key in ("timestamp", "level", "event") if key in event]
    rest = {key: value for key, value in event.items() if value is not None and value != ""}
    line = " ".join([*first, *filter(None, [_PAIRS(logger, name, rest)])])
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
