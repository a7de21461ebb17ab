"""What each command answers and changes."""

from contextlib import AsyncExitStack
from dataclasses import replace

import pytest
from examples import NOW, a_matched_item, a_state
from rooms import Room
from standins.botapi.entities import stored
from standins.botapi.markup import parse

from bot.assembly import Tempo
from bot.chat.commands import BY_NAME, COMMANDS
from bot.chat.commands.command import Context, Request
from bot.model import Changes, Chat, Feed, Pages, Watch
from bot.runtime.clocks import Clocks
from bot.settings import Settings
from bot.watches.parser.aliases import builtin_aliases

WATCHES = (
    Watch(name="idlib", title="Idlib", query="Idlib, Idleb"),
    Watch(name="s-400", title="S-400 <air defence>", query="S-400"),
    Watch(name="turkish-aircraft", title="Turkish aircraft", query="Turkish NEAR/3 @aircraft", silent=True),
)
FEED = Feed(name="moscow-times", title="The Moscow Times", url="https://example.org/rss")
ANNA, OPERATOR = Chat(id=7, title="Anna"), 99


@pytest.fixture
async def desk(tmp_path):
    settings = Settings(
        config_dir=tmp_path, state_dir=tmp_path, feeds=(FEED,), watches=WATCHES, aliases=builtin_aliases()
    )
    async with AsyncExitStack() as closing:
        room = Room(settings, tmp_path, closing, tempo=Tempo(clocks=Clocks(wall=lambda: NOW)))
        yield Context(
            commands=COMMANDS,
            store=room.memory,
            subscriptions=room.subscriptions,
            watches=WATCHES,
            feeds=room.feeds,
            admin=room.admin,
            own_watches=room.own_watches,
            clock=lambda: NOW,
            trouble=lambda: None,
            reads_pages=True,
            operator=OPERATOR,
        )


def ask(desk, text, chat=ANNA, user=7):
    name, *args = text.removeprefix("/").split()
    request = Request(chat=chat, user=user, command=name, args=tuple(args))
    return "\n\n".join(BY_NAME[name].run(request, desk).paragraphs)


def bring(desk, *arrivals):
    desk.store.poll(*arrivals, feed=FEED)


def test_start_says_what_this_is_and_what_to_do_next(desk):
    answer = ask(desk, "/start")
    assert "<code>/subscribe idlib</code>" in answer
    assert "<b>turkish-aircraft</b>" in answer


def test_help_names_every_command(desk):
    answer = ask(desk, "/help")
    assert all(f"/{command.name}" in answer and command.description in answer for command in COMMANDS)


def test_watchlists_shows_what_each_looks_for(desk):
    answer = ask(desk, "/watchlists")
    assert "<b>s-400</b> – S-400 &lt;air defence&gt;" in answer
    assert "looks for <code>Turkish NEAR/3 @aircraft</code>" in answer
    assert answer.count("without a sound") == 1


def test_subscribing_shows_the_newest_match_as_an_alert(desk):
    bring(desk, a_matched_item("old", "idlib", published=NOW - 9000), a_matched_item("new", "idlib"))
    answer = ask(desk, "/subscribe idlib")
    assert "Subscribed to <b>idlib</b>" in answer
    assert "turkish-warplanes-new" in answer.split("Earlier matches:")[0]
    assert "turkish-warplanes-old" in answer.split("Earlier matches:")[1]
    assert desk.subscriptions.of(7) == ("idlib",)


def test_subscribing_where_nothing_has_matched_yet_says_so(desk):
    assert "No match yet" in ask(desk, "/subscribe s-400")


def test_subscribing_says_how_often_a_watchlist_has_hit(desk):
    bring(desk, a_matched_item("first", published=NOW - 29.5 * 86_400, seen=NOW - 29.5 * 86_400))
    bring(desk, *(a_matched_item(f"n{number}", "idlib") for number in range(3)))
    bring(desk, a_matched_item("long-ago", "idlib", published=NOW - 31 * 86_400))
    assert "Subscribed to <b>idlib</b>. 3 in the last 30 days." in ask(desk, "/subscribe idlib")
    several = (
        "Subscribed to <b>turkish-aircraft</b>, <b>s-400</b>. <b>turkish-aircraft</b> 0, <b>s-400</b> 0 in the last"
    )
    assert several in ask(desk, "/subscribe turkish-aircraft s-400")


def test_what_a_young_bot_has_seen_is_told_with_its_days(desk):
    bring(desk, a_matched_item("n", "idlib", seen=NOW - 1.5 * 86_400))
    assert "Subscribed to <b>idlib</b>. 1 so far, in 2 days of news." in ask(desk, "/subscribe idlib")


@pytest.mark.parametrize("typed", ["idlib s-400", "idlib, s-400", "IDLIB,S-400", "/idlib s-400", "s-400 idlib s-400"])
def test_names_are_read_as_people_type_them(desk, typed):
    ask(desk, f"/subscribe {typed}")
    assert set(desk.subscriptions.of(7)) == {"idlib", "s-400"}


def test_a_title_with_a_space_names_its_watchlist(desk):
    ask(desk, "/subscribe Turkish aircraft")
    assert desk.subscriptions.of(7) == ("turkish-aircraft",)


def test_all_means_all(desk):
    ask(desk, "/subscribe all")
    assert len(desk.subscriptions.of(7)) == 3
    ask(desk, "/unsubscribe all")
    assert desk.subscriptions.of(7) == ()


def test_a_misspelt_name_is_answered_with_the_near_one_and_the_right_ones_are_taken(desk):
    answer = ask(desk, "/subscribe idlb s-400 <script>")
    assert "There is no watchlist <b>idlb</b>. Did you mean <code>/subscribe idlib</code>?" in answer
    assert "<b>&lt;script&gt;</b>" in answer
    assert desk.subscriptions.of(7) == ("s-400",)


def test_subscribe_without_a_name_asks_for_one(desk):
    assert "<code>/subscribe idlib</code>" in ask(desk, "/subscribe")
    assert desk.store.audience() == {}


def test_subscribing_again_says_that_one_has_it(desk):
    ask(desk, "/subscribe idlib")
    assert ask(desk, "/subscribe idlib") == "You already get <b>idlib</b>."


def test_unsubscribing_takes_only_what_is_named(desk):
    ask(desk, "/subscribe idlib s-400")
    answer = ask(desk, "/unsubscribe idlib turkish-aircraft")
    assert "Unsubscribed from <b>idlib</b>." in answer
    assert "You were not subscribed to <b>turkish-aircraft</b>." in answer
    assert ask(desk, "/unsubscribe").startswith("Which one? For example <code>/unsubscribe s-400</code>")


def test_a_watchlist_that_is_no_longer_on_offer_is_listed_as_such_and_can_be_given_back(desk):
    desk.subscriptions.subscribe(ANNA, ["retired"])
    assert "<b>retired</b> – no longer available here" in ask(desk, "/list")
    assert "Unsubscribed from <b>retired</b>" in ask(desk, "/unsubscribe retired")


def test_list_shows_ones_own_watchlists(desk):
    assert "no watchlists" in ask(desk, "/list")
    ask(desk, "/subscribe s-400")
    assert "<b>s-400</b>" in ask(desk, "/list")
    assert "no watchlists" in ask(desk, "/list", chat=Chat(id=8))


def test_latest_is_of_the_named_watchlist_else_of_ones_own_else_of_all(desk):
    bring(desk, a_matched_item("x1", "idlib"), a_matched_item("x2", "s-400", title="Idlib, told otherwise"))
    assert "aircraft-x" not in ask(desk, "/latest turkish-aircraft")
    assert all(key in ask(desk, "/latest") for key in ("x1", "x2"))
    ask(desk, "/subscribe s-400")
    assert "x1" not in ask(desk, "/latest")
    assert "x1" in ask(desk, "/latest idlib")
    assert "no watchlist <b>nope</b>" in ask(desk, "/latest nope")


def test_status_tells_of_feeds_queue_and_last_poll(desk):
    assert "not checked yet" in ask(desk, "/status")
    ask(desk, "/subscribe idlib")
    bring(desk, a_matched_item("a1", "idlib"))
    answer = ask(desk, "/status")
    assert "<b>The Moscow Times</b>: checked just now" in answer
    assert "Waiting to be sent: 1" in answer


def test_status_tells_why_a_feed_is_broken_without_believing_its_words(desk):
    broken = a_state(feed="moscow-times", failures=3, failing_since=NOW - 7200, last_poll=NOW - 60, error="<b>502")
    desk.store.commit(Changes(states=(broken,)))
    assert "failing since 2 h ago (&lt;b&gt;502); last tried 1 min ago" in ask(desk, "/status")


def test_status_tells_the_operator_what_became_of_articles_and_others_of_their_own_feeds(desk):
    pages = Pages(read=42, walled=3, dropped=1_000, last="the page wants a <login>")
    own = Feed(name="own@7", title="Own", url="https://own.example/rss", added=True, chats=(7,))
    states = (
        a_state(feed="moscow-times", last_poll=NOW, pages=pages),
        a_state(feed="own@7", last_poll=NOW, pages=pages),
    )
    desk.store.commit(Changes(feeds=(own,), states=states))
    said = "; articles: 42 read, 3 behind a wall, 1,000 not read in time (the last: the page wants a &lt;login&gt;)"
    assert ask(desk, "/status").count(said) == 1
    assert said in ask(desk, "/status").split("Own")[1]
    assert ask(desk, "/status", chat=Chat(id=OPERATOR), user=OPERATOR).count(said) == 1


def test_status_tells_how_articles_come_to_be_read_where_they_are_not(desk):
    assert "newsvane[article]" not in ask(desk, "/status")
    assert "pip install &quot;newsvane[article]&quot;" in ask(replace(desk, reads_pages=False), "/status")


def test_stop_takes_everything_and_tells_how_to_come_back(desk):
    ask(desk, "/subscribe idlib s-400")
    bring(desk, a_matched_item("a1", "idlib"))
    assert "<code>/subscribe idlib s-400</code>" in ask(desk, "/stop")
    assert (desk.subscriptions.of(7), desk.store.heads()) == ((), [])
    assert "nothing to stop" in ask(desk, "/stop")


def test_the_table_of_commands_is_one_that_telegram_takes():
    for command in COMMANDS:
        assert command.name.isalnum()
        assert command.name.islower()
        assert 1 <= len(command.description) <= 256


@pytest.mark.parametrize("command", ["/latest idlib", "/subscribe idlib", "/status", "/feeds"])
def test_publishers_words_in_an_answer_are_no_commands_names_or_links(desk, command):
    hostile = "/stop @durov evil.com #war 4111111111111111"
    bring(desk, a_matched_item("a", "idlib", title=f"{hostile} in Idlib", source=hostile))
    state = a_state(feed="moscow-times", last_poll=NOW, failures=1, failing_since=NOW, error=hostile)
    desk.store.commit(Changes(states=(state,)))
    text, entities = stored(*parse(ask(desk, command)))
    assert "durov" in text
    own = {"/addfeed", "/renamefeed", "/pausefeed", "/removefeed"}
    units = text.encode("utf-16-le")
    found = {units[2 * it.offset : 2 * (it.offset + it.length)].decode("utf-16-le"): it.type for it in entities}
    assert {kind for words, kind in found.items() if words not in own} <= {"bold", "code", "text_link"}


def test_a_watch_that_cannot_be_read_any_longer_is_shown_as_that_and_can_be_renamed_and_given_up(desk):
    gone = Watch(name="ships@7", title="Ships", query="@ships-of-war, frigate", chat=7)
    desk.store.commit(Changes(watches=(gone,), chats=(replace(ANNA, watches=("ships@7",)),)))
    assert "finds nothing any longer" in ask(desk, "/list")
    assert "<b>ships</b> is now called At sea" in ask(desk, "/rename ships At sea")
    assert "Unsubscribed from <b>ships</b>" in ask(desk, "/unwatch ships")
    assert desk.own_watches.of(7) == []
