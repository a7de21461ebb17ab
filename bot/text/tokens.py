"""From readable text to words with their places in it.

A word is a run of letters and digits. Its form is what is compared: compatibility characters unified (NFKC), invisible
ones out, case folded, ё as е, Latin letters without accents, no possessive. Its place is in the text as given, so a
highlight never shifts, however the form differs in length. Capitals with full stops are one word, U.N. as UN, and the s
of a plural is no part of an abbreviation: UAVs as UAV. Letters in the midst of a number are a word of their own: of 2A4
the words are 2 and a4.

A designation is up to five letters with a number, joined or hyphenated: S400, S-400, С-400, F-16s, Su-24M. Its parts
are neighbouring words of the text; the first of them also carries the designation's name, "s-400".
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.text.chunks import APOSTROPHES, HYPHENS, INVISIBLE, MARKS, chunks

_IGNORED = re.compile(f"[{INVISIBLE}]")
_RUN = re.compile(rf"(?:[^\W_]|[{MARKS}])+")
_SPACE_BEFORE = re.compile(r"[\s(\[{\"“”„«»‘]\Z")
_DESIGNATION = re.compile(r"(?P<letters>[^\W\d_]{1,5})(?P<digits>\d{1,6})(?P<rest>(?:[^\W\d_]{1,3}\d?)?)")
_NUMBER = re.compile(r"(?P<digits>\d{1,3})(?P<rest>(?:[^\W\d_]\d{1,2}[^\W\d_s]?)?)s?")  # 2A4s, 400s
_DROPPED_ENDINGS = frozenset({"s", "ll", "re", "ve", "d", "m"})
# Behind a name and an apostrophe, Turkish cases: İstanbul'da, Erdoğan'ın.
_TURKISH_CASES = frozenset(
    """
    da de ta te dan den tan ten ya ye na ne yi yı yu yü ni nı nu nü in ın un ün nin nın nun nün la le yla yle daki deki
    taki teki ndaki ndeki nda nde ndan nden ı ü dır dir dur dür
    """.split(),  # noqa: SIM905  # endings without quotes and commas are easier to read
)
_SHORTEST_DECLINED = 4  # letters before such an ending
_LATIN_PLAIN = str.maketrans(
    {"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ħ": "h", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"}
)
_ROMAN = dict(zip("абвгдезийклмнопрстуфыэіґ", "abvgdeziyklmnoprstufyeig", strict=True)) | {
    **dict.fromkeys("ьъ", ""),
    "ж": "zh",
    "х": "kh",
    "ц": "ts",
    "ч": "ch",
    "ш": "sh",
    "щ": "shch",
    "ю": "yu",
    "я": "ya",
    "є": "ye",
    "ї": "yi",
}


_DRAWN_ALIKE = str.maketrans("abcehkmoptxy", "авсенкмортху")
_CYRILLIC = re.compile("[\u0400-\u052f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word of a chunk or text. `start` and `end` are offsets into it.

    `designation` is the name of the designation that begins here ("s-400"), else empty; it takes this word and the
    next. `lead` says that a number behind one space would make it a designation: the first letter is upper case.
    """

    form: str
    start: int
    end: int
    designation: str = ""
    lead: bool = False


def words(text: str, *, urls: bool = False) -> Iterator[Word]:
    """Return the words of a text in order, with their places in it. URLs are passed over unless `urls` is true.

    A designation written with a space ("S 400") is told only by `spaced_designation`, to whoever looks at neighbours.
    """
    for start, chunk in chunks(text, urls=urls):
        for word in chunk_words(chunk):
            yield replace(word, start=start + word.start, end=start + word.end) if start else word


def spaced_designation(text: str, first: Word, second: Word) -> str:
    """Name the designation that two neighbouring words of `text` make with one space between them, else empty.

    "S 400" counts, "s 400" and "U.S. 400" do not.
    """
    if not first.lead or not second.form.isdecimal() or len(second.form) > 6:
        return ""
    if second.start - first.end != 1 or not text[first.end].isspace():
        return ""
    before = text[max(0, first.start - 1) : first.start]
    if before and not _SPACE_BEFORE.match(before):
        return ""
    return designation_name(first.form, second.form)


def designation_name(letters: str, digits: str) -> str:
    """Name a designation: "s-400". A Cyrillic prefix of up to 3 letters is transliterated: С-400 is s-400."""
    if len(letters) <= 3 and _is_cyrillic(letters):
        letters = "".join(_ROMAN.get(letter, letter) for letter in letters)
    return f"{letters}-{digits}"


def chunk_words(chunk: str) -> tuple[Word, ...]:
    """Return the words of one chunk: "Turkey’s" is turkey, "air-strike" two words, "S-400s" s and 400 by name s-400."""
    if chunk.isascii() and chunk.isalpha():  # nine of ten
        form = chunk[:-1] if is_plural_of_capitals(chunk) else chunk
        return (Word(form=form.lower(), start=0, end=len(chunk), lead=len(chunk) <= 5 and chunk[0].isupper()),)
    if "." in chunk:
        return (Word(form=_fold(chunk.replace(".", "")), start=0, end=len(chunk)),)
    text, places = _unified(chunk)
    runs = [run for run in _runs(text) if _fold(text[run[0] : run[1]])]
    found: list[Word] = []
    index = 0
    while index < len(runs):
        taken, parts = _designation(text, runs, index) or (1, _plain(text, runs[index]))
        found += parts
        index += taken
    return tuple(
        replace(word, start=places[word.start][0], end=places[word.end - 1][1]) if places else word for word in found
    )


def _unified(chunk: str) -> tuple[str, list[tuple[int, int]]]:
    """Unify the characters (NFKC, apostrophes, hyphens), and tell for each from where to where it stood in the chunk.

    No places stand for each in its own.
    """
    if chunk.isascii():
        return chunk.replace("`", "'"), []
    letters: list[str] = []
    places: list[tuple[int, int]] = []
    start = 0
    while start < len(chunk):
        end = start + 1
        while end < len(chunk) and unicodedata.combining(chunk[end]):
            end += 1
        for letter in unicodedata.normalize("NFKC", _IGNORED.sub("", chunk[start:end])):
            letters.append("'" if letter in APOSTROPHES else "-" if letter in HYPHENS else letter)
            places.append((start, end))
        start = end
    return "".join(letters), places


def _runs(text: str) -> list[tuple[int, int]]:
    """Find the words of a unified chunk: apostrophes join, a possessive or a shortened verb ends.

    "Turkey's" is turkey, and "she'll" is she: joined it would be shell.
    """
    runs: list[tuple[int, int]] = []
    position = 0
    while found := _RUN.search(text, position):
        start, end = found.span()
        position = end
        while end < len(text) and text[end] == "'" and (more := _RUN.match(text, end + 1)):
            position = more.end()
            ending = more[0].lower()
            goes_on = text[position : position + 1] == "'" and _RUN.match(text, position + 1)
            if ending in _DROPPED_ENDINGS and not goes_on:
                break
            if ending in _TURKISH_CASES and text[start].isupper() and end - start >= _SHORTEST_DECLINED:
                break
            end = position
        runs.append((start, end))
    return runs


def _plain(text: str, run: tuple[int, int]) -> list[Word]:
    """Make one word of a run, or two of a number with letters in its midst: 2A4."""
    start, end = run
    written = text[start:end]
    if number := _NUMBER.fullmatch(written):
        split = start + len(number["digits"])
        if not number["rest"]:
            return [Word(form=number["digits"], start=start, end=end)]
        rest = Word(form=_fold(number["rest"]), start=split, end=end)
        return [Word(form=number["digits"], start=start, end=split), rest]
    lead = end - start <= 5 and written[0].isupper() and written.isalpha()
    form = written[:-1] if is_plural_of_capitals(written) else written
    return [Word(form=_fold(form), start=start, end=end, lead=lead)]


def is_plural_of_capitals(written: str) -> bool:
    """Return whether a word is an abbreviation in the plural: UAVs, MPs."""
    return written[-1] == "s" and len(written) > 2 and written[:-1].isupper()


def _designation(text: str, runs: list[tuple[int, int]], index: int) -> tuple[int, list[Word]] | None:
    """Read a designation that begins at runs[index]: how many runs it takes, and its words."""
    start, end = runs[index]
    taken, hyphen = 1, 0
    if end - start <= 5 and text[start:end].isalpha() and index + 1 < len(runs):
        following = runs[index + 1]
        if following[0] == end + 1 and text[end] == "-" and text[following[0]].isdecimal():
            taken, hyphen, end = 2, 1, following[1]
    found = _DESIGNATION.fullmatch(text[start:end].replace("-", "") if hyphen else text[start:end])
    if not found or (found["rest"] and not hyphen and len(found["digits"]) == 1):
        return None  # B2B and H1N1 are words
    letters, digits, rest = _fold(found["letters"]), found["digits"], found["rest"]
    split = start + len(found["letters"])
    number_end = split + hyphen + len(digits)
    if rest == "s":
        number_end, rest = end, ""
    parts = [
        Word(form=letters, start=start, end=split, designation=designation_name(letters, digits)),
        Word(form=digits, start=split + hyphen, end=number_end),
    ]
    if rest:
        suffix = designation_name(_fold(rest), "")[:-1]
        parts.append(Word(form=suffix, start=number_end, end=end))
    return taken, parts


def _fold(text: str) -> str:
    """Return the form in which words are compared: no case, no apostrophes, ё as е, Latin letters without accents."""
    folded = text.replace("'", "").casefold()
    if folded.isascii():
        return folded
    letters: list[str] = []
    latin = False
    for letter in unicodedata.normalize("NFC", folded).replace("ё", "е"):
        if unicodedata.combining(letter):
            if not latin:
                letters.append(letter)
            continue
        base = unicodedata.normalize("NFD", letter)[0]
        latin = base < "ɐ" and base.isalpha()
        letters.append(base.translate(_LATIN_PLAIN) if latin else letter)
    return "".join(letters)


def drawn_alike(name: str) -> str:
    """Return the name of a designation with its Latin letters read as the Cyrillic ones drawn alike: c-400 is s-400."""
    letters, _, digits = name.rpartition("-")
    drawn = letters.translate(_DRAWN_ALIKE)
    return designation_name(drawn, digits) if len(drawn) <= 3 and _is_cyrillic(drawn) else name


def is_cyrillic_text(text: str) -> bool:
    """Return whether most letters of a text are Cyrillic."""
    cyrillic = len(_CYRILLIC.findall(text))
    return cyrillic > 0 and cyrillic * 2 > sum(map(str.isalpha, text))


def _is_cyrillic(letters: str) -> bool:
    return all("\u0400" <= letter <= "\u052f" for letter in letters)
