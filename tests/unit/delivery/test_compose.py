"""How an alert reads."""

from html import escape
from html.parser import HTMLParser

from examples import NOW, a_match, an_item
from hypothesis import given
from hypothesis import strategies as st
from standins.botapi.entities import stored
from standins.botapi.markup import parse

from bot.delivery.compose import (
    ENTITY_LIMIT,
    age,
    compose,
    compose_notice,
    fitting,
    found_words,
    source_line,
    together,
    told_in,
)
from bot.model import Hit, Match, MatchedItem, Message, Notice


def composed(item, *matches, watches=None):
    names = watches or [match.watch for match in matches]
    return compose(MatchedItem(item=item, matches=matches), names, delivery="abc234", silent=False, now=NOW)


def text_of(html: str) -> str:
    """The text of markup that Telegram would take; raises for anything it would not."""
    parts, stack = [], []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            assert tag in {"b", "a", "code"}
            assert [name for name, _ in attrs] == (["href"] if tag == "a" else [])
            stack.append(tag)

        def handle_endtag(self, tag):
            assert stack.pop() == tag

        def handle_data(self, data):
            parts.append(data)

    reader = Reader()
    reader.feed(html)
    reader.close()
    assert stack == []
    return "".join(parts)


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def test_an_alert_has_headline_sentence_source_watchlist_words_and_id():
    item = an_item("83008")
    match = a_match(item, "turkish-aircraft", "Turkish", "warplanes", title="Turkish aircraft")
    assert composed(item, match).html == (
        '<a href="https://www.themoscowtimes.com/2020/03/01/turkish-warplanes-83008">'
        "<b>Turkish warplanes</b> seen over Idlib</a>\n\n"
        "Moscow says that it cannot promise their safety.\n\n"
        "The Moscow Times (themoscowtimes.\u2060com)\n"
        "Turkish aircraft: <b>Turkish warplanes</b>\n"
        "<code>abc234</code>"
    )


def test_words_that_hit_are_bold_where_they_stand_also_in_the_sentence():
    item = an_item(title="News from the south", summary="Fighting in Idlib & Hama goes on.")
    html = composed(item, a_match(item, "idlib", "Idlib", field="summary")).html
    assert "Fighting in <b>Idlib</b> &amp; Hama goes on." in html


def test_only_the_watchlists_of_this_chat_are_named():
    item = an_item()
    html = composed(item, a_match(item, "mine", "Idlib"), a_match(item, "yours", "Turkish"), watches=["mine"]).html
    assert "Mine" in html
    assert "Yours" not in html
    assert "<b>Turkish</b>" not in html


def test_a_publishers_markup_characters_stay_text():
    item = an_item(title='<b>5 < 6 & "7"</b> in Idlib', link='https://example.org/?a=1&b="x"')
    html = composed(item, a_match(item, "idlib", "Idlib")).html
    assert text_of(html).startswith('<b>5 < 6 & "7"</b> in Idlib')
    assert 'href="https://example.org/?a=1&amp;b=&quot;x&quot;"' in html


def test_a_link_that_telegram_would_drop_is_no_link():
    for link in ("javascript:alert(1)", "tg://user?id=1", "http://", "", "https://[::1", "https://a b/"):
        html = composed(an_item(link=link), a_match(an_item(), "idlib", "Idlib")).html
        assert "<a" not in html
        assert "Idlib" in html


def test_a_link_that_telegram_does_not_take_is_shown_to_be_copied_and_no_host_promised():
    for link in ("http://intranet/news/5", "https://a.b:0/", "https://a.b:99999/x", "https://a|b.c/"):
        html = composed(an_item(link=link), a_match(an_item(), "idlib", "Idlib")).html
        assert f"The Moscow Times\n<code>{link}</code>\n" in html


def test_an_address_with_somebodys_name_in_it_is_neither_linked_nor_shown():
    for link in ("https://www.bbc.co.uk@evil.example/", "https://user:pw@example.org/", "https://e.org\\@bbc.co.uk/"):
        html = composed(an_item(link=link), a_match(an_item(), "idlib", "Idlib")).html
        assert "example" not in html
        assert "bbc" not in html


def test_each_link_of_an_alert_is_one_that_telegram_keeps():
    for link in (
        "https://a.b:65535/x?y#z",
        "https://[2001:db8::1]:80/",
        "https://новости.рф/é",
        "https://a..b",
        "http://.",
    ):
        html = composed(an_item(link=link), a_match(an_item(), "idlib", "Idlib")).html
        assert sum(entity.type == "text_link" for entity in parse(html)[1]) == html.count("<a ")


def test_publishers_words_are_no_commands_names_or_links():
    words = "/stop@newsvane_bot @durov #war $USD evil.com a@b.com 4111111111111111 tg://x"
    item = an_item(title=words, summary=f"{words} in Idlib", source="news.com", link="")
    match = a_match(item, "idlib", "Idlib", field="summary", title="@aircraft")
    message = composed(item, match)
    _, entities = stored(*parse(message.html))
    assert {entity.type for entity in entities} == {"bold", "code"}
    assert stored(message.plain, ())[1] == ()


def test_publishers_words_in_a_notice_are_no_commands_and_its_address_can_be_copied():
    notice = Notice(key="n", feed="f", text="/stop @durov has moved to https://a.com/rss, and is asked there.")
    message = compose_notice(notice, delivery="abc234")
    assert "<code>https://a.com/rss</code>, and" in message.html
    assert [entity.type for entity in stored(*parse(message.html))[1]] == ["code", "code"]


def test_the_bots_own_command_in_a_notice_can_be_tapped():
    message = compose_notice(Notice(key="n", feed="f", text="… and 3 more: /latest", more=3), delivery="abc234")
    assert [entity.type for entity in stored(*parse(message.html))[1]] == ["bot_command", "code"]


def test_words_that_hit_are_bold_where_they_stand_though_accents_were_written_apart():
    title = "A\u030angstro\u0308m /stop in Idlib"
    at = title.index("Idlib")
    hits = (Hit(term="t", alternative="a", field="title", start=at, end=at + 5),)
    hits += (Hit(term="t", alternative="a", field="title", start=0, end=10),)
    html = composed(an_item(title=title), Match(watch="w", title="W", hits=hits)).html
    assert "<b>Ångström</b> /\u2060stop in <b>Idlib</b></a>" in html


def test_a_late_alert_says_how_old_its_item_was_in_words_that_stay_true():
    for seconds, said in ((0, ""), (3_599, ""), (7_200, " · published 2 h earlier"), (-500, "")):
        item = an_item(published=NOW - seconds)
        assert f"(themoscowtimes.\u2060com){said}\n" in composed(item, a_match(item, "idlib", "Idlib")).html
    item = an_item(published=1583020800.0)
    assert " · published 1 March 2020\n" in composed(item, a_match(item, "idlib", "Idlib")).html


def test_an_answer_says_how_old_an_item_is():
    assert source_line(an_item(published=NOW - 120), NOW).endswith(" · 2 min ago")


def test_a_sentence_is_said_once():
    for item in (an_item(title="", summary="Fighting in Idlib."), an_item(title="On.", summary="On.")):
        html = composed(item, a_match(an_item(), "idlib", "Idlib")).html
        assert html.count(item.summary) == 1


def test_a_long_sentence_without_a_headline_is_told_as_far_as_others():
    item = an_item(title="", summary="word " * 130)
    assert "word " * 130 in composed(item, a_match(an_item(), "idlib", "Idlib")).html.replace("</a>", " ")


def test_sixty_alerts_at_once_keep_every_link_every_bold_word_and_every_id():
    messages = []
    for number in range(60):
        item = an_item(f"n{number}")
        hits = a_match(item, "idlib", "Turkish", "Idlib").hits
        matched = MatchedItem(item=item, matches=(Match(watch="w", title="W", hits=hits),))
        messages.append(compose(matched, ["w"], delivery=f"id{number}", silent=False, now=NOW))
    told = []
    while messages:
        part, messages = messages[: fitting(messages)], messages[fitting(messages) :]
        together_html = together(part).html
        kept = stored(*parse(together_html))[1]
        assert len(kept) == together_html.count("</") <= ENTITY_LIMIT
        told += [entity.type for entity in kept]
    assert (told.count("text_link"), told.count("code")) == (60, 60)
    assert told.count("bold") >= 60 * 4


def test_a_single_alert_has_no_more_entities_than_telegram_keeps():
    words = " x ".join(f"Idlib{n}" for n in range(90))
    body = "\n".join(f"{words[: 6 * n]} {n}." for n in range(30, 40))
    item = an_item(title=words, summary=words, body=body)
    hits = tuple(
        Hit(term=f"{field} {at % 7}", alternative="a", field=field, start=at, end=at + 5)
        for field, text in (("title", words), ("summary", words), ("body", body))
        for at in range(len(text))
        if text.startswith("Idlib", at)
    )
    html = composed(item, *(Match(watch=f"w{n}", title="W", hits=hits, tier="aside") for n in range(8))).html
    assert html.count("¶") == 1 + 6
    assert html.count("</") < ENTITY_LIMIT
    assert html.endswith("<code>abc234</code>")


def test_an_item_without_a_headline_is_led_by_its_sentence():
    item = an_item(title="")
    match = Match(watch="w", title="W", hits=(Hit(term="x", alternative="x", field="summary", start=0, end=6),))
    assert ">" + "<b>Moscow</b> says" in composed(item, match).html


def test_plain_text_says_the_same_without_markup():
    item = an_item()
    assert composed(item, a_match(item, "idlib", "Idlib")).plain == (
        "Turkish warplanes seen over Idlib\nhttps://www.themoscowtimes.com/2020/03/01/turkish-warplanes-a1\n\n"
        "Idlib: Idlib\nabc234"
    )


def test_a_word_that_hit_twice_is_shown_once_and_neighbours_stay_together():
    item = an_item(title="Idlib: S-400 missiles near IDLIB")
    match = Match(
        watch="w",
        title="W",
        hits=tuple(
            Hit(term="t", alternative="a", field="title", start=start, end=end)
            for start, end in [(27, 32), (0, 5), (7, 12), (13, 21)]
        ),
    )
    assert found_words(item, match) == ("Idlib", "S-400 missiles")


def test_a_mention_in_the_article_alone_is_called_one():
    item = an_item(body="Far down it says Idlib.")
    match = a_match(item, "idlib", "Idlib", field="body")._replace(tier="mention")
    html = composed(item, match).html
    assert "Idlib (mentioned, ¶1): <b>Idlib</b>" in html
    assert "\n\n¶1 Far down it says <b>Idlib</b>.\n\n" in html
    caption = an_item(summary="A general view of Idlib.")
    match = a_match(caption, "idlib", "Idlib", field="summary")._replace(tier="aside")
    assert "Idlib (mentioned): <b>Idlib</b>" in composed(caption, match).html


def test_age_is_said_as_a_person_would():
    ages = [(0, "just now"), (59, "just now"), (60, "1 min ago"), (3599, "59 min ago"), (3600, "1 h ago")]
    assert [age(NOW - seconds, NOW) for seconds, _ in ages] == [said for _, said in ages]
    assert age(1583020800.0, NOW) == "1 March 2020"
    assert age(None, NOW) == "undated"
    assert age(NOW + 500, NOW) == "just now"


any_text = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)


@given(
    title=any_text | any_text.map(lambda text: text * 200),
    summary=any_text.map(lambda text: text * 100),
    body=any_text.map(lambda text: text * 100),
    spans=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), max_size=6),
    matches=st.integers(1, 9),
)
def test_any_text_makes_a_message_that_telegram_takes(title, summary, body, spans, matches):
    item = an_item(title=title or "x", summary=summary, body=body)
    hits = tuple(
        Hit(term=f"{field} {min(s)}", alternative="a", field=field, start=min(s), end=max(s))
        for field in ("title", *["body"] * bool(body))
        for s in spans
    )
    message = composed(item, *(Match(watch=f"w{n}", title="🚀" * 60, hits=hits, tier="aside") for n in range(matches)))
    assert text_of(message.html).strip()
    assert units(text_of(message.html)) <= 4096
    assert len(message.html.encode()) <= 32_768
    assert units(message.plain) <= 4096


@given(st.lists(st.integers(0, 900), min_size=1, max_size=40), st.sampled_from("a<&é😀"))
def test_alerts_that_share_a_message_are_whole_and_within_telegrams_limits(lengths, letter):
    """As many as fit, in their order, each as it would be by itself."""
    messages = [
        Message(html=f'<a href="https://example.org/{n}">{escape(letter * size)}x</a>\n\nid{n}', plain="", silent=n > 0)
        for n, size in enumerate(lengths)
    ]
    count = fitting(messages)
    assert 1 <= count <= len(messages)
    html = together(messages[:count]).html
    if count > 1:
        assert units(text_of(html)) <= 4096
        assert len(html.encode()) <= 32_768
    assert told_in(text_of(html)) == [text_of(message.html) for message in messages[:count]] or count == 1
    if count < len(messages):
        assert units(text_of(together(messages[: count + 1]).html)) > 3900


def test_a_message_of_several_alerts_rings_if_one_of_them_would():
    quiet, loud = (Message(html="x", plain="x", silent=silent) for silent in (True, False))
    assert together([quiet, quiet]).silent
    assert not together([quiet, loud]).silent
