"""The ear on this machine: whatever becomes of the bot, who asks gets a sentence."""

import asyncio

import pytest

from bot.admin.socket import ask, socket_of


@pytest.mark.parametrize("said", [b"", b'{"name": "blo'])
async def test_a_bot_that_dies_while_it_answers_is_said(tmp_path, said):
    async def half(reader, writer):
        await reader.readline()
        writer.write(said)
        writer.close()

    path = socket_of(tmp_path / "newsvane.db")
    server = await asyncio.start_unix_server(half, path)
    reply = await ask(path, {"do": "pause", "name": "blog"})
    server.close()
    assert reply["exit_code"] == 75
    assert "no answer" in reply["error"]
