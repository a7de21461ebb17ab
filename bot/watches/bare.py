"""What bare words may not be: operators in small letters, signs of other query languages, words that say nothing.

Each is a mistake with an edit that says it in this language. In quotes all of it is text.
"""

import re

from bot.text.stopwords import is_everywhere
from bot.watches.lexer import Edit, Mistake, Piece

_LOWER_OPERATORS = {"and": "AND", "or": "OR", "not": "NOT"}
_SIGNS = {"&": "AND", "&&": "AND", "+": "AND", "|": "OR", "||": "OR", "!": "NOT", "–": "-", "—": "-", "−": "-"}
_EXPRESSION = re.compile(r"/(?P<inside>.+)/[a-zA-Z]*")
_NOT_IN_WORDS = re.compile(r"[\\^\[\]{}<>|~=]|\*(?!\Z)|(?<=\w)\?(?=\w)")


def check_bare(run: list[Piece], start: int) -> None:
    """Refuse in bare words what another language would read as an operator, and one word that says nothing.

    `start` is where the term begins: before the first of the words if an = stands there.
    """
    bare = " ".join(word.text.partition("~")[0].strip("'‘’*") for word in run)
    quoted = Edit(start, run[-1].end, f'"{bare}"')
    _check_meaning(run, quoted)
    for index, word in enumerate(run):
        text, place = word.text, (word.start, word.end)
        plain = text.casefold()
        if plain in _LOWER_OPERATORS:
            operator = _LOWER_OPERATORS[plain]
            message = f"Operators are written in capitals: {operator}. In quotes it is a word."
            raise Mistake(message, *place, Edit(*place, operator), quoted)
        if plain == "near" and text == "NEAR":
            raise Mistake("NEAR takes a number of words: NEAR/5.", *place, Edit(*place, "NEAR/5"), quoted)
        if plain.startswith("near/"):
            number = "".join(letter for letter in plain if letter in "0123456789")[:2] or "5"
            raise Mistake("NEAR is written NEAR/5, in capitals.", *place, Edit(*place, f"NEAR/{number}"), quoted)
        if text in _SIGNS:
            sign = _SIGNS[text]
            raise Mistake(f"{text} is no operator; {sign} is.", *place, Edit(*place, sign), Edit(*place))
        if text == "-":
            after = run[index + 1].start if index + 1 < len(run) else word.end
            edits = [Edit(word.start, after, "-"), Edit(*place), quoted]
            raise Mistake("A dash by itself says nothing; right before a word it is NOT.", *place, *edits)
        if text[0] in "–—−!" and len(text) > 1:
            edits = [Edit(word.start, word.start + 1, "-"), Edit(word.start, word.start + 1)]
            raise Mistake("NOT is written with a plain - before the word.", *place, *edits)
        if text[0] in "'‘" and run[-1].text[-1] in "'’" and len(run[-1].text) > 1:
            raise Mistake("A phrase stands in double quotes.", *place, quoted)
        _check_letters(word, quoted)
        if text.endswith("*") and index + 1 < len(run):
            after = run[index + 1].start
            edits = [Edit(word.end, after, " NEAR/1 "), Edit(word.end - 1, word.end)]
            raise Mistake("* goes with the last word of a phrase only.", word.end - 1, word.end, *edits)


def _check_meaning(run: list[Piece], quoted: Edit) -> None:
    """Refuse a word, or the beginning of one, that nearly every text has. With = it says what it means."""
    text, place = run[0].text, (run[0].start, run[0].end)
    exact = quoted.start < run[0].start
    if len(run) > 1 or exact or text.casefold() in _LOWER_OPERATORS or not is_everywhere(text):
        return
    if text.endswith("*"):
        message = f"Nearly every text has a word that begins with {text[:-1]}; give more letters before the *."
        raise Mistake(message, *place, Edit(place[1] - 1, place[1]))
    message = f"Nearly every text has the word {text}. With = before it, it is found only as you spell it."
    raise Mistake(message, *place, Edit(*place, f"={text.upper()}"), quoted)


def _check_letters(word: Piece, quoted: Edit) -> None:
    """Refuse the signs of regular expressions and of other query languages inside a bare word."""
    text, place = word.text, (word.start, word.end)
    if found := _EXPRESSION.fullmatch(text):
        inside = found["inside"]
        as_words = re.sub(r"\W+", " ", inside)
        message = "There are no regular expressions here."
        raise Mistake(message, *place, Edit(*place, inside), Edit(*place, as_words))
    for found in _NOT_IN_WORDS.finditer(text):
        sign = found[0]
        at = word.start + found.start()
        likely = {"|": " OR ", "=": " ", "<": " ", ">": " "}.get(sign, "")
        edits = [Edit(at, at + 1, likely), Edit(at, at + 1, " "), Edit(*place), quoted]
        if sign == "~":
            gap = text[found.end() :]
            edits = [Edit(quoted.start, quoted.end, f"{quoted.text}~{gap}"), Edit(at, word.end)]
        what = "stands at the end of a word only" if sign == "*" else "means nothing inside a word"
        raise Mistake(f"{sign} {what}. There are no regular expressions here.", at, at + 1, *edits)
