"""Whatever stands where a config file should be, it is told in plain words, and the other files are told as well."""

import os
from pathlib import Path

import pytest
from growth import TIMES, check_growth

from bot.errors import ConfigError
from bot.settings import Settings, load, render
from bot.settings.files import LARGEST, LONGEST_LINE, why_unreadable

FEEDS = b'[[feed]]\nname = "a"\nurl = "https://example.org/rss"\n'
WATCHLISTS = b'[[watch]]\nname = "w"\nquery = "Idlib"\n'
BROKEN = b"[poll\n"


def write(directory: Path, main: bytes = b"", feeds: bytes = FEEDS, watchlists: bytes = WATCHLISTS) -> Path:
    """Write a config, a right one if nothing else is said."""
    for name, content in (("newsvane", main), ("feeds", feeds), ("watchlists", watchlists)):
        (directory / f"{name}.toml").write_bytes(content)
    return directory


def told(directory: Path) -> ConfigError:
    """Give what is said about a config that is wrong."""
    with pytest.raises(ConfigError) as caught:
        load(directory, directory, environ={})
    return caught.value


@pytest.mark.parametrize(
    ("content", "place", "fragment"),
    [
        (b"\xef\xbb\xbf[poll]\n", "1:1", "byte order mark"),
        ("[poll]\n".encode("utf-16"), "1:1", "UTF-16"),
        (b"[poll]\n# caf\xe9\n", "2:6", "the byte 0xe9 is no text"),
        ("# äö ".encode() + b"\xff", "1:6", "the byte 0xff is no text"),
        (b"[poll]\n\x00\n", "2:1", "texts stand in quotes"),
        (b"a = 1\rb = 2\n", "1:6", "texts stand in quotes"),
        (b"# " + LONGEST_LINE * b"x", "1:1", "longer than 4096 bytes"),
        (b"[poll]\na" + 3000 * b".a" + b" = 1\n", "2:1", "longer than 4096 bytes"),
        (b"[poll]\na" + 101 * b".a" + b" = 1\n", "2:1", "more than 100 dots"),
        (b"# " + 101 * b"." + b"\nx = 1", "2:1", '"x" is no key'),
        (b"a = " + 1900 * b"[", None, "nest too deep"),
        (b"a = " + 4091 * b"9", "1:1", '"a" is no key'),
        (b"a = [\n" + 9 * (600 * b"9") + b"\n]", "2:1", "longer than 4096 bytes"),
    ],
)
def test_content_that_is_no_toml_file(tmp_path, content, place, fragment):
    """Bytes that are no text and text that is no TOML are told at the first place where they are not."""
    error = told(write(tmp_path, main=content))

    head = f"{tmp_path}/newsvane.toml:{place}: " if place else f"{tmp_path}/newsvane.toml: "
    assert len(error.problems) == 1
    assert error.problems[0].startswith(head)
    assert fragment in error.problems[0]


def test_number_of_many_digits_over_lines(tmp_path):
    """A whole number longer than Python reads is a mistake, not a crash."""
    content = b"a = 0x" + 4000 * b"f"

    assert "is no key" in told(write(tmp_path, main=content)).problems[0]


def test_lines_that_end_as_on_windows(tmp_path):
    """CRLF is right in TOML, and places are counted as with LF."""
    settings = load(write(tmp_path, feeds=FEEDS.replace(b"\n", b"\r\n")), tmp_path, environ={})
    assert settings.feeds[0].name == "a"

    error = told(write(tmp_path, main=b'[poll]\r\n\tinterval = "5x"\r\n'))
    assert error.problems[0].splitlines()[0].startswith(f"{tmp_path}/newsvane.toml:2:13: ")
    assert error.problems[0].splitlines()[1:3] == ['    2 |     interval = "5x"', "      |                ^^^^"]


@pytest.mark.parametrize("name", ["newsvane.toml", "feeds.toml", "watchlists.toml"])
def test_folder_in_place_of_a_file(tmp_path, name):
    """A folder with the name of a config file is told."""
    (write(tmp_path) / name).unlink()
    (tmp_path / name).mkdir()

    assert told(tmp_path).problems == (f"{tmp_path}/{name}: this is a folder where a file should be",)


def test_pipe_in_place_of_a_file(tmp_path):
    """A named pipe is told at once; nobody waits for somebody to write to it."""
    (write(tmp_path) / "feeds.toml").unlink()
    os.mkfifo(tmp_path / "feeds.toml")

    assert "this is no file but a device" in told(tmp_path).problems[0]


def test_endless_device_in_place_of_a_file(tmp_path):
    """A link to a device that never ends is told."""
    (write(tmp_path) / "feeds.toml").unlink()
    (tmp_path / "feeds.toml").symlink_to("/dev/zero")

    assert "this is no file but a device" in told(tmp_path).problems[0]


def test_link_to_itself(tmp_path):
    """A link that leads to itself is told."""
    (write(tmp_path) / "feeds.toml").unlink()
    (tmp_path / "feeds.toml").symlink_to("feeds.toml")

    assert "too many levels" in told(tmp_path).problems[0]


def test_huge_file(tmp_path):
    """A file larger than any config is told and not read to its end."""
    error = told(write(tmp_path, feeds=LARGEST * b"#" + b"\n"))

    assert error.problems == (f"{tmp_path}/feeds.toml: this file is larger than 256 kB",)


@pytest.mark.parametrize(
    "line",
    [
        "k%d" + 100 * ".a" + " = 1\n",
        "[[k%d" + 20 * ".a" + "]]\n",
        "k%d = " + 60 * "{a=[" + 60 * "]}" + "\n",
        "[[feed]]\nk%d = 1\nname = 3\n",
    ],
)
def test_costly_files_take_linear_time(tmp_path, line):
    """What is costly to read takes a time in line with its size, up to the largest that is read, and is a mistake."""

    def content(size):
        return "".join(line % number for number in range(size // len(line % 9999))).encode()

    check_growth(lambda main: told(write(tmp_path, main=main)), content, LARGEST // TIMES)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_file_that_may_not_be_read(tmp_path):
    """A file that the user may not read is told."""
    (write(tmp_path) / "feeds.toml").chmod(0)

    assert "may not be read by the user" in told(tmp_path).problems[0]


def test_words_for_a_file_that_may_not_be_read():
    """The refusal of the system is said in plain words."""
    assert why_unreadable(PermissionError(13, "Permission denied")).startswith("this file may not be read")


def test_missing_main_file(tmp_path):
    """Without newsvane.toml everything is as its defaults say."""
    (write(tmp_path) / "newsvane.toml").unlink()

    settings = load(tmp_path, tmp_path, environ={})

    assert settings == Settings(
        config_dir=tmp_path,
        state_dir=tmp_path,
        feeds=settings.feeds,
        watches=settings.watches,
        aliases=settings.aliases,
    )


@pytest.mark.parametrize("name", ["feeds.toml", "watchlists.toml"])
def test_missing_file_comes_with_the_smallest_that_is_right(tmp_path, name):
    """Who has no feeds or no watchlists is shown the smallest file, and that one is right."""
    (write(tmp_path) / name).unlink()
    problem = told(tmp_path).problems[0]
    assert problem.startswith(f"{tmp_path}/{name}: there is no such file.")

    example = "\n".join(row.strip() for row in problem.splitlines()[1:])
    (tmp_path / name).write_text(example)

    assert load(tmp_path, tmp_path, environ={}).feeds


@pytest.mark.parametrize("name", ["feeds.toml", "watchlists.toml"])
def test_empty_file_comes_with_the_smallest_that_is_right(tmp_path, name):
    """An empty file is as one that is missing: the smallest that is right is shown."""
    (write(tmp_path) / name).write_bytes(b"")
    problem = told(tmp_path).problems[0]
    assert problem.startswith(f"{tmp_path}/{name}:1:1: no ")

    (tmp_path / name).write_text("\n".join(row.strip() for row in problem.splitlines()[1:]))

    assert load(tmp_path, tmp_path, environ={}).feeds


@pytest.mark.parametrize(("kind", "word"), [("missing", "(No such file or directory)"), ("file", "(Not a directory)")])
def test_config_directory_that_is_none(tmp_path, kind, word):
    """A config directory that is not there is told once, with the option that names it."""
    place = tmp_path / "there"
    if kind == "file":
        place.write_text("")

    error = told(place)

    assert word in str(error)
    assert "--config DIR" in str(error)
    assert render(error).count("there") == 1


def test_everything_is_told_at_once(tmp_path):
    """A file that is broken, one that is wrong and one that is missing are all told, and counted."""
    write(tmp_path, main=BROKEN, feeds=FEEDS + b'interval = "1x"\ntitel = "A"\n')
    (tmp_path / "watchlists.toml").unlink()

    error = told(tmp_path)

    assert [problem.split(":", 1)[0].rpartition("/")[2] for problem in error.problems] == [
        "newsvane.toml",
        "feeds.toml",
        "feeds.toml",
        "watchlists.toml",
    ]
    assert str(error) == "4 mistakes in 3 files"
    assert render(error).endswith("\n\n4 mistakes in 3 files")
    assert error.exit_code == 78


def test_one_mistake_is_counted_as_one(tmp_path):
    """One mistake is no plural."""
    assert str(told(write(tmp_path, main=BROKEN))) == "1 mistake in 1 file"


def test_broken_file_brings_no_mistakes_in_others(tmp_path):
    """What a broken file may have said is not held against the others: neither its feeds nor its limits."""
    watchlists = WATCHLISTS + b'feeds = ["a"]\n'
    feeds = FEEDS + b'interval = "10s"\n'

    assert len(told(write(tmp_path, feeds=BROKEN, watchlists=watchlists)).problems) == 1
    assert len(told(write(tmp_path, main=BROKEN, feeds=feeds)).problems) == 1


def test_mistakes_stand_in_the_order_of_the_file(tmp_path):
    """Mistakes of all kinds are told from the top of the file to its end."""
    text = b'[poll]\nmin_interval = "9m"\nmax_intervall = "1h"\n[web]\nlisten = 3\n[x]\n'

    heads = [problem.split(": ")[0] for problem in told(write(tmp_path, main=text)).problems]

    assert heads == [f"{tmp_path}/newsvane.toml:{place}" for place in ("2:16", "3:1", "5:10", "6:2")]


def test_control_characters_never_reach_the_terminal(tmp_path):
    """Escape sequences and marks that turn the direction of text, wherever they stand, are not printed."""
    folder = tmp_path / "a\x1b[2Jb"
    folder.mkdir()
    text = 'title = "\u202eabc\u009b"\n"k\\u001b" = 1 # \u2066 \u200b\n'.encode()

    printed = render(told(write(folder, feeds=FEEDS + text)))

    assert [letter for letter in printed if not letter.isprintable() and letter != "\n"] == []
