"""Says in plain words why a publisher or a hub gave no answer."""

import ssl

import aiohttp

from bot.feeds.fetch.connection import EndlessBody, EndlessHead


def explained(host: str, error: Exception) -> str:
    """Return in plain words why no answer came."""
    for kinds, reason in _REASONS:
        if isinstance(error, kinds):
            return reason.format(host=host)
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"cannot connect to {host}: {error.os_error.strerror or 'no address of it answers'}"
    return f"{host} could not be asked ({type(error).__name__})"


NOWHERE = "there is no host {host} at a public address, or no name server answers; check the feed's address"
"""For chats also where there is one, in a network of the operator: what names that has is not theirs to know."""

# The first that fits wins, so a kind stands before what it inherits from.
_REASONS: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    ((aiohttp.ClientConnectorDNSError,), NOWHERE),
    ((EndlessHead,), "{host} sends on and on before it answers"),
    ((EndlessBody,), "{host} sends much more than it says, in tiny pieces; that is no feed to poll"),
    ((aiohttp.ClientSSLError, ssl.SSLError), "{host} has no valid certificate, so the connection would not be safe"),
    ((aiohttp.InvalidURL,), "{host} is not the name of a host; check the feed's address"),
    ((aiohttp.ClientPayloadError,), "{host} broke off in the middle of its answer"),
    ((aiohttp.ClientResponseError, aiohttp.http.HttpProcessingError), "{host} does not answer in proper HTTP"),
    ((aiohttp.ServerDisconnectedError, ConnectionError), "{host} closed the connection without an answer"),
)


def advice(status: int) -> str:
    """Return what an answer that is no feed means for whoever watches it."""
    return _ADVICE.get(status, "the publisher's fault; asked again later" if status >= 500 else "no feed there")


_ADVICE = {
    401: "it wants a login; give an address that is open to all",
    403: "it does not let Newsvane in; ask the publisher, or use another address",
    404: "there is no feed at this address; look it up at the publisher's site",
    410: "the feed is gone for good; give it up, or give its new address",
    429: "it was asked too often; it is asked again later",
    503: "it is overloaded; it is asked again later",
}
