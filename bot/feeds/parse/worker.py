"""The child process that reads feeds: `python -m bot.feeds.parse.worker`. Only `child` has it started."""

from collections.abc import Iterator

from bot.errors import FeedError
from bot.feeds.parse.body import parse_body
from bot.feeds.parse.limited import is_worn, serve
from bot.feeds.parse.wire import pack_reply, unpack_job

MAX_MEMORY = 256 * 2**20  # bytes of address space; a feed of 8 MiB needs half of it
WORN = 40 * 2**20  # bytes of resident memory after which a fresh process is cheaper to keep than this one


def main() -> None:
    """Read feeds until stdin ends."""
    serve(_reply, memory=MAX_MEMORY)


def _reply(facts: bytes, body: bytes) -> Iterator[bytes]:
    job = unpack_job(facts, body)
    try:
        feed = parse_body(job.body, job.content_type, base=job.base, now=job.now)
    except FeedError as error:
        return pack_reply(error=str(error), worn=is_worn(WORN))
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  # a slip of ours costs this feed, and no traceback in the log
        return pack_reply(error=f"the feed cannot be read ({type(error).__name__})", worn=True)
    return pack_reply(feed, worn=is_worn(WORN))


if __name__ == "__main__":
    main()
