"""What is read of pages as news sites build them: the article, the whole article, and nothing beside it."""

import pytest
from standins import articles
from standins.articles import FOUNDING, OTHER, RUSSIAN, TEASERS

from bot.feeds.article.extract import extract
from bot.feeds.article.facts import facts_of, moment_of
from bot.feeds.article.overlap import share
from bot.feeds.article.walls import wall_of

NOW = 1_600_000_000.0
LAYOUTS = {
    "news site": (articles.news_site, FOUNDING),
    "live blog": (articles.live_blog, FOUNDING),
    "AMP": (articles.amp, FOUNDING),
    "Russian": (articles.russian, RUSSIAN),
    "the second of two articles": (articles.two_articles, FOUNDING),
    "the first of two articles": (articles.two_articles, OTHER),
    "paragraphs that are boxes": (articles.agency, FOUNDING),
    "nothing but line breaks": (articles.bare, FOUNDING),
    "bare text between boxes, links in its midst": (articles.blog, FOUNDING),
    "paywall": (articles.paywall, FOUNDING),
}


def read(page: bytes, title: str):
    return extract(page, content_type="text/html", address="https://times.example/a", title=title, summary="", now=NOW)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_nothing_beside_the_article_is_read(layout) -> None:
    """No word of menus, notices, teasers, comments or footers, however they are built."""
    make, story = LAYOUTS[layout]
    body = read(make(), story.title).article.body
    assert body
    assert [word for word in TEASERS if word in body] == []


@pytest.mark.parametrize("layout", [each for each in LAYOUTS if each != "paywall"])
def test_every_paragraph_of_the_article_is_read_in_order(layout) -> None:
    """None is lost, and each is one line."""
    make, story = LAYOUTS[layout]
    lines = read(make(), story.title).article.body.splitlines()
    assert [line for line in lines if line in story.paragraphs] == list(story.paragraphs)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_author_and_date_are_those_of_the_article(layout) -> None:
    """By what the page says of itself, else by what stands over the article; not when it was changed."""
    make, story = LAYOUTS[layout]
    article = read(make(), story.title).article
    assert (article.title, article.author, article.published) == (story.title, story.author, story.moment)


def test_a_page_names_its_address_its_picture_and_its_language() -> None:
    """Addresses are whole, and of another article's page nothing is taken for this one's."""
    article = read(articles.news_site(), FOUNDING.title).article
    assert article.link == f"https://times.example{FOUNDING.path}"
    assert article.image == "https://times.example/picture.jpg"
    assert article.lang == "en"
    second = read(articles.two_articles(), FOUNDING.title).article
    assert (second.link, second.image) == ("", "")


@pytest.mark.parametrize("year", ["0001", "1970", "2031"])
def test_a_date_that_cannot_be_is_none(year) -> None:
    """Undated is better than wrong."""
    page = articles.news_site().replace(b"2020-03-02T09:41", f"{year}-03-02T09:41".encode())
    assert read(page, FOUNDING.title).article.published is None


def test_captions_and_pointers_are_known_to_be_beside_the_matter() -> None:
    """They stay in the body and are marked, so that they ring nobody's bell."""
    page = articles.news_site().replace(
        b"<p>The warning",
        b"<figure><figcaption>A launcher near the town, by night, in a picture of the"
        b" army.</figcaption></figure><p>The warning",
    )
    article = read(page, FOUNDING.title).article
    lines = dict(zip(article.body.splitlines(), article.paragraphs, strict=True))
    aside = {line for line, paragraph in lines.items() if paragraph.aside}
    assert "A launcher near the town, by night, in a picture of the army." in aside
    assert "Read more: What a nerve agent is and who has made it" in aside
    assert FOUNDING.paragraphs[1] not in aside


def test_more_comments_than_article_are_no_part_of_it() -> None:
    """However much readers write, and whatever words they use."""
    said = b"<div class='comment'><p>" + b"What of the Iskander rockets, then? " * 20 + b"</p></div>"
    page = articles.news_site().replace(b"<h3>Comments (2)</h3>", b"<h3>Comments (52)</h3>" + said * 50)
    body = read(page, FOUNDING.title).article.body
    assert FOUNDING.paragraphs[6] in body
    assert "Iskander" not in body


def test_lines_are_not_glued_to_each_other() -> None:
    """Words on both sides of a line break stay words."""
    page = articles.news_site().replace(b"<p>The warning", b"<p>Idlib<br>Hama</p><p>The warning")
    lines = read(page, FOUNDING.title).article.body.splitlines()
    assert "Idlib Hama" in lines


@pytest.mark.parametrize(
    "box",
    [
        'class="teaser-content"',
        'class="post hentry tag-cookies category-social-media"',
        'class="entry comments-open has-sidebar"',
        'id="promo-text"',
    ],
)
def test_text_in_a_box_with_an_odd_name_is_the_articles(box) -> None:
    """What it is called, filed under or shown with says little where it has no links."""
    first, rest = FOUNDING.paragraphs[:2], FOUNDING.paragraphs[2:]
    text = "".join(f"<p>{each}</p>" for each in rest)
    page = f"<html><body><div><div {box}><p>{first[0]}</p><p>{first[1]}</p></div>{text}</div></body></html>"
    said = read(page.encode(), FOUNDING.title).article.body
    assert said.splitlines() == list(FOUNDING.paragraphs)


def test_a_post_whose_heading_leads_to_itself_is_no_teaser() -> None:
    """The posts of a running report have links to their own place."""
    posts = "".join(
        f'<article id="{at}"><h2><a href="#{at}">Update {at} of the day</a></h2><p>{text}</p></article>'
        for at, text in enumerate(FOUNDING.paragraphs)
    )
    page = f"<html><body><main><h1>{FOUNDING.title}</h1>{posts}</main></body></html>"
    lines = read(page.encode(), FOUNDING.title).article.body.splitlines()
    assert [line for line in lines if line in FOUNDING.paragraphs] == list(FOUNDING.paragraphs)


def test_a_short_article_whose_heading_is_a_link_is_no_teaser() -> None:
    """If the heading is the item's; blogs link it."""
    text = f"<div><h2><a href='/a'>{FOUNDING.title}</a></h2><p>{FOUNDING.paragraphs[0]}</p></div>"
    other = "".join(f"<p>{each}</p>" for each in OTHER.paragraphs)
    page = f"<html><body><div>{text}<div>{other}</div></div></body></html>"
    assert FOUNDING.paragraphs[0] in read(page.encode(), FOUNDING.title).article.body


@pytest.mark.parametrize(
    "lead",
    [
        "<div class='article__lead'>\n{}\n</div>",
        "<p class='chapo'>{}</p>",
        "<h2 class='standfirst'>{}</h2>",
        "<p>{}</p>",
    ],
)
def test_a_lead_that_stands_apart_from_the_text_is_read(lead) -> None:
    """It names itself so, or the page is described by it; the paragraphs of the text begin with number 1."""
    said = "Ankara asked for a promise about the Bosphorus, and none of the three whom it asked would give one."
    head = f"<head><meta name='description' content='{said}'></head>" if lead == "<p>{}</p>" else ""
    other = "<p>Nobody calls this line anything at all, and it may be from anywhere on the page, we think.</p>"
    text = "".join(f"<p>{each}</p>" for each in FOUNDING.paragraphs)
    page = f"<html>{head}<body><div><h1>{FOUNDING.title}</h1></div><div>{other}{lead.format(said)}</div><div><div>x"
    page += f"</div></div><article>{text}</article></body></html>"
    article = read(page.encode(), FOUNDING.title).article
    assert article.body.splitlines()[:2] == [said, FOUNDING.paragraphs[0]]
    assert [each.number for each in article.paragraphs[:2]] == [0, 1]


def test_a_lead_that_the_feed_has_is_not_read_again() -> None:
    """What hits in it is shown by the publisher's sentence."""
    lines = {"title": FOUNDING.title, "summary": FOUNDING.summary}
    page = extract(articles.news_site(), content_type="text/html", address="https://times.example/a", now=NOW, **lines)
    assert page.article.body.splitlines()[0] == FOUNDING.paragraphs[0]
    assert FOUNDING.summary in read(articles.news_site(), FOUNDING.title).article.body


@pytest.mark.parametrize(
    ("stands", "author"),
    [
        ("<meta name='author' content='times.example'><span class='byline'>By Mira Holm</span>", "Mira Holm"),
        ("<meta name='author' content='The Stand-in Times'>", ""),
        ("<div class='author username'>Username</div>", ""),
        ("<p class='author'>Mira Holm is a reporter</p>", ""),
        ("<p class='byline'>Автор: Анна Речная</p>", "Анна Речная"),
        ("<meta name='author' content='AP'><div class='comment author'>Joe Reader</div>", "AP"),
    ],
)
def test_an_author_is_a_name_and_not_the_sites(stands, author) -> None:
    """Sites put much else where one is looked for."""
    text = "".join(f"<p>{each}</p>" for each in FOUNDING.paragraphs)
    site = "<meta property='og:site_name' content='The Stand-in Times'>"
    page = f"<html><head>{site}</head><body><h1>{FOUNDING.title}</h1>{stands}<div>{text}</div></body></html>"
    assert read(page.encode(), FOUNDING.title).article.author == author


def test_a_short_article_beside_a_field_for_a_password_is_no_login() -> None:
    """Many sites have one in their menu; where the page's headline is the item's, it is no page to log in at."""
    field = "<div class='top'><input type='password'></div>"
    page = (
        f"<html><body>{field}<article><h1>{FOUNDING.title}</h1><p>{FOUNDING.paragraphs[0]}</p></article></body></html>"
    )
    assert wall_of(read(page.encode(), FOUNDING.title)) is None
    assert wall_of(read(articles.login(), FOUNDING.title)).whole


@pytest.mark.parametrize("around", ["{}", "<blockquote>{}</blockquote>", "<div><figure>{}</figure></div>"])
def test_a_table_is_read_row_by_row(around) -> None:
    """Its words are not glued; a table of links is a menu."""
    table = "<table><tr><th>Town</th><th>Hit</th></tr><tr><td>Hatay</td><td>nine</td></tr></table>"
    menu = "<table><tr><td><a href='/1'>Gazprom</a></td></tr><tr><td><a href='/2'>Novichok</a></td></tr></table>"
    page = articles.news_site().replace(b"<p>The warning", f"{menu}{around.format(table)}<p>The warning".encode())
    body = read(page, FOUNDING.title).article.body
    assert [line for line in body.splitlines() if "Town" in line or "Hatay" in line] == ["Town Hit", "Hatay nine"]
    assert "Gazprom" not in body


def test_points_of_an_article_that_begin_with_a_link_are_its_own() -> None:
    """Where the sentence goes on behind the link, however alike they are built."""
    points = [f"Officials in town {at} said on Sunday that the road to the border is open." for at in range(4)]
    items = "".join(f"<li class='k'><a href='/{at}'>{said[:22]}</a>{said[22:]}</li>" for at, said in enumerate(points))
    page = articles.news_site().replace(b"<p>The warning", f"<ul>{items}</ul><p>The warning".encode())
    lines = read(page, FOUNDING.title).article.body.splitlines()
    assert [line for line in lines if line in points] == points


def test_lists_of_links_do_not_become_text() -> None:
    """Not by what scripts stand among them."""
    script = "<script>count('a long enough script to be taken for words of a sentence');</script>"
    links = "".join(f"<li><a href='/{word}'>{word} and all the rest of it</a>{script}</li>" for word in TEASERS)
    page = articles.news_site().replace(b'<div class="article__content">', f"<div><ul>{links}</ul>".encode())
    body = read(page, FOUNDING.title).article.body
    assert FOUNDING.paragraphs[6] in body
    assert [word for word in TEASERS if word in body] == []


def test_a_byline_and_a_date_are_no_paragraphs() -> None:
    """They stand over the article, and would count as its first ones."""
    labels = "<p>By Mira Holm</p><p>2 March 2020, 09:41</p>"
    page = articles.news_site().replace(b'<div class="article__content">', f"<div class='a'>{labels}".encode())
    lines = read(page, FOUNDING.title).article.body.splitlines()
    assert "By Mira Holm" not in lines
    assert "2 March 2020, 09:41" not in lines


def test_a_headline_is_no_paragraph() -> None:
    """It stands over the article, and would count as its first words."""
    page = articles.news_site().replace(b'<div class="article__content">', b'<div class="article__content"><h1>x</h1>')
    page = page.replace(b"<h1>x</h1>", f"<p>{FOUNDING.title}</p>".encode())
    assert FOUNDING.title not in read(page, FOUNDING.title).article.body


def test_a_whole_article_in_a_box_with_a_teasers_name_is_read() -> None:
    """What holds most of a page's text is its article, whatever it is called."""
    page = articles.news_site().replace(b'class="article__content"', b'class="related-content sidebar paywall"')
    assert FOUNDING.paragraphs[6] in read(page, FOUNDING.title).article.body


def test_an_article_that_stands_in_structured_data_alone_is_read() -> None:
    """Where scripts draw the page, what it says of itself has the text."""
    text = "\n".join(FOUNDING.paragraphs)
    facts = articles._structured(FOUNDING, articleBody=text)
    page = f"<html><head><title>x</title>{facts}</head><body><div id='root'><p>Loading</p></div></body></html>"
    assert FOUNDING.paragraphs[6] in read(page.encode(), FOUNDING.title).article.body


@pytest.mark.parametrize(
    "script",
    [
        "",
        "{",
        "[" * 100_000,
        '{"@type": 5}',
        '{"@type": "NewsArticle", "headline": "x", "author": {"name": {}}}',
        "null",
    ],
)
def test_structured_data_that_is_none_says_nothing(script) -> None:
    """However broken or deep."""
    assert facts_of([script], "x").author == ""


@pytest.mark.parametrize("around", ["{}", "<![CDATA[\n{}\n]]>", "//<![CDATA[\n{}\n//]]>", "<!-- {} -->", "{};"])
def test_structured_data_is_found_in_its_wrapping(around) -> None:
    """As publishers hide it from programs that are gone."""
    script = around.format('{"@type": "NewsArticle", "headline": "x", "datePublished": "2020-03-02T09:41:00+0300"}')
    assert facts_of([script], "x").published == 1_583_131_260


def test_dates_are_read_as_they_are_written() -> None:
    """With a zone, without one, a day alone; nonsense is none."""
    assert moment_of("2020-03-02T09:41:00+03:00") == 1_583_131_260
    assert moment_of("2020-03-02T06:41:00Z") == 1_583_131_260
    assert moment_of("2020-03-02") == 1_583_107_200
    assert moment_of("yesterday") is None


def test_words_are_compared_without_their_endings() -> None:
    """So a text that speaks of the same things is told from one that does not, in Russian, too."""
    assert share("Turkish planes over Syria", "The plane of a Turk flew over Syrian towns, in Syria") > 0.5
    assert share("Ремонт бронемашин", "Бронемашину отдали в ремонт") == 1
    assert share("Turkish planes over Syria", "We and our partners store cookies") == 0
