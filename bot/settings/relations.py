"""Checks what one value of the config says about another: limits in order, names known and not taken twice.

They read the files as `tomllib` gives them, and pass over what has the wrong shape: `schema` tells that. So every
mistake is found in one go, however many there are of other kinds.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

from bot.settings.checks import duration, nearest
from bot.settings.diagnostic import (
    FEEDS,
    MAIN,
    SMALLEST_FEEDS,
    SMALLEST_WATCHLISTS,
    WATCHLISTS,
    Diagnostic,
    InvalidValue,
    Table,
    quoted,
)
from bot.settings.schema import PollSettings


def absolute(file: str, config_dir: Path, environ: Mapping[str, str]) -> str:
    """Return a file's path from the root; it is written relative to the config directory. Empty for none."""
    if not file:
        return ""
    if file.startswith("~/"):
        return str(Path(environ["HOME"], file[2:]).absolute())
    return str((config_dir / file).absolute())


def check_main(main: Table, config_dir: Path, environ: Mapping[str, str]) -> Iterator[Diagnostic]:
    """Check newsvane.toml: limits of polling in order, an owner where one is needed, files, ears for hubs."""
    yield from _limits_out_of_order(main)
    telegram = section(main, "telegram")
    if telegram.get("access") == "owner" and telegram.get("owner", 0) == 0:
        path = ("telegram", "owner" if "owner" in telegram else "access")
        message = 'access = "owner" needs owner, your own Telegram id: a number, not your @name'
        yield Diagnostic(file=MAIN, place=path, message=message, example="owner = 123456789")
    for table, key in (("telegram", "token_file"), ("fetch", "ca_file")):
        file = section(main, table).get(key)
        if isinstance(file, str) and file.startswith("~/") and not environ.get("HOME"):
            message = "there is no home directory here for ~ to stand for; write the whole path"
            yield Diagnostic(file=MAIN, place=(table, key), message=message)
        elif key == "ca_file" and isinstance(file, str) and file and file.isprintable():
            yield from _certificates(absolute(file, config_dir, environ))
    if section(main, "websub").get("public_url", "") != "" and section(main, "web").get("listen", "") == "":
        message = "public_url needs [web] listen, where the hubs' calls arrive"
        yield Diagnostic(
            file=MAIN, place=("websub", "public_url"), message=message, example='[web]\nlisten = "127.0.0.1:8090"'
        )


def _certificates(file: str) -> Iterator[Diagnostic]:
    """Check that a file holds certificates in PEM."""
    import ssl  # noqa: PLC0415  # few name such a file

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
    except ssl.SSLError:
        message = f"{file} holds no certificates in PEM: texts that begin with -----BEGIN CERTIFICATE-----"
    except OSError as error:
        message = f"{file} cannot be read ({error.strerror})"
    else:
        return
    yield Diagnostic(file=MAIN, place=("fetch", "ca_file"), message=message)


def _limits_out_of_order(main: Table) -> Iterator[Diagnostic]:
    poll, limits = section(main, "poll"), _limits(main)
    rising = [key for key in ("min_interval", "interval", "max_interval") if key in limits]
    for lower, upper in pairwise(rising):
        if limits[lower] <= limits[upper]:
            continue
        key, other, relation = (lower, upper, "longer") if lower in poll else (upper, lower, "shorter")
        default = "" if other in poll else ", its default"
        message = f"{key} is {relation} than {other} ({spoken(limits[other])}{default})"
        yield Diagnostic(file=MAIN, place=("poll", key), message=message)


def _limits(main: Table) -> dict[str, float]:
    """Give the limits of polling in seconds, those of them that can be read."""
    limits = asdict(PollSettings())
    for key, written in section(main, "poll").items():
        try:
            limits[key] = duration(written)
        except InvalidValue:
            limits.pop(key, None)
    return limits


def check_feeds(feeds: Table, main: Table | None) -> Iterator[Diagnostic]:
    """Check feeds.toml: at least one feed, each name and address once, intervals within the limits of polling.

    `main` is newsvane.toml, None if it could not be read: then its limits are not known.
    """
    if not feeds.get("feed") and feeds.get("feed", []) == []:
        message = "no feed is named here; the smallest one is"
        yield Diagnostic(file=FEEDS, place=("feed",), message=message, example=SMALLEST_FEEDS)
    yield from _taken_twice(FEEDS, feeds, "feed", "name")
    yield from _taken_twice(FEEDS, feeds, "feed", "url")
    limits = {} if main is None else _limits(main)
    for index, feed in rows(feeds, "feed"):
        try:
            interval = duration(feed["interval"])
        except (KeyError, InvalidValue):
            continue
        path = ("feed", index, "interval")
        if interval < limits.get("min_interval", 0.0):
            bound = spoken(limits["min_interval"])
            yield Diagnostic(file=FEEDS, place=path, message=f"interval is shorter than [poll] min_interval ({bound})")
        elif interval > limits.get("max_interval", interval):
            bound = spoken(limits["max_interval"])
            yield Diagnostic(file=FEEDS, place=path, message=f"interval is longer than [poll] max_interval ({bound})")


def check_watchlists(watchlists: Table, feeds: Table | None) -> Iterator[Diagnostic]:
    """Check watchlists.toml: at least one watch, each name once, feeds that exist if it is known which do."""
    if not watchlists.get("watch") and watchlists.get("watch", []) == []:
        message = "no watch is named here; the smallest one is"
        yield Diagnostic(file=WATCHLISTS, place=("watch",), message=message, example=SMALLEST_WATCHLISTS)
    yield from _taken_twice(WATCHLISTS, watchlists, "watch", "name")
    if feeds is None:
        return
    known = [feed["name"] for _, feed in rows(feeds, "feed") if isinstance(feed.get("name"), str)]
    for index, watch in rows(watchlists, "watch"):
        for place, name in enumerate(_list(watch.get("feeds"))):
            if isinstance(name, str) and name not in known:
                near = nearest(name, known)
                yield Diagnostic(
                    file=WATCHLISTS,
                    place=("watch", index, "feeds", place),
                    message=f"{FEEDS} has no feed of the name {quoted(name)}",
                    suggestion=quoted(near) if near else "",
                )


def _taken_twice(file: str, table: Table, kind: str, key: str) -> Iterator[Diagnostic]:
    first: dict[str, int] = {}
    for index, row in rows(table, kind):
        value = row.get(key)
        if not isinstance(value, str):
            continue
        if value in first:
            message = f"this {key} is taken: two of [[{kind}]] cannot share it"
            also = ("it stands first", (kind, first[value], key))
            yield Diagnostic(file=file, place=(kind, index, key), message=message, also=also)
        first.setdefault(value, index)


def section(table: Table, name: str) -> Table:
    """Give a table of a file, empty if it is not there or no table."""
    found = table.get(name)
    return found if isinstance(found, dict) else {}


def rows(table: Table, kind: str) -> Iterator[tuple[int, Table]]:
    """Give the tables of an array, each with its place, passing over what is none."""
    for index, row in enumerate(_list(table.get(kind))):
        if isinstance(row, dict):
            yield index, row


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def spoken(seconds: float) -> str:
    """Write a duration as the config does."""
    for unit, size in (("h", 3600), ("m", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:.0f}{unit}"
    return f"{seconds:g}s"
