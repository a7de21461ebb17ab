"""The token is found where it should be, refused where it is not safe, and shown nowhere."""

import logging
import traceback
from pathlib import Path

import pytest

from bot.errors import ConfigError
from bot.settings import NO_TOKEN, Settings, TelegramSettings, Token, find_token, load

SECRET = "123456:AbC_def-GHI"


def settings(token_file: Path | str = "") -> Settings:
    """Settings that name this token file."""
    telegram = TelegramSettings(token_file=str(token_file))
    return Settings(config_dir=Path(), state_dir=Path(), feeds=(), watches=(), telegram=telegram)


def token_file(tmp_path: Path, content: str | bytes = SECRET + "\n", mode: int = 0o600) -> Path:
    """Write a token file with this mode."""
    path = tmp_path / "the token"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(mode)
    return path


def refused(found: Settings, environ: dict[str, str]) -> str:
    """Give why a token is refused."""
    with pytest.raises(ConfigError) as caught:
        find_token(found, environ)
    said = "".join(traceback.format_exception(caught.value)) + "".join(caught.value.problems)
    assert "AbC_def" not in said
    assert len(caught.value.problems) == 1
    return caught.value.problems[0]


def test_none_anywhere():
    """No token is no mistake; the text for it names the three ways and who gives tokens."""
    assert find_token(settings(), {"NEWSVANE_TOKEN": "  ", "CREDENTIALS_DIRECTORY": ""}) is None
    for word in ("@BotFather", "LoadCredential=telegram-token", "token_file", "NEWSVANE_TOKEN"):
        assert word in NO_TOKEN


def test_credential_comes_first(tmp_path):
    """The credential of systemd is taken before the file, whatever its mode, and the file before the variable."""
    credential = tmp_path / "telegram-token"
    credential.write_text("1:credential")
    credential.chmod(0o444)
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path), "NEWSVANE_TOKEN": "1:variable"}
    file = token_file(tmp_path, "1:file")

    def found() -> tuple[str, str]:
        token = find_token(settings(file), environ)
        assert token is not None
        return token.reveal(), token.source

    assert found() == ("1:credential", str(credential))
    credential.unlink()
    assert found() == ("1:file", str(file))
    token = find_token(settings(), environ)
    assert token is not None
    assert (token.reveal(), token.source) == ("1:variable", "$NEWSVANE_TOKEN")


@pytest.mark.parametrize("content", [SECRET, SECRET + "\n", f"  {SECRET}\r\n\n", "0", "a_-:b"])
def test_blank_space_about_a_token_is_no_part_of_it(tmp_path, content):
    """A newline at the end of the file is no part of the token, and its shape is left open."""
    token = find_token(settings(token_file(tmp_path, content)), {})

    assert token is not None
    assert token.reveal() == content.strip()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o666, 0o620, 0o777])
def test_file_that_others_may_open(tmp_path, mode):
    """A token file that others may open is refused, with the very command that mends it."""
    path = token_file(tmp_path, mode=mode)

    said = refused(settings(path), {})

    assert said.startswith(f"{path}: ")
    assert f"mode is {mode:03o}" in said
    assert said.endswith(f"run: chmod 600 '{path}'")


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700])
def test_file_that_only_its_owner_may_open(tmp_path, mode):
    """A token file of its owner alone is taken."""
    assert find_token(settings(token_file(tmp_path, mode=mode)), {}) is not None


@pytest.mark.parametrize(
    ("content", "fragment"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        ("123456: AbC_def-GHI", "blank space"),
        (f"{SECRET}\n{SECRET}", "blank space"),
        ("123456:AbC_def*", "characters other than"),
        ("токен", "characters other than"),
        (b"\xff\xfe1\x00", "characters other than"),
        (5000 * "AbC_def", "larger than 4 kB"),
    ],
)
def test_file_without_a_token(tmp_path, content, fragment):
    """A token file that holds no token says so and does not show what it holds."""
    assert fragment in refused(settings(token_file(tmp_path, content)), {"NEWSVANE_TOKEN": SECRET})


def test_file_that_is_missing_or_a_folder(tmp_path):
    """A token file that is named must be there: nothing else is taken in its place."""
    assert "no such file" in refused(settings(tmp_path / "none"), {"NEWSVANE_TOKEN": SECRET})
    assert "a folder" in refused(settings(tmp_path), {})
    (tmp_path / "telegram-token").mkdir()
    assert "a folder" in refused(settings(), {"CREDENTIALS_DIRECTORY": str(tmp_path)})


def test_variable_that_is_no_token():
    """What is no token in the environment is refused by the name of the variable."""
    assert refused(settings(), {"NEWSVANE_TOKEN": "123 AbC_def"}).startswith("$NEWSVANE_TOKEN: ")


def test_token_is_not_shown(caplog):
    """Neither printing, formatting, logging nor the traceback of a token shows it."""
    token = Token(SECRET, source="a test")
    logging.getLogger().warning("with %s and %r", token, [token])

    for shown in (str(token), repr(token), f"{token} {token!r}", str({"t": token}), caplog.text):
        assert SECRET not in shown
        assert "a test" in shown


@pytest.mark.parametrize(
    ("written", "expected"),
    [("token", "CONFIG/token"), ("/run/token", "/run/token"), ("~/token", "/home/me/token"), ("", "")],
)
def test_token_file_is_relative_to_the_config(tmp_path, written, expected):
    """The path of the token file counts from the config directory, from / or from ~."""
    (tmp_path / "newsvane.toml").write_text(f'[telegram]\ntoken_file = "{written}"\n')
    (tmp_path / "feeds.toml").write_text('[[feed]]\nname = "a"\nurl = "https://a.org/"\n')
    (tmp_path / "watchlists.toml").write_text('[[watch]]\nname = "w"\nquery = "Idlib"\n')

    loaded = load(tmp_path, tmp_path, environ={"HOME": "/home/me"})

    assert loaded.telegram.token_file == expected.replace("CONFIG", str(tmp_path))
