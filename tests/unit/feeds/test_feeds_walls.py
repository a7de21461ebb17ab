"""What is a wall, and what is an article that only speaks of one."""

import pytest

from bot.feeds.article.answers import Extracted
from bot.feeds.article.overlap import shows_something_else
from bot.feeds.article.walls import HOSTS, SUBSCRIBE, TEXTS, SameTexts, wall_of
from bot.model import Article

WALLS = {
    "cookies": (
        "We value your privacy",
        "We and our partners store cookies on your device. You may manage preferences.",
    ),
    "cookies in German": ("Datenschutz", "Wir und unsere Partner speichern Cookies auf Ihrem Gerät."),
    "cookies in Russian": (
        "Вестник",
        "Мы используем cookie, чтобы сайт работал. Продолжая, вы даёте согласие на обработку данных.",
    ),
    "a robot?": ("Just a moment...", "Checking your browser before you go on to the site. This takes a few seconds."),
    "denied": ("Access Denied", "You do not have the right to see this on this server. Reference 18.2f1."),
    "scripts": ("x", "Please enable JavaScript to read this site. It does not work without."),
    "login": ("Sign in", "Log in to continue to the story, or create a free account."),
    "subscription": ("The Paper", "To continue reading, choose a plan. Already a subscriber? Log in to read."),
}
STORY = "The ministers met on Monday and spoke for three hours about the road and the towns beside it. "


def page(title: str, body: str, **more: bool) -> Extracted:
    return Extracted(article=Article(title=title, body=body, paragraphs=()), **more)


@pytest.mark.parametrize("kind", WALLS)
def test_a_wall_is_told_by_its_own_words(kind) -> None:
    """Whatever it asks for."""
    wall = wall_of(page(*WALLS[kind]))
    assert wall is not None
    assert wall.whole


def test_an_article_that_speaks_of_cookies_is_no_wall() -> None:
    """A short one with a sentence on them, and a long one with many."""
    assert wall_of(page("Court rules on cookies", STORY * 8 + "\nMost sites use cookies, it said.")) is None
    assert wall_of(page("Court rules", (STORY + "Accept all cookies, it says. We value your privacy.\n") * 30)) is None


def test_paragraphs_before_an_offer_are_the_articles() -> None:
    """The offer is told, and what stands before it is kept."""
    wall = wall_of(page("Talks", STORY * 5 + "\nSubscribe to continue."))
    assert (wall.kind, wall.whole) == (SUBSCRIBE, False)
    assert wall_of(page("Talks", STORY * 5, paid=True)).whole is False
    for offer in (
        "Cet article est réservé aux abonnés.",
        "Um weiterzulesen, wählen Sie ein Abo.",
        "この記事は会員限定です",
    ):
        assert wall_of(page("Talks", STORY * 5 + "\n" + offer)).kind == SUBSCRIBE
    assert wall_of(page("Talks", STORY * 50, paid=True)) is None


def test_a_short_text_beside_a_field_for_a_password_is_a_login() -> None:
    """A long one is an article on a site where one may log in."""
    assert wall_of(page("Members", STORY, asks_password=True)).whole
    assert wall_of(page("Talks", STORY * 30, asks_password=True)) is None


def test_what_shares_hardly_a_word_shows_something_else() -> None:
    """And of a headline of two words nothing follows."""
    assert shows_something_else("Turkish planes over Syria", "Two were seen.", STORY)
    assert not shows_something_else("Ministers meet about the road", "", STORY)
    assert not shows_something_else("Talks fail", "", STORY)


def test_texts_are_remembered_within_bounds_and_walls_longest() -> None:
    """However many hosts and texts come, and a wall is not forgotten for them."""
    same = SameTexts()
    assert [same.is_wall(f"https://a.example/{number}", "wall") for number in range(4)] == [False, False, True, True]
    for number in range(TEXTS * 3):
        assert not same.is_wall(f"https://a.example/{number}", f"text {number}")
    assert same.is_wall("https://a.example/new", "wall")
    assert len(same._hosts["a.example"]) <= TEXTS
    for number in range(HOSTS * 2):
        same.is_wall(f"https://{number}.example/", "text")
    assert len(same._hosts) <= HOSTS


def test_one_link_with_many_queries_is_one_link() -> None:
    """Marks of campaigns behind a question mark do not make a wall of an article."""
    same = SameTexts()
    assert not any(same.is_wall(f"https://a.example/story?from={number}", "text") for number in range(9))
