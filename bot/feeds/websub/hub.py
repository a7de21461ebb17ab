"""Speaks with a hub: asks it to push a feed, or to stop. Thin; what is asked and when is decided in `leases`."""

from typing import Literal

from bot.errors import FeedRefused
from bot.feeds.websub.leases import LEASE
from bot.model import Lease
from bot.ports import Poster


async def ask_hub(
    poster: Poster, lease: Lease, mode: Literal["subscribe", "unsubscribe"], *, home: str, of_chats: bool
) -> None:
    """Send the question (WebSub §5.1); the hub's own answer comes as a call of the callback. Raises FeedError.

    See `ports.Poster` for `home` and `of_chats`.
    """
    form = {
        "hub.mode": mode,
        "hub.topic": lease.topic,
        "hub.callback": lease.callback,
        "hub.verify": "async",  # hubs of the protocol's older version insist on it, others pass it over
    }
    if mode == "subscribe":
        form |= {"hub.lease_seconds": str(LEASE), "hub.secret": lease.secret}
    status = await poster.post(lease.hub, form, home=home, of_chats=of_chats)
    if not 200 <= status < 300:
        raise FeedRefused(f"the hub answered {status}; it is asked again later", status=status)
