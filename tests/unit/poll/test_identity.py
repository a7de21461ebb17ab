"""What is the same item and what is not. A name shared by two items loses an alert; that must never be."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Entry, Feed
from bot.poll.identity import canonical, item_keys, poll_keys

FEED = Feed(name="times", title="The Times", url="https://www.times.example/rss")
OTHER = Feed(name="wire", title="The Wire", url="https://wire.example/rss")
MOSCOW = replace(FEED, identity=r"-a(\d+)$")
DAY = 86_400.0


def same(one: Entry, two: Entry, first: Feed = FEED, second: Feed = FEED) -> bool:
    """Return whether a bot that knows the first takes the second for known, and the other way round."""
    left, right = set(item_keys(one, first)), set(item_keys(two, second))
    assert left.isdisjoint(right) == right.isdisjoint(left)
    return not left.isdisjoint(right)


def article(number: int = 1, title: str = "A headline", **more: object) -> Entry:
    link = f"https://www.times.example/2020/02/28/{'-'.join(title.lower().split())}-a{number}"
    return Entry(**{"guid": link, "link": link, "title": title, "published": 10 * DAY, **more})


# --- with the operator's expression -------------------------------------------------------------------------


def test_the_id_in_the_link_is_the_first_name_and_the_link_the_other() -> None:
    """The guid is no name beside an id, for the operator vouches for the id alone."""
    names = item_keys(replace(article(69460), guid="latest"), MOSCOW)
    assert names == ("id:times.example 69460", "url:times.example/2020/02/28/a-headline-a69460")


def test_an_expression_that_comes_or_goes_makes_no_item_unknown() -> None:
    """Or the whole feed would be alerted anew when somebody edits the config."""
    assert same(article(7), article(7), MOSCOW, replace(MOSCOW, identity=""))
    assert same(article(7), article(7), replace(MOSCOW, identity=""), MOSCOW)


def test_an_edited_headline_is_the_same_item() -> None:
    """The link and guid change with the headline, the id at the end does not."""
    assert same(article(7, "Old headline"), article(7, "New headline"), MOSCOW, MOSCOW)


def test_another_id_is_another_item_even_under_the_same_headline() -> None:
    """Two articles called "Russia in Photos" are two."""
    assert not same(article(7), article(8), MOSCOW, MOSCOW)
    assert not same(article(7), article(71), MOSCOW, MOSCOW)


def test_an_id_is_one_of_its_site() -> None:
    """The same number at another publisher is another article."""
    theirs = replace(article(7), link="https://wire.example/x-a7")
    assert not same(article(7), theirs, MOSCOW, replace(OTHER, identity=MOSCOW.identity))


def test_tracking_behind_the_id_does_not_hide_it() -> None:
    """The expression is tried on the link as it came and on the link without tracking."""
    tracked = replace(article(7), link=article(7).link + "?utm_source=rss&utm_medium=feed#at_link")
    assert same(article(7), tracked, MOSCOW, MOSCOW)


def test_a_link_without_an_id_falls_back_to_the_other_names() -> None:
    """A page that the expression does not know has its guid and link."""
    entry = replace(article(7), guid="https://www.times.example/live", link="https://www.times.example/live")
    assert item_keys(entry, MOSCOW)[0] == "url:times.example/live"


def test_an_expression_without_a_group_takes_what_it_finds() -> None:
    """The whole match is the id if nothing is in brackets; an empty find is none."""
    assert item_keys(article(7), replace(FEED, identity=r"a\d+$"))[0] == "id:times.example a7"
    assert item_keys(article(7), replace(FEED, identity=r"-b?$|(z*)"))[0].startswith("url:")


def test_a_link_too_long_for_an_expression_is_not_tried() -> None:
    """A hostile link cannot keep a slow expression busy."""
    slow = replace(FEED, identity=r"(a+)+$")
    link = "https://x.example/" + "a" * 600 + "!"
    assert item_keys(Entry(guid=link, link=link, title="T"), slow)[0].startswith("url:")


@pytest.mark.parametrize(
    "identity",
    [
        r"(a+)+$",
        r"((?:a|aa)*)$",
        r"(\w+)-?\w+-?\w+$",
        r"(?:(?:a{2,})b?){11,}(c)",
        r"([^/]+)[a-z][^.]+[a-z]+\d$",
        r"(.*)a.*a.*a.*a.*\d$",
    ],
)
def test_links_made_to_stall_an_expression_end_its_turn_and_the_items_go_by_their_addresses(identity: str) -> None:
    """All the links of a body together may cost a moment and no more."""
    links = [f"https://x.example/{number}/{'a' * 470}!" for number in range(2000)]
    names = poll_keys([Entry(guid=link, link=link, title=link) for link in links], replace(FEED, identity=identity))
    assert all(keys[0].startswith("url:") for keys in names)


def test_a_link_that_stalls_an_expression_leaves_the_others_their_ids() -> None:
    """One hostile link among others is one that the expression does not know."""
    slow = replace(FEED, identity=r"-a(?:a*)*(\d+)$")
    hostile = replace(article(8), link="https://www.times.example/-" + 470 * "a")
    assert [keys[0][:3] for keys in poll_keys([article(7), hostile, article(9)], slow)] == ["id:", "url", "id:"]


# --- guids and links ----------------------------------------------------------------------------------------


def test_the_same_entry_twice_is_one_item() -> None:
    """Names depend on nothing but the entry and its feed."""
    assert item_keys(article(), FEED) == item_keys(article(), FEED)


def test_an_edited_headline_under_one_guid_is_one_item() -> None:
    """A guid outlives its headline, text and date."""
    for guid in (
        "https://www.times.example/?p=5",
        "tag:times.example,2020:5",
        "5",
        "b7d3f3f0-aaaa-bbbb-cccc-000000000001",
    ):
        one = article(title="One", guid=guid, link="https://www.times.example/one")
        two = article(title="Two", guid=guid, link="https://www.times.example/one", summary="x", published=11 * DAY)
        assert same(one, two), guid


def test_different_guids_are_different_items() -> None:
    """Whatever else two entries share by chance, their own guids and headlines part them."""
    for one, two in (
        ("5", "6"),
        ("https://x.example/?p=5", "https://x.example/?p=6"),
        ("tag:a,2020:1", "tag:a,2020:2"),
    ):
        link = "https://www.times.example/"
        assert not same(article(title="One", guid=one, link=link), article(title="Two", guid=two, link=link))


def test_a_changed_guid_with_link_and_headline_unchanged_is_one_item() -> None:
    """A content system that hands out guids anew does not send everything again."""
    assert same(article(guid="1"), article(guid="2"))
    assert same(article(guid="https://x.example/?v=1"), article(guid="https://x.example/?v=2"))


def test_entries_that_all_link_to_one_home_page_stay_apart() -> None:
    """A home page names none of the entries that link to it."""
    link = "https://www.times.example/"
    for guids in (("1", "2"), ("", ""), (link, link)):
        one, two = (article(title=t, guid=g, link=link) for t, g in zip(("One", "Two"), guids, strict=True))
        assert not same(one, two), guids


def test_the_same_alarm_at_another_time_is_another_item() -> None:
    """An "Air raid alert" that links to the home page, or to one page on another day, is told again."""
    home = "https://alerts.example"
    one = article(title="Air raid alert", guid="1", link=home, published=1_000.0)
    assert not same(one, replace(one, guid="2", published=2_000.0))
    assert not same(replace(one, published=None), replace(one, guid="2", published=None))
    assert not same(replace(one, guid="", link=home), replace(one, guid="", published=2_000.0))
    page = replace(one, link=home + "/idlib")
    assert not same(page, replace(page, guid="2", published=1_000.0 + DAY))


def test_a_link_without_a_guid_is_a_name() -> None:
    """Where there is no guid an edited headline is the same item by its link."""
    assert same(
        article(guid="", link="https://x.example/1"), article(guid="", title="Edited", link="https://x.example/1")
    )


def test_the_same_article_in_two_feeds_is_one_item() -> None:
    """One publisher's feeds, or an aggregator's, do not tell the same article twice."""
    assert same(article(), article(), FEED, OTHER)
    assert same(article(), article(guid="77"), FEED, OTHER)
    assert same(article(guid=""), article(), FEED, OTHER)
    assert same(article(guid="tag:times.example,2020:12345"), article(guid="tag:times.example,2020:12345"), FEED, OTHER)


def test_numbers_are_counted_in_each_feed_anew() -> None:
    """The guid "12" of two feeds is two items, also where both link to the same site."""
    one = article(title="One", guid="12", link="https://www.times.example/news/one")
    two = article(title="Two", guid="12", link="https://www.times.example/sport/two")
    assert not same(one, two, FEED, OTHER)


def test_an_entry_without_guid_and_link_is_named_by_its_text() -> None:
    """Title and summary within the feed are the last resort."""
    one = Entry(title="One", summary="text")
    assert same(one, replace(one, published=5.0))
    assert not same(one, replace(one, summary="other"))
    assert not same(one, replace(one, title="Two"))
    assert not same(one, one, FEED, OTHER)
    assert item_keys(Entry(), FEED)


def test_versions_of_an_article_at_the_bbc_are_one_item() -> None:
    """The BBC numbers the versions of an article in the guid's fragment; the link stays."""
    link = "https://www.bbc.co.uk/news/articles/c5y1"
    one, two = (
        article(title=t, guid=f"{link}#{n}", link=f"{link}?at_medium=RSS&at_campaign=rss") for n, t in enumerate("ab")
    )
    assert same(one, two)


def test_posts_of_a_live_blog_are_items_of_their_own() -> None:
    """The fragment or the parameter that names a post is part of the name."""
    page = "https://www.times.example/live/blog"
    posts = [
        f"{page}#h_1a",
        f"{page}#h_1b",
        f"{page}#1",
        f"{page}#2",
        f"{page}?page=with:block-5e#block-5e",
        f"{page}?page=with:block-6",
    ]
    for one in posts:
        for two in posts:
            assert same(Entry(guid=one, link=one, title=one), Entry(guid=two, link=two, title=two)) == (one == two)


# --- one body -----------------------------------------------------------------------------------------------


def test_a_link_that_many_entries_share_names_none_of_them() -> None:
    """A status page without guids: each message is an item, though all link to the same page."""
    entries = [Entry(title=title, link="https://status.example/now") for title in ("Down", "Up", "Down again")]
    names = poll_keys(entries, FEED)
    assert len(set().union(*names)) == sum(map(len, names)) == 3


def test_a_guid_that_many_entries_share_names_none_of_them() -> None:
    """A generator that gives every entry the same guid does not hide all but one."""
    entries = [article(n, f"Title {n}", guid="0") for n in range(5)]
    names = poll_keys(entries, FEED)
    assert all(set(one).isdisjoint(two) for one in names for two in names if one is not two)
    assert poll_keys([Entry(title="a", guid="0"), Entry(title="b", guid="0")], FEED)[0][0].startswith("text:")


def test_a_headline_that_comes_twice_a_day_under_guids_of_its_own_is_two_items() -> None:
    """Two alarms of a day on one page stand in one body, each with its guid and time: the second is told too."""
    first = Entry(guid="a1", title="Air raid alert", link="https://alerts.example/idlib", published=5.0)
    second = replace(first, guid="a2", published=900.0)
    known = set(item_keys(first, FEED))
    told, again = poll_keys([second, first], FEED)
    assert known.isdisjoint(told)
    assert not known.isdisjoint(again)
    copy = replace(first, guid="a3")
    assert not known.isdisjoint(poll_keys([copy, first], FEED)[0])


def test_a_guid_that_is_the_home_page_leaves_the_naming_to_the_link() -> None:
    """A generator that gives the site's address as every guid does not double edited headlines."""
    one = Entry(guid="https://x.example/", link="https://x.example/1", title="One")
    assert same(one, replace(one, title="Edited"))
    assert not same(one, replace(one, link="https://x.example/2", title="Two"))


def test_parameters_that_may_name_an_article_are_kept() -> None:
    """Only what is surely tracking is dropped: a short name may be an article's number."""
    for name in ("id", "p", "cmp", "pk_id", "at_id", "ns_id", "smid", "ref", "source"):
        assert canonical(f"https://x.example/?{name}=1") != canonical(f"https://x.example/?{name}=2"), name


def test_an_entry_that_stands_twice_in_a_body_is_one_item() -> None:
    """Copies share all their names."""
    one, two = poll_keys([article(), article()], FEED)
    assert one == two == item_keys(article(), FEED)


def test_entries_of_a_shared_link_are_known_when_they_stand_alone_later() -> None:
    """When the others have left the body, what is left is still known by its page and headline."""
    entries = [Entry(title=title, link="https://status.example/now", published=5.0) for title in ("Down", "Up")]
    before = set(poll_keys(entries, FEED)[1])
    assert not before.isdisjoint(item_keys(entries[1], FEED))


# --- canonical addresses ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "https://www.times.example/a/b?x=1",
        "http://times.example/a/b?x=1",
        "HTTPS://WWW.Times.Example:443/a/b/?x=1",
        "http://times.example:80/a/./c/../b?x=1",
        " https://times.example/a/b?utm_source=rss&x=1&fbclid=abc ",
        "https://times.example/a/b?at_medium=RSS&at_campaign=KARANGA&x=1",
        "https://times.example/a/b?mc_cid=1&x=1#utm_source=rss",
        "https://times.example/a/b?x=1#xtor=RSS-1",
        "https://times.example/a/b?x=1#:~:text=word",
        "https://times.example/%61/b?x=1",
    ],
)
def test_spellings_of_one_address_are_one(address: str) -> None:
    """Scheme, www., port, case of the host, a slash at the end and tracking do not make another page."""
    assert canonical(address) == "times.example/a/b?x=1"


@pytest.mark.parametrize(
    "address",
    [
        "https://times.example/A/b?x=1",
        "https://times.example/a/b",
        "https://times.example/a/b?x=2",
        "https://times.example/a/b?x=",
        "https://times.example/a/b?x=1&y=2",
        "https://times.example/a/b?x=1#post-5",
        "https://times.example:8443/a/b?x=1",
        "https://news.times.example/a/b?x=1",
        "https://times.example/a%2Fb?x=1",
        "https://times.example/a/b?x=1&page=with:block-1",
    ],
)
def test_different_addresses_stay_different(address: str) -> None:
    """Path, query, fragment, port and subdomain name other pages."""
    assert canonical(address) not in ("", "times.example/a/b?x=1")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "x",
        "tag:a,2020:1",
        "urn:uuid:1",
        "ftp://a/b",
        "http://",
        "http:///a",
        "https://[",
        "http://a:b/",
        "http://a:99999/",
    ],
)
def test_what_is_no_web_address_has_no_canonical_form(address: str) -> None:
    """Opaque guids and broken addresses are left to be names as they are."""
    assert canonical(address) == ""


def test_sorted_and_blank_parameters() -> None:
    """The order of parameters says nothing; a blank one does."""
    assert canonical("http://a.example/?b=2&a=1") == canonical("http://a.example/?a=1&b=2") == "a.example?a=1&b=2"
    assert canonical("http://a.example/?a") != canonical("http://a.example/")


# --- whatever comes -----------------------------------------------------------------------------------------

TEXT = st.text(max_size=40)
LINKS = (
    TEXT
    | st.builds("https://x.example/{}".format, TEXT)
    | st.sampled_from(["https://x.example", "http://[", "https://x.example/a#1"])
)
ENTRIES = st.builds(
    Entry, guid=LINKS, link=LINKS, title=TEXT, summary=TEXT, published=st.none() | st.floats(-1e9, 1e12)
)


@given(st.lists(ENTRIES, max_size=6), st.sampled_from(["", r"-a(\d+)$", r"(.*)"]))
def test_no_entries_break_it(entries: list[Entry], identity: str) -> None:
    """Any entries get names: some, short, without repeats, the same each time."""
    feed = replace(FEED, identity=identity)
    names = poll_keys(entries, feed)
    assert len(names) == len(entries)
    for keys in names:
        assert keys
        assert len(set(keys)) == len(keys)
        assert all(len(key) <= 200 for key in keys)
    assert names == poll_keys(entries, feed)


@given(TEXT, TEXT, TEXT, TEXT)
def test_different_titles_and_guids_never_share_a_name(
    guid: str, title: str, other_guid: str, other_title: str
) -> None:
    """Two entries of a feed with guids and titles of their own are two items, though they share a link."""
    one = Entry(guid="g" + guid.strip(), title="t" + title, link="https://x.example/page")
    two = Entry(guid="h" + other_guid.strip(), title="u" + other_title, link="https://x.example/page")
    assert not same(one, two)


def test_long_names_are_hashed_and_stay_apart() -> None:
    """Names are short enough to keep a million of them, and long addresses that differ at their end still differ."""
    one, two = (Entry(guid=f"https://x.example/{'a' * 500}{end}", title=end) for end in "xy")
    assert max(map(len, item_keys(one, FEED))) < 200
    assert not same(one, two)
