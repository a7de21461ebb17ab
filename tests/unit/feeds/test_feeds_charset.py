"""In which charset a body is, when header, mark, declaration and bytes do not agree."""

import pytest
from growth import TIMES, check_growth
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.charset import as_utf8, codec, page_text
from bot.feeds.parse.body import parse_body
from bot.feeds.parse.mend import mended

RUSSIAN, JAPANESE, CHINESE, FRENCH = (
    "Сирия: Идлиб — «съёмка»",
    "東京の天気ニュース",
    "北京天气预报，今天",
    "L’été à Orléans — déjà",
)


def titled(title: str, declared: str = "") -> str:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    return f"{declaration}<rss version='2.0'><channel><item><title>{title}</title></item></channel></rss>"


def title_of(body: bytes, content_type: str = "") -> str:
    (found,) = parse_body(body, content_type, base="", now=0.0).entries
    return found.title


@pytest.mark.parametrize(
    ("title", "charset"),
    [
        (RUSSIAN, "windows-1251"),
        (RUSSIAN.replace("—", "-").replace("«", '"').replace("»", '"'), "koi8-r"),
        (RUSSIAN, "utf-8"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc-jp"),
        (JAPANESE, "iso-2022-jp"),
        (CHINESE, "gb18030"),
        (CHINESE, "gbk"),
        ("서울 날씨 뉴스", "euc-kr"),
        (FRENCH, "windows-1252"),
        ("Žluťoučký kůň", "iso-8859-2"),
        ("İstanbul'da yağmur", "iso-8859-9"),
    ],
)
@pytest.mark.parametrize("where", ["header", "declaration", "both", "header over declaration"])
def test_a_declared_charset_is_read(title: str, charset: str, where: str) -> None:
    """Header or declaration will do, and the header wins (RFC 7303)."""
    declared = {"header": "", "header over declaration": "us-ascii"}.get(where, charset)
    header = "" if where == "declaration" else f'text/xml; charset="{charset}"'
    assert title_of(titled(title, declared).encode(charset), header) == title


@pytest.mark.parametrize("charset", ["utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("header", ["", "text/xml; charset=windows-1251", "text/xml; charset=utf-16"])
def test_a_mark_or_nuls_outrank_all_that_is_declared(charset: str, header: str) -> None:
    """What the bytes show cannot be otherwise."""
    assert title_of(titled(RUSSIAN, "utf-16").encode(charset), header) == RUSSIAN


@pytest.mark.parametrize("declared", ["utf-8", "", "iso-8859-1"])
def test_windows_1252_that_calls_itself_utf_8_is_read(declared: str) -> None:
    """The commonest wrong declaration of all."""
    assert title_of(titled(FRENCH, declared).encode("windows-1252"), "text/xml; charset=utf-8") == FRENCH


@pytest.mark.parametrize("declared", ["iso-8859-1", "windows-1251", "us-ascii", "nonsense", "utf-7", "zip", "idna"])
def test_utf_8_under_another_name_is_read(declared: str) -> None:
    """Letters that happen to be proper UTF-8 are UTF-8, whatever the feed or its server says."""
    assert title_of(titled(RUSSIAN, declared).encode(), f"text/xml; charset={declared}") == RUSSIAN


@pytest.mark.parametrize(
    ("charset", "wrong"), [("utf-8", b"\xd0"), ("windows-1251", b"\x98"), ("shift_jis", b"\x80"), ("gb18030", b"\xff")]
)
def test_one_wrong_byte_costs_one_letter(charset: str, wrong: bytes) -> None:
    """A summary that was cut inside a letter does not turn the whole feed into rubbish."""
    title = {"shift_jis": JAPANESE, "gb18030": CHINESE}.get(charset, RUSSIAN)
    body = titled(title + "<!-- -->X", charset).encode(charset).replace(b"<!-- -->", wrong)
    found = title_of(body)
    assert found.startswith(title)
    assert len(found) <= len(title) + 2


def test_control_characters_do_not_make_a_feed_malformed() -> None:
    """XML allows none of them; some content systems send them all the same."""
    assert title_of(titled("One\x0b \x00two\x1f").encode()) == "One two"


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"\xff\xfe", b"\xd8"),
        (b"", b"\xd0"),
        (b"<?xml ", b"encoding="),
        (b"", b"\0\x01"),
        (b"", b"<![CDATA[&nbsp;"),
        (b"", b"&#"),
        (b"", b"&aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
    ],
)
def test_bodies_made_to_be_slow_are_not(head: bytes, piece: bytes) -> None:
    """Bringing bytes to UTF-8 and its ampersands in order takes a time in line with their number."""
    check_growth(
        lambda body: mended(as_utf8(body, "text/xml; charset=shift_jis")),
        lambda size: head + piece * (size // len(piece)),
        2 * 2**20 // TIMES,
    )


@given(st.binary(max_size=300), st.text(max_size=40) | st.sampled_from(["text/xml; charset=utf-16", "a; charset=hz"]))
def test_any_bytes_become_utf_8(body: bytes, content_type: str) -> None:
    """Whatever comes, proper UTF-8 without control characters goes on."""
    text = as_utf8(body, content_type).decode()
    assert not set(text) & {chr(code) for code in range(0x20)} - set("\t\r\n")


def test_a_charset_is_known_by_the_names_that_publishers_give_it() -> None:
    """Not by those alone that Python knows."""
    names = {
        "cp1251": "cp-1251 win-1251 x-cp1251",
        "koi8-r": "koi8r",
        "utf-8": "utf8mb4 UTF8",
        "gb18030": "x-gbk gb2312",
    }
    for name, labels in names.items():
        assert {codec(label) for label in labels.split()} == {name}


def test_a_page_that_is_cut_inside_a_letter_is_still_utf_8() -> None:
    """Whatever its header says."""
    assert page_text("Идлиб".encode()[:-1], "text/html; charset=iso-8859-1") == "Идли"
