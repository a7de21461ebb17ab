"""From the words of a phrase to the terms that are looked for."""

import sys
from functools import lru_cache

from bot.text.lemmas import lemma
from bot.text.tokens import Word, spaced_designation, words
from bot.watches.lexer import Edit, Mistake
from bot.watches.tree import Phrase, Term

SHORTEST_PREFIX = 3
SHARED_TERMS = 32_768


def phrase_of(text: str, *, exact: bool, gap: int, place: tuple[int, int], query: str) -> Phrase:
    """Make a phrase of its words. `place` is where it stands in `query`. Raises Mistake."""
    stem = text.removesuffix("*")
    found = list(words(stem, urls=True))
    if not found:
        edits = (_removed(query, place), Edit(*place, " "))
        raise Mistake("There are no letters or digits here to look for.", *place, *edits)
    if "*" in stem:
        without = Edit(*place, query[place[0] : place[1]].replace("*", ""))
        raise Mistake("* stands at the end of a word only, and of the last word of its phrase.", *place, without)
    terms = terms_of(stem, found)
    letters = found[-1].form
    if stem != text:
        if terms[-1].kind != "word" or len(letters) < SHORTEST_PREFIX or not stem[-1].isalnum():
            star = query.rindex("*", *place)
            message = f"A prefix has at least {SHORTEST_PREFIX} letters before its *."
            raise Mistake(message, *place, Edit(star, star + 1))
        terms = (*terms[:-1], Term("prefix", letters))
    if len(found) == 1 and len(letters) == 1:
        longer = f'"no {letters}"' if letters.isdecimal() else f"{letters.upper()}-1"
        message = "One letter by itself stands nearly everywhere; add a number or a second word, as in S-400."
        raise Mistake(message, *place, _removed(query, place), Edit(*place, longer))
    return Phrase(text, terms, exact=exact, gap=gap)


def terms_of(text: str, found: list[Word]) -> tuple[Term, ...]:
    """Give the terms of the words found in a text, with designations in one piece."""
    terms: list[Term] = []
    index = 0
    while index < len(found):
        name = _designation(text, found, index)
        terms.append(Term("designation", name) if name else _word(found[index].form))
        index += 2 if name else 1
    return tuple(terms)


@lru_cache(maxsize=SHARED_TERMS)
def _word(form: str) -> Term:
    """Give the term of a word. Watches share it: a hundred thousand of them ask for far fewer words."""
    return Term("word", sys.intern(lemma(form)))


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
