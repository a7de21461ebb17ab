"""What is said of a query that breaks a rule of the grammar, with edits that may mend it."""

from collections.abc import Sequence
from difflib import get_close_matches

from bot.watches.match.tokenized import FIELDS
from bot.watches.operators import SIGNS
from bot.watches.parser.lexer import QueryEdit, QueryToken, WatchSyntaxError

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


def too_long(query: str, most: int) -> WatchSyntaxError:
    """Say that a query is too long; keep the terms that fit."""
    cut = max(query.rfind(sign, 0, most) for sign in (",", ";", "\n"))
    edits = [QueryEdit(cut, len(query))] if cut > 0 else []
    return WatchSyntaxError(f"A watch has at most {most} characters, this one {len(query)}.", most, len(query), *edits)


def too_many(bound: str, token: QueryToken, before: Sequence[QueryToken], end: int) -> WatchSyntaxError:
    """Say that a query has too many terms; keep those up to the last separator."""
    behind = [found.start for found in before if found.kind == "separator"]
    edits = [QueryEdit(behind[-1], end)] if behind else []
    return WatchSyntaxError(f"A watch has at most {bound}.", *token.place, *edits)


def too_deep(query: str, token: QueryToken, most: int) -> WatchSyntaxError:
    """Say that brackets and fields stand too deep in one another."""
    flat = QueryEdit(0, len(query), query.replace("(", " ").replace(")", " ").strip())
    return WatchSyntaxError(f"Brackets and fields go {most} deep at most.", *token.place, flat, QueryEdit(*token.place))


def too_far(token: QueryToken, name: str, most: int) -> WatchSyntaxError:
    """Say how far apart an operator may be asked to look."""
    nearest = QueryEdit(*token.place, f"{name}/{min(max(int(token.text), 1), most)}")
    return WatchSyntaxError(f"{name} goes from 1, side by side, to {most} words.", *token.place, nearest)


def wrong_gap(token: QueryToken, number: str, most: int) -> WatchSyntaxError:
    """Say which numbers may stand behind ~."""
    nearest = QueryEdit(*token.place, f"~{min(max(int(number or 1), 1), most)}")
    message = f"~ takes a number from 1 to {most}."
    return WatchSyntaxError(message, *token.place, nearest, QueryEdit(*token.place))


def unknown_field(token: QueryToken, following: QueryToken, source: str) -> WatchSyntaxError:
    """Say that there is no such field; `source` is what is written behind the colon."""
    if source.startswith("//"):
        link = QueryEdit(token.start, following.end, f'url:"{following.text.strip("/")}"')
        return WatchSyntaxError("An address is no term; url: looks at links.", token.start, following.end, link)
    meant = _MEANT_FIELDS.get(token.text.casefold())
    close = [meant] if meant else get_close_matches(token.text.casefold(), FIELDS, n=1, cutoff=0.5)
    edits = [QueryEdit(*token.place, f"{field}:") for field in close]
    edits += [QueryEdit(token.end - 1, token.end, " "), QueryEdit(*token.place)]
    message = f"There is no field {token.text}. The fields are {', '.join(FIELDS)}."
    return WatchSyntaxError(message, *token.place, *edits)


def unknown_alias(token: QueryToken, names: Sequence[str], as_words: QueryEdit) -> WatchSyntaxError:
    """Say that there is no such alias; the nearest, or its name as words, may be meant."""
    close = get_close_matches(token.text.casefold(), names, n=1, cutoff=0.6)
    edits = [QueryEdit(*token.place, f"@{found}") for found in close]
    return WatchSyntaxError(f"There is no alias @{token.text}.", *token.place, *edits, as_words)


def two_readings(operators: Sequence[str], parts: Sequence[str], place: tuple[int, int]) -> WatchSyntaxError:
    """Show both readings of OR beside AND. `parts` are what stands between the operators, as written."""
    tight_or = _grouped(operators, parts, {"or"})
    tight_and = _grouped(operators, parts, {"and", "not"})
    beside = "AND" if "and" in operators else "NOT"
    message = (
        f"OR beside {beside} can be read in two ways: {tight_or}  or  {tight_and}. Put the brackets that you mean."
    )
    return WatchSyntaxError(message, *place, QueryEdit(*place, tight_or), QueryEdit(*place, tight_and))


def no_operator(before: int, token: QueryToken) -> WatchSyntaxError:
    """Say that nothing stands between two terms; the first ends at `before`."""
    message = f"Between these two stands no operator: {', '.join(SIGNS.values())} or a comma."
    return WatchSyntaxError(message, min(before, token.start), token.end, QueryEdit(before, token.start, " AND "))


def misplaced(token: QueryToken, source: str, following: Sequence[QueryToken]) -> WatchSyntaxError:
    """Say that a sign stands where something to look for should."""
    start, end = token.place
    edits = (QueryEdit(start, following[0].start if following else end), QueryEdit(start, end, " "))
    if token.kind == "gap":
        return WatchSyntaxError("~ stands right behind a quoted phrase.", start, end, *edits)
    return WatchSyntaxError(f"Nothing to look for stands before {source or 'the end'}.", start, end, *edits)


def _grouped(operators: Sequence[str], parts: Sequence[str], tight: set[str]) -> str:
    """Print a segment with brackets around what the `tight` operators join."""
    groups = [[parts[0]]]
    loose: list[str] = []
    for operator, part in zip(operators, parts[1:], strict=True):
        if operator in tight:
            groups[-1] += [f" {SIGNS[operator]} ", part]
        else:
            loose.append(f" {SIGNS[operator]} ")
            groups.append([part])
    printed = ["".join(group) if len(group) == 1 else f"({''.join(group)})" for group in groups]
    return printed[0] + "".join(sign + group for sign, group in zip(loose, printed[1:], strict=True))
