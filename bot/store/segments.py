"""A segment of the archive's index: some hundred items, who has which key, and the words of each in order.

    segments/7             {"reads": …, "items": […], "places": […], "newest": …, "highest": …, "always": "…"}
    postings/7, part n     {"keys": {"russia": "£#(µ", "s-400": " $", …}}
    postings/7, line n     {"lines": ["…", …]}

A character stands for a number. The first of a key's stands for its words in the lines, a space if it is no word's key;
the others are the items that have it. The keys of words that begin alike are in one part, so a key or a prefix is in
one. A segment is never changed: an item that is changed or gone has another place or none.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any
from zlib import crc32

from bot.store.database import SQLiteDB
from bot.watches.match.filed import ALWAYS, BETWEEN, Filed, edition
from bot.watches.match.keys import FORM

TOGETHER = 512
"""Items of a segment: as many more are read one by one for each question, until they are filed."""
MOST_KEYS = 40_000
"""Keys with which a segment is full, however few items have them: three times what news have."""
_BEGINNING = 3  # letters by which keys are put into parts
_PARTS = 256
_LINES_FROM, _IDS = 512, 1_024  # of a segment's documents: where those of lines begin, and how many ids there are
_LINES_TOGETHER = 4
_UNLINED = " "
_NO_WORD = frozenset("- ")  # have the keys of designations, whose words are filed as well


def sign(number: int) -> str:
    """Return the character that stands for a number: none that ends a line or that JSON writes with several."""
    code = number + 0x23
    code += code >= 0x5C
    if code >= 0x7F:
        code += 0x22
    return chr(code if code < 0xD800 else code + 0x800)


_NUMBERS = {sign(number): number for number in range(TOGETHER + 8)}


class Draft:
    """A segment in the making."""

    def __init__(self) -> None:
        self._items: list[int] = []
        self._places: list[int] = []
        self._newest = 0.0
        self._filed: defaultdict[str, list[str]] = defaultdict(list)
        self._parts: defaultdict[int, list[str]] = defaultdict(list)
        self._words: list[Sequence[str]] = []
        self._counts = Counter[str]()

    def __len__(self) -> int:
        return len(self._items)

    @property
    def is_full(self) -> bool:
        """Whether no more items should be added."""
        return len(self._items) >= TOGETHER or len(self._filed) >= MOST_KEYS

    def add(self, item: int, place: int, newest: float, how: Filed) -> None:
        """Add an item by its document's id and place, its place in time, and how it is filed."""
        mine = sign(len(self._items))
        self._items.append(item)
        self._places.append(place)
        self._newest = max(self._newest, newest)
        self._words.append(how.words)
        self._counts.update(how.words)
        filed = self._filed
        for key in how.keys:
            if key not in filed:
                self._parts[_part(key)].append(key)
            filed[key].append(mine)

    def header(self) -> dict[str, Any]:
        """Return the document that describes the segment."""
        return {
            "reads": edition(),
            "items": self._items,
            "places": self._places,
            "newest": self._newest,
            "highest": max(self._places, default=0),
            "always": "".join(self._filed.get(ALWAYS, ())),
        }

    def parts(self, segment: int) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield the documents of its keys and lines, with their ids, in their order."""
        del self._counts[BETWEEN]
        signs = {word: sign(number) for number, (word, _) in enumerate(self._counts.most_common())}
        for part, keys in sorted(self._parts.items()):
            posted = {key: signs.get(key, _UNLINED) + "".join(self._filed[key]) for key in keys if key != ALWAYS}
            yield segment * _IDS + part, {"keys": posted}
        signs[BETWEEN] = "\n"
        words = iter(self._words)
        for number in range(segment * _IDS + _LINES_FROM, (segment + 1) * _IDS):
            if some := list(islice(words, _LINES_TOGETHER)):
                yield number, {"lines": ["".join([signs[word] for word in each]) for each in some]}


class Segment:
    """A segment that is asked for these keys: a `Lot`."""

    def __init__(self, db: SQLiteDB, number: int, always: str, keys: Iterable[str]) -> None:
        self._postings = db.table("postings")
        self._number = number
        self.unclear = {_NUMBERS[each] for each in always}
        wanted = {part for key in keys for part in _parts(key)}
        found = self._postings.get_many(number * _IDS + part for part in wanted)
        self._keys: dict[int, Mapping[str, str]] = {each - number * _IDS: doc["keys"] for each, doc in found.items()}
        self._lines: dict[int, Sequence[str]] = {}

    def having(self, key: str) -> set[int]:
        """See `Lot`."""
        found: set[int] = set()
        for part in _parts(key):
            keys = self._keys.get(part, {})
            if not key.endswith("*"):
                found.update(map(_NUMBERS.__getitem__, keys.get(key, _UNLINED)[1:]))
                continue
            for each, posted in keys.items():
                if each.startswith((key[:-1], FORM + key[:-1])) and not _NO_WORD.intersection(each):
                    found.update(map(_NUMBERS.__getitem__, posted[1:]))
        return found

    def close(self, left: Sequence[str], right: Sequence[str], within: int, among: set[int]) -> set[int]:
        """See `Lot`."""
        lefts, rights = self._signs(left), self._signs(right)
        if _UNLINED in lefts or _UNLINED in rights:
            return among
        self._read_lines({number // _LINES_TOGETHER for number in among})
        return {number for number in among if self._is_close(number, lefts, rights, within)}

    def _is_close(self, number: int, left: Collection[str], right: Collection[str], within: int) -> bool:
        lines = self._lines.get(number // _LINES_TOGETHER, ())
        line = lines[number % _LINES_TOGETHER] if number % _LINES_TOGETHER < len(lines) else ""
        if not line:
            return True  # too long to have one, or no item has that number
        rights = _found(line, right)
        return any(
            abs(one - other) <= within and "\n" not in line[min(one, other) : max(one, other)]
            for one in _found(line, left)
            for other in rights
        )

    def _signs(self, keys: Sequence[str]) -> set[str]:
        """Return how keys are written in the lines: a space if one of them is not, nothing for what nobody has."""
        found = set()
        for key in keys:
            if key.endswith("*"):
                return {_UNLINED}
            if posted := self._keys.get(_part(key), {}).get(key):
                found.add(posted[0])
        return found

    def _read_lines(self, wanted: Iterable[int]) -> None:
        begin = self._number * _IDS + _LINES_FROM
        for number, doc in self._postings.get_many(begin + each for each in wanted if each not in self._lines).items():
            self._lines[number - begin] = doc["lines"]


def bounds_of(segment: int) -> tuple[int, int]:
    """Return the ids between which the documents of a segment's keys and lines are: the first, and behind the last."""
    return segment * _IDS, (segment + 1) * _IDS


def _parts(key: str) -> Collection[int]:
    """Return the parts in which a key is, or the keys that begin with a prefix: all, if it is very short."""
    if key.endswith("*"):
        word = key[:-1].rpartition(":")[2]
        return (_part(word),) if len(word) >= _BEGINNING else range(_PARTS)
    return (_part(key),)


def _part(key: str) -> int:
    """Return the part of a key: `form:` and the like are passed over."""
    return crc32(key.rpartition(":")[2][:_BEGINNING].encode("utf-8", "surrogatepass")) % _PARTS


def _found(line: str, signs: Collection[str]) -> list[int]:
    """Return where any of some characters stand in a line, in no order."""
    if len(signs) > 8:
        return [at for at, each in enumerate(line) if each in signs]
    places = []
    for each in signs:
        at = line.find(each)
        while at >= 0:
            places.append(at)
            at = line.find(each, at + 1)
    return places
