"""From the words of a phrase to the terms that are looked for."""

from bot.text.tokens import Word, spaced_designation, words
from bot.watches.lexer import Edit, Mistake
from bot.watches.tree import Phrase, Term

SHORTEST_PREFIX = 3


def phrase_of(text: str, *, exact: bool, gap: int, place: tuple[int, int], query: str) -> Phrase:
    """Make a phrase of its words. `place` is where it stands in `query`. Raises Mistake."""
    terms = terms_of(text.removesuffix("*"))
    if not terms:
        edits = (_removed(query, place), Edit(*place, " "))
        raise Mistake("There are no letters or digits here to look for.", *place, *edits)
    if "*" in text.removesuffix("*"):
        without = Edit(*place, query[place[0] : place[1]].replace("*", ""))
        raise Mistake("* stands at the end of a word only, and of the last word of its phrase.", *place, without)
    if text.endswith("*"):
        last = terms[-1]
        if last.kind != "word" or len(last.key) < SHORTEST_PREFIX or not text[-2].isalnum():
            star = query.rindex("*", *place)
            message = f"A prefix has at least {SHORTEST_PREFIX} letters before its *."
            raise Mistake(message, *place, Edit(star, star + 1))
        terms = (*terms[:-1], Term("prefix", last.key))
    if len(terms) == 1 and terms[0].kind == "word" and len(terms[0].key) == 1:
        letter = terms[0].key
        longer = f'"no {letter}"' if letter.isdecimal() else f"{letter.upper()}-1"
        message = "One letter by itself stands nearly everywhere; add a number or a second word, as in S-400."
        raise Mistake(message, *place, _removed(query, place), Edit(*place, longer))
    return Phrase(text, terms, exact=exact, gap=gap)


def terms_of(text: str) -> tuple[Term, ...]:
    """Give the terms of a text: its words, with designations in one piece."""
    found = list(words(text, urls=True))
    terms: list[Term] = []
    index = 0
    while index < len(found):
        name = _designation(text, found, index)
        terms.append(Term("designation", name) if name else Term("word", found[index].form))
        index += 2 if name else 1
    return tuple(terms)


def _designation(text: str, found: list[Word], index: int) -> str:
    if found[index].designation or index + 1 == len(found):
        return found[index].designation
    return spaced_designation(text, found[index], found[index + 1])


def _removed(query: str, place: tuple[int, int]) -> Edit:
    """Take a term out together with the comma before or behind it."""
    before = query[: place[0]].rstrip("= ")
    behind = query[place[1] :]
    if before.endswith((",", ";")):
        return Edit(len(before) - 1, place[1])
    if behind.lstrip().startswith((",", ";")):
        return Edit(len(before), place[1] + len(behind) - len(behind.lstrip()) + 1, " " if before else "")
    return Edit(len(before), place[1])
