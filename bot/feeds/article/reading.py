"""The child process that reads pages and robots.txt: `python -m bot.feeds.article.reading`. `extractor` has it started.

A job's facts are {"read": "page", …} or {"read": "robots", …}; its reply is one line of JSON. Its libraries are loaded
with the first job that needs them.
"""

import json
import time
from collections.abc import Iterator

from bot.feeds.article.answers import NoPage, packed
from bot.feeds.parse.limited import is_worn, serve

MAX_MEMORY = 256 * 2**20  # bytes of address space; a page of 8 MiB needs two thirds of it
WORN = 120 * 2**20  # bytes of resident memory after which a fresh process is cheaper to keep than this one


def main() -> None:
    """Read pages until stdin ends."""
    serve(_reply, memory=MAX_MEMORY)


def _reply(job: bytes, body: bytes) -> Iterator[bytes]:
    facts = json.loads(job)
    read = _robots if facts.pop("read") == "robots" else _page
    try:
        found = read(body, **facts)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  # whatever a page does to a library costs this page
        found = {"error": f"cannot be read ({type(error).__name__})"}
    yield json.dumps({**found, "worn": is_worn(WORN)}, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def _page(body: bytes, **facts: str) -> dict[str, object]:
    from bot.feeds.article.extract import extract  # noqa: PLC0415  # heavy

    try:
        return packed(extract(body, now=time.time(), **facts))
    except NoPage as error:
        return {"error": str(error)}


def _robots(body: bytes, **facts: str) -> dict[str, object]:
    from bot.feeds.article.robots import permission  # noqa: PLC0415  # an extra

    return packed(permission(body, **facts))


if __name__ == "__main__":
    main()
