"""A stage with a hub: the publisher names it, and the bot can be reached by it, at an address that stays the same."""

import socket
from contextlib import suppress
from dataclasses import replace
from typing import Self

from bot.demo.stage import Stage
from bot.demo.story import NewsItem
from bot.settings import Listen, Settings


class HubStage(Stage):
    """A stage whose news can be pushed. Without a `hub`, the bot cannot be reached until it is given one."""

    def __init__(self, *given, hub, **more) -> None:
        super().__init__(*given, **more)
        self.hub = hub
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            self.listen = Listen(host="127.0.0.1", port=int(taken.getsockname()[1]))

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        await self.hub.start()
        self.publisher.hub = self.hub.url
        return self

    async def __aexit__(self, *_: object) -> None:
        with suppress(Exception):
            await self.stop_bot()
        await self.hub.close()
        await super().__aexit__()

    @property
    def settings(self) -> Settings:
        given = super().settings
        if self.hub is None:
            return given
        return replace(
            given,
            web=replace(given.web, listen=self.listen),
            websub=replace(given.websub, public_url=f"http://{self.listen.host}:{self.listen.port}"),
        )

    async def push(self, item: NewsItem) -> list[int]:
        """Publish an item and have the hub push the feed. Returns the statuses that the bot answered with."""
        self.publisher.publish(item)
        return await self.hub.publish(self.publisher.url, self.publisher.body())
