"""Reads a regular expression before it is trusted with links: it compiles, and one group names the article.

How long it may run is bounded where it runs (`poll/identity`).
"""

import re

import regex

from bot.settings.diagnostic import InvalidValue, quoted

LONGEST = 200
_PROBES = ("", "https://www.example.org/2020/03/06/a-headline-a123")
_DIGITS = re.compile(r"(\\d|\[0-9\])(\+|\{\d+,?\d*\})?")


def identity(text: str) -> str:
    """Check the expression that names an article by its link: it has one group. Empty for none. Raises InvalidValue."""
    if not text:
        return text
    pattern = _compiled(text)
    if not pattern.groups:
        message = "put round brackets about what names the article: the first group is taken"
        raise InvalidValue(message, suggestion=_with_group(text))
    if pattern.groups > 1:
        raise InvalidValue(f"one group names the article, here are {pattern.groups}; write the others (?:…)")
    if any(found and not found[1] for found in (pattern.search(probe, timeout=1.0) for probe in _PROBES)):
        raise InvalidValue("this group may be empty, and then all articles would be one; write + rather than *")
    return text


def _compiled(text: str) -> "regex.Pattern[str]":
    if len(text) > LONGEST:
        raise InvalidValue(f"a regular expression here has at most {LONGEST} characters", span=(LONGEST, len(text)))
    try:
        return regex.compile(text)
    except regex.error as error:
        start = min(error.pos or 0, len(text) - 1)
        raise InvalidValue(f"this regular expression cannot be read: {error.msg}", span=(start, start + 1)) from error
    except (OverflowError, RecursionError, ValueError) as error:
        raise InvalidValue(f"this regular expression cannot be read: {error}") from error


def _with_group(text: str) -> str:
    """Put the first run of digits into a group, the usual wish."""
    return quoted(_DIGITS.sub(r"(\g<0>)", text, count=1)) if "(" not in text and _DIGITS.search(text) else ""
