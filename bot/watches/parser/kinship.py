"""From ~ and what stands behind it to a word with its relatives."""

from collections.abc import Sequence
from difflib import get_close_matches
from functools import lru_cache
from itertools import pairwise

from bot.watches.operators.kin import Kin
from bot.watches.parser.lexer import QueryEdit, QueryToken, WatchSyntaxError
from bot.watches.parser.terms import phrase_of
from bot.watches.relatives.families import bare, family_key, family_of, names_from

_CLOSE_WORD = 0.8  # Rusia is Russia; Spam is not Spain
_CLOSE_LENGTH = 3  # letters
_SHOWN = 60  # characters


def kin_of(sign: QueryToken, run: Sequence[QueryToken], query: str) -> Kin:
    """Make a word of what stands behind ~: one quoted phrase, or bare words. Raises WatchSyntaxError."""
    text, place = " ".join(" ".join(token.text for token in run).split()), (run[0].start, run[-1].end)
    family = None if "*" in text else family_of(text)
    if family is None:
        raise _no_family(sign, run, text)
    others = [other for other in family.words if family_key(other) != family_key(text)]
    return Kin(
        phrase_of(text, exact=False, gap=0, place=place, query=query),
        tuple(phrase_of(bare(other), exact=other.startswith("="), gap=0, place=place, query=query) for other in others),
    )


def _no_family(sign: QueryToken, run: Sequence[QueryToken], text: str) -> WatchSyntaxError:
    """Say that what stands behind ~ has no relatives in the data; the first of its words, or one like it, may have."""
    edits = [
        QueryEdit(before.end, behind.start, " AND ")
        for before, behind in pairwise(run)
        if family_of(" ".join(word.text for word in run if word.end <= before.end))
    ]
    close = () if edits else _closest(text)
    edits += [QueryEdit(run[0].start, run[-1].end, f'"{found}"' if " " in found else found) for found in close]
    message = f"Of {text[:_SHOWN]} no relatives are known; ~ goes with countries, places, and words such as ~extradite."
    return WatchSyntaxError(message, sign.start, run[-1].end, *edits, QueryEdit(*sign.place))


@lru_cache(maxsize=256)
def _closest(text: str) -> tuple[str, ...]:
    """Return the word with a family that is spelled most like a text, if any is. A query may have one mistake often."""
    likely = [name for name in names_from(text[:1]) if abs(len(name) - len(text)) < _CLOSE_LENGTH]
    return tuple(get_close_matches(text, likely, n=1, cutoff=_CLOSE_WORD))
