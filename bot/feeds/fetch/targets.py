"""The addresses that may be asked: http or https, without user and password, never from https to http."""

from yarl import URL

from bot.errors import FeedForbidden


def checked(text: str, base: URL | None = None) -> URL:
    """Read an address. Raises FeedForbidden for all but http and https without user and password.

    With `base`, the text is where that address redirects to; it may be relative, but not leave https.
    """
    whose = f"{host_of(base)} redirects to an address that" if base is not None else "the feed's address"
    try:
        url = base.join(URL(text)) if base is not None else URL(text)
        port = url.port
    except ValueError as error:
        raise FeedForbidden(f"{whose} cannot be read as one") from error
    if url.scheme not in {"http", "https"} or not url.host or not port:
        raise FeedForbidden(f"{whose} is not http or https")
    if url.user is not None or url.password is not None:
        raise FeedForbidden(f"{whose} holds a user name or password")
    if base is not None and base.scheme == "https" and url.scheme == "http":
        raise FeedForbidden(f"{whose} is not encrypted, though its own is")
    return url.with_fragment(None)


def host_of(url: URL) -> str:
    """Return the host of an address, empty if it has none."""
    return url.host or ""
