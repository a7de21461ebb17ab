"""Words that stand in most English or Russian texts, whatever these are about, in the form in which words are compared.

May, Will and other names that are such words only in small letters stand in fewer, and are not here.
"""

from bot.text.tokens import words

STOP_WORDS = frozenset(
    """
    a all an and are as at be been but by can could do for from had has have he her his how i if in into is it its
    my not of on or our out she so some than that the their there they this to up us was we were what when which who
    with would you your
    в во вы для до его ее же за и из или их к как ко мы на не но о об он она они от по при с со так то у что это я
    """.split(),  # noqa: SIM905  # words without quotes and commas are easier to read
)

ABBREVIATIONS = frozenset({"us", "who", "it", "is", "as"})
"""Stop words that are something else in capitals: the country, the organisation, the trade …"""

_BEGINNINGS = frozenset(word[:length] for word in STOP_WORDS for length in range(3, len(word) + 1))


def is_everywhere(text: str) -> bool:
    """Return whether a text is one stop word, or with a * behind it the beginning of one, of three letters or more.

    An abbreviation in capitals is none.
    """
    found = list(words(text.removesuffix("*")))
    if len(found) == 1 and text.isupper() and found[0].form in ABBREVIATIONS:
        return False
    return len(found) == 1 and found[0].form in (_BEGINNINGS if text.endswith("*") else STOP_WORDS)
