"""Where things stand in a TOML file."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from bot.settings.positions import letters, spans_of, within

SOURCE = """\
a.b = 1 # c
"q u" = { x = 1, y.z = [1, 2, { k = 'v' }] }
[poll]
interval = "5m"
[[feed]]
name = "one"
[feed.more."a b"]
deep = true
[[feed]]
name = "two"
list = [
  "x", # c
  'y',
]
"""

ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f"}


def test_paths_lead_to_what_they_name():
    """Dotted keys, quoted keys, inline tables, lists and tables in tables are found by the path of `tomllib`."""
    source = SOURCE.encode()
    found = spans_of(source)

    def value(*path: str | int) -> str:
        start, end = found[path][1]
        return source[start:end].decode()

    assert value("a", "b") == "1"
    assert value("q u", "y", "z", 2, "k") == "'v'"
    assert value("poll") == "[poll]"
    assert value("poll", "interval") == '"5m"'
    assert value("feed", 0) == "[[feed]]"
    assert value("feed", 0, "name") == '"one"'
    assert value("feed", 0, "more", "a b", "deep") == "true"
    assert value("feed", 1, "name") == '"two"'
    assert value("feed", 1, "list", 1) == "'y'"


def test_every_path_of_the_file_is_found():
    """Nothing that `tomllib` reads is without a place."""
    found = spans_of(SOURCE.encode())

    def paths(value: object, path: tuple[str | int, ...] = ()):
        steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for step, below in steps:
            yield (*path, step)
            yield from paths(below, (*path, step))

    assert set(paths(tomllib.loads(SOURCE))) == set(found)


@st.composite
def literals(draw):
    """A text, and one of the ways in which TOML writes it."""
    kind = draw(st.sampled_from(['"', "'", '"""', "'''"]))
    if kind.startswith("'"):
        text = draw(st.text(st.sampled_from('ab é日😀 \t\\"#' + ("\n" if len(kind) == 3 else "")), max_size=12))
        head = draw(st.sampled_from(["", "\n"])) if len(kind) == 3 else ""
        return f"{kind}{head if head or not text.startswith(chr(10)) else chr(10)}{text}{kind}"
    parts = []
    for letter in draw(st.text(st.characters(codec="utf-8"), max_size=12)):
        ways = [f"\\U{ord(letter):08x}"]
        if ord(letter) < 0x10000:
            ways.append(f"\\u{ord(letter):04X}")
        ways.append(ESCAPES.get(letter, ways[0] if ord(letter) < 32 or ord(letter) == 127 else letter))
        if len(kind) == 3:
            ways.append(f"\\  \n \t{ways[0]}")
            ways.append(letter if letter == "\n" else ways[0])
        parts.append(draw(st.sampled_from(ways)))
    return kind + draw(st.sampled_from(["", "\n"] if len(kind) == 3 else [""])) + "".join(parts) + kind


@given(literals())
def test_letters_are_those_that_tomllib_reads(literal):
    """However a text is written, its letters are those of its value."""
    assert "".join(letter for _, letter in letters(literal)) == tomllib.loads(f"k = {literal}\n")["k"]


@given(literals(), st.data())
def test_part_of_a_value_is_found_in_what_was_written(literal, data):
    """What stands at the place found for a part of a value is that part as written: it reads as the same text."""
    source = f"é = 1\nk = {literal} # end\n".replace("é = 1", '"é" = 1')
    value = tomllib.loads(source)["k"]
    if not value:
        return
    start = data.draw(st.integers(0, len(value) - 1))
    end = data.draw(st.integers(start + 1, len(value)))

    begin, stop = within(source.encode(), spans_of(source.encode())["k",][1], (start, end))

    quotes = literal[:3] if literal.startswith(('"""', "'''")) and len(literal) >= 6 else literal[0]
    part = source.encode()[begin:stop].decode()
    guard = "\n" if len(quotes) == 3 else ""
    assert tomllib.loads(f"k = {quotes}{guard}{part}{quotes}\n")["k"] == value[start:end]
