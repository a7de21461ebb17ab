"""A page's tree made ready for reading: the article that is meant, without what stands beside it. Changes the tree.

What is taken out is what names itself so (menus, teasers, comments, notices) and holds little of the page's text; a
page whose whole article stands in a box named "related" keeps it.
"""

import re
from collections.abc import Iterator
from itertools import islice

from lxml.etree import _Element

from bot.feeds.article.overlap import share

BEFORE_IT_IS_ONE = 200
"""Characters of text that an article has; what has less is a teaser of one."""
FITS = 0.5
"""Which part of a title's content words a heading has that is the same article's."""
_MOST_BESIDE, _MOST_SAID = 0.4, 0.9
"""Which part of a page's text a box may hold that is taken out for its name, and which part readers' comments may."""
_MOST_LINKED = 0.6
"""Which part of a list or a cell may be links; of a menu it is more."""
_ARTICLE_KINDS = re.compile(r"schema\.org/(?:News|Reportage|Opinion|Analysis)?\w*Article|schema\.org/BlogPosting")
_HEADINGS = ("h1", "h2", "h3")
_SMALL_HEADINGS = ("h2", "h3", "h4", "h5")
_TEASER_BOXES = frozenset({"a", "article", "div", "header", "hgroup", "li", "section"})
_MOST_KICKER = 40
"""Characters that may stand over a teaser's heading."""
_ROW, _SHORTEST_LINE = 3, 15
"""Parts of a page that are built alike, and characters of the link that each begins with, which make them teasers."""
_BOXES = ("div", "section", "aside", "ul", "ol", "p", "details", "table", "article", "span", "amp-list", "amp-sidebar")
_GONE = ("nav", "footer", "form", "button", "dialog", "template", "iframe", "amp-sidebar", "amp-list", "noscript")
_LEAST_LINKED = 0.15
"""Which part of a teaser is links at least. The text of an article has fewer, also where its box is called a teaser."""
_FILED = re.compile(
    r"(?:^|\s)(?:(?:tag(?!-(?:list|cloud|links))|category|topic|section|type|status|format|has|no|with|without|show)-\S*|comments?-open)(?=\s|\Z)"
)
"""Words of a class that say under what an article is filed, or what else is on the page: they tell nothing of the box.
"""
_BESIDE = re.compile(
    r"""(?:^|[\s-])(?:
    (?P<said>(?:comments?|disqus|discussion|replies|comentarios?|commentaires?|kommentare?|commenti|reacties)(?![a-z])
        (?!-(?:open|closed|enabled|disabled|on|off|status|count)))
    | (?P<linked>teasers? (?![a-z]) | promo | popular | trending | sidebar (?![a-z]) | side-?bar | offers? (?![a-z])
        | (?:more|latest|top|other)-(?:stories|news|articles|from|on|posts|headlines) | next-(?:article|story|up))
    | related | relacionad | recirc | recommend | most-?(?:read|popular|viewed)
    | read-?(?:more|also|next) | see-?also | also-?(?:read|like) | inline-?links?
    | newsletter | subscri(?:be|ption) | sign-?up | paywall | regwall | piano
    | cookies? (?![a-z]) | consent | gdpr | ccpa | onetrust | didomi | qc-cmp
    | share | sharing | social | follow-?us | tags (?![a-z]) | tag-(?:list|cloud|links) | breadcrumbs?
    | outbrain | taboola | advert(?:s|isement)? | ad-(?:slot|unit|container) | sponsored
    | author-?(?:bio|box|card) | about-?the-?author | authors-+bio
    | donat(?:e|ion) | contribut(?:e(?![a-z])|ion) | fundrais | support-us
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_CAMEL = re.compile("(?<=[a-z])(?=[A-Z])")
"""Between the words of a name that are told apart by capitals."""
_LEAD = re.compile(
    r"(?:^|[\s_-])(?:lead|lede|leadtext|standfirst|chap[oô]|dec?k|(?:sub|second)-?(?:title|head(?:line|ing|er)?)|intro(?:duction)?"
    r"|summary|excerpt|ingress|entradilla|vorspann|teaser-?text|anons)(?![a-z])",
    re.IGNORECASE,
)
"""Classes of what stands over an article and says what it is about."""
_SAME = 40
"""Characters by which a text is known again."""
_POINTING = re.compile(
    r"""\W{0,3}(?:related|read\ (?:more|also|next)|more\ (?:stories|news|on\ this|from)|most\ (?:read|popular|viewed)
    |latest(?:\ news)?|trending|recommended|popular|top\ stories|you\ (?:may|might)\ (?:also\ )?like|see\ also|comments?
    |(?:à\ )?lire\ aussi|sur\ le\ même\ sujet|les\ plus\ lus|commentaires|mehr\ zum\ thema|lesen\ sie\ auch
    |auch\ interessant|meistgelesen|kommentare|te\ puede\ interesar|lo\ más\ leído|más\ noticias|comentarios
    |читайте\ также|главное|популярное|самое\ читаемое|по\ теме|ещё\ по\ теме|последние\ новости|комментарии
    )\b.{0,30}\Z""",
    re.VERBOSE | re.IGNORECASE,
)


def made_ready(tree: _Element, title: str) -> tuple[frozenset[str], bool]:
    """Take out of a page what is beside the article with a title.

    Returns the texts of its captions, and whether the page has several articles, of which another one is its first.
    """
    first = _choose(tree, title)
    _unfold_layout(tree)
    _take_out(tree, title)
    return frozenset(_captions(tree)), not first


def lead_of(tree: _Element, first: str, described: str) -> str:
    """Return what stands between a page's headline and the `first` paragraph that was found, and names itself a lead.

    So does what the page is `described` by. Empty if nothing does: the text of an article may begin with its lead.
    """
    begins, told = first[:_SAME], described[:_SAME]
    lead, found = "", not any(True for _ in tree.iter("h1"))
    for each in tree.iter("h1", "h2", "h3", "p"):
        text = text_of(each)
        if each.tag == "h1":
            lead, found = "", True
        elif text.startswith(begins):
            return lead
        elif found and not lead and len(text) >= _SAME and linked_part(each) < _MOST_LINKED:
            parent = each.getparent()
            names = " ".join(part.get("class") or "" for part in (each, parent) if part is not None)
            lead = text if _LEAD.search(names) or (told and text.startswith(told)) else ""
    return ""


def text_of(element: _Element) -> str:
    """Return an element's text in one line."""
    return " ".join("".join(element.itertext()).split())


def linked_part(element: _Element, link: str = "a") -> float:
    """Return which part of an element's text is links."""
    whole = len(text_of(element))
    return sum(len(text_of(each)) for each in element.iter(link)) / whole if whole else 1.0


def _choose(tree: _Element, title: str) -> bool:
    """Of several articles keep the one whose heading fits best. Returns whether that is the first, or all are kept."""
    marked = [each for each in tree.iter("article", "div", "section", "main") if _is_article(each)]
    whole = {each for each in marked if _length(each) >= BEFORE_IT_IS_ONE and _heading(each)}
    articles = [each for each in marked if each in whole and whole.isdisjoint(each.iterdescendants())]
    if len(articles) < 2:
        return True
    fits = [share(title, _heading(each)) for each in articles]
    best = max(range(len(fits)), key=lambda place: fits[place])
    chosen = set(articles)
    outside = [each for each in tree.iter("h1") if chosen.isdisjoint(each.iterancestors())]
    over_all = max((share(title, text_of(each)) for each in outside), default=0.0)
    if fits[best] < FITS or over_all >= fits[best]:
        return True
    for each in articles:
        if each is not articles[best]:
            _drop(each)
    return best == 0


def _is_article(element: _Element) -> bool:
    return (
        element.tag == "article"
        or element.get("role") == "article"
        or _ARTICLE_KINDS.search(element.get("itemtype") or "") is not None
    )


def _heading(article: _Element) -> str:
    return next((text_of(each) for each in article.iter(*_HEADINGS)), "")


def _length(element: _Element) -> int:
    """Return how many characters of an element are text, and neither links nor scripts."""
    without = sum(len(text_of(each)) for each in element.iter("a", "script", "style", "noscript"))
    return max(0, len(text_of(element)) - without)


def _unfold_layout(tree: _Element) -> None:
    """Make boxes of the cells of tables that lay a page out; tables of an article have no paragraphs in them."""
    for table in list(tree.iter("table")):
        if any(True for _ in table.iterdescendants("h1", "p", "div", "table")):
            for each in [table, *table.iter("tbody", "tr", "td", "th")]:
                if each.tag != "td" or linked_part(each) < _MOST_LINKED:
                    each.tag = "div"
            for cell in list(table.iter("td")):
                _drop(cell)
        elif linked_part(table) > _MOST_LINKED:
            _drop(table)
    for header in list(tree.iter("header")):  # a lead stands there, which is the article's
        if any(parent.tag == "article" for parent in header.iterancestors()):
            header.tag = "div"


def _take_out(tree: _Element, title: str) -> None:
    """Take out what names itself something else than an article, unless it holds much of the page's text."""
    for each in list(tree.iter(*_GONE)):
        if each.tag != "form" or _length(each) < BEFORE_IT_IS_ONE:
            _drop(each)
    total = max(_length(tree), 1)
    teasers = [each for heading in tree.iter(*_SMALL_HEADINGS) for each in _teaser(heading, title)]
    for each in [*teasers, *(each for box in tree.iter("div", "section", "ul") for each in _row_of_teasers(box))]:
        if each.find(".//h1") is None and _length(each) <= _MOST_BESIDE * total:
            _drop(each)
    for each in list(tree.iter(*_BOXES)):
        if named := each.get("class"):
            each.set("class", _FILED.sub(" ", named))
        part = _beside(each)
        if part and each.find(".//h1") is None and _length(each) <= part * total:
            _drop(each)
    for heading in list(tree.iter(*_SMALL_HEADINGS)):
        if _POINTING.match(text_of(heading)):
            _drop_list_under(heading, _MOST_BESIDE * total)


def _beside(element: _Element) -> float:
    """Return which part of a page's text an element may hold to be taken out; 0 if nothing tells it from an article."""
    name = f"{element.get('class') or ''} {element.get('id') or ''}"[:300]
    found = _BESIDE.search(_CAMEL.sub("-", name).replace("_", "-"))
    if found and not (found["linked"] and linked_part(element) < _LEAST_LINKED):
        return _MOST_SAID if found["said"] else _MOST_BESIDE
    return 0.0


def _teaser(heading: _Element, title: str) -> Iterator[_Element]:
    """Yield the box that holds nothing but the heading of another article, which is a link, and a few words on it."""
    if not _is_linked(heading) or _leads_within(heading) or (title and share(title, text_of(heading)) >= FITS):
        return
    for box in heading.iterancestors():
        alone = len(list(islice(box.iter(*_SMALL_HEADINGS), 2))) == 1
        if not alone or box.tag not in _TEASER_BOXES or _length(box) >= 2 * BEFORE_IT_IS_ONE:
            return
        if _length(box) >= _MOST_KICKER:
            if text_of(box).find(text_of(heading)) <= _MOST_KICKER:
                yield box
            return


def _row_of_teasers(box: _Element) -> Iterator[_Element]:
    """Yield the parts of a box that are built alike, three or more, and begin with a line that is a link each."""
    alike: dict[tuple[str, str], list[_Element]] = {}
    for each in box:
        if each.tag in _TEASER_BOXES and each.get("class"):
            alike.setdefault((each.tag, each.get("class", "")), []).append(each)
    for parts in alike.values():
        if len(parts) >= _ROW and all(_begins_with_a_link(each) for each in parts):
            yield from parts


def _begins_with_a_link(part: _Element) -> bool:
    link = next((each for each in part.iter("a") if text_of(each)), None)
    if link is None or "#" in (link.get("href") or "") or _length(part) >= 2 * BEFORE_IT_IS_ONE:
        return False
    said, line = text_of(link), link.getparent()
    goes_on = (link.tail or "").strip() or (line is not part and line is not None and linked_part(line) < _MOST_LINKED)
    return not goes_on and len(said) >= _SHORTEST_LINE and text_of(part).startswith(said)


def _leads_within(heading: _Element) -> bool:
    """Return whether a heading is linked to its own place on the page, as the posts of a running report are."""
    links = [*heading.iter("a"), *(each for each in heading.iterancestors("a"))]
    return any("#" in (each.get("href") or "") for each in links)


def _is_linked(heading: _Element) -> bool:
    return linked_part(heading) > _MOST_LINKED or any(parent.tag == "a" for parent in heading.iterancestors())


def _drop_list_under(heading: _Element, most: float) -> None:
    """Take out a heading that points elsewhere with the links under it."""
    while (each := heading.getnext()) is not None:
        if each.tag in _HEADINGS or _length(each) > most or linked_part(each) < _MOST_LINKED / 2:
            break
        _drop(each)
    _drop(heading)


def _captions(tree: _Element) -> Iterator[str]:
    """Make paragraphs of captions, where they stand, and yield their texts."""
    for each in list(tree.iter("figcaption")):
        text = text_of(each)
        figure = next((parent for parent in each.iterancestors() if parent.tag in {"figure", "amp-img"}), each)
        tail = figure.tail
        figure.clear()
        figure.tail, figure.tag, figure.text = tail, "p", text
        if text:
            yield text
    for each in tree.iter("div", "p", "span"):
        if re.search(r"(?:^|[\s_-])(?:caption|credit|wp-caption-text)", each.get("class") or "", re.IGNORECASE):
            text = text_of(each)
            each.tag = "p"
            if text:
                yield text


def _drop(element: _Element) -> None:
    """Take an element out, and leave the text behind it."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        before = element.getprevious()
        if before is None:
            parent.text = (parent.text or "") + element.tail
        else:
            before.tail = (before.tail or "") + element.tail
    parent.remove(element)
