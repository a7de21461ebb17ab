"""Pages of news sites as they are built, with stories of our own: articles in six layouts, walls, and what is none.

Each page of a story has words beside it, `TEASERS`, that no reader of the story may be told of.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """An article as its author wrote it: paragraphs, and a caption under its picture."""

    title: str
    summary: str
    paragraphs: Sequence[str]
    caption: str
    author: str = "Mira Holm"
    published: str = "2020-03-02T09:41:00+03:00"
    lang: str = "en"
    path: str = "/news/turkish-planes-a69483"

    @property
    def moment(self) -> float:
        return datetime.fromisoformat(self.published).timestamp()


def _written(text: str) -> Sequence[str]:
    return [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]


FOUNDING = Story(
    title="Moscow Says It Cannot Vouch for Turkish Planes Over Syria",
    summary="Russia told Ankara that it could not promise the safety of its aircraft in Syrian skies.",
    paragraphs=_written(
        """
        Russia's defence ministry said on Sunday that it could no longer vouch for the safety of Turkish planes in
        Syrian airspace, hours after Damascus had closed the sky over the north-west of the country.

        The warning followed the death of 34 Turkish soldiers in the province of Idlib, the heaviest loss that Ankara
        has suffered since it first sent troops across the border.

        Rear Admiral Oleg Zaretsky, who leads the Russian reconciliation centre, said that any machine which entered the
        closed zone would be treated as a target by the Syrian air defence.

        Turkish drones had brought down two bombers of the Syrian army in the days before. Their four pilots came down
        by parachute and were found alive.

        The two presidents spoke by telephone for the third time in a week. Neither side gave a date for a meeting,
        though aides named Thursday as likely.

        Nearly a million people have left their homes since December, most of them women and children who camp in the
        open along a frontier that stays shut.

        Ankara bought the S-400 air defence system from Moscow last year and paid for it with its place in the programme
        of an American fighter. Officials would not say on Sunday whether it has been switched on.

        Western allies have urged both capitals to stop the fighting, and the council of the alliance met at the request
        of Ankara without promising any help of its own.

        Analysts in both capitals expect a truce that holds for weeks and not for months, because neither the road nor
        the towns beside it have been settled.
        """
    ),
    caption="A general view of Saraqib after an air strike, with a Pantsir launcher in the distance.",
)

RUSSIAN = Story(
    title="Завод в Туле получил заказ на ремонт бронемашин",
    summary="Предприятие будет чинить технику до конца следующего года.",
    paragraphs=_written(
        """
        Тульский завод получил заказ на ремонт семидесяти бронемашин, сообщила в понедельник его пресс-служба. Работы
        начнутся в апреле и займут около двух лет.

        По словам директора предприятия Ольги Сомовой, для заказа наймут ещё двести рабочих, а второй цех перейдёт на
        три смены.

        Ранее завод обслуживал зенитные комплексы «Панцирь», которые вернулись с учений под Астраханью. Их ремонт
        закончили зимой.

        В городе надеются, что новые рабочие места удержат молодых инженеров, которые уезжают в столицу сразу после
        института.

        Профсоюз просит поднять оплату ночных смен на треть. Переговоры об этом продолжатся на следующей неделе.
        """
    ),
    caption="Цех завода в Туле. Фото: Пётр Лесной",
    author="Анна Речная",
    published="2020-03-16T12:05:00+03:00",
    lang="ru",
    path="/news/zavod-v-tule-1187",
)

OTHER = Story(
    title="Harbour Town Opens Its Rebuilt Lighthouse to Visitors",
    summary="After six years of work the lamp is lit again.",
    paragraphs=_written(
        """
        The lighthouse of the harbour town opened to visitors on Saturday after six years in which masons from three
        countries took it apart and put it together again.

        Its lamp was lit by the last keeper, who is ninety-one and climbed all of the two hundred steps without
        anybody's arm.

        The fortress beside it, Kaliningrad's oldest, stays closed until the summer because the roof of its chapel
        leaks.

        Tickets cost as much as a cup of coffee, the mayor said, and the first thousand of them were gone by noon.
        """
    ),
    caption="The lighthouse by night.",
    author="Tomas Berg",
    published="2020-03-05T17:30:00+00:00",
    path="/news/lighthouse-a70012",
)

TEASERS = ("Gazprom", "Kharkiv", "Iskander", "Novichok", "Lukashenko", "Wagner", "ruble")
"""Words of teasers, menus, comments and notices on the pages: none of them stands in a story."""


def _structured(story: Story, **more: object) -> str:
    facts = {
        "@context": "https://schema.org",
        "@graph": [
            {"@type": "WebSite", "name": "The Stand-in Times", "url": "https://times.example/"},
            {
                "@type": "NewsArticle",
                "headline": story.title,
                "datePublished": story.published,
                "dateModified": "2021-01-01T00:00:00Z",
                "author": [{"@type": "Person", "name": story.author}],
                "image": {"@type": "ImageObject", "url": "https://times.example/picture.jpg"},
                **more,
            },
        ],
    }
    return f'<script type="application/ld+json">{json.dumps(facts, ensure_ascii=False)}</script>'


def _head(story: Story, extra: str = "") -> str:
    return f"""<head><meta charset="utf-8"><title>{escape(story.title)} | The Stand-in Times</title>
<link rel="canonical" href="https://times.example{story.path}">
<meta property="og:title" content="{escape(story.title)}"><meta property="og:type" content="article">
<meta property="og:image" content="https://times.example/picture.jpg">
<meta name="description" content="{escape(story.summary)}">{extra}
<style>.related {{ color: red }}</style><script>var words = "Gazprom Kharkiv";</script></head>"""


_MENU = """<div class="cookie-banner" role="dialog"><p>We use cookies and similar tools, as Gazprom does, to keep our
site going and to learn what you like. Accept all cookies or manage your preferences.</p><button>Accept</button></div>
<header><nav><ul><li><a href="/">Home</a></li><li><a href="/war">Wagner in Africa</a></li>
<li><a href="/economy">The ruble today</a></li><li><a href="/kharkiv">Kharkiv</a></li></ul></nav></header>"""

_COMMENTS = """<section id="comments" class="comments"><h3>Comments (2)</h3><div class="comment"><p>What about the
Iskander rockets? Nobody ever writes about these, and I have waited for years to read a word on them in this paper.</p>
</div><div class="comment"><p>Lukashenko knew all of it, and he said so in the talks of last year, which your paper has
kept from its readers for reasons that I would like to hear.</p></div></section>"""

_TEASERS = """<aside class="most-read"><h2>Most read</h2><ol><li><a href="/1">Gazprom cuts its forecast for the third
time</a></li><li><a href="/2">Novichok trial opens behind closed doors</a></li></ol></aside>
<section class="more-stories"><h2>More stories</h2>
<article class="card"><a href="/3"><h3>Kharkiv opens a new bridge over its river</h3></a><p>The bridge in Kharkiv took
four years to build and carries trams again, to the joy of those who live on the far bank.</p></article>
<article class="card"><a href="/4"><h3>Lukashenko meets farmers before the vote</h3></a><p>Lukashenko told them that the
harvest would be the best for years, and that no fuel would be short.</p></article>
<article class="card"><a href="/5"><h3>How the ruble found its feet</h3></a><p>The ruble has gained for the fourth week,
and traders who had bet on its fall are counting their losses.</p></article></section>"""

_FOOTER = """<footer><p>The Stand-in Times, with the money of readers and none of Gazprom's. All rights reserved.</p>
<a href="/about">About</a> <a href="/wagner">Our work on Wagner</a></footer>"""


def _lines(paragraphs: Sequence[str]) -> str:
    return "".join(f"<p>{escape(text)}</p>\n" for text in paragraphs)


def news_site(story: Story = FOUNDING) -> bytes:
    """Return an article with menu, cookie notice, picture, boxes in its midst, teasers, comments and footer."""
    first, rest = story.paragraphs[:3], story.paragraphs[3:]
    return f"""<!DOCTYPE html><html lang="{story.lang}">{_head(story, _structured(story))}<body>{_MENU}
<main><article class="article"><header><h1>{escape(story.title)}</h1><p class="lead">{escape(story.summary)}</p>
<div class="byline">By <a rel="author" href="/authors/1">{escape(story.author)}</a>
<time datetime="{story.published}">March 2, 2020</time></div></header>
<figure><img src="/picture.jpg" alt=""><figcaption>{escape(story.caption)}</figcaption></figure>
<div class="article__content">{_lines(first)}
<div class="related-box"><h4>Read also</h4><a href="/6">Iskander rockets are moved to the coast</a></div>
{_lines(rest)}
<p><strong>Read more:</strong> <a href="/7">What a nerve agent is and who has made it</a></p>
<div class="newsletter"><p>Get our letter on Wagner and the world each morning.</p></div></div>
<ul class="tags"><li><a href="/tag/gazprom">Gazprom</a></li></ul></article>{_TEASERS}{_COMMENTS}</main>{_FOOTER}
</body></html>""".encode()


def live_blog(story: Story = FOUNDING) -> bytes:
    """Return a running report: a post for each paragraph, with its time and headline."""
    posts = "".join(
        f'<article class="live-post" id="post-{number}"><time datetime="2020-03-02T{20 - number:02}:10:00+03:00">'
        f"{20 - number}:10</time><h2>Update {number} of the day</h2><p>{escape(text)}</p></article>"
        for number, text in enumerate(story.paragraphs, 1)
    )
    facts = _structured(story, **{"@type": "LiveBlogPosting", "coverageStartTime": "2020-03-02T06:00:00Z"})
    return f"""<!DOCTYPE html><html lang="en">{_head(story, facts)}<body>{_MENU}<main><h1>{escape(story.title)}</h1>
<p class="lead">{escape(story.summary)}</p><p class="byline">By {escape(story.author)}</p>
<div class="live-blog">{posts}</div>{_TEASERS}</main>{_COMMENTS}{_FOOTER}</body></html>""".encode()


def consent_wall() -> bytes:
    """Return what some sites show to who has not agreed to anything, whatever was asked for."""
    return b"""<!DOCTYPE html><html lang="en"><head><title>Before you continue</title></head><body><main>
<h1>We value your privacy</h1><p>We and our 842 partners store and access information on your device, such as cookies,
to show advertising and content that suit you, to measure both, and to learn about those who read us.</p>
<p>With your consent we and our partners may use precise location and scan your device. You may refuse, or change your
choice at any time. Some of it does not need your consent, but you may object to it.</p>
<form><button>Accept all</button><button>Manage preferences</button></form></main></body></html>"""


def paywall(story: Story = FOUNDING) -> bytes:
    """Return the two paragraphs that are free, the offer to buy the rest, and teasers."""
    part = {"@type": "WebPageElement", "isAccessibleForFree": "False", "cssSelector": ".paywalled"}
    facts = _structured(story, isAccessibleForFree=False, hasPart=part)
    return f"""<!DOCTYPE html><html lang="en">{_head(story, facts)}<body>{_MENU}<main><article>
<h1>{escape(story.title)}</h1><div class="byline">By <span rel="author">{escape(story.author)}</span></div>
<div class="article-body">{_lines(story.paragraphs[:2])}</div>
<div class="paywall"><h2>Subscribe to continue reading</h2><p>Already a subscriber? Log in. Our work on Wagner is only
for those who pay for it.</p></div></article>{_TEASERS}</main>{_FOOTER}</body></html>""".encode()


def amp(story: Story = FOUNDING) -> bytes:
    """Return an article for telephones (AMP)."""
    return f"""<!doctype html><html amp lang="{story.lang}"><head><meta charset="utf-8">
<script async src="https://cdn.ampproject.org/v0.js"></script><title>{escape(story.title)}</title>
<link rel="canonical" href="https://times.example{story.path}">{_structured(story)}
<style amp-custom>body {{ margin: 0 }}</style></head><body><amp-sidebar id="menu" layout="nodisplay"><ul>
<li><a href="/wagner">Wagner</a></li><li><a href="/ruble">The ruble</a></li></ul></amp-sidebar>
<div class="page"><h1 class="headline">{escape(story.title)}</h1><p class="meta">{escape(story.author)}</p>
<amp-img src="/picture.jpg" width="1" height="1"></amp-img><div class="caption">{escape(story.caption)}</div>
<div class="text">{_lines(story.paragraphs)}</div>
<amp-list src="/more.json"><div class="related"><h3><a href="/3">Kharkiv opens a new bridge</a></h3></div></amp-list>
<div class="more"><a href="/1">Gazprom cuts its forecast for the third time</a>
<a href="/2">Novichok trial opens</a></div>
</div></body></html>""".encode()


def russian(story: Story = RUSSIAN) -> bytes:
    """Return a Russian article in Windows-1251, as an old content system makes them: tables of layout, line breaks."""
    text = "<br><br>".join(escape(each) for each in story.paragraphs)
    return f"""<html><head><meta http-equiv="Content-Type" content="text/html; charset=windows-1251">
<title>{escape(story.title)} - Вестник</title><meta name="author" content="{escape(story.author)}">
<meta property="article:published_time" content="{story.published}">
<link rel="canonical" href="https://vestnik.example{story.path}"></head><body><table width="100%"><tr>
<td class="left"><a href="/1">Gazprom снова снизил прогноз добычи</a><br><a href="/2">Курс: ruble крепнет</a></td>
<td><h1>{escape(story.title)}</h1><p><i>{escape(story.summary)}</i></p>
<div class="news-text">{text}</div><p>Читайте также: <a href="/3">Учения под Астраханью закончены</a></p></td>
<td class="right"><h3>Главное</h3><p><a href="/4">Lukashenko встретился с фермерами</a></p></td></tr></table>
</body></html>""".encode("cp1251")


def two_articles(first: Story = OTHER, second: Story = FOUNDING) -> bytes:
    """Return a page to whose article another was added, as those that scroll without end do."""

    def whole(story: Story) -> str:
        return (
            f'<article data-url="{story.path}"><h1>{escape(story.title)}</h1><div class="byline">By <a rel="author" '
            f'href="/a">{escape(story.author)}</a> <time datetime="{story.published}">that day</time></div>'
            f'<div class="article-body">{_lines(story.paragraphs)}</div></article>'
        )

    return f"""<!DOCTYPE html><html lang="en">{_head(first, _structured(first))}<body>{_MENU}<main>{whole(first)}
{whole(second)}</main>{_TEASERS}{_FOOTER}</body></html>""".encode()


def agency(story: Story = FOUNDING) -> bytes:
    """Return an article whose paragraphs are boxes, with credits and what to read next inside its own."""
    boxes = "".join(
        f'<div data-testid="paragraph-{number}" class="text__text__1FZLe">{escape(text)}</div>'
        for number, text in enumerate(story.paragraphs)
    )
    return f"""<!DOCTYPE html><html lang="en">{_head(story)}<body>{_MENU}<main><article><div class="article-header">
<h1>{escape(story.title)}</h1><div class="info"><a rel="author" href="/x">{escape(story.author)}</a>
<time datetime="{story.published}">March 2</time></div></div><div class="article-body__content">{boxes}
<div><p>Reporting by Ann Hill; Editing by Bo Li</p></div></div><div class="read-next"><h2>Read Next</h2><ul><li><div>
<a href="/1">Novichok trial opens</a><p>Iskander rockets were moved to the coast in the night, said a man of the navy
who did not want to be named.</p></div></li></ul></div></article></main>{_FOOTER}</body></html>""".encode()


def blog(story: Story = FOUNDING) -> bytes:
    """Return an article whose text stands bare between boxes, with links in its midst, and teasers without names."""

    def linked(text: str, number: int) -> str:
        words = [escape(word) for word in text.split()]
        words[4:6] = [f'<a href="/{number}"><b>{" ".join(words[4:6])}</b></a>']
        words[8] = f"<span><em>{words[8]}</em></span>"
        return " ".join(words)

    texts = [linked(text, number) for number, text in enumerate(story.paragraphs)]
    text = f"<div class='pic'><img src='/1.jpg'></div>{texts[0]}<div class='box'><img src='/2.jpg'></div>{texts[1]}"
    text += "<br><br>".join(["", *texts[2:-1]]) + f"<p>{texts[-1]}</p>"
    teasers = "".join(
        f'<div class="b"><div class="x"><strong>Now</strong> <h3><a href="/{word}">{word} is in the news today</a></h3>'
        f"</div><p>What {word} has to do with it all, and what comes next, is told in our long report.</p></div>"
        for word in TEASERS
    )
    rows = "".join(
        f'<div class="n"><div class="l"><a href="/{word}">{word}, and what became of it</a></div><div>2 March</div>'
        f"<div>{word} is told of in a few words and some more, so that it reads like other text.</div></div>"
        for word in TEASERS
    )
    return f"""<html>{_head(story, _structured(story))}<body><div class="a"><h1>{escape(story.title)}</h1>
<div class="post_body">{text}</div>{teasers}<div id="comentarios"><p>{"What of the Iskander rockets? " * 9}</p></div>
<div class="read_more">Read more: <a href="/1">Gazprom</a>, <a href="/2">Wagner</a> and the ruble in its long fall</div>
<section class="contribute-article"><h4>A message from us</h4><p>Lukashenko and Gazprom want us silent.</p></section>
{rows}
<div class="mostPopular"><p>Novichok, and what else was read here by many on this day.</p></div>
</div></body></html>""".encode()


def bare(story: Story = FOUNDING) -> bytes:
    """Return an article that nothing names one: boxes, and line breaks in the place of paragraphs."""
    return f"""<html>{
        _head(
            story,
            f'<meta name="author" content="{escape(story.author)}">'
            f'<meta property="article:published_time" content="{story.published}">',
        )
    }<body><div id="top"><a href="/1">Gazprom</a>
</div><div class="c"><div class="t">{escape(story.title)}</div><div class="x">{
        "<br/>".join(map(escape, story.paragraphs))
    }
</div></div><div class="r"><a href="/2">Lukashenko meets farmers before the vote</a></div></body></html>""".encode()


def login() -> bytes:
    """Return a page to log in at."""
    return b"""<!DOCTYPE html><html><head><title>Sign in</title></head><body><main><h1>Sign in to continue</h1>
<form action="/login"><label>Email <input name="email"></label><label>Password <input type="password"></label>
<button>Sign in</button></form><p>No account yet? Create a free account to read five articles a month, to follow the
writers whom you like, and to get our letters in the morning and in the evening.</p></main></body></html>"""


def one_word() -> bytes:
    """Return a page that says one word."""
    return b"<html><head><title>x</title></head><body><p>Forbidden</p></body></html>"


HTML = "text/html; charset=utf-8"
