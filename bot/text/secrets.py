"""Finds bot tokens in text that people will see, so that none is ever shown. Pure.

A token of Telegram's is the bot's number, a colon, and 35 letters and digits. Short ones are found as well: what
somebody cut off may be the better part of one.
"""

import re

TOKEN = re.compile(r"\b\d{5,}:[A-Za-z0-9_-]{6,}")
_LIKE_TOKEN = re.compile(r"\s*(?:bot)?\d+:[A-Za-z0-9_-]+\s*", re.IGNORECASE)
_TOKEN_KEY = re.compile(r"(?i)\b(?:bot_)?token(?P<file>_file)?[\"']?\s*=\s*(?P<value>\S.*)")
MASK = "•"


def is_like_token(text: str) -> bool:
    """Return whether a text looks like a bot token and like nothing else."""
    return _LIKE_TOKEN.fullmatch(text) is not None


def masked(line: str) -> str:
    """Mask each token in a line of a config file, and whatever a key called token holds. The length stays."""
    line = TOKEN.sub(lambda found: MASK * len(found[0]), line)
    found = _TOKEN_KEY.search(line)
    if found and found["file"] and not is_like_token(found["value"].split("#")[0].strip().strip("\"'")):
        return line
    return f"{line[: found.start('value')]}{MASK * len(found['value'])}" if found else line
