"""A stand-in in a process of its own does what it is told over HTTP, and outlives the bot."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from telegram import Bot
from telegram.error import NetworkError

TESTS = Path(__file__).resolve().parents[2]
TOKEN = "42:a-token-of-its-own"


@pytest.fixture
async def address() -> AsyncIterator[str]:
    """The address of a stand-in that runs alone. It ends by SIGTERM, well."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", "-m", "standins.botapi", "--token", TOKEN, "--no-flood-control"),
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    yield (await process.stdout.readline()).decode().strip()
    process.send_signal(signal.SIGTERM)
    await process.communicate()
    assert process.returncode == 0


async def test_it_is_directed_over_http(address: str, http: aiohttp.ClientSession) -> None:
    """Words go in, messages come out, faults are ordered, and mistakes are explained."""

    async def post(verb: str, **told: object) -> tuple[int, dict[str, object]]:
        async with http.post(f"{address}/control/{verb}", json=told) as response:
            return response.status, await response.json()

    async def get(what: str) -> object:
        async with http.get(f"{address}/control/{what}") as response:
            return await response.json()

    assert await post("say", chat=7, text="/start") == (200, {"result": 1})
    async with Bot(TOKEN, base_url=address + "/bot") as bot:
        (update,) = await bot.get_updates()
        assert update.message.text == "/start"
        waiting = asyncio.create_task(get("messages?chat=7&count=2"))
        assert await post("fault", kind="lost", containing="second") == (200, {"result": None})
        await bot.send_message(7, "<b>first</b>", "HTML")
        with pytest.raises(NetworkError):
            await bot.send_message(7, "second")
        first, second = await waiting
        assert (first["text"], first["html"], second["text"]) == ("first", "<b>first</b>", "second")

    assert [(call["method"], call["status"]) for call in await get("calls")] == [
        ("getMe", 200),
        ("getUpdates", 200),
        ("sendMessage", 200),
        ("sendMessage", 0),
    ]
    state = await get("state")
    assert (state["polls"], state["messages"], state["waiting_updates"], state["polling"]) == (1, 2, 1, False)
    assert await post("chance", seed=1, lost=0.5) == (200, {"result": None})
    assert await post("well") == (200, {"result": None})
    assert (await post("dance"))[0] == 404
    for verb, told in (("say", {"chat": 7}), ("fault", {"kind": "fire"}), ("chance", {"seed": 1, "fire": 1.0})):
        status, answer = await post(verb, **told)
        assert status == 400
        assert "Error" in answer["error"]
    assert "there are 2 messages" in (await get("messages?count=3&timeout=0.01"))["error"]
