"""From what publishers send (HTML, entities, both escaped once too often) to plain readable text.

Light on purpose: the feed parser imports it in a child process. Everything is one pass over the text and linear in it.
What looks like a tag but is text ("a < b", "<3", "x<y") stays.
"""

import re
from collections.abc import Callable
from html.entities import html5

MAX_ROUNDS = 3  # markup inside escaped markup inside a feed: publishers escape twice, not five times

_INLINE = frozenset(
    """
    a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark q rp rt ruby s samp small
    span strike strong sub sup time tt u var wbr
    """.split(),  # noqa: SIM905  # names without quotes and commas are easier to read
)
_BLOCK = frozenset(
    """
    address applet area article aside audio base basefont blink blockquote body br button canvas caption center
    col colgroup datalist dd details dialog dir div dl dt embed fieldset figcaption figure footer form frame
    frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html iframe img input legend li link main map marquee menu
    meta meter nav nobr noframes noscript object ol optgroup option output p param picture plaintext pre
    progress search section select slot source summary table tbody td textarea tfoot th thead title tr track ul
    video xmp
    """.split(),  # noqa: SIM905  # names without quotes and commas are easier to read
)
_DROPPED = frozenset({"script", "style", "template", "svg", "math", "noembed"})
_KNOWN = _INLINE | _BLOCK | _DROPPED

# Attribute values may hold angle brackets. Possessive repeats never try again, so an unclosed tag costs its length.
_TAG = re.compile(
    r"""<(?P<close>/?)(?P<name>[a-zA-Z][a-zA-Z0-9:-]*+)(?P<rest>(?:\s|/)[^<>"']*+(?:(?:"[^"]*+"|'[^']*+')[^<>"']*+)*+)?>
    |<(?P<plain_close>/?)(?P<plain_name>[a-zA-Z][a-zA-Z0-9:-]*+)(?P<plain_rest>(?:\s|/)[^<>]*+)?>
    |(?P<comment><!--)
    |<!\[CDATA\[|\]\]>
    |<[!?][^<>]*+>""",
    re.VERBOSE,
)
_CUT_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]*+)((?:\s|/)[^<>]*+)?\Z")
_ENTITY = re.compile(r"&(?:#([0-9]++);?|#[xX]([0-9a-fA-F]++);?|([a-zA-Z][a-zA-Z0-9]{1,31});)")
_HAS_ENTITY = re.compile(r"&[#a-zA-Z]")

# Controls, lone surrogates, marks of direction, and what has no width: tags (U+E0000 and up) hide whole texts. U+200C
# and U+200D stay between letters of scripts that need them (Persian, Hindi) and inside emoji: those all stand above
# U+0600.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e0fff"
    "\ud800-\udfff]|(?<![\u0600-\U0010ffff])[\u200c\u200d]|[\u200c\u200d](?![\u0600-\U0010ffff])",
)


def readable(markup: str) -> str:
    """Return the text that a reader would see: no tags, no entities, nothing invisible, white space folded and trimmed.

    Takes any text, with markup or without. Never raises; time and space are linear in the length of `markup`.
    """
    return folded(plain_text(markup, spaced))


def plain_text(markup: str, left_by: Callable[[str, bool], str]) -> str:
    """Return a text without tags and entities. `left_by` says what a tag leaves, by its name and whether it closes.

    Never raises; time and space are linear in the length of `markup`.
    """
    text = markup
    for _ in range(MAX_ROUNDS):
        plain = _unescaped(_without_tags(text, left_by))
        if plain == text:
            break
        text = plain
    return text


def spaced(name: str, closes: bool) -> str:  # noqa: ARG001  # as `plain_text` asks it
    """Return what a tag leaves of itself: a space if it parts text on the page."""
    return "" if name in _INLINE else " "


def folded(text: str) -> str:
    """Return a text without what is invisible, white space folded and trimmed."""
    if not text.isascii() or not text.isprintable():
        text = _UNSEEN.sub("", text)
    return " ".join(text.split())


def _without_tags(text: str, left_by: Callable[[str, bool], str]) -> str:
    """Take tags, comments, scripts and styles out, and put in what they leave."""
    if "<" not in text and "]]>" not in text:
        return text
    kept: list[str] = []
    position = 0
    unclosed: set[str] = set()  # closers that are known not to come, so that nobody looks for them twice
    while found := _TAG.search(text, position):
        kept.append(text[position : found.start()])
        position = found.end()
        if found["comment"]:
            position = _after(text, "-->", position, unclosed)
            continue
        name = (found["name"] or found["plain_name"] or "").lower()
        rest = found["rest"] or found["plain_rest"] or ""
        if not name:
            continue
        if not _is_tag(name, rest):
            kept.append(text[found.start() : position])
            continue
        if name in _DROPPED and not (found["close"] or found["plain_close"] or rest.rstrip().endswith("/")):
            position = _after(text, "</" + name, position, unclosed)
        kept.append(left_by(name, bool(found["close"] or found["plain_close"])))
    tail = text[position:]
    cut = tail.rfind("<")
    if cut >= 0 and (found := _CUT_TAG.match(tail, cut)) and _is_tag(found[2].lower(), found[3] or ""):
        # A publisher cut the summary inside a tag. Without an attribute it may as well be text: "x <b".
        tail = tail[:cut] if found[1] or "=" in (found[3] or "") else tail
    kept.append(tail)
    return "".join(kept)


def _is_tag(name: str, rest: str) -> bool:
    """Return whether text between two signs is a tag: "<b>" and '<p class="x">' are tags, "x <b and y> z" is not."""
    if name not in _KNOWN and ":" not in name and "-" not in name:
        return False
    words = rest.strip("/ \t\r\n\f")
    return not words or "=" in words or name in _BLOCK or name in _DROPPED


def _after(text: str, closer: str, position: int, unclosed: set[str]) -> int:
    """Find where the text goes on behind `closer`, in either case; at the very end if it never comes."""
    if closer in unclosed:
        return len(text)
    found = re.compile(re.escape(closer) + ("" if closer == "-->" else r"[^<>]*+>"), re.IGNORECASE).search(
        text, position
    )
    if not found:
        unclosed.add(closer)
        return len(text)
    return found.end()


def _unescaped(text: str) -> str:
    """Put characters in the place of entities. What is no entity stays: "AT&T", "?a=1&b=2"."""
    return _ENTITY.sub(_character, text) if "&" in text and _HAS_ENTITY.search(text) else text


def _character(entity: re.Match[str]) -> str:
    """Return the character of one entity. Numbers 128 to 159 are Windows-1252, as in every browser (HTML standard)."""
    decimal, hexadecimal, name = entity.groups()
    if name:
        return html5.get(name + ";", entity[0])
    digits = (decimal or hexadecimal).lstrip("0")
    if len(digits) > 7:  # int() of a million digits takes its time, and no character is so far out
        return ""
    number = int(digits or "0", 10 if decimal else 16)
    if 0x80 <= number <= 0x9F:
        return bytes([number]).decode("cp1252", "ignore")
    return chr(number) if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000 else ""
