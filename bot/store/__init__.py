"""Store: what is remembered. `open_store(url)` is the door."""

from pathlib import Path

from bot.errors import ConfigError
from bot.ports import OutboxMirror, Store


def open_store(url: str, state_dir: Path, *, outbox: OutboxMirror, read_only: bool = False) -> Store:
    """Open the store that `[store] url` names, relative to the state directory.

    `outbox` follows the open deliveries. `read_only` takes no lock and changes nothing: it sees the last commit.
    Raises StoreBusy, StoreBroken, StoreUnwritable, and ConfigError for a kind of store that does not exist.
    """
    path = path_of(url, state_dir)
    from bot.store.tiny import TinyStore  # noqa: PLC0415  # a store that is not chosen need not be loaded

    return TinyStore(path, outbox=outbox, read_only=read_only)


def path_of(url: str, state_dir: Path) -> Path:
    """Return the file that a store's URL names. Raises ConfigError for a kind of store that does not exist."""
    kind, _, name = url.partition(":")
    if kind != "tinydb" or not name:
        raise ConfigError(f"[store] url = {url!r}: write tinydb:FILE, a file name inside the state directory")
    return state_dir / name
