"""An item as an index of items files it: the keys that it has, and the keys of its words in order."""

from collections.abc import Collection, Iterator, Sequence
from functools import cache, lru_cache
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from typing import NamedTuple

from bot.model import FieldName, Item
from bot.text.chunks import chunk_list
from bot.watches.match.keys import CHANGED, FORM, chunk_keys
from bot.watches.match.tokenized import TEXT_FIELDS, FieldWords, field_text, records
from bot.watches.operators.marks import marks

ALWAYS = "*"
"""The key of an item that is too long to be filed by its words: it may have any."""
BETWEEN = ""
"""Stands between the words of two fields."""
FILED_FIELDS: tuple[FieldName, ...] = ("source", "author", "lang")
"""The fields outside the text whose keys are filed. Addresses are not: each has words of its own."""
LONGEST = 4_000
"""Characters of an item that is filed by its words; one that is kept has 2,500 of text."""

REMEMBERED_CHUNKS = 8_192
"""Chunks of text whose keys are kept for the next item that has them: some megabytes."""

_READERS = ("bot.text", "bot.watches.match", "bot.watches.operators")  # what decides which keys a text has
_DICTIONARIES = ("simplemma", "pymorphy3", "pymorphy3-dicts-ru")


class Filed(NamedTuple):
    """The keys of an item, and those of its words in order, `BETWEEN` fields; no words if it is too long."""

    keys: set[str]
    words: Sequence[str]


def filed(item: Item) -> Filed:
    """Return how an item is filed. Its time and memory are bounded, whatever the item is."""
    fields = [field for field in TEXT_FIELDS if getattr(item, field)]
    if sum(len(field_text(item, field)) for field in (*fields, *FILED_FIELDS)) > LONGEST:
        return Filed({ALWAYS}, ())
    keys: set[str] = set()
    words: list[str] = []
    for field in fields:
        found = [_chunk(chunk) for chunk in chunk_list(getattr(item, field))]
        keys.update(*[has for has, _ in found])
        words += [word for _, reads in found for word in reads]
        words.append(BETWEEN)
    for field in FILED_FIELDS:
        keys |= _field_keys(field, field_text(item, field))
    return Filed(keys, words)


@lru_cache(maxsize=REMEMBERED_CHUNKS)
def _chunk(chunk: str) -> tuple[Collection[str], Sequence[str]]:
    """Return the keys of a chunk of text, and those of its words in order."""
    found = records(chunk)
    keys = [*chunk_keys(chunk)]
    for word in found:
        keys += marks(word, chunk[word.start : word.end])
        if word.form != word.key:
            keys.append(FORM + word.form)
            if not word.form.startswith(word.key):
                keys.append(CHANGED + word.key)
    return tuple(keys), tuple([word.key for word in found])


@lru_cache(maxsize=2_000)
def _field_keys(field: FieldName, text: str) -> frozenset[str]:
    """Return the keys of a field outside the text, with its forms: nearly all items of a feed have the same."""
    read = FieldWords(text)
    keys = {f"{field}:{key}" for chunk in read.chunks for key in chunk_keys(chunk)}
    return frozenset(keys | {f"{FORM}{field}:{word.form}" for word in read.words})


@cache
def edition() -> str:
    """Return what tells the way in which texts are read from any other: another one files the same item otherwise.

    It follows from the code and the data that read texts, and from the dictionaries that are installed.
    """
    digest = blake2b(digest_size=12)
    for part in _parts():
        digest.update(part)
    return digest.hexdigest()


def _parts() -> Iterator[bytes]:
    for package in _READERS:
        for file in sorted(files(package).iterdir(), key=lambda each: each.name):
            if file.is_file() and file.name.endswith((".py", ".tsv")):
                yield file.name.encode() + file.read_bytes()
    for name in _DICTIONARIES:
        try:
            yield f"{name} {version(name)}".encode()
        except PackageNotFoundError:
            yield f"no {name}".encode()
