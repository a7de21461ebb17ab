"""From bytes to text, in the charset that a page or a list declares. Pure; never raises.

Only charsets of the web are taken (WHATWG Encoding): Python also knows codecs that are slow or no charsets at all.
"""

import codecs
import re

_LABEL = re.compile(
    r"utf-?8|utf-?16(?:-?[lb]e)?|(?:us-)?ascii|iso-?8859-\d{1,2}|latin-?1|(?:windows-|cp-?)(?:125[0-8]|874)|koi8-[ru]"
    r"|(?:cp|ibm)-?866|mac(?:intosh|-cyrillic)|shift-?jis|sjis|windows-31j|euc-(?:jp|kr)|iso-2022-jp|gb-?2312|gbk"
    r"|gb18030|big5(?:-hkscs)?|tis-620",
)
# What browsers take these for: each is a part of the other.
_WIDER = {"ascii": "cp1252", "iso8859-1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030"}
_WIDER |= {"shift_jis": "cp932", "euc_kr": "cp949"}
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_HEADER = re.compile(r"""charset\s{0,9}=\s{0,9}["']?([\w.:-]{1,40})""", re.IGNORECASE | re.ASCII)
_META = re.compile(rb"""<meta[^>]{1,300}?charset\s{0,9}=\s{0,9}["']?\s{0,9}([\w.:-]{1,40})""", re.IGNORECASE)
_META_WITHIN = 4_096  # bytes; the standard says 1,024, and not everybody obeys


def codec(label: str) -> str:
    """Give Python's name of the codec for a charset's label, empty if it is none of the web's."""
    name = label.strip().lower().replace("_", "-").removeprefix("x-")
    if not _LABEL.fullmatch(name):
        return ""
    try:
        found = codecs.lookup(name.replace("windows-874", "cp874")).name
    except LookupError:
        return ""
    return _WIDER.get(found, found)


def page_text(body: bytes, content_type: str) -> str:
    """Read a page's bytes, which may be cut anywhere: by its byte order mark, its header, its meta element, a guess."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    if body[:2] in (b"<\0", b"\0<"):
        return body.decode("utf-16-le" if body[0] else "utf-16-be", "replace")
    header = _HEADER.search(content_type[:1_000])
    name = codec(header[1]) if header else ""
    if not name and (meta := _META.search(body, 0, _META_WITHIN)):
        name = codec(meta[1].decode("ascii", "replace"))
        name = "utf-8" if name.startswith("utf") else name  # it could be read, so UTF-16 it is not
    if name:
        return body.decode(name, "replace")
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(body)
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")
