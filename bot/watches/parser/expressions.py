"""Regular expressions, which people try: told by their signs, and turned into what would say the same here.

s[- ]?400 -> s-400        Turk(ish|ey) -> Turkish OR Turkey        Idlib.*Hama -> Idlib AND Hama
"""

import re

_LONGEST = 500  # characters that are looked at

# Signs that nothing else has. A lone ? or * is none of them: it may be a question, or a prefix.
_SIGN = re.compile(
    r"""\\[bBdDsSwWAZ.+*?()\[\]-]         # \b, \s, \.
    |\.[*+?](?!\s)|\.[*+]                 # .*
    |\[[^\[\]\s"“”«»]{1,30}(?:\s[^\[\]"“”«»]{0,10})?\](?:[?*+{]|(?=\w)|(?<=\w.))   # [- ]?, [Ii]dlib
    |\(\?[a-zA-Z:!=<]                     # (?i), (?:
    |(?<=\w)\{\d
    |(?<=\w)\((?=[^()"“”«»]{0,60}\|)      # Turk(ish|ey)
    |(?<=\w)\([\w-]{1,5}\)\?              # jet(s)?
    |(?<=[\w)\]])\$(?=\s|\Z)
    |(?:\A|(?<=[\s(]))\^(?=[\w(\[])""",
    re.VERBOSE,
)
_QUOTED = re.compile(r'["“”„‟«»][^"“”„‟«»]*["“”„‟«»]')
_STEPS = tuple(
    (re.compile(pattern), put)
    for pattern, put in (
        (r"\(\?[a-zA-Z]+\)|\\[bBAZ]|(?:(?<=[\w)\]])\$(?=\s|\Z))|(?:\A|(?<=[\s(]))\^", ""),
        (r"\(\?[:!=<]+", "("),
        (r"\((?:[\w-]{1,5})\)\?", ""),
        (r"\\[sS][*+?]?", " "),
        (r"\\[dDwW](?:[*+?]|\{[\d,]*\})?", ""),
        (r"(?<=\w)(?:\.\??|\[[^\[\]]*[-–][^\[\]\w]*\][?*]?)(?=\d)", "-"),
        (r"\[[^\[\]\w]*-[^\[\]\w]*\][?*+]?", "-"),
        (r"\[[^\[\]\w]*\][?*+]?", " "),
        (r"\[(\w{4,})\](?![*+?])", r"\1"),
        (r"\[(\w)[^\[\]]*\][*+?]?", r"\1"),
        (r"\\(.)", r"\1"),
        (r"(?:\A|(?<=[\s(|]))\.[*+]\??|\.[*+]\??(?=[\s)|]|\Z)", ""),
        (r"\.(?:[*+]\??|\{[\d,]*\})", " AND "),
        (r"\{[\d,]*\}", ""),
        (r"(?<=\w)\?", ""),
    )
)
_CHOICE = re.compile(r"([\w-]{0,40})\(([^()|]{0,60}(?:\|[^()|]{0,60}){1,20})\)\??([\w-]{0,40})")


def sign_of_expression(query: str) -> tuple[int, int] | None:
    """Return where a query has a sign of a regular expression outside of quotes; None if it has none."""
    unquoted = _QUOTED.sub(lambda found: " " * len(found[0]), query[:_LONGEST])
    found = _SIGN.search(unquoted)
    return found.span() if found else None


def without_expression(query: str) -> str:
    """Return a query that says what an expression says, as near as may be; it may not be one that can be read."""
    text = query[:_LONGEST]
    for pattern, put in _STEPS:
        text = pattern.sub(put, text)
    text = _CHOICE.sub(_choice, text).replace("|", " OR ")
    text = " ".join(text.split())
    inside = text[1:-1]
    return inside if text[:1] == "(" and text[-1:] == ")" and not {"(", ")"} & set(inside) else text


def _choice(found: re.Match[str]) -> str:
    """Write out what stands before, in and behind a choice: Turk(ish|ey) as Turkish OR Turkey."""
    before, inside, behind = found.groups()
    return f"({' OR '.join(before + part + behind for part in inside.split('|'))})"
