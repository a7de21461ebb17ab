"""From the words of a term to a phrase.

Bare words may not be operators in small letters, signs of other query languages, or words that say nothing: each of
these is an error with an edit that says it in this language. In quotes all of it is text.
"""

import re

from bot.text.stopwords import ABBREVIATIONS, is_everywhere
from bot.text.tokens import words
from bot.watches.operators import NUMBERED, SIGNS
from bot.watches.operators.phrase import Phrase
from bot.watches.operators.term import DesignationTerm, PrefixTerm
from bot.watches.operators.wanted import as_spelled, terms_of
from bot.watches.parser.lexer import QueryEdit, QueryToken, WatchSyntaxError

SHORTEST_PREFIX = 3  # letters

_FOREIGN_SIGNS = {"&": "AND", "&&": "AND", "+": "AND", "|": "OR", "||": "OR", "!": "NOT", "–": "-", "—": "-", "−": "-"}
_EXPRESSION = re.compile(r"/(?P<inside>.+)/[a-zA-Z]*")
_NOT_IN_WORDS = re.compile(r"[\\^\[\]{}<>|~=]|\*(?!\Z)|(?<=\w)\?(?=\w)")


def check_bare(run: list[QueryToken], start: int) -> None:
    """Refuse in bare words what another language would read as an operator, and one word that says nothing.

    `start` is where the term begins: before the first of the words if an = stands there.
    """
    bare = " ".join(word.text.partition("~")[0].strip("'‘’*") for word in run)
    quoted = QueryEdit(start, run[-1].end, f'"{bare}"')
    _check_meaning(run, quoted)
    for index, word in enumerate(run):
        text, place = word.text, word.place
        _check_operator(word, quoted)
        if text in _FOREIGN_SIGNS:
            sign = _FOREIGN_SIGNS[text]
            edits = [QueryEdit(*place, sign), QueryEdit(*place)]
            raise WatchSyntaxError(f"{text} is no operator; {sign} is.", *place, *edits)
        if text == "-":
            after = run[index + 1].start if index + 1 < len(run) else word.end
            edits = [QueryEdit(word.start, after, "-"), QueryEdit(*place), quoted]
            raise WatchSyntaxError("A dash by itself says nothing; right before a word it is NOT.", *place, *edits)
        if text[0] in "–—−!" and len(text) > 1:
            edits = [QueryEdit(word.start, word.start + 1, "-"), QueryEdit(word.start, word.start + 1)]
            raise WatchSyntaxError("NOT is written with a plain - before the word.", *place, *edits)
        if text[0] in "'‘" and run[-1].text[-1] in "'’" and len(run[-1].text) > 1:
            raise WatchSyntaxError("A phrase stands in double quotes.", *place, quoted)
        _check_letters(word, quoted)
        if text.endswith("*") and index + 1 < len(run):
            after = run[index + 1].start
            edits = [QueryEdit(word.end, after, " NEAR/1 "), QueryEdit(word.end - 1, word.end)]
            raise WatchSyntaxError("* goes with the last word of a phrase only.", word.end - 1, word.end, *edits)


def _check_operator(word: QueryToken, quoted: QueryEdit) -> None:
    """Refuse an operator in small letters, or without its number."""
    plain, place = word.text.casefold(), word.place
    if _is_word_operator(word.text):
        message = f"Operators are written in capitals: {SIGNS[plain]}. In quotes it is a word."
        raise WatchSyntaxError(message, *place, QueryEdit(*place, SIGNS[plain]), quoted)
    head, slash, number = plain.partition("/")
    name = NUMBERED.get(head, "")
    if name and slash:
        digits = "".join(letter for letter in number if letter in "0123456789")[:2] or "5"
        message = f"{name} is written {name}/5, in capitals."
        raise WatchSyntaxError(message, *place, QueryEdit(*place, f"{name}/{digits}"), quoted)
    if name and word.text == name:
        message = f"{name} takes a number of words: {name}/5."
        raise WatchSyntaxError(message, *place, QueryEdit(*place, f"{name}/5"), quoted)


def _check_meaning(run: list[QueryToken], quoted: QueryEdit) -> None:
    """Refuse a word, or the beginning of one, that nearly every text has. With = it says what it means."""
    text, place = run[0].text, (run[0].start, run[0].end)
    exact = quoted.start < run[0].start
    if len(run) > 1 or exact or _is_word_operator(text) or not is_everywhere(text):
        return
    if text.endswith("*"):
        message = f"Nearly every text has a word that begins with {text[:-1]}; give more letters before the *."
        raise WatchSyntaxError(message, *place, QueryEdit(place[1] - 1, place[1]))
    if text.casefold() in ABBREVIATIONS:
        capitals = text.upper()
        message = f"Nearly every text has the word {text}. {capitals} is found in capitals only."
        raise WatchSyntaxError(message, *place, QueryEdit(*place, capitals))
    message = f"Nearly every text has the word {text}. With = before it, it is found only as you spell it."
    raise WatchSyntaxError(message, *place, QueryEdit(*place, f"={text.upper()}"), quoted)


def _check_letters(word: QueryToken, quoted: QueryEdit) -> None:
    """Refuse the signs of regular expressions and of other query languages inside a bare word."""
    text, place = word.text, word.place
    if found := _EXPRESSION.fullmatch(text):
        inside = found["inside"]
        as_words = re.sub(r"\W+", " ", inside)
        message = "There are no regular expressions here."
        raise WatchSyntaxError(message, *place, QueryEdit(*place, inside), QueryEdit(*place, as_words))
    for found in _NOT_IN_WORDS.finditer(text):
        sign = found[0]
        at = word.start + found.start()
        likely = {"|": " OR ", "=": " ", "<": " ", ">": " "}.get(sign, "")
        edits = [QueryEdit(at, at + 1, likely), QueryEdit(at, at + 1, " "), QueryEdit(*place), quoted]
        if sign == "~":
            gap = text[found.end() :]
            edits = [QueryEdit(quoted.start, quoted.end, f"{quoted.text}~{gap}"), QueryEdit(at, word.end)]
        what = "stands at the end of a word only" if sign == "*" else "means nothing inside a word"
        raise WatchSyntaxError(f"{sign} {what}. There are no regular expressions here.", at, at + 1, *edits)


def _is_word_operator(text: str) -> bool:
    """Return whether a word is an operator without a number, in capitals or not."""
    return text.casefold() in SIGNS and text.casefold() not in NUMBERED


def phrase_of(text: str, *, exact: bool, gap: int, place: tuple[int, int], query: str) -> Phrase:
    """Make a phrase of its words. `place` is where it stands in `query`. Raises WatchSyntaxError."""
    stem = text.removesuffix("*")
    found = list(words(stem, urls=True))
    if not found:
        edits = (_removed(query, place), QueryEdit(*place, " "))
        raise WatchSyntaxError("There are no letters or digits here to look for.", *place, *edits)
    if "*" in stem:
        without = QueryEdit(*place, query[place[0] : place[1]].replace("*", ""))
        message = "* stands at the end of a word only, and of the last word of its phrase."
        raise WatchSyntaxError(message, *place, without)
    terms = as_spelled(stem, found) if exact or stem != text else terms_of(stem, found, gap=gap > 0)
    letters = found[-1].form
    if stem != text:
        if isinstance(terms[-1], DesignationTerm) or len(letters) < SHORTEST_PREFIX or not stem[-1].isalnum():
            star = query.rindex("*", *place)
            message = f"A prefix has at least {SHORTEST_PREFIX} letters before its *."
            raise WatchSyntaxError(message, *place, QueryEdit(star, star + 1))
        terms = (*terms[:-1], PrefixTerm(letters))
    if len(found) == 1 and len(letters) == 1:
        longer = f'"no {letters}"' if letters.isdecimal() else f"{letters.upper()}-1"
        message = "One letter by itself stands nearly everywhere; add a number or a second word, as in S-400."
        raise WatchSyntaxError(message, *place, _removed(query, place), QueryEdit(*place, longer))
    return Phrase(text, terms, exact=exact, gap=gap)


def _removed(query: str, place: tuple[int, int]) -> QueryEdit:
    """Take a term out together with the comma before or behind it."""
    before = query[: place[0]].rstrip("= ")
    behind = query[place[1] :]
    if before.endswith((",", ";")):
        return QueryEdit(len(before) - 1, place[1])
    if behind.lstrip().startswith((",", ";")):
        return QueryEdit(len(before), place[1] + len(behind) - len(behind.lstrip()) + 1, " " if before else "")
    return QueryEdit(len(before), place[1])
