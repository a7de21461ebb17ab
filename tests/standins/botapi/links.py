"""Which addresses Telegram takes as a link, and in what spelling it keeps them. Pure.

An address that it does not take is no error in a text: the words stay and the link is lost (Bot API, HTML style).
"""

import re
from ipaddress import IPv6Address

_DEEP_LINK = re.compile(r"(?P<scheme>tg|ton|tonsite):(?://)?@?(?P<name>[^/?#]*)(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_DEEP_NAME = {"tg": "[a-z0-9_-]+", "ton": "[a-z0-9_-]+", "tonsite": r"(?!\.\Z)[a-z0-9_.-]+"}
_PERSON = re.compile(r"tg:(?://)?@?user/?\?(?:[^#]*&)?id=(?P<id>[1-9][0-9]*)(?:[&#].*)?", re.IGNORECASE | re.DOTALL)
_PERSON_LIMIT = 2**40
_ADDRESS = re.compile(
    r"(?:(?P<scheme>[^:/?#]*)://)?(?:(?P<user>[^/?#]*)@)?"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^/?#:]*)(?::(?P<port>[^/?#]*))?(?P<rest>[/?#].*)?",
    re.DOTALL,
)
_IN_HOST = r"[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2}|[^\x00-\x7f]"
_HOST, _USER = re.compile(f"(?:{_IN_HOST})+"), re.compile(f"(?:{_IN_HOST}|:)*")
_NO_PLACE_IN_A_PATH = re.compile(r"[\x00-\x20]")
_OUTER_SPACE = " \t\n\v\f\r"


def checked(address: str) -> str:
    """Return the address as Telegram keeps it, or an empty string where it keeps no link.

    Without a scheme it is http. A host needs a dot, so `localhost` is none; of schemes there are http, https and
    Telegram's own tg, ton and tonsite.
    """
    if deep := _DEEP_LINK.fullmatch(address):
        scheme, name, rest = deep["scheme"].lower(), deep["name"].lower(), _path(deep["rest"])
        rest = rest.removeprefix("/") if rest.startswith("/?") else rest
        return f"{scheme}://{name}{rest}" if re.fullmatch(_DEEP_NAME[scheme], name) else ""
    parts = _ADDRESS.fullmatch(address)
    if parts is None:
        return ""
    scheme = (parts["scheme"] or "http").lower() if parts["scheme"] != "" else ""
    host, port, user = parts["host"].lower(), parts["port"], parts["user"] or ""
    if scheme not in {"http", "https"} or not _is_port(port) or not _is_host(host):
        return ""
    if not host.startswith("[") and not _USER.fullmatch(user):
        return ""
    slash = "/" if parts["rest"] and parts["rest"][0] == "?" else ""
    return f"{scheme}://{user and user + '@'}{host}{f':{int(port)}' if port else ''}{slash}{_path(parts['rest'])}"


def is_person(link: str) -> bool:
    """Return whether an address that is a link stands for somebody."""
    found = _PERSON.fullmatch(link)
    return found is not None and int(found["id"][:20]) < _PERSON_LIMIT


def _path(rest: str | None) -> str:
    kept = (rest or "").rstrip(_OUTER_SPACE)
    kept = _NO_PLACE_IN_A_PATH.sub(lambda found: f"%{ord(found[0]):02X}", kept) or "/"
    return f"/{kept}" if kept.startswith("#") else kept


def _is_port(port: str | None) -> bool:
    if port is None:
        return True
    digits = port.lstrip("0")
    return port.isascii() and port.isdigit() and 0 < len(digits) <= 5 and int(digits) < 65536


def _is_host(host: str) -> bool:
    if host.startswith("["):
        try:
            IPv6Address(host[1:-1])
        except ValueError:
            return False
        return True
    return "." in host and len(host) > 1 and _HOST.fullmatch(host) is not None
