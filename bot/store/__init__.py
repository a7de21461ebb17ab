"""Store: what is remembered. `open_store(url, state_dir)` is the door."""

from pathlib import Path

from bot.errors import ConfigError
from bot.ports import Store


def open_store(url: str, state_dir: Path, *, read_only: bool = False) -> Store:
    """Open the store that `[store] url` names, relative to the state directory.

    `read_only` takes no lock and changes nothing: it sees the state as it was last committed.
    Raises StoreBusy, StoreBroken, StoreUnwritable, and ConfigError for a kind of store that does not exist.
    """
    kind, _, name = url.partition(":")
    if kind != "tinydb" or not name:
        raise ConfigError(f"[store] url = {url!r}: write tinydb:FILE, a file name inside the state directory")
    from bot.store.tiny import TinyStore  # noqa: PLC0415  # a store that is not chosen need not be loaded

    return TinyStore(state_dir / name, read_only=read_only)
