"""What a document of each table must be: derived from the nouns that it is read into, so that the two cannot differ.

A state of well-formed nonsense, made by hand or by another program, is refused with the place that is wrong before
anything reads it. The checksums of `storage` find what a disk has damaged; they say nothing of sense.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from itertools import islice
from math import isfinite
from typing import Annotated, Any, get_type_hints

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, create_model

from bot.model import (
    Asides,
    Chat,
    Delivery,
    Feed,
    FeedState,
    Health,
    HostHold,
    Item,
    Lease,
    Match,
    Notice,
    Wanted,
    Watch,
)
from bot.store.documents import polls_of
from bot.store.statefile import FORMAT, broken
from bot.store.storage import SQLiteStorage

_SHOWN = 5  # findings of a table
_CLOSED = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)
_Seconds = Annotated[float, Field(ge=-1e12, le=1e12)]  # what can be told as a time or as a span
_Whole = Annotated[int, Field(ge=-(2**63), lt=2**63)]  # what SQLite and Telegram can have
_NUMBERS: dict[Any, Any] = {float: _Seconds, float | None: _Seconds | None, int: _Whole}


def _polls(text: str) -> str:
    if not all(isfinite(poll.at) and isfinite(poll.seconds) for poll in polls_of(text)):
        raise ValueError("a poll has no time")
    return text


_SPECIAL: dict[tuple[type, str], Any] = {
    (Health, "polls"): Annotated[str, AfterValidator(_polls)],
    (Item, "keys"): Annotated[tuple[str, ...], Field(min_length=1)],
}


def _shape(kind: Any, **others: Any) -> type[BaseModel]:  # noqa: ANN401  # types
    """Return what is written of a dataclass, and `others` beside it. What has no default must be there."""
    hints = get_type_hints(kind)
    keys: dict[str, Any] = {}
    for each in fields(kind):
        hint = hints[each.name]
        written = _shape(hint) if is_dataclass(hint) else _NUMBERS.get(hint, hint)
        required = each.default is MISSING and each.default_factory is MISSING
        keys[each.name] = (_SPECIAL.get((kind, each.name), written), ... if required else None)
    return _made(kind.__name__, **keys, **others)


def _made(table: str, **keys: Any) -> type[BaseModel]:  # noqa: ANN401  # types, or pairs of a type and a default
    given: dict[str, Any] = {key: type_ if isinstance(type_, tuple) else (type_, ...) for key, type_ in keys.items()}
    return create_model(table, __config__=_CLOSED, **given)


SHAPES: dict[str, type[BaseModel]] = {
    "meta": _made("meta", filed_for=str),
    "feeds": _shape(FeedState),
    "habits": _made("habits", habit=str),
    "added": _shape(Feed, since=_Seconds),
    "leases": _shape(Lease),
    "known": _made("known", feed=str, own=(str, ""), seen=_Seconds, name=(_Whole, 0)),
    "items": _made(
        "items",
        item=_shape(Item),
        matches=tuple[Match, ...],
        newest=_Seconds,
        own=(str, ""),
        aged=(_Seconds, 0.0),
    ),
    "shelved": _made("shelved", shelf=str, newest=_Seconds, item=_Whole),
    "notices": _shape(Notice),
    "outbox": _shape(Delivery, about=_Whole, waits=(_Whole, 0)),
    "told": _made(
        "told", chat=_Whole, of=_Whole, seen=_Seconds, message=(_Whole, 0), by=(_Whole, 0), shared=(_Whole, 0)
    ),
    "tally": _made("tally", known=(_Whole, 0), items=(_Whole, 0), own=(_Whole, 0), sent=(_Whole, 0)),
    "watches": _shape(Watch),
    "chats": _shape(Chat),
    "crashes": _made("crashes", times=_Whole),
    "wanted": _shape(Wanted),
    "asides": _shape(Asides),
    "holds": _shape(HostHold),
    "unfiled": _made("unfiled"),
    "filing": _made("filing", swept=_Whole, before=_Whole),
    "segments": _made(
        "segments",
        reads=str,
        items=tuple[_Whole, ...],
        places=tuple[_Whole, ...],
        newest=_Seconds,
        highest=_Whole,
        always=str,
    ),
    "postings": _made("postings", keys=(dict[str, str], {}), lines=(tuple[str, ...], ())),
}
"""The schema of each table's documents. A table that is not here is another program's."""
FORMER: dict[str, type[BaseModel]] = SHAPES | {"told": _made("told", chats=tuple[int, ...], seen=_Seconds)}
"""The same of format 1."""


def nonsense_in(storage: SQLiteStorage, among: Collection[str] = tuple(SHAPES)) -> list[str]:
    """Look through the documents of these tables. Returns what makes no sense, the first few of each table."""
    shapes = SHAPES if storage.format >= FORMAT else FORMER
    return [said for table in among for said in islice(nonsense(table, storage.texts(table), shapes), _SHOWN)]


def read(storage: SQLiteStorage, table: str, texts: Iterable[tuple[int, str]]) -> Iterator[dict[str, Any]]:
    """Read documents of a flat table, given with their ids as JSON, one by one. Raises StoreBroken for nonsense."""
    validate = SHAPES[table].model_validate_json
    for number, text in texts:
        try:
            read = validate(text)
        except ValidationError:
            raise broken(storage.path, *nonsense(table, [(number, text)])) from None
        yield {key: getattr(read, key) for key in read.model_fields_set}


def nonsense(
    table: str, documents: Iterable[tuple[int, str]], shapes: Mapping[str, type[BaseModel]] = SHAPES
) -> Iterator[str]:
    """Say of each document, given with its id as JSON, that is not what its table has, where it is not and why."""
    shape = shapes.get(table)
    if shape is None:
        return
    for number, text in documents:
        try:
            shape.model_validate_json(text)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(map(str, first["loc"])) or "it"
            said = first["msg"][:1].lower() + first["msg"][1:]
            yield f"document {number} of {table}: {place}: {said}"
