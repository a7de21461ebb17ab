"""A page's text made to flow: sentences in one piece, each in a paragraph, as readers see them. Changes the tree.

What reads the tree next parts text at links and marks, loses what stands bare between boxes, and glues what it parted.
"""

from collections.abc import Sequence

from lxml.etree import _Element, strip_elements, strip_tags
from lxml.html import HtmlElement

ENOUGH = 40
"""Characters beside its links that a text has which is no menu, button or label."""
MOST_LINKED = 0.6
"""Which part of a paragraph may be links; of what points elsewhere it is more."""
_MARKS = (
    *("abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "dfn", "em", "font", "i", "ins", "mark", "nobr", "q", "s"),
    *("small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr", "amp-fit-text"),
)
_INLINE = frozenset({"a", "br", "img", "picture", "source", "svg", "kbd", "code", "label", "data"})
_BOXES = ("div", "section", "article", "main", "body", "td", "center", "blockquote")
_PARAGRAPHS = ("p", "li", "dd", "h2", "h3", "h4", "td", "blockquote")


def make_flow(tree: _Element) -> None:
    """Dissolve the marks within sentences, wrap bare text into paragraphs, and dissolve the links in their midst."""
    strip_elements(tree, "script", "style", with_tail=False)
    strip_tags(tree, *_MARKS)
    for quote in tree.iter("blockquote"):
        if any(True for _ in quote.iter("table", "ul", "ol", "div")):
            quote.tag = "div"
    for box in list(tree.iter(*_BOXES)):
        _wrap_bare(box)
    for each in tree.iter(*_PARAGRAPHS):
        links = [link for link in each.iter("a") if isinstance(link, HtmlElement) and _is_inline(link)]
        if links and _is_text(each.text or "", list(each)):
            for link in links:
                link.drop_tag()


def _wrap_bare(box: _Element) -> None:
    """Make a paragraph of each run of text and inline elements that stands in a box between others."""
    before: _Element | None = None
    run: list[_Element] = []
    for each in [*box, None]:
        if each is not None and _is_inline(each):
            run.append(each)
            continue
        text = box.text if before is None else before.tail
        if (run or (text and not text.isspace())) and _is_text(text or "", run):
            _wrap(box, before, text, run)
        before, run = each, []


def _wrap(box: _Element, before: _Element | None, text: str | None, run: Sequence[_Element]) -> None:
    paragraph = box.makeelement("p")
    paragraph.text = text
    if before is None:
        box.text = None
        box.insert(0, paragraph)
    else:
        before.tail = None
        before.addnext(paragraph)
    paragraph.extend(run)


def _is_inline(element: _Element) -> bool:
    return all(not isinstance(each.tag, str) or each.tag in _INLINE for each in element.iter())


def _is_text(text: str, run: Sequence[_Element]) -> bool:
    """Return whether a text with these elements behind its first part is more than a menu, a button or a label."""
    bare, linked = len(" ".join(text.split())), 0
    for each in run:
        own = " ".join("".join(each.itertext()).split())
        if each.tag == "a":
            linked += len(own)
        else:
            bare += len(own)
        bare += len(" ".join((each.tail or "").split()))
    return bare >= ENOUGH and linked <= MOST_LINKED * (bare + linked)
