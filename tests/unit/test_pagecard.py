"""The score card of pages can fail: made-up logs, each with one breach of one rule, and one without any."""

from dataclasses import replace

import pagecard
import pytest
import stories
from pagecard import HOUR, SLACK, Shelf
from scorecard import Exchange

NOON = 1_583_496_000.0
READER = 7


def robots(after: float = 0.0, **facts) -> Exchange:
    """A look at robots.txt so many seconds after noon."""
    return page(after, "/robots.txt", **{"kind": "robots", "good": False, **facts})


def page(after: float, path: str = "", *, feed: str = "paper", number: int = 1, host: str = "h", **facts) -> Exchange:
    """A story that is asked for, and whose article came."""
    given = {"kind": "page", "status": 200, "good": True, "asked": {}, "ended": NOON + after, **facts}
    url = f"http://{host}{path if path.startswith('/robots') else f'/{feed}/story/{number}{path}'}"
    return Exchange(feed=feed, number=number, host=host, url=url, at=NOON + after, **given)


def judged(*log: Exchange, **more) -> list[str]:
    """The rules that a log breaks, each once. The reader is told of every article that came."""
    came = {(READER, f"{each.feed} news {each.number}"): 1 for each in log if each.kind == "page" and each.good}
    facts = {
        "lives": [(NOON - 1_000, NOON + 3 * HOUR), (NOON + 3 * HOUR + 5, NOON + 9 * HOUR)],
        "watching": [(NOON - 1_000, NOON + 9 * HOUR)],
        "told": came,
        "chats": {"paper": (READER,)},
        **more,
    }
    return sorted({each.rule for each in pagecard.score(Shelf(exchanges=log, **facts))})


REFUSED = page(1, status=429, good=False, sent={"retry-after": "900"})
CUT = page(3 * HOUR - 1, good=False, status=0)


def test_a_polite_reader_breaks_no_rule():
    assert judged(robots(), page(1), page(3, number=2), robots(HOUR), page(HOUR + 1, number=3)) == []


def test_a_story_is_asked_for_once_more_when_it_may_or_after_an_end_in_its_midst():
    assert judged(robots(), REFUSED, page(902)) == []
    assert judged(robots(2 * HOUR), CUT, robots(3 * HOUR + 6, life=1), page(3 * HOUR + 7, life=1)) == []


def test_a_story_whose_article_could_not_be_remembered_is_asked_for_once_more():
    full = [(NOON + 2 * HOUR - 600, NOON + 3 * HOUR)]
    log = robots(2 * HOUR - 1), page(2 * HOUR), robots(3 * HOUR + 6, life=1), page(3 * HOUR + 7, life=1)
    assert judged(*log, full=full) == []
    assert judged(*log) == ["P1"]


@pytest.mark.parametrize(
    ("rule", "log"),
    [
        ("P1", [robots(), page(1), page(900)]),
        ("P1", [robots(), REFUSED, page(902, status=500, good=False), page(905)]),
        ("P1", [robots(), REFUSED, replace(REFUSED, at=NOON + 902), page(1_810)]),
        ("P2", [robots(), REFUSED, page(800)]),
        ("P2", [robots(), REFUSED, page(800, number=2)]),
        ("P2", [robots(status=503), robots(HOUR - 10), page(HOUR)]),
        ("P2", [robots(), page(1, status=503, good=False), robots(HOUR), page(3 * HOUR, number=2)]),
        ("P3", [page(1)]),
        ("P3", [robots(), page(HOUR + SLACK + 1)]),
        ("P3", [robots(), page(1, feed="moved", number=11)]),
        ("P4", [robots(), robots(HOUR - 10)]),
        ("P5", [robots(), *(page(number * 10, number=number) for number in range(61))]),
        ("P6", [robots(), page(1, asked={"cookie": "a=1"})]),
        ("P6", [robots(asked={"if-none-match": '"1"'}), page(1)]),
        ("P7", [robots(), page(1, feed=stories.NEVER)]),
        ("P9", [robots(), page(1, good=False), *(page(2, f"/{hop}", good=False) for hop in range(6))]),
    ],
)
def test_a_breach_is_found(rule, log):
    assert rule in judged(*log)


def test_a_page_that_nobody_could_be_told_of_is_found():
    assert judged(robots(), page(1), watching=[(NOON - 1_000, NOON - 2 * SLACK)]) == ["P7"]
    assert judged(robots(), page(1), first={"paper": frozenset({"paper news 1"})}) == ["P7"]


def test_an_article_that_is_not_told_or_twice_or_that_never_came_is_found():
    assert judged(robots(), page(1), told={}) == ["P8"]
    assert judged(robots(), page(1), told={(READER, "paper news 1"): 2}) == ["P8"]
    assert judged(robots(), told={(READER, "paper news 1"): 1}) == ["P8"]


def test_an_address_that_is_not_allowed_is_found():
    assert "P9" in judged(robots(), page(1, host="trap"), forbidden=frozenset({"trap"}))
