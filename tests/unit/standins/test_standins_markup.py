"""HTML is read as Telegram reads it."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standins.botapi.entities import ENTITY_LIMIT, detect, is_blank, stored, tidy, utf16_length
from standins.botapi.markup import TAGS, parse
from standins.botapi.refusals import Refused


def told(source: str) -> str:
    """Return the sentence with which a text is refused."""
    with pytest.raises(Refused) as refused:
        parse(source)
    assert refused.value.refusal.code == 400
    return refused.value.refusal.description.removeprefix("Bad Request: can't parse entities: ")


def places(source: str) -> list[tuple[str, int, int]]:
    """Give type, offset and length of each entity of a text."""
    return [(entity.type, entity.offset, entity.length) for entity in parse(source)[1]]


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("<p>x</p>", 'Unsupported start tag "p" at byte offset 0'),
        ("line<br>line", 'Unsupported start tag "br" at byte offset 4'),
        ("<b/>", 'Unsupported start tag "b/" at byte offset 0'),
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("é🏟<H1>x", 'Unsupported start tag "h1" at byte offset 6'),
        ("a <b", "Unclosed start tag at byte offset 2"),
        ("<i x = ", 'Unclosed start tag "i" at byte offset 0'),
        ("<i x", 'Unclosed start tag "i" at byte offset 0'),
        ('<a href="x>y</a>', "Unclosed start tag at byte offset 0"),
        ('<a href="x"', "Unclosed start tag at byte offset 0"),
        ("<i =x>y</i>", 'Empty attribute name in the tag "i" at byte offset 0'),
        ("<a href=http://x>y</a>", "Unexpected end of name token at byte offset 8"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b><i>x</i>", 'Can\'t find end tag corresponding to start tag "b"'),
        ('<tg-emoji emoji-id="x">y</tg-emoji>', "Invalid custom emoji identifier specified"),
    ],
)
def test_each_mistake_is_refused_in_telegrams_words(source: str, sentence: str) -> None:
    """Markup that Telegram does not take is refused with its sentence and the byte where it stands."""
    assert told(source) == sentence


@pytest.mark.parametrize("tag", sorted(set(TAGS) - {"span", "a", "tg-emoji", "tg-time"}))
def test_each_allowed_tag_becomes_its_entity(tag: str) -> None:
    """A tag of the table becomes the entity that stands beside it, in any case of letters."""
    assert places(f"🏟 <{tag.upper()}>é🏟</{tag}>") == [(TAGS[tag], 3, 3)]


def test_half_a_surrogate_pair_is_no_text() -> None:
    """A reference can write what no UTF-8 holds; such a text is refused."""
    assert told("&#xDFDF;").startswith("Text contains invalid Unicode characters after decoding HTML entities")
    assert told("&#xD83C;&#xDFDF;").endswith("check for unmatched surrogate code units")


def test_tags_with_attributes_become_entities_that_carry_them() -> None:
    """Links, spoilers, emoji, times, folding quotes and languages keep what their attributes say."""
    source = (
        '<a href="https://example.org/?a=1&amp;b=2">l</a><span class="tg-spoiler">s</span>'
        '<tg-emoji emoji-id="54321">🏟</tg-emoji><tg-time unix="1790000000" format="r">t</tg-time>'
        "<blockquote expandable>q</blockquote>"
        '<pre><code class="language-python">c</code></pre>'
    )
    text, entities = parse(source)
    assert text == "ls🏟tqc"
    assert [entity.as_json() for entity in entities] == [
        {"type": "text_link", "offset": 0, "length": 1, "url": "https://example.org/?a=1&b=2"},
        {"type": "spoiler", "offset": 1, "length": 1},
        {"type": "custom_emoji", "offset": 2, "length": 2, "custom_emoji_id": "54321"},
        {"type": "date_time", "offset": 4, "length": 1, "unix_time": 1790000000, "date_time_format": "r"},
        {"type": "expandable_blockquote", "offset": 5, "length": 1},
        {"type": "pre", "offset": 6, "length": 1, "language": "python"},
    ]


def test_a_link_with_a_bad_address_is_lost_and_its_words_stay() -> None:
    """Telegram says nothing of an address that it does not take."""
    assert parse('<a href="javascript:alert(1)">read</a> <a href="http://localhost/">on</a>') == ("read on", ())


def test_a_link_without_address_takes_its_own_words() -> None:
    """The text of an `a` without href is its address, if it is one."""
    _, (entity,) = parse("<a>telegram.org</a>")
    assert entity.url == "http://telegram.org/"
    assert places("<a>telegram.org now</a>") == []


def test_code_and_pre_with_the_same_span_are_one_only_with_a_language() -> None:
    """A `pre` around a `code` becomes one entity if a language is named, else two."""
    assert places("<pre><code>x</code></pre>") == [("pre", 0, 1), ("code", 0, 1)]
    assert places('<code class="language-c"><pre>x</pre></code>') == [("pre", 0, 1)]
    assert places('<pre> <code class="language-c">x</code></pre>') == [("pre", 0, 2), ("code", 1, 1)]


def test_only_four_named_references_are_known() -> None:
    """Other names, and numbers that are no character, stay as they are written."""
    source = "&lt;&gt;&amp;&quot;&#65;&#x42;&lt &nbsp;&laquo;&ltx;&#0;&#12345678;&#000065;&#00000065;"
    assert parse(source)[0] == '<>&"AB< &nbsp;&laquo;&ltx;&#0;&#12345678;A&#00000065;'


def test_empty_tags_leave_no_entity_and_an_empty_end_tag_fits_any() -> None:
    """`<b></b>` marks nothing, and `</>` ends whatever is open."""
    assert parse("<b></b>x<i>y</>") == ("xy", parse("x<i>y</i>")[1])


def test_entities_come_by_place_and_the_longer_first() -> None:
    """The order of entities is that of the text, outer before inner."""
    assert places("<i><b>x</b>y</i><u>z</u>") == [("italic", 0, 2), ("bold", 0, 1), ("underline", 2, 1)]


@given(st.text(st.sampled_from("<>/&;= \"'#xbaipre-🏟é\n\ud800"), max_size=60))
def test_no_text_makes_it_fail_otherwise_than_by_refusing(source: str) -> None:
    """Whatever is sent is read or refused, and entities lie inside the text."""
    try:
        text, entities = parse(source)
    except Refused:
        return
    assert all(it.offset >= 0 and it.length > 0 and it.offset + it.length <= utf16_length(text) for it in entities)


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_escaped_text_comes_back_as_it_was(text: str) -> None:
    """What was escaped for HTML is read as itself."""
    assert parse(html.escape(text, quote=False)) == (text, ())


def test_a_text_is_cleaned_and_stripped_and_its_entities_follow() -> None:
    """Outer space goes, controls become spaces, marks of direction vanish; what marked only those goes with them."""
    text, entities = tidy(*parse(" \n<i> </i>a\r\u202e🏟\x01<b>b </b>\n<u> </u>"))
    assert text == "a🏟 b"
    assert [(it.type, it.offset, it.length) for it in entities] == [("bold", 4, 1)]


@given(st.text(st.characters(codec="utf-8"), max_size=40), st.integers(0, 40), st.integers(1, 40))
def test_a_marked_word_is_still_marked_after_cleaning(text: str, begin: int, length: int) -> None:
    """Cleaning moves an entity to the cleaned form of the same words."""
    marked = text[begin : begin + length]
    source = "".join(
        [html.escape(text[:begin]), "<b>", html.escape(marked), "</b>", html.escape(text[begin + length :])]
    )
    cleaned, entities = tidy(*parse(source))
    for entity in entities:
        words = cleaned.encode("utf-16-le")[2 * entity.offset : 2 * (entity.offset + entity.length)].decode("utf-16-le")
        assert words.strip() == tidy(marked, ())[0].strip()


def test_of_a_text_only_the_first_hundred_entities_are_kept() -> None:
    """Those that Telegram finds count as well, and it says nothing of what it drops."""
    _, entities = stored(*parse("/stop " + " ".join(f"<b>{number}</b>" for number in range(120))))
    assert len(entities) == ENTITY_LIMIT
    assert entities[0].type == "bot_command"
    assert entities[-1].type == "bold"


def test_nothing_is_found_in_links_and_code() -> None:
    """Words that the bot linked or set as code are no commands; bold ones are."""
    _, entities = stored(*parse('<a href="https://a.com/">/stop</a> <code>/stop a.com</code> <b>/stop</b>'))
    assert [entity.type for entity in entities] == ["text_link", "code", "bold", "bot_command"]


def test_letters_that_reach_into_other_lines_and_marks_in_a_row_are_changed() -> None:
    """Three combining marks go; of marks of direction the last stays."""
    assert tidy("A\u030a b\u0333 c\u033f d\u200e\u200f\u200ee", ())[0] == "A b c d\u200c\u200c\u200ee"


def test_a_text_that_nobody_sees_is_blank() -> None:
    """Spaces, controls and zero-width marks are nothing to read."""
    assert is_blank(" \n\t\u200b\u2060\u00a0")
    assert not is_blank("\u200b.")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/start", [("bot_command", 0, 6)]),
        ("🏟 /watch@newsvane_bot s-400", [("bot_command", 3, 19)]),
        ("no/command and /neither/this and //that", []),
        ("/feed https://example.org/rss?a=1", [("bot_command", 0, 5), ("url", 6, 27)]),
        ("ask @somebody, not a@example", [("mention", 4, 9)]),
    ],
)
def test_commands_addresses_and_names_are_found_where_they_stand(text: str, found: list[tuple[str, int, int]]) -> None:
    """What people write carries entities, measured in UTF-16 units."""
    assert [(it.type, it.offset, it.length) for it in detect(text)] == found
