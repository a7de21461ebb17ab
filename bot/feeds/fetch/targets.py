"""The addresses that may be asked: http or https, without user and password, never from https to http."""

from ipaddress import ip_address
from urllib.parse import SplitResult

from yarl import URL

from bot.errors import FeedForbidden
from bot.feeds.address import parsed

_TOLD: dict[object, str] = {"unreadable": "cannot be read as one", "credentials": "holds a user name or password"}


def checked(text: str, base: URL | None = None, *, what: str = "the feed's address") -> URL:
    """Read an address. Raises FeedForbidden for all but http and https without user and password.

    With `base`, the text is where that address redirects to; it may be relative, but not leave https. `what` is what
    the address is called.
    """
    whose = f"{host_of(base)} redirects to an address that" if base is not None else what
    try:
        url = base.join(URL(text)) if base is not None else URL(text)
        flaw = parsed(str(url))
    except ValueError as error:
        raise FeedForbidden(f"{whose} cannot be read as one") from error
    if not isinstance(flaw, SplitResult) or not url.port:
        raise FeedForbidden(f"{whose} {_TOLD.get(flaw, 'is not http or https')}")
    if base is not None and base.scheme == "https" and url.scheme == "http":
        raise FeedForbidden(f"{whose} is not encrypted, though its own is")
    return url.with_fragment(None)


def host_of(url: URL) -> str:
    """Return the host of an address, empty if it has none."""
    return url.host or ""


def is_address(host: str) -> bool:
    """Return whether a host is written as an address, so that no name server was asked."""
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
