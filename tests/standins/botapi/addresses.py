"""The addresses of pages and of mail that Telegram finds in a text. Pure.

Each dot may stand in a host. From it one looks left and right for the host, then for port and path, then for a user and
a scheme. Without a scheme the host must end as hosts do: `domains.txt` has the ends that Telegram knows.
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

_SPACES = " \xa0\u1680\u2000-\u200b\u200e\u200f\u2016-\u206f\u3000"  # what Telegram takes for a space in an address
_HOST = re.compile(rf"(?:[A-Za-z0-9_.~-]|[^\x00-\xbf{_SPACES}])*")
_HOST_WITH_USER = re.compile(rf"(?:[@A-Za-z0-9_.~-]|[^\x00-\xbf{_SPACES}])*")
_USER_LETTER = re.compile(rf"[^\n/\[\]{{}}()'`<>\"@\xab\xbb{_SPACES}]")
_HOST_LETTER = re.compile(rf"[A-Za-z0-9_.~-]|[^\x00-\xbf{_SPACES}]")
_SCHEME_LETTER = re.compile(r"[A-Za-z0-9+-]|[^\x00-\x7f \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")
_PORT = re.compile(r":0*(?P<port>[0-9]*)")
_PATH = re.compile(rf"[/?#][^\n<>\"\xab\xbb{_SPACES}]*")
_NOT_AT_THE_END = ".:;,('?!`"
_SCHEME = re.compile(r"(?i)(?:https?|ftp)://")
_TELEGRAMS = re.compile(r"(?i)(?:(?<=tg)|(?<=ton))://(?P<name>[A-Za-z0-9_-]{0,253})")
_TELEGRAMS_SHORTEST = 6  # bytes
_IP = re.compile(r"(?:(?:0|[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5])(?:\.(?!\Z)|\Z)){4}")
_MAIL = re.compile(
    r"(?i)(?:[a-z0-9_-]{0,26}[.+]){0,10}[a-z0-9_-]{1,35}@(?:(?:[a-z0-9][a-z0-9_-]{0,28})?[a-z0-9]\.){1,6}[a-z]{2,8}"
)
_PAIRS = {")": "(", "]": "[", "}": "{"}
_LABEL_LIMIT = 64  # bytes


def addresses(text: str) -> Iterator[tuple[int, int, str]]:
    """Return begin, end and type (url, email) of each address."""
    yield from _telegrams_own(text)
    begin = 0  # where what has not been looked at yet begins
    while (dot := text.find(".", begin)) >= 0 and dot + 1 < len(text):
        if text[dot + 1] == " ":
            begin = dot + 2
            continue
        first, end, good = _around(text, begin, dot)
        if good:
            if end > dot + 1:
                yield from _address(text, first, end)
            while text[end : end + 1] == ".":
                end += 1
        else:
            end = text.rindex(".", dot, max(end, dot + 1)) + 1
        begin = max(end, dot + 1)


def _telegrams_own(text: str) -> Iterator[tuple[int, int, str]]:
    at = 0
    while len(text[at : at + _TELEGRAMS_SHORTEST].encode()) >= _TELEGRAMS_SHORTEST:
        colon = text.find(":", at)
        if colon < 0:
            return
        link = _TELEGRAMS.match(text, colon)
        if link is None or not link["name"]:
            at = link.end() if link else colon + 1
            continue
        at = _path_end(text, link.end())
        yield colon - (2 if text[colon - 1] in "gG" else 3), at, "url"


def _around(text: str, begin: int, dot: int) -> tuple[int, int, bool]:
    """Return the place of what may be an address around a dot, and whether what stands before it lets it be one."""
    first = _back(_HOST_LETTER, text, dot, begin)
    end = _whole(_HOST_WITH_USER, text, dot)
    with_user = "@" in text[dot:end]
    if with_user:
        first = _back(_USER_LETTER, text, first, begin)
    end = _end(text, dot, end)
    if first > begin and text[first - 1] == "@":
        user = _back(_USER_LETTER, text, first - 1, begin)
        if with_user or user == first - 1:
            return user, end, False
        first = user
    return _with_scheme(text, begin, first, end)


def _end(text: str, dot: int, end: int) -> int:
    """Take in port and path."""
    if text[end : end + 1] == ":":
        port = _PORT.match(text, end)
        if port and port["port"] and len(port["port"]) <= 5 and int(port["port"]) <= 65_535:
            end = port.end()
    end = _path_end(text, end)
    while end > dot + 1 and text[end - 1] == ".":
        end -= 1
    return end


def _path_end(text: str, at: int) -> int:
    path = _PATH.match(text, at)
    if path is None:
        return at
    end = at + 1 + len(path[0][1:].rstrip(_NOT_AT_THE_END))
    return end if text[at] == "/" or end > at + 1 else at


def _with_scheme(text: str, begin: int, first: int, end: int) -> tuple[int, int, bool]:
    if first == begin:
        return first, end, True
    if first - begin >= 6 and text.endswith("://", begin, first):
        scheme = text[_back(_SCHEME_LETTER, text, first - 3, begin) : first - 3].lower()
        for known, never in (("http", ("shttp",)), ("https", ()), ("ftp", ("tftp", "sftp"))):
            if scheme.endswith(known) and scheme not in never:
                return first - 3 - len(known), end, True
        return first, end, False
    before = text[first - 1]
    return first, end, not (before.isalnum() or before in "_/#@")


def _address(text: str, first: int, end: int) -> Iterator[tuple[int, int, str]]:
    """Return what an address is, if it is one."""
    words = text[first:end]
    mail = words.removeprefix("mailto:")
    if _MAIL.fullmatch(mail):
        yield end - len(mail), end, "email"
    elif length := _url_length(words):
        yield first, first + length, "url"


def _url_length(url: str) -> int:
    """Return how much of what looks like an address is one, 0 if nothing is."""
    scheme = _SCHEME.match(url)
    at = scheme.end() if scheme else 0
    host_end = min((place for sign in "/?#" if (place := url.find(sign, at)) >= 0), default=len(url))
    host = url[at:host_end]
    host = host[host.find("@") + 1 :]
    host = host[: host.rfind(":")] if ":" in host else host
    if host.lower() == "teiegram.org" or not _is_host(host, known_end=scheme is None):
        return 0
    return host_end + len(_balanced(url[host_end:]).rstrip(_NOT_AT_THE_END))


def _balanced(path: str) -> str:
    """Cut a path at the first bracket that closes none."""
    is_open = dict.fromkeys("([{", 0)
    for at, char in enumerate(path):
        if char in is_open:
            is_open[char] += 1
        elif char in _PAIRS:
            is_open[_PAIRS[char]] -= 1
            if is_open[_PAIRS[char]] < 0:
                return path[:at]
    return path


def _is_host(host: str, *, known_end: bool) -> bool:
    labels = host.split(".")
    if len(labels) == 1 or any(not 0 < len(it.encode()) < _LABEL_LIMIT or it.endswith("-") for it in labels):
        return False
    if _IP.fullmatch(host):
        return True
    last = labels[-1]
    if re.fullmatch(r"[0-9.]*", host) or len(last) <= 1 or "_" in labels[-2]:
        return False
    if last.startswith("xn--"):
        return re.fullmatch(r"[A-Za-z0-9]{2,}", last[4:]) is not None
    return "_" not in last and "-" not in last and not (known_end and not _is_known_end(last))


def _is_known_end(last: str) -> bool:
    """Return whether hosts end so. `Next` is the begin of a sentence, `next` and `NEXT` are ends."""
    lower = last.lower()
    return not (lower != last and lower[1:] == last[1:]) and lower in _known_ends()


@cache
def _known_ends() -> frozenset[str]:
    return frozenset(files("standins.botapi").joinpath("domains.txt").read_text(encoding="utf-8").split())


def _whole(letters: re.Pattern[str], text: str, at: int) -> int:
    found = letters.match(text, at)
    return found.end() if found else at


def _back(letter: re.Pattern[str], text: str, at: int, begin: int) -> int:
    """Go left as long as there are such letters."""
    while at > begin and letter.match(text, at - 1):
        at -= 1
    return at
