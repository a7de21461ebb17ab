"""What the grammar says of a query that breaks its rules, with edits that may mend it."""

from collections.abc import Sequence
from difflib import get_close_matches

from bot.watches.lexer import Edit, Mistake, Piece
from bot.watches.reach import FIELDS

# Names that other programs have for our fields.
_MEANT_FIELDS = {
    "headline": "title",
    "description": "summary",
    "text": "body",
    "feed": "source",
    "site": "source",
    "link": "url",
    "language": "lang",
}
_SIGNS = {"and": " AND ", "or": " OR ", "not": " NOT "}


def too_long(query: str, most: int) -> Mistake:
    """Say that a query is too long; keep the terms that fit."""
    cut = max(query.rfind(sign, 0, most) for sign in (",", ";", "\n"))
    edits = [Edit(cut, len(query))] if cut > 0 else []
    return Mistake(f"A watch has at most {most} characters, this one {len(query)}.", most, len(query), *edits)


def unknown_field(piece: Piece, following: Piece, source: str) -> Mistake:
    """Say that there is no such field; `source` is what is written behind the colon."""
    if source.startswith("//"):
        link = Edit(piece.start, following.end, f'url:"{following.text.strip("/")}"')
        return Mistake("An address is no term; url: looks at links.", piece.start, following.end, link)
    meant = _MEANT_FIELDS.get(piece.text.casefold())
    close = [meant] if meant else get_close_matches(piece.text.casefold(), FIELDS, n=1, cutoff=0.5)
    edits = [Edit(piece.start, piece.end, f"{field}:") for field in close]
    edits += [Edit(piece.end - 1, piece.end, " "), Edit(piece.start, piece.end)]
    message = f"There is no field {piece.text}. The fields are {', '.join(FIELDS)}."
    return Mistake(message, piece.start, piece.end, *edits)


def unknown_alias(piece: Piece, names: Sequence[str], as_words: Edit) -> Mistake:
    """Say that there is no such alias; the nearest, or its name as words, may be meant."""
    close = get_close_matches(piece.text.casefold(), names, n=1, cutoff=0.6)
    edits = [Edit(piece.start, piece.end, f"@{found}") for found in close]
    return Mistake(f"There is no alias @{piece.text}.", piece.start, piece.end, *edits, as_words)


def two_readings(operators: Sequence[str], parts: Sequence[str], place: tuple[int, int]) -> Mistake:
    """Show both readings of OR beside AND. `parts` are what stands between the operators, as written."""
    tight_or = _grouped(operators, parts, {"or"})
    tight_and = _grouped(operators, parts, {"and", "not"})
    beside = "AND" if "and" in operators else "NOT"
    message = (
        f"OR beside {beside} can be read in two ways: {tight_or}  or  {tight_and}. Put the brackets that you mean."
    )
    return Mistake(message, *place, Edit(*place, tight_or), Edit(*place, tight_and))


def no_operator(before: int, piece: Piece) -> Mistake:
    """Say that nothing stands between two terms; the first ends at `before`."""
    message = "Between these two stands no operator: AND, OR, NOT, NEAR/n or a comma."
    return Mistake(message, min(before, piece.start), piece.end, Edit(before, piece.start, " AND "))


def misplaced(piece: Piece, source: str, following: Sequence[Piece]) -> Mistake:
    """Say that a sign stands where something to look for should."""
    start, end = piece.start, piece.end
    edits = (Edit(start, following[0].start if following else end), Edit(start, end, " "))
    if piece.kind == "gap":
        return Mistake("~ stands right behind a quoted phrase.", start, end, *edits)
    return Mistake(f"Nothing to look for stands before {source or 'the end'}.", start, end, *edits)


def _grouped(operators: Sequence[str], parts: Sequence[str], tight: set[str]) -> str:
    """Print a segment with brackets around what the `tight` operators join."""
    groups = [[parts[0]]]
    loose: list[str] = []
    for operator, part in zip(operators, parts[1:], strict=True):
        if operator in tight:
            groups[-1] += [_SIGNS[operator], part]
        else:
            loose.append(_SIGNS[operator])
            groups.append([part])
    printed = ["".join(group) if len(group) == 1 else f"({''.join(group)})" for group in groups]
    return printed[0] + "".join(sign + group for sign, group in zip(loose, printed[1:], strict=True))
