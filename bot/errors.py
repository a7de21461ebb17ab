"""The errors, as one tree. The type tells the caller the next step; `exit_code` is what the command line answers.

NewsvaneError
├── ConfigError            edit the config                                          78
├── QueryError             mend the watch query (in a config, in a chat, in a shell)  2
├── OpmlUnreadable         mend the list of feeds that was handed in                 2
├── RequestRefused            ask for something else; nothing was changed               2
├── FeedError              this poll brought nothing; the feed is asked again later  69
│   ├── FeedUnreachable      no answer, or not in time
│   ├── FeedRefused          an answer that is no feed (status; Retry-After if given)
│   ├── FeedUnreadable       a body that is no feed, cut, or too costly to read
│   │   └── FeedTooLarge       more bytes than are read
│   └── FeedForbidden        the address guard says no
│       └── NoWebAddress       what was typed is no address at all
├── StoreError
│   ├── StoreBusy            another process holds the state                        75
│   ├── StoreBroken          the state cannot be read; nothing was changed          78
│   └── StoreUnwritable      the disk refused; state as before, try again later     75
├── CannotListen           the address of [web] listen is taken or not this machine's  78
└── TelegramError
    ├── TokenRefused         get a right token                                      77
    ├── TokenInUse           stop the other instance                                75
    └── TelegramUnreachable  try again later                                        69
"""

from typing import ClassVar

from bot.messages import en


class NewsvaneError(Exception):
    """Any error that Newsvane explains itself. `str()` is one message that says what to do."""

    exit_code: ClassVar[int] = 1


class ConfigError(NewsvaneError):
    """The config cannot be used. `problems` are the mistakes, each ready to print."""

    exit_code = 78

    def __init__(self, message: str, problems: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems


class QueryError(NewsvaneError):
    """A watch query that cannot be read.

    `start` and `end` are offsets into `query`, the text as written. `suggestion`, if any, is a query that parses.
    """

    exit_code = 2

    def __init__(self, message: str, *, query: str, start: int, end: int, suggestion: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.query = query
        self.start = start
        self.end = end
        self.suggestion = suggestion


class OpmlUnreadable(NewsvaneError):
    """A list of feeds in OPML that cannot be read. Nothing of it was taken."""

    exit_code = 2


class RequestRefused(NewsvaneError):
    """The request was refused; nothing changed. `code` is one of `messages.en.REFUSALS`, with its arguments."""

    exit_code = 2

    def __init__(self, code: str, **arguments: object) -> None:
        super().__init__(en.REFUSALS[code].format(**arguments))
        self.code = code
        self.arguments = arguments


class FeedError(NewsvaneError):
    """A poll that brought nothing. The stored validators and items stay as they were."""

    exit_code = 69


class FeedUnreachable(FeedError):
    """The publisher did not answer, or not within the deadline; then it was `late`."""

    def __init__(self, message: str, *, late: bool = False) -> None:
        super().__init__(message)
        self.late = late


class FeedRefused(FeedError):
    """The publisher answered with a status that is no feed. `retry_after` is in seconds, None if not given.

    `public` says that it did so from a public address.
    """

    def __init__(self, message: str, *, status: int, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after
        self.public = False


class FeedUnreadable(FeedError):
    """The body is no feed, is cut, is too large, or took too long to read."""


class FeedTooLarge(FeedUnreadable):
    """More bytes came than are read, packed or unpacked."""


class FeedForbidden(FeedError):
    """The address is not one that Newsvane may connect to."""


class NoWebAddress(FeedForbidden):
    """What somebody typed is no http or https address."""


class StoreError(NewsvaneError):
    """What is remembered cannot be reached."""

    exit_code = 75


class StoreBusy(StoreError):
    """Another process holds the state."""


class StoreBroken(StoreError):
    """The state file is not one that can be read. It was left as it is."""

    exit_code = 78


class StoreUnwritable(StoreError):
    """The disk refused a write. What was remembered before still is."""


class CannotListen(NewsvaneError):
    """The address that [web] listen names cannot be listened on."""

    exit_code = 78


class TelegramError(NewsvaneError):
    """Telegram and the bot cannot work together at present."""

    exit_code = 69


class TokenRefused(TelegramError):
    """Telegram does not know the token."""

    exit_code = 77


class TokenInUse(TelegramError):
    """Another process receives this bot's updates."""

    exit_code = 75


class TelegramUnreachable(TelegramError):
    """Telegram does not answer. `retry_after` is how many seconds it asked for, 0 if it said nothing."""

    def __init__(self, message: str, *, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after
