"""What a single value of the config must be. Each function returns the value as it is used, or raises `InvalidValue`.

`InvalidValue` carries where in the text the mistake is, and what to write in its place.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from bot.feeds.address import parsed
from bot.settings.diagnostic import NOT_IN_THE_CONFIG, InvalidValue, quoted
from bot.text.secrets import is_like_token

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")
LONGEST_DURATION = 31 * 24 * 3600.0
LONGEST_TITLE = 100
LONGEST_URL = 2048

_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)([smh])")
_NEAR_DURATION = re.compile(r"\s*(-?)\s*([0-9]{1,9}(?:\.[0-9]{1,3})?)\s*([^\W\d_]*)\s*")
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_UNITS = {
    **dict.fromkeys(("", "s", "sec", "secs", "second", "seconds"), ("s", 1)),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), ("m", 1)),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), ("h", 1)),
    **dict.fromkeys(("d", "day", "days"), ("h", 24)),
}
_DURATION_FORM = 'write it like "30s", "5m" or "2h"'
_LISTEN_FORM = 'write it like "127.0.0.1:8090" or "[::1]:8090"'
_HOST_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})(?:\.[A-Za-z0-9][A-Za-z0-9-]{0,62})*")
_STORE = re.compile(r"tinydb:[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")


class Listen(NamedTuple):
    """Where to listen. `host` has no brackets."""

    host: str
    port: int


def nearest(word: str, choices: Iterable[str]) -> str:
    """Give the choice that somebody may have meant by this word, empty if none is near."""
    found = get_close_matches(word[:60].casefold(), list(choices), n=1, cutoff=0.6)
    return found[0] if found else ""


def duration(value: object) -> float:
    """Read `"30s"`, `"5m"` or `"2h"` as seconds: longer than 0, at most 31 days."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise InvalidValue(
            f"a duration has a unit and stands in quotes; {_DURATION_FORM}", suggestion=_with_unit(str(value))
        )
    if not isinstance(value, str):
        raise InvalidValue(f"a duration is a text; {_DURATION_FORM}")
    found = _DURATION.fullmatch(value)
    if found is None:
        raise InvalidValue(_why_no_duration(value), suggestion=_with_unit(value))
    seconds = float(found[1]) * _SECONDS[found[2]]
    if seconds == 0:
        raise InvalidValue("a duration must be longer than zero")
    if seconds > LONGEST_DURATION:
        raise InvalidValue("a duration is at most 31 days")
    return seconds


def _why_no_duration(text: str) -> str:
    near = _NEAR_DURATION.fullmatch(text)
    if near and _seconds(near) > LONGEST_DURATION:
        return "a duration is at most 31 days"
    if near is None:
        return f"this is no duration; {_DURATION_FORM}"
    if near[1]:
        return "a duration cannot be negative"
    if not near[3]:
        return f"a duration needs a unit: s, m or h; {_DURATION_FORM}"
    return f"the unit of a duration is s, m or h; {_DURATION_FORM}"


def _with_unit(text: str) -> str:
    near = _NEAR_DURATION.fullmatch(text)
    unit = _UNITS.get(near[3].lower()) if near else None
    if near is None or unit is None or not 0 < _seconds(near) <= LONGEST_DURATION:
        return ""
    amount = near[2] if unit[1] == 1 else format(float(near[2]) * unit[1], ".10g")
    return f'"{amount}{unit[0]}"'


def _seconds(near: re.Match[str]) -> float:
    """Return the seconds that somebody may have meant, 0 for a unit that is not known."""
    unit, size = _UNITS.get(near[3].lower(), ("s", 0))
    return float(near[2]) * size * _SECONDS[unit]


def name(value: str) -> str:
    """Check the name of a feed or a watch: what people type in a chat."""
    if NAME.fullmatch(value):
        return value
    plain = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:31].rstrip("-")
    if not value:
        raise InvalidValue("a name cannot be empty")
    raise InvalidValue(
        "a name is 1 to 31 of a-z, 0-9 and -, and does not begin with -",
        suggestion=f'"{slug}"' if slug else "",
        span=odd.span() if (odd := re.search(r"[^a-z0-9-]|^-", value)) else None,
    )


def title(value: str) -> str:
    """Check a title: one line of readable text."""
    if not value.strip():
        raise InvalidValue("a title cannot be empty; leave the key out and the name is shown")
    if len(value) > LONGEST_TITLE:
        raise InvalidValue(f"a title has at most {LONGEST_TITLE} characters", span=(LONGEST_TITLE, len(value)))
    for place, letter in enumerate(value):
        if unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Zl", "Zp"}:
            raise InvalidValue("a title is one line without control characters", span=(place, place + 1))
    return value.strip()


def url(value: str) -> str:
    """Check a web address: http or https, with a host, without user info (RFC 3986)."""
    if not value:
        raise InvalidValue("an address cannot be empty")
    if len(value) > LONGEST_URL:
        raise InvalidValue(f"an address has at most {LONGEST_URL} characters")
    if odd := re.search(r"[\s\x00-\x20\x7f\"<>\\^`{|}]|[^\S ]", value):
        kind = "spaces" if odd[0].isspace() else f"the character {odd[0]!r}"
        raise InvalidValue(f"an address cannot contain {kind}", suggestion=_mended_url(value.strip()), span=odd.span())
    if not value.lower().startswith(("http://", "https://")):
        raise InvalidValue("an address begins with https:// or http://", suggestion=_mended_url(value))
    parts = parsed(value)
    if parts == "unreadable":
        raise InvalidValue("the host or the port of this address cannot be read")
    if parts == "host":
        raise InvalidValue("this address has no host")
    start = value.index("//") + 2
    end = start + len(re.split(r"[/?#]", value[start:], maxsplit=1)[0])
    if not isinstance(parts, SplitResult):
        message = "an address here has no user name and no password before the host"
        raise InvalidValue(message, span=(start, value.rindex("@", start, end) + 1))
    host = parts.hostname or ""
    if "%" in host or not (":" in host or all(host.rstrip(".").split("."))):
        raise InvalidValue("this is no host name", span=(start, end))
    return value


def api_url(value: str) -> str:
    """Check the address of a Bot API server. Returns it without the slash at its end."""
    return _base_url(value, "the Bot API's address")


def _base_url(value: str, what: str) -> str:
    """Check an address to which paths are added."""
    checked = url(value)
    parts = urlsplit(checked)
    if parts.query or parts.fragment or "?" in checked or "#" in checked:
        raise InvalidValue(f"{what} has no ? and no #", suggestion=quoted(re.split(r"[?#]", checked)[0].rstrip("/")))
    return checked.rstrip("/")


def _mended_url(value: str) -> str:
    bare = re.sub(r"^(?:[A-Za-z]{1,10}:/*|/+)", "", value)
    guess = f"https://{bare}"
    looks_right = re.fullmatch(r"https://[\w-]+(\.[\w-]+)+([:/][!-~]*)?", guess) and "@" not in guess
    return quoted(guess) if looks_right and '"' not in guess else ""


def network(value: object) -> Network:
    """Read an address or a network, as `127.0.0.0/8`, `10.1.2.3` or `fd00::/8`."""
    if not isinstance(value, str):
        raise InvalidValue('a network is a text, such as "127.0.0.0/8"')
    try:
        return ipaddress.ip_network(value)
    except ValueError:
        suggestion = ""
    try:
        suggestion = f'"{ipaddress.ip_network(value, strict=False)}"'
    except ValueError:
        raise InvalidValue('this is no network; write it like "127.0.0.0/8" or "fd00::/8"') from None
    raise InvalidValue("this network has bits set behind its mask", suggestion=suggestion)


def public_url(value: str) -> str:
    """Check the address under which hubs reach the bot; empty for none. Returns it without the slash at its end."""
    return _base_url(value, "the public address") if value else ""


def listen(value: object) -> Listen | None:
    """Read a host and a port, as `127.0.0.1:8090` or `[::1]:8090`; empty for none."""
    if not isinstance(value, str):
        near = _mended_listen(str(value)) if isinstance(value, int) and not isinstance(value, bool) else ""
        raise InvalidValue(f"listen is a text; {_LISTEN_FORM}", suggestion=near)
    if not value:
        return None
    host, colon, port = value.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit():
        raise InvalidValue(f"this is no host and port; {_LISTEN_FORM}", suggestion=_mended_listen(value))
    if not 1 <= int(port[:6]) <= 65_535 or len(port) > 5:
        raise InvalidValue("a port is a number from 1 to 65535", span=(len(host) + 1, len(value)))
    if not _is_host(host):
        message = f"this is no host to listen on; {_LISTEN_FORM}"
        raise InvalidValue(message, suggestion=_mended_listen(value), span=(0, len(host)) if host else None)
    return Listen(host=host.strip("[]"), port=int(port))


def _is_host(host: str) -> bool:
    """Tell whether one can listen there: an IPv4 address, an IPv6 address in brackets, the name of a host."""
    try:
        if host.startswith("[") and host.endswith("]"):
            return bool(ipaddress.IPv6Address(host[1:-1]))
        if not host.replace(".", "").isdigit():
            return len(host) <= 253 and _HOST_NAME.fullmatch(host) is not None
        return bool(ipaddress.IPv4Address(host))
    except ValueError:
        return False


def _mended_listen(value: str) -> str:
    bare = re.sub(r"^[A-Za-z]{1,10}://", "", value.strip()).rstrip("/")
    if bare.isascii() and bare.isdigit():
        host, port = "", bare
    else:
        host, _, port = bare.rpartition(":")
    if not (port.isascii() and port.isdigit()) and "]" not in host:
        host, port = bare, "8090"
    host = {"": "127.0.0.1", "*": "0.0.0.0"}.get(host, host)  # noqa: S104  # * means just that
    host = f"[{host}]" if ":" in host and not host.startswith("[") else host
    proper = _is_host(host) and len(port) <= 5 and 1 <= int(port) <= 65_535
    return quoted(f"{host}:{port}") if proper and bare else ""


def store_url(value: str) -> str:
    """Check where the state is kept: `tinydb:` and the name of a file in the state directory."""
    if _STORE.fullmatch(value):
        return value
    kind, colon, file = value.partition(":")
    if colon and kind != "tinydb":
        near = f'"tinydb:{file}"' if _STORE.fullmatch(f"tinydb:{file}") else ""
        raise InvalidValue("the only store is tinydb", suggestion=near, span=(0, len(kind)))
    if not colon:
        near = f'"tinydb:{value}"' if _STORE.fullmatch(f"tinydb:{value}") else ""
        raise InvalidValue('write it "tinydb:" and the name of a file', suggestion=near)
    raise InvalidValue(
        "behind tinydb: stands the name of a file in the state directory, without folders",
        suggestion='"tinydb:newsvane.db"',
        span=(len("tinydb:"), len(value)),
    )


def token_file(value: str) -> str:
    """Check the name of the file with the token; empty for none."""
    if is_like_token(value):
        raise InvalidValue(NOT_IN_THE_CONFIG)
    return file_name(value)


def file_name(value: str) -> str:
    """Check the name of a file; empty for none."""
    if value and not value.strip():
        raise InvalidValue("the name of a file cannot be blank")
    if odd := re.search(r"[\x00-\x1f\x7f]", value):
        raise InvalidValue("the name of a file cannot contain control characters", span=odd.span())
    return value


def pages_an_hour(value: int) -> int:
    """Check how many pages of a host may be asked for in an hour."""
    if not 1 <= value <= 3600:
        raise InvalidValue('give 1 to 3600; a feed whose pages are not to be read says article = "never"')
    return value


def owner(value: int) -> int:
    """Check a person's Telegram id: Bot API, at most 52 significant bits. 0 stands for nobody."""
    if value < 0:
        raise InvalidValue("an id below zero is a group's; owner is a person")
    if value >= 1 << 52:
        raise InvalidValue("a Telegram id has at most 52 bits")
    return value
