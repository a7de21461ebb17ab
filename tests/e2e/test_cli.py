"""The command line, as a person or systemd uses it: messages, exit codes, and that nothing is changed by a mistake."""

import asyncio
import os
import shutil
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path

import pytest
from forked import Ended, newsvane
from memory import Memory
from running import HASTY, ROOT, Running
from standins.botapi import faults
from standins.publisher import Publisher

from bot.cli.groups import summary_of
from bot.cli.main import LAZY
from bot.demo.bell import PATIENCE
from bot.demo.story import HISTORY, RELEASES

ANNA = 7


async def started(*words: str, cwd: Path, **environ: str) -> Ended:
    """Run the command line to its end, in a Python that has loaded nothing of it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot.cli",
        *words,
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environ},
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
    )
    async with asyncio.timeout(PATIENCE):
        out, err = await process.communicate()
    return Ended(process.returncode or 0, out.decode(), err.decode())


async def test_check_config_is_content_with_what_is_shipped(tmp_path):
    ended = await newsvane("--config", str(ROOT / "config"), "check-config", cwd=tmp_path)
    assert ended.code == 0
    assert "idlib, s-400, turkish-aircraft" in ended.out


async def test_check_config_shows_the_mistakes_of_all_files_at_once_with_their_places(scene):
    config = scene.folder / "config"
    (config / "newsvane.toml").write_text('[pol]\ninterval = "5m"\n')
    (config / "feeds.toml").write_text('[[feed]]\nname = "x"\nurl = "ftp://example.org/"\n')
    (config / "watchlists.toml").write_text("[[watch]]\nname = \"idlib\"\nquery = 'Idlib or Hama'\n")
    ended = await newsvane("check-config", cwd=scene.folder)
    assert ended.code == 78
    for place in ("config/newsvane.toml:1:2:", "config/feeds.toml:3:7:", "config/watchlists.toml:3:"):
        assert place in ended.err
    assert "did you mean" in ended.err
    assert "3 mistakes in 3 files" in ended.err


@pytest.mark.parametrize("file", ["newsvane", "feeds", "watchlists"])
async def test_a_config_that_is_no_toml_is_shown_with_line_and_caret(scene, file):
    (scene.folder / f"config/{file}.toml").write_text("[telegram\n")
    ended = await newsvane("run", cwd=scene.folder, NEWSVANE_TOKEN="1:x")
    assert ended.code == 78
    assert f"config/{file}.toml:1:" in ended.err
    assert "^" in ended.err
    assert not (scene.folder / "state").exists()


async def test_demo_plays_with_the_example_config_where_there_is_none(tmp_path):
    ended = await started("demo", "--once", cwd=tmp_path, HOME=str(tmp_path))
    assert ended.code == 0, ended.err
    assert list(tmp_path.iterdir()) == []


async def test_without_a_config_run_names_the_example_to_begin_with(tmp_path):
    ended = await newsvane("run", cwd=tmp_path, HOME=str(tmp_path))
    assert ended.code == 78
    command = ended.err.split("begin with the example: ")[1]
    source, target = command.split()[-2:]
    assert (Path(source) / "watchlists.toml").exists()
    assert target == str(tmp_path / ".config/newsvane")


async def test_demo_refuses_a_config_that_was_named_and_is_not_there(tmp_path):
    ended = await newsvane("--config", "nowhere", "demo", "--once", cwd=tmp_path, HOME=str(tmp_path))
    assert ended.code == 78
    assert "nowhere" in ended.err


async def test_config_and_state_of_the_user_are_used_where_none_is_here(scene, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    (home / ".config").mkdir()
    (scene.folder / "config").rename(home / ".config/newsvane")
    ended = await newsvane("poll", "--dry-run", cwd=home.parent, HOME=str(home))
    assert ended.code == 0, ended.err
    ended = await newsvane("state", cwd=home.parent, HOME=str(home))
    assert str(home / ".local/state/newsvane/newsvane.db") in ended.out


@pytest.mark.parametrize(
    "words",
    [
        "check-config",
        "state",
        "backup kept.nv",
        "restore --help",
        "outbox",
        "feeds",
        "feeds export",
        "match Idlib --text Idlib",
        "aliases",
    ],
)
async def test_each_command_loads_by_itself_what_it_needs(tmp_path, words):
    """Its other tests fork it from a process that has loaded all."""
    Memory(tmp_path / "state").close()
    shutil.copytree(ROOT / "config", tmp_path / "config")
    ended = await started(*words.split(), cwd=tmp_path)
    assert ended.code == 0, ended.err


async def test_help_and_version_load_nothing_heavy(tmp_path):
    heavy = {"pydantic", "simplemma", "aiohttp", "telegram", "structlog", "bot.settings", "bot.store"}
    script = "import sys, bot.cli.main; print(*sys.modules)"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, stdout=PIPE
    )
    out, _ = await process.communicate()
    assert heavy.isdisjoint(out.decode().split())


def test_help_says_of_each_command_what_the_command_says():
    for name, row in LAZY.items():
        assert (name, row.summary) == (row.load().name, summary_of(row.load()))


async def test_help_shows_whole_sentences(tmp_path):
    for words in ((), ("feeds",), ("outbox",)):
        ended = await newsvane(*words, "--help", cwd=tmp_path)
        assert "..." not in ended.out.partition("Commands:")[2]


@pytest.mark.parametrize("written", ['token = "123:ABC-def"', 'token_file = "123:ABC-def"', "token = 123:ABC-def"])
async def test_a_token_in_the_config_is_told_and_never_shown(scene, written):
    (scene.folder / "config/newsvane.toml").write_text(f"[telegram]\n{written}\n")
    ended = await newsvane("check-config", cwd=scene.folder)
    assert ended.code == 78
    assert "ABC" not in ended.out + ended.err


async def test_a_token_in_the_config_comes_with_what_to_do(scene):
    (scene.folder / "config/newsvane.toml").write_text('[telegram]\ntoken = "123:ABC-def"\n')
    ended = await newsvane("check-config", cwd=scene.folder)
    assert "save it in a file of its own" in ended.err


async def test_without_a_token_run_says_how_to_get_one(scene):
    ended = await started("run", cwd=scene.folder)
    assert ended.code == 78
    assert "@BotFather" in ended.err
    assert "NEWSVANE_TOKEN" in ended.err


@pytest.mark.parametrize(
    ("access", "who"), [("", "everybody"), ('access = "owner"\nowner = 7\n', 'open_to="its owner, 7"')]
)
async def test_the_start_names_the_bots_link_and_who_may_use_it(scene, access, who):
    main = scene.folder / "config/newsvane.toml"
    main.write_text(main.read_text().replace("[telegram]\n", f"[telegram]\n{access}"))
    await scene.start()
    await scene.api.wait_until(lambda: scene.api.polls > 0)
    await scene.stop()
    connected = next(line for line in scene.log.splitlines() if "telegram.connected" in line)
    assert "link=https://t.me/newsvane_bot" in connected
    assert who in connected


async def test_one_new_item_is_counted_as_one(scene):
    await newsvane("poll", cwd=scene.folder, NEWSVANE_TOKEN=scene.api.token)
    scene.publisher.publish(RELEASES[1])
    ended = await newsvane("poll", "--dry-run", cwd=scene.folder)
    assert "1 new item," in ended.out


async def test_a_token_that_telegram_does_not_know_ends_the_bot_with_77_and_is_not_shown(scene):
    ended = await newsvane("run", cwd=scene.folder, NEWSVANE_TOKEN="123456:wrong-canary")
    assert ended.code == 77
    assert "BotFather" in ended.err
    assert "canary" not in ended.err + ended.out


async def test_a_token_file_that_others_can_read_is_refused_with_the_command_that_mends_it(scene):
    token = scene.folder / "token"
    token.write_text("123456:canary\n")
    token.chmod(0o644)
    main = scene.folder / "config/newsvane.toml"
    main.write_text(main.read_text().replace("[telegram]", f'[telegram]\ntoken_file = "{token}"'))
    ended = await newsvane("run", cwd=scene.folder)
    assert ended.code == 78
    assert f"chmod 600 {token}" in ended.err
    assert "canary" not in ended.err


async def test_a_second_instance_on_the_same_state_is_told_who_is_in(scene):
    process = await scene.start()
    await scene.api.wait_until(lambda: scene.api.polls > 0)
    ended = await newsvane("run", cwd=scene.folder, NEWSVANE_TOKEN=scene.api.token)
    assert ended.code == 75
    assert f"process {process.pid}" in ended.err
    assert await scene.stop() == 0


async def test_a_state_of_another_program_is_refused_and_left_alone(scene):
    (scene.folder / "state").mkdir()
    (scene.folder / "state/newsvane.db").write_text("precious")
    ended = await newsvane("run", cwd=scene.folder, NEWSVANE_TOKEN=scene.api.token)
    assert ended.code == 78
    assert "newsvane.db" in ended.err
    assert (scene.folder / "state/newsvane.db").read_text() == "precious"


async def test_a_dry_run_says_what_it_would_send_and_to_whom_and_changes_nothing(scene):
    await scene.start()
    scene.api.say(ANNA, "/subscribe idlib")
    await scene.api.wait_for(1, chat=ANNA)
    await scene.publisher.wait_for_request(1)
    await scene.stop()  # which lets the poll come to its end
    scene.publisher.publish(RELEASES[0])
    before = {path: path.read_bytes() for path in (scene.folder / "state").iterdir()}
    messages = len(scene.api.messages())
    ended = await newsvane("poll", "--once", "--dry-run", cwd=scene.folder)
    assert ended.code == 0
    assert RELEASES[0].title in ended.out
    assert f"would go to chat {ANNA}" in ended.out
    assert "Nothing was sent" in ended.out
    assert {path: path.read_bytes() for path in (scene.folder / "state").iterdir()} == before
    assert len(scene.api.messages()) == messages


async def test_a_dry_run_on_an_empty_memory_shows_the_matches_and_makes_no_file(scene):
    ended = await newsvane("poll", "--once", "--dry-run", cwd=scene.folder)
    assert ended.code == 0
    assert "50 new items" in ended.out
    assert "first poll" in ended.out
    assert not (scene.folder / "state").exists()


async def test_poll_once_sends_what_is_new_and_ends(scene):
    await scene.start()
    scene.api.say(ANNA, "/subscribe idlib")
    await scene.api.wait_for(1, chat=ANNA)
    await scene.stop()
    await started("poll", "--once", cwd=scene.folder, NEWSVANE_TOKEN=scene.api.token)
    scene.publisher.publish(RELEASES[0])
    ended = await started("poll", "--once", cwd=scene.folder, NEWSVANE_TOKEN=scene.api.token)
    assert ended.code == 0
    assert f"goes to chat {ANNA}" in ended.out
    assert scene.api.messages(ANNA)[-1].text.startswith(RELEASES[0].title)


@pytest.mark.parametrize(
    ("prank", "said"),
    [("html page", "web page"), ("cut body", "cut off"), ("empty body", "empty"), ("not found", "404")],
)
async def test_a_feed_that_is_no_feed_is_said_and_the_exit_code_tells_that_nothing_came(scene, prank, said):
    scene.publisher.misbehave(prank)
    ended = await newsvane("poll", "--once", "--dry-run", cwd=scene.folder)
    assert ended.code == 69
    assert said in ended.out


async def test_a_publisher_that_is_not_there_is_said(scene):
    await scene.publisher.close()
    ended = await newsvane("poll", "--once", "--dry-run", cwd=scene.folder)
    assert ended.code == 69
    assert "cannot connect to 127.0.0.1" in ended.out
    await scene.publisher.start()


async def test_telegram_that_is_not_there_is_said_by_poll_once(scene):
    scene.api.faults.add(faults.cut(), times=None, method="getMe")
    ended = await newsvane("poll", "--once", cwd=scene.folder, NEWSVANE_TOKEN=scene.api.token)
    assert ended.code == 69
    assert "Telegram does not answer" in ended.err


async def test_a_wrong_word_is_a_usage_error(tmp_path):
    assert (await newsvane("rum", cwd=tmp_path)).code == 2
    assert (await newsvane("poll", "--twice", cwd=tmp_path)).code == 2


async def test_the_scripted_demo_ends_well_with_the_first_alert(tmp_path):
    ended = await newsvane("--config", str(ROOT / "config"), "demo", "--once", cwd=tmp_path)
    assert ended.code == 0
    assert "Nothing leaves this machine" in ended.out
    assert RELEASES[0].title in ended.out
    assert list(tmp_path.iterdir()) == []


async def test_a_demo_in_which_no_alert_comes_ends_with_1(scene):
    (scene.folder / "config/watchlists.toml").write_text("[[watch]]\nname = \"none\"\nquery = 'Zanzibar'\n")
    ended = await newsvane("demo", "--once", cwd=scene.folder)
    assert ended.code == 1


async def test_items_of_a_file_go_through_the_whole_bot_and_are_counted(tmp_path):
    items = tmp_path / "items.jsonl"
    lines = [
        f'{{"title": "Idlib {n}", "summary": "", "link": "https://example.org/{n}", "published": 1583056800}}\n'
        for n in range(3)
    ]
    items.write_text("".join(lines) + lines[0])
    ended = await newsvane("--config", str(ROOT / "config"), "demo", "--items", str(items), cwd=tmp_path)
    assert ended.code == 0
    for line in (
        "items in the file      4",
        "taken in by the bot    3",
        "alerts sent            3",
        "lost                   0",
    ):
        assert line in ended.out


async def test_items_that_cannot_be_read_are_named_by_their_line(tmp_path):
    items = tmp_path / "items.jsonl"
    items.write_text('{"title": "a", "link": "https://example.org/"}\nno json\n')
    ended = await newsvane("--config", str(ROOT / "config"), "demo", "--items", str(items), cwd=tmp_path)
    assert ended.code == 78
    assert "items.jsonl:2:" in ended.err
    items.write_bytes(b"\x1f\x8b\x08\x00")
    ended = await newsvane("--config", str(ROOT / "config"), "demo", "--items", str(items), cwd=tmp_path)
    assert ended.code == 78
    assert "unpack it first" in ended.err


async def test_the_log_of_a_bot_in_trouble_at_debug_never_shows_the_token(tmp_path):
    async with Running(tmp_path, publisher=Publisher(HISTORY), command=HASTY) as bot:
        bot.api.faults.add(faults.bad_gateway(), times=2, method="")
        bot.api.faults.add(faults.cut(), times=2, method="getUpdates")
        await bot.start()
        bot.api.say(ANNA, "/subscribe idlib")
        await bot.api.wait_for(1, chat=ANNA)
        await bot.publisher.wait_for_request(3)  # the second poll has been told of by then, at debug
        bot.publisher.misbehave("connection reset", times=1)
        assert await bot.stop() == 0
        assert "debug" in bot.log
        assert "telegram.unreachable" in bot.log
        assert bot.api.token.partition(":")[2] not in bot.log


async def test_ctrl_c_stops_as_sigterm_does(scene):
    process = await scene.start()
    await scene.api.wait_until(lambda: scene.api.polls > 0)
    process.send_signal(signal.SIGINT)
    assert await process.wait() == 0
