"""From bytes in any charset to text or to clean UTF-8. Pure, linear; never raises.

    byte order mark, NULs -> UTF-8, if the bytes are -> Content-Type -> meta or XML declaration -> Windows-1252

The first that fits the bytes wins (RFC 7303 §3, and what publishers really do). A few wrong bytes in a body that is
UTF-8 otherwise cost those bytes and not the whole alphabet: a content system has cut a summary inside a letter.
"""

import codecs
import re

from w3lib.encoding import read_bom, resolve_encoding

_NULS = ((b"<\0\0\0", "utf-32-le"), (b"\0\0\0<", "utf-32-be"), (b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
_NOT_XML = bytes({*range(0x20), 0x7F} - {0x09, 0x0A, 0x0D})  # XML 1.0 §2.2
_IN_HEADER = re.compile(r"""charset\s{0,9}=\s{0,9}["']?([\w.:-]{1,40})""", re.IGNORECASE | re.ASCII)
_IN_BODY = re.compile(
    rb"""<(?:\?xml|meta)\s[^<>]{0,300}?(?:encoding|charset)\s{0,9}=\s{0,9}["']?\s{0,9}([\w.:-]{1,40})""", re.IGNORECASE
)
_HEAD = 4_096  # bytes; the standard says 1,024, and not everybody obeys
_LONGEST_LABEL = 40
_MISSPELT = re.compile(r"(?:x-)?(?:cp|win|windows)-?(\d{3,4})|x-(.+)|(koi8)(r|u)|(utf8)mb4", re.IGNORECASE)
# Python's other codecs: no text at all (zip, hex), or ASCII that hides a "<" from whoever looks for one (IDNA). UTF-16
# and UTF-32 show themselves by their mark or their NULs.
_KNOWN = re.compile(
    r"utf-8|gb18030|cp\d{3,4}|iso8859-\d{1,2}|koi8-[rtu]|mac-[a-z]+|big5(?:hkscs)?|johab|hp-roman8|kz1048|ptcp154"
    r"|euc_[a-z_0-9]+|shift_[a-z_0-9]+|iso2022_[a-z_0-9]+",
)
_WRONG = "\ufffd"


def codec(label: str) -> str:
    """Return Python's name of the codec that browsers take for a label (WHATWG Encoding §4.2), empty for none."""
    label = label.strip()
    if len(label) > _LONGEST_LABEL:
        return ""
    if found := _MISSPELT.fullmatch(label):
        number, name, koi8, letter, utf8 = found.groups()
        label = f"cp{number}" if number else name or utf8 or f"{koi8}-{letter}"
    try:
        name = resolve_encoding(label) or ""
    except ValueError:
        return ""
    return name if _KNOWN.fullmatch(name) else ""


def page_text(body: bytes, content_type: str) -> str:
    """Return the text of a page, which may be cut anywhere. `content_type` is the header's value, maybe empty."""
    name, mark = read_bom(body)
    name = name or next((name for nuls, name in _NULS if body.startswith(nuls)), "")
    if name:
        return body[len(mark or b"") :].decode(name, "replace")
    labels = [found[1] for found in [_IN_HEADER.search(content_type[:1_000])] if found]
    labels += [found[1].decode("ascii", "replace") for found in [_IN_BODY.search(body, 0, _HEAD)] if found]
    wanted = [name for name in map(codec, labels) if name]
    if not (body.isascii() and any(name.startswith("iso2022") for name in wanted)):
        try:
            return codecs.getincrementaldecoder("utf-8")().decode(body)
        except UnicodeDecodeError:
            pass  # other charsets do not look like UTF-8 by chance
    return _decoded(body, wanted)


def as_utf8(body: bytes, content_type: str) -> bytes:
    """Return the body in UTF-8, without mark and control characters. `content_type` is the header's value, maybe empty.

    The declaration in the body stays as it was written; it is for nobody to read any more.
    """
    return page_text(body, content_type).encode("utf-8", "replace").translate(None, _NOT_XML)


def _decoded(body: bytes, wanted: list[str]) -> str:
    """Decode what is not proper UTF-8: as one of these codecs if that fits, else as what fits best."""
    for name in wanted:
        try:
            return body.decode(name)
        except UnicodeDecodeError:
            continue
    text = body.decode(wanted[0] if wanted else "utf-8", "replace")
    wrong = text.count(_WRONG)
    letters = len(text) - len(text.encode("ascii", "ignore")) - wrong
    # Text in another charset is wrong at most of its letters beyond ASCII.
    return text if wrong * 2 <= letters else body.decode("cp1252", "replace")
