"""How a word is written: in capitals, with its first capital only, as a verb."""

from bot.text.lemmas import is_english
from bot.text.tokens import is_plural_of_capitals

LONGEST_ABBREVIATION = 4
"""Letters of a word in capitals that means these; what is longer is no other word in small letters."""


def is_in_capitals(written: str) -> bool:
    """Return whether a word, as written, has capitals only; the s of a plural behind them does not count."""
    return written.isupper() or is_plural_of_capitals(written)


def is_titled(form: str) -> bool:
    """Return whether a short word is no other word in small letters, so that it may have its first capital only."""
    return len(form) == LONGEST_ABBREVIATION and not is_english(form)


def is_verbal(form: str) -> bool:
    """Return whether an English form looks like that of a verb: shelling, shelled."""
    return form.endswith(("ing", "ed"))
