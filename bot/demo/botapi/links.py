"""Which addresses Telegram takes as a link, and in what spelling it keeps them. Pure.

An address that it does not take is no error in a text: the words stay and the link is lost (Bot API, HTML style).
"""

import re

_DEEP_LINK = re.compile(r"(?i)(tg|ton):(?://)?(.*)", re.DOTALL)
_ADDRESS = re.compile(
    r"(?:(?P<scheme>[^:/?#]*)://)?(?:[^/?#@]*@)?(?P<host>\[[0-9A-Fa-f:.]+\]|[^/?#:]*)(?::(?P<port>[^/?#]*))?(?P<rest>.*)",
    re.DOTALL,
)
_HOST = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=%-]|[^\x00-\x7f])+")
_NO_PLACE_IN_A_PATH = re.compile(r"[\x00-\x20]")


def checked(address: str) -> str:
    """Give the address as Telegram keeps it, or an empty string where it keeps no link.

    Without a scheme it is http. A host needs a dot, so `localhost` is none; of schemes there are http, https and
    Telegram's own tg and ton.
    """
    if deep := _DEEP_LINK.fullmatch(address):
        return f"{deep[1].lower()}://{deep[2]}" if deep[2] else ""
    parts = _ADDRESS.fullmatch(address)
    if parts is None:
        return ""
    scheme = (parts["scheme"] or "http").lower() if parts["scheme"] != "" else ""
    host, port = parts["host"].lower(), parts["port"]
    if scheme not in {"http", "https"} or not _is_port(port) or not _is_host(host):
        return ""
    path = parts["rest"] if parts["rest"].startswith("/") else "/" + parts["rest"]
    path = _NO_PLACE_IN_A_PATH.sub(lambda found: f"%{ord(found[0]):02X}", path)
    return f"{scheme}://{host}{f':{int(port)}' if port else ''}{path}"


def _is_port(port: str | None) -> bool:
    return port is None or (len(port) <= 5 and port.isascii() and port.isdigit() and 0 < int(port) < 65536)


def _is_host(host: str) -> bool:
    return host.startswith("[") or ("." in host and _HOST.fullmatch(host) is not None)
