"""From the bytes of a page to its article, by trafilatura and what the page says of itself. Runs in the child process.

    bytes -> charset -> tree -> the article that is meant, alone (`trees`) -> in whole sentences (`flow`)
                     |                                                       -> trafilatura -> paragraphs, asides marked
                     └> JSON-LD (`facts`), meta -> title, author, date, picture, address

trafilatura is an extra, so nobody else imports this file (20 MB, a quarter of a second).
"""

import re
from collections.abc import Collection, Iterator, Sequence

from lxml.etree import _Element
from trafilatura import bare_extraction, extract_metadata
from trafilatura.settings import Document, Extractor, set_date_params
from trafilatura.utils import load_html

from bot.feeds.address import linked_address
from bot.feeds.article.answers import Extracted, NoPage
from bot.feeds.article.facts import Facts, facts_of, moment_of
from bot.feeds.article.flow import MOST_LINKED, make_flow
from bot.feeds.article.overlap import share, shows_something_else
from bot.feeds.article.trees import FITS, lead_of, linked_part, made_ready, text_of
from bot.feeds.charset import page_text
from bot.feeds.parse.values import MAX_AUTHOR, MAX_TITLE, lang_of, moment, shown
from bot.model import Article
from bot.text.clean import readable
from bot.text.paragraphs import body_of

MOST_TAGS = 100_000
"""Tags of a page; articles have some thousand. What has more is made to be slow."""
LITTLE = 250
"""Characters of an article below which it is looked for again, less strictly."""
_LONGEST_HEAD = 30
"""Characters of a lone word or two: a label, a button."""
_HEAD, _LONGEST_LABEL = 5, 60
"""Lines in which the name of an author or a date may stand over the text, and characters of such a line."""
_BLOCKS = frozenset({"p", "head", "list", "item", "table", "row", "div", "quote"})
_BREAK = "\u2029"
_SHORTEST_PART = 40
"""Characters of a paragraph that only line breaks part from others."""
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_BREAKS = re.compile(r"<br[^<>]{0,100}>\s{0,100}(?:<br[^<>]{0,100}>\s{0,100})+", re.IGNORECASE)
"""Line breaks in a row, which are a paragraph's end on old pages."""
_WRITERS = (
    "//meta[@name='author' or @name='byl' or @name='parsely-author' or @name='sailthru.author' or @name='dc.creator'"
    " or @name='DC.creator' or @property='article:author' or @property='author']/@content"
)
_BY = re.compile(r"\A(?:by|par|von|por|di|автор|текст)\b\s*:?\s*", re.IGNORECASE)
_NO_WRITER = re.compile(
    r"://|@|[0-9]|\b(?:user ?name|account|logged|log in|sign in|subscri|comments?|is|has|was|writes|covers)\b"
    r"|\A(?:staff|admin|editors?|редакция)\Z",
    re.IGNORECASE,
)
_BYLINES = "//*[@rel='author' or @itemprop='author' or contains(@class, 'byline')]"
_PUBLISHED = (
    (
        "//meta[@property='article:published_time' or @property='og:article:published_time'"
        " or @itemprop='datePublished' or @name='article:published_time' or @name='pubdate' or @name='publishdate'"
        " or @name='DC.date.issued' or @name='parsely-pub-date' or @name='sailthru.date' or @name='date']/@content"
    ),
    "//*[@itemprop='datePublished']/@datetime",
    "//article//time/@datetime",
    "//time/@datetime",
)


def extract(body: bytes, *, content_type: str, address: str, title: str, summary: str, now: float) -> Extracted:
    """Return what a page shows of the article of an item. A date that cannot be at the time `now` is none.

    Raises NoPage, and what libraries raise for odd pages.
    """
    text = _NOT_XML.sub("", page_text(body, content_type))
    if text.count("<") > 2 * MOST_TAGS:
        raise NoPage(f"has more than {MOST_TAGS:,} tags")
    tree = load_html(_BREAKS.sub("<p>", text))
    if tree is None:
        raise NoPage("is no HTML")
    facts = facts_of([each.text or "" for each in tree.iter("script") if "ld+json" in (each.get("type") or "")], title)
    has_password = bool(tree.xpath("//input[@type='password']"))
    lang = lang_of(tree.get("lang") or "", *tree.xpath("//html/@lang"))
    captions, other = made_ready(tree, title)
    if other:  # what the page says of itself is of its first article
        facts = Facts()
        for each in tree.xpath("//script | //head/meta | //head/link"):
            each.getparent().remove(each)
    known = extract_metadata(tree, address, set_date_params(extensive=False))
    published = facts.published or _written(tree) or (moment_of(known.date) if known.date else None)
    writers = [*tree.xpath(_WRITERS), known.author or "", *(text_of(each) for each in tree.xpath(_BYLINES)[:3])]
    headings = [text_of(each) for each in tree.iter("h1")]
    make_flow(tree)
    heading = _heading([*headings, facts.headline, known.title or ""], title)
    titles = {title, *map(readable, (heading, *headings))}
    paragraphs: Sequence[tuple[str, bool]] = ()
    for strictly in (True, False):
        options = Extractor(
            output_format="python", fast=True, precision=strictly, recall=not strictly, comments=False, links=True
        )
        found = bare_extraction(tree, options=options)
        paragraphs = list(_paragraphs(found.body, captions, titles)) if isinstance(found, Document) else []
        if sum(len(each) for each, aside in paragraphs if not aside) >= LITTLE:
            break
    author = facts.author or _author(writers, known)
    paragraphs = [each for at, each in enumerate(paragraphs) if at >= _HEAD or not _is_label(each[0], author)]
    first = next((each for each, _ in paragraphs if each not in captions), "")
    lead = readable(lead_of(tree, first, known.description or ""))
    if lead in {*titles, *captions, *(each for each, _ in paragraphs)} or share(lead, f"{title} {summary}") == 1:
        lead = ""
    told = [(readable(each), False) for each in facts.body.splitlines()] if not facts.paid else []
    if sum(len(each) for each, _ in told) > 2 * sum(len(each) for each, _ in paragraphs):
        paragraphs, lead = told, ""
    joined, numbered = body_of(paragraphs, lead=lead if paragraphs else "")
    article = Article(
        title=shown(heading, MAX_TITLE),
        body=joined,
        paragraphs=numbered,
        author=shown(author, MAX_AUTHOR).replace(";", ","),
        published=None if published is None else moment(published, now),
        image=linked_address(facts.image or known.image or "", address),
        link=linked_address((known.url or "") if not other else "", address),
        lang=lang,
    )
    elsewhere = shows_something_else(title, summary, f"{article.title} {article.body}")
    asks_password = has_password and not (paragraphs and share(title, heading) >= FITS)  # many have one in their menu
    return Extracted(article=article, paid=facts.paid, asks_password=asks_password, elsewhere=elsewhere)


def _paragraphs(body: _Element, captions: frozenset[str], titles: Collection[str]) -> Iterator[tuple[str, bool]]:
    """Yield the paragraphs of what trafilatura found but for the titles, and whether each is beside the matter."""
    for each in _blocks(body):
        linked = linked_part(each, "ref")
        for part in _parts(each):
            text = readable(part)
            if text not in titles and (each.tag != "head" or len(text) > _LONGEST_HEAD):
                yield text, text in captions or linked > MOST_LINKED


def _blocks(element: _Element) -> Iterator[_Element]:
    """Yield the elements of one paragraph each, or of some that only line breaks part."""
    for each in element:
        if each.tag in _BLOCKS and any(child.tag in _BLOCKS for child in each):
            yield from _blocks(each)
        else:
            yield each


def _parts(element: _Element) -> Sequence[str]:
    """Return an element's text, in parts where each line is long enough for a paragraph of its own."""
    for each in element.iter("lb", "cell"):
        each.tail = f"{_BREAK if each.tag == 'lb' else ' '}{each.tail or ''}"
    parts = "".join(element.itertext()).split(_BREAK)
    return parts if all(len(part) >= _SHORTEST_PART for part in parts) else [" ".join(parts)]


def _written(tree: _Element) -> float | None:
    """Return when a page says that its article was published."""
    found = (moment_of(str(each)) for path in _PUBLISHED for each in tree.xpath(path)[:3])
    return next((seconds for seconds in found if seconds is not None), None)


def _author(named: Sequence[str], known: Document) -> str:
    """Return the first of some names that is neither the site's nor what stands where a name should; else nothing."""
    sites = [_letters(each) for each in (known.hostname or "", known.sitename or "") if each]
    for each in named:
        name = _BY.sub("", readable(each[:MAX_AUTHOR]))
        letters = _letters(name)
        if letters and not _NO_WRITER.search(name) and not any(letters in site for site in sites):
            return name
    return ""


def _is_label(text: str, author: str) -> bool:
    """Return whether a line over an article is no more than its author's name or its date."""
    digits = sum(map(str.isdigit, text))
    return len(text) <= _LONGEST_LABEL and (digits * 4 >= len(text) or _letters(_BY.sub("", text)) == _letters(author))


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _heading(candidates: Sequence[str], title: str) -> str:
    """Return what an article calls itself: what fits an item's title best; without one, what the page says last."""
    fitting = max(candidates, key=lambda each: share(title, each) if each else 0.0)
    if title and share(title, fitting) >= FITS:
        return fitting
    return next((each for each in reversed(candidates) if each), "")
