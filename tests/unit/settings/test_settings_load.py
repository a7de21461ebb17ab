"""A config that is right becomes settings; any other is told, and nothing else ever happens."""

import ipaddress
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ConfigError
from bot.model import Feed, Watch
from bot.settings import Listen, PollSettings, Settings, TelegramSettings, load
from bot.settings.schema import TABLES, keys
from bot.watches.parser.aliases import builtin_aliases

SHIPPED = Path(__file__).parents[3] / "config"
FILES = {name: (SHIPPED / name).read_bytes() for name in ("newsvane.toml", "feeds.toml", "watchlists.toml")}


def test_shipped_config_is_right(tmp_path):
    """The config that comes with Newsvane loads, with its feed, the watches of the founding story and today's."""
    settings = load(SHIPPED, tmp_path, environ={})

    assert [feed.name for feed in settings.feeds] == ["moscow-times"]
    assert settings.feeds[0].interval == 600.0
    assert [watch.name for watch in settings.watches] == [
        *("idlib", "s-400", "turkish-aircraft", "turkish-drones"),
        *("sanctions", "drones-over-russia", "political-prisoners", "front", "economy"),
    ]
    assert "plane" in settings.aliases["aircraft"]


def test_shipped_main_file_shows_every_key_with_its_default(tmp_path):
    """newsvane.toml names each key that there is, and taking all of them out changes nothing."""
    settings = load(SHIPPED, tmp_path, environ={})
    bare = Settings(
        config_dir=SHIPPED,
        state_dir=tmp_path,
        feeds=settings.feeds,
        watches=settings.watches,
        aliases=settings.aliases,
    )
    rows = FILES["newsvane.toml"].decode().splitlines()

    assert settings == bare
    assert {row.split(" = ")[0] for row in rows if " = " in row and not row.startswith("#")} == {
        key for file, table in TABLES if file == "newsvane.toml" and table for key in keys(file, table)
    }


@pytest.mark.parametrize(("file", "table"), [pair for pair in TABLES if pair[1]])
def test_every_key_is_described_for_users(file, table):
    """Each key stands in the user's description of the config, and each table of the other files in their comments."""
    described = (SHIPPED.parent / "docs" / "config.md").read_text()

    for key in keys(file, table):
        assert f"`{key}`" in described
        assert key in FILES[file].decode()


def test_every_value_arrives(tmp_path):
    """Every key that is set arrives in the settings, in the house's units and types."""
    (tmp_path / "newsvane.toml").write_text("""
        telegram = {api_url = "http://127.0.0.1:8081/bots/", token_file = "t", access = "owner", owner = 5}
        poll.interval = "90.5s"
        poll.min_interval = "1m"
        poll.max_interval = "2h"
        [fetch]
        timeout = "10s"
        allow_addresses = ["127.0.0.0/8", "10.1.2.3", "fd00::/8"]
        chats_may_reach = ["172.16.5.0/24"]
        [store]
        url = "tinydb:other_1.db"
        [web]
        listen = "[::1]:8090"
        [websub]
        public_url = "https://news.example/push/"
    """)
    (tmp_path / "feeds.toml").write_text(r"""
        feed = [{name = "a", url = "HTTPS://a.org:8443/rss?x=1#y", title = " A ", identity = '(\d+)', interval = "1h"},
                {name = "b", url = "http://bücher.example/ü", article = "never"}]
    """)
    (tmp_path / "watchlists.toml").write_text("""
        [alias]
        air-craft = 'plane'
        [[watch]]
        name = "w"
        query = '''
Idlib,
          @air-craft'''
        title = "W"
        scope = "about"
        feeds = ["b"]
        silent = true
        [[watch]]
        name = "0-x"
        query = "Hama"
    """)

    settings = load(tmp_path, tmp_path / "state", environ={})

    assert settings.telegram == TelegramSettings(
        api_url="http://127.0.0.1:8081/bots", token_file=str(tmp_path / "t"), access="owner", owner=5
    )
    assert settings.poll == PollSettings(interval=90.5, min_interval=60.0, max_interval=7200.0)
    assert settings.fetch.timeout == 10.0
    assert settings.fetch.allow_addresses == tuple(
        map(ipaddress.ip_network, ("127.0.0.0/8", "10.1.2.3/32", "fd00::/8")),
    )
    assert settings.fetch.chats_may_reach == (ipaddress.ip_network("172.16.5.0/24"),)
    assert settings.store.url == "tinydb:other_1.db"
    assert settings.web.listen == Listen(host="::1", port=8090)
    assert settings.websub.public_url == "https://news.example/push"
    assert settings.state_dir == tmp_path / "state"
    assert settings.feeds == (
        Feed(name="a", title="A", url="HTTPS://a.org:8443/rss?x=1#y", identity=r"(\d+)", interval=3600.0),
        Feed(name="b", title="b", url="http://bücher.example/ü", article="never"),
    )
    assert settings.watches == (
        Watch(name="w", title="W", query="Idlib,\n          @air-craft", scope="about", feeds=("b",), silent=True),
        Watch(name="0-x", title="0-x", query="Hama"),
    )
    assert settings.aliases == {**builtin_aliases(), "air-craft": "plane"}


def test_positions_are_only_looked_up_for_mistakes():
    """A config that is right never loads the library that knows where things stand."""
    code = (
        "import sys, pathlib, bot.settings as s;"
        f"s.load(pathlib.Path({str(SHIPPED)!r}), pathlib.Path(), environ={{}});"
        "sys.exit('tree_sitter' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], cwd=SHIPPED.parent, check=False).returncode == 0


ODD_VALUES = (
    *("1", "-1", "1.5", "nan", "inf", "true", "2020-01-01", "2020-01-01T00:00:00Z", "07:32:00", "9" * 4000),
    *('""', '" "', '"x"', '"@"', '"\\u0000"', '"\\U0010ffff"', "'''\n\n'''", f'"{3000 * "x"}"', '"http://["', '"://"'),
    *(
        "[]",
        "[[]]",
        "[1, 'x', []]",
        "{}",
        "{a = 1}",
        "[{}]",
        "[{name = 3}, 'x', {name = {}}]",
        '"1:[::1]:1"',
        '"(?P<a"',
    ),
)


PLAIN = {
    "newsvane.toml": "",
    "feeds.toml": '[[feed]]\nname = "f"\nurl = "https://example.org/rss"\n',
    "watchlists.toml": '[[watch]]\nname = "idlib"\nquery = "Idlib"\n',
}


@pytest.mark.parametrize(("file", "table"), TABLES)
def test_any_value_of_any_key_gives_settings_or_a_config_error(tmp_path, file, table):
    """Whatever stands for a key, it is taken or told at a place."""
    for name, content in PLAIN.items():
        (tmp_path / name).write_text(content)
    header = "" if not table else f"[{table}]" if file == "newsvane.toml" else f"[[{table}]]"

    for key in keys(file, table):
        for value in ODD_VALUES:
            (tmp_path / file).write_text(f"{header}\n{key} = {value}\n")
            for problem in problems_of(tmp_path):
                assert problem.startswith(f"{tmp_path}/")
                assert "Input should" not in problem


PIECES = st.sampled_from(
    [
        *(b"", b'"', b"'", b"'''", b"[", b"]", b"[[", b"{", b"}", b"=", b"\\", b"\n", b"#", b",", b".", b"-", b"0"),
        *(b"1e999", b"nan", b"true", b"\xff", b"\x00", b"\xef\xbb\xbf", b"\r", b"\t", b"2020-01-01", b"\\u0000"),
        *(b"[[feed]]\n", b"[[watch]]\n", b"[poll]\n", b'name = "a"\n', b"query = ''\n", b"(a+)+", b"@", b"(", b" OR "),
        *("日".encode(), "\u202e".encode(), b"NEAR/", b"9" * 5000, b"a." * 300, b"[" * 300),
    ]
)


@st.composite
def mutated(draw):
    """One of the shipped files after up to four cuts, copies and insertions."""
    name = draw(st.sampled_from(sorted(FILES)))
    content = FILES[name]
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.sampled_from([0, 0, 1, 2, 7, 40])))
        content = content[:start] + draw(st.one_of(PIECES, st.binary(max_size=4))) + content[end:]
    return name, content


@given(mutated())
def test_any_change_gives_settings_or_a_config_error(tmp_path_factory, change):
    """However a shipped file is mutilated, it loads or every mistake is told, at a place that exists."""
    name, content = change
    directory = tmp_path_factory.mktemp("config")
    for other, original in FILES.items():
        (directory / other).write_bytes(content if other == name else original)

    for problem in problems_of(directory):
        file, line, column, *_ = problem.removeprefix(f"{directory}/").split(":")
        if line.startswith(" "):
            continue  # told about the file as a whole
        source = (directory / file).read_bytes().decode("utf-8", "replace").split("\n")
        assert 1 <= int(line) <= len(source)
        assert 1 <= int(column) <= len(source[int(line) - 1]) + 1
        assert all(letter.isprintable() or letter == "\n" for letter in problem)


def problems_of(directory: Path) -> tuple[str, ...]:
    """Give what is wrong with a config, nothing if it loads."""
    try:
        settings = load(directory, directory, environ={})
    except ConfigError as error:
        if not error.problems:
            raise
        return error.problems
    assert settings.feeds
    assert settings.watches
    return ()
