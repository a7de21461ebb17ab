"""Whose page is asked for next."""

from bot.model import Wanted
from bot.model.bounds import PAGES_OF_CHATS, PAGES_WAIT
from bot.poll.lineup import HEADSTART, HOUR, Lineup, Page


def wish(name, *, host="paper.example", since=0.0, chat=0):
    return Wanted(feed="paper", item=name, link=f"https://{host}/{name}", since=since, chat=chat)


def lined_up(*wishes, an_hour=60):
    lineup = Lineup(an_hour)
    for each in wishes:
        lineup.add(each)
    return lineup


def asked(lineup, now=0.0, *, seconds=0.0):
    """Ask for all pages that may be asked for, one after the other; return their names."""
    names = []
    while page := lineup.next(now):
        names.append(page.link.rpartition("/")[2])
        lineup.take(page)
        lineup.ended(page, now)
        now += seconds
    return names


def test_the_newest_page_of_a_host_goes_first():
    assert asked(lined_up(wish("old", since=1), wish("new", since=3), wish("middle", since=2))) == [
        "new", "middle", "old",
    ]  # fmt: skip


def test_a_host_is_asked_for_one_page_at_a_time_and_others_do_not_wait_for_it():
    lineup = lined_up(wish("a", since=1), wish("b"), wish("c", host="other.example"))
    first, second = lineup.next(0), lineup.next(0)
    assert first
    assert second
    assert {first.link, second.link} == {"https://paper.example/a", "https://other.example/c"}
    assert lineup.next(0) is None
    lineup.take(first)
    lineup.ended(first, 0)
    assert lineup.next(0) == Page("https://paper.example/b", of_chats=False)


def test_a_host_is_asked_for_so_many_pages_an_hour():
    lineup = lined_up(*(wish(str(number), since=-number) for number in range(5)), an_hour=2)
    assert asked(lineup, now=100.0) == ["0", "1"]
    assert asked(lineup, now=99.0 + HOUR) == []
    assert asked(lineup, now=100.0 + HOUR) == ["2", "3"]


def test_pages_of_chats_own_feeds_go_behind_and_take_a_third_of_the_hour():
    own = [wish(f"own{number}", since=number, chat=7) for number in range(9)]
    lineup = lined_up(*own, wish("a", since=1), wish("b"), an_hour=6)
    assert asked(lineup) == ["a", "b", "own8", "own7"]
    lineup.add(wish("c"))
    assert asked(lineup) == ["c"], "what is left of the hour is everybody's"


def test_a_host_that_wants_to_be_left_alone_is():
    lineup = lined_up(wish("a"), wish("b", since=-1))
    page = lineup.next(0)
    lineup.take(page)
    lineup.ended(page, 10)
    lineup.hold("www.paper.example", 60, of_chats=False)
    assert lineup.next(59) is None
    assert lineup.next(60)


def test_a_host_that_refused_a_chats_link_is_closed_for_chats_alone():
    lineup = lined_up(wish("a"), wish("own", chat=7))
    lineup.hold("paper.example", 60, of_chats=True)
    assert asked(lineup, now=59) == ["a"]
    lineup.hold("paper.example", 90, of_chats=False)
    assert asked(lineup, now=89) == []
    assert asked(lineup, now=90) == ["own"]


def test_a_page_of_a_chats_own_feed_keeps_nobody_elses_page_of_its_host_waiting():
    lineup = lined_up(wish("own", chat=7))
    assert lineup.next(0)
    lineup.add(wish("a"))
    assert lineup.next(0) == Page("https://paper.example/a", of_chats=False)
    assert lineup.next(0) is None


def test_chats_own_feeds_have_half_of_the_places():
    lineup = lined_up(*(wish("own", host=f"h{number}.example", chat=7) for number in range(9)))
    under_way = [lineup.next(0) for _ in range(PAGES_OF_CHATS)]
    assert lineup.next(0) is None
    lineup.add(wish("a"))
    assert lineup.next(0) == Page("https://paper.example/a", of_chats=False)
    lineup.ended(under_way[0], 1)
    assert lineup.next(1).of_chats


def test_what_a_redirect_leads_to_counts_for_the_host_that_it_leads_to():
    lineup = lined_up(wish("a"), an_hour=3)
    assert lineup.admit("paper.example", 0, of_chats=True)
    assert not lineup.admit("paper.example", 0, of_chats=True), "chats have a third"
    assert lineup.admit("www.paper.example", 0, of_chats=False)
    assert lineup.admit("paper.example", 0, of_chats=False)
    assert asked(lineup) == []
    lineup.hold("other.example", 50, of_chats=False)
    assert not lineup.admit("other.example", 49, of_chats=False)
    assert lineup.admit("other.example", 50, of_chats=False)


def test_who_wants_the_same_page_waits_with_it_but_chats_apart_from_everybody():
    same = [wish("a"), wish("a", since=5), wish("a", chat=7)]
    lineup = lined_up(*same)
    page = lineup.next(0)
    assert lineup.waiting(page) == same[:2]
    assert lineup.take(page) == same[:2]
    assert len(lineup) == 1


def test_what_has_waited_for_hours_is_late_once():
    lineup = lined_up(wish("old", since=100.0), wish("new", since=100.0 + PAGES_WAIT))
    assert [each.item for each in lineup.late(100.0 + PAGES_WAIT)] == ["old"]
    assert list(lineup.late(100.0 + PAGES_WAIT)) == []
    assert asked(lineup) == ["new"]


def test_hosts_with_nothing_to_ask_are_forgotten():
    lineup = Lineup(60)
    for number in range(3_000):
        lineup.add(wish("a", host=f"h{number}.example"))
        asked(lineup, now=number * HOUR)
    assert len(lineup._hosts) < 1_100


def test_what_was_wanted_a_moment_ago_leaves_the_headline_its_time_and_a_clock_set_back_holds_nothing():
    lineup = lined_up(wish("a", since=100.0))
    assert lineup.next(0, 100.0 + HEADSTART / 2) is None
    assert lineup.next(0, 100.0 + HEADSTART)
    assert lined_up(wish("a", since=100.0)).next(0, 5.0)
