"""One event, one line, and never a token."""

import asyncio
import io
import json
import logging
import sys

import pytest
import structlog

from bot.runtime import logs

SECRET = "987654:canary-token"


@pytest.fixture(params=["text", "json"])
def written(request, monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    logs.configure(level="debug", style=request.param, secret=SECRET)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def test_a_newline_in_a_value_cannot_forge_a_line(written):
    structlog.get_logger().info("poll.done", title="news\n2026-01-01 error forged\r\x1b[31m\u2028")
    assert len(written.getvalue().splitlines()) == 1
    assert "\x1b" not in written.getvalue()


def test_the_token_is_not_written_in_values_in_tracebacks_or_by_libraries(written):
    try:
        raise ValueError(f"https://api.telegram.org/bot{SECRET}/getMe failed")
    except ValueError:
        structlog.get_logger().exception("broke", url=f"http://127.0.0.1/bot{SECRET}/sendMessage")
        logging.getLogger("some.library").exception("token %s", SECRET)
    assert "canary" not in written.getvalue()
    assert written.getvalue().count("[token]") >= 3
    assert len(written.getvalue().splitlines()) == 2


def test_any_token_of_telegrams_shape_is_hidden_also_one_not_in_use(written):
    structlog.get_logger().info("event", value="1234567890:" + "A" * 35)
    assert "AAAA" not in written.getvalue()


def test_requests_of_libraries_are_not_told(written):
    logging.getLogger("httpx").info("HTTP Request: POST https://api.telegram.org/bot123/getMe")
    assert written.getvalue() == ""


def test_json_lines_are_json(written, request):
    structlog.get_logger().info("poll.done", feed="moscow-times", new=3)
    line = written.getvalue()
    if line.startswith("{"):
        assert json.loads(line)["new"] == 3
    else:
        assert "info poll.done feed=moscow-times new=3" in line


def test_a_traceback_that_nobody_caught_has_no_token(written):
    try:
        raise RuntimeError(f"https://api.telegram.org/bot{SECRET}/getMe and {SECRET}")
    except RuntimeError:
        sys.excepthook(*sys.exc_info())
    assert "bot.broke" in written.getvalue()
    assert "RuntimeError" in written.getvalue()
    assert "canary" not in written.getvalue()


def test_that_nobody_asked_how_something_ended_is_told_but_for_what_was_cancelled(written):
    for error, told in ((asyncio.CancelledError(), False), (ValueError("odd"), True)):
        logging.getLogger("asyncio").error("exception was never retrieved", exc_info=error)
        assert ("never retrieved" in written.getvalue()) is told
