"""From the bytes of a body in any charset to clean UTF-8, so that every reader sees one charset. Pure, linear.

    byte order mark -> what the bytes can only be -> Content-Type -> XML declaration -> UTF-8 -> Windows-1252

The first that fits the bytes wins (RFC 7303 §3, and what publishers really do). A few wrong bytes in a body that is
UTF-8 otherwise cost those bytes and not the whole alphabet: a content system has cut a summary inside a letter.
"""

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16's, which it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_DECLARED = re.compile(rb"""\A[^<]{0,200}<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
_NOT_XML = bytes({*range(0x20), 0x7F} - {0x09, 0x0A, 0x0D})  # XML 1.0 §2.2

# What is written, and what is meant by it in every browser (WHATWG Encoding §4.2).
_MEANT = {
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "l1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "iso-8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "big5": "big5hkscs",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "x-cp1251": "cp1251",
    "win-1251": "cp1251",
    "cp-1251": "cp1251",
    "koi8r": "koi8-r",
    "utf8mb4": "utf-8",
    "utf-16": "utf-8",  # neither its mark nor its NULs are there, so it is not
    "utf-32": "utf-8",
    "ucs-2": "utf-8",
    "unicode": "utf-8",
}
# Python's other codecs: no text at all (zip, hex), or ASCII that hides a "<" from whoever looks for one (UTF-7, IDNA).
_KNOWN = re.compile(
    r"utf-8|gb18030|cp\d{3,4}|iso8859-\d{1,2}|koi8-[rtu]|mac-[a-z]+|big5(?:hkscs)?|johab|hp-roman8|kz1048|ptcp154"
    r"|euc_[a-z_0-9]+|shift_[a-z_0-9]+|iso2022_[a-z_0-9]+",
)
_WRONG = "\ufffd"


def as_utf8(body: bytes, content_type: str) -> bytes:
    """Give the body in UTF-8, without mark and control characters. `content_type` is the header's value, maybe empty.

    Never raises. The declaration in the body stays as it was written; it is for nobody to read any more.
    """
    return _in_utf8(body, content_type).translate(None, _NOT_XML)


def _in_utf8(body: bytes, content_type: str) -> bytes:
    for mark, charset in _MARKS:
        if body.startswith(mark):
            skipped = 0 if b"<" in mark else len(mark)
            return body[skipped:] if charset == "utf-8" else _encoded(body[skipped:].decode(charset, "replace"))
    in_header = _CHARSET.search(content_type)
    in_body = _DECLARED.match(body)
    named = [_codec(in_header[1])] if in_header else []
    named += [_codec(in_body[1].decode("ascii"))] if in_body else []
    wanted = [codec for codec in named if codec]
    if not (body.isascii() and any(codec.startswith("iso2022") for codec in wanted)) and _is_utf8(body):
        return body  # other charsets do not look like UTF-8 by chance
    return _encoded(_decoded(body, wanted))


def _decoded(body: bytes, wanted: list[str]) -> str:
    """Decode what is not proper UTF-8: as one of these codecs if that fits, else as what fits best."""
    for codec in wanted:
        try:
            return body.decode(codec)
        except UnicodeDecodeError:
            continue
    first = wanted[0] if wanted else "utf-8"
    text = body.decode(first, "replace")
    wrong = text.count(_WRONG)
    letters = len(text) - len(text.encode("ascii", "ignore")) - wrong
    # Text in another charset is wrong at most of its letters beyond ASCII.
    return text if wrong * 2 <= letters else body.decode("cp1252", "replace")


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _codec(name: str) -> str:
    """Give Python's name of a charset; empty if it is none that text on the web is written in."""
    name = name.lower()
    try:
        found = codecs.lookup(_MEANT.get(name, name)).name
    except (LookupError, ValueError):
        return ""
    return found if _KNOWN.fullmatch(found) else ""


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")
