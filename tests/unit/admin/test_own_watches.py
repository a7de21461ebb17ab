"""Watches of chats' own: tried, kept, renamed and given up, on a real state and the one index."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest
import pytest_asyncio
from examples import NOW, a_match, a_state, an_item
from rooms import Room

from bot.assembly import Tempo, index_of
from bot.errors import QueryError, RequestRefused
from bot.model import Changes, Chat, Feed, Match, MatchedItem, Watch
from bot.model.bounds import OFFER_SECONDS, TRIALS, WATCH_OFFERS, WATCHES
from bot.poll.kept import kept as cut
from bot.runtime.clocks import Clocks
from bot.settings import Settings

FEED = Feed(name="paper", title="A paper", url="https://paper.example/rss")
PUBLIC = Watch(name="idlib", title="Idlib", query="Idlib")
ANNA, BORIS = Chat(id=7, title="Anna"), Chat(id=8, title="Boris")
DAY = 86_400.0


class Now:
    at = NOW

    def __call__(self):
        return self.at


@pytest_asyncio.fixture
async def room(tmp_path):
    """A bot's half that reads news, with what it has kept of three days."""
    async with AsyncExitStack() as closing:
        settings = Settings(config_dir=tmp_path, state_dir=tmp_path, feeds=(FEED,), watches=(PUBLIC,))
        now = Now()
        room = Room(settings, tmp_path, closing, tempo=Tempo(clocks=Clocks(wall=now, steady=now)))
        room.now, room.settings, room.own = now, settings, room.own_watches
        items = [
            an_item(f"a{number}", feed="paper", title=title, summary="", seen=NOW - days * DAY)
            for number, (title, days) in enumerate(
                [("Turkish planes land", 2), ("Turkish planes leave", 2), ("A turkish plane", 0), ("A cat", 1)]
            )
        ]
        room.store.commit(Changes(items=tuple(MatchedItem(item=item, matches=()) for item in items)))
        room.store.commit(Changes(states=(a_state("paper", url=FEED.url, primed=True, last_new=NOW),)))
        yield room


async def kept(room, query, chat=ANNA, scope="all"):
    trial = await room.own.tried(query, 7, [])
    return room.own.keep(chat, room.own.offer(chat.id, trial.query).id, scope)


async def shown(room, *titles):
    """Let the paper show items; return who is told of which, by chat."""
    return await published(room, *((title, title) for title in titles))


async def edited(room, title, now):
    """Let the paper show an item with another headline; return who is told of which, by chat."""
    return await published(room, (title, now))


async def published(room, *items):
    rows = "".join(f"<item><link>https://paper.example/{name}</link><title>{t}</title></item>" for name, t in items)
    body = f"<rss version='2.0'><channel><title>A paper</title>{rows}</channel></rss>".encode()
    await room.pipeline.push(FEED, body, "application/rss+xml")
    return sorted((row.chat, row.watches) for row in room.store.deliveries())


async def test_a_trial_says_how_often_a_query_would_have_told_on_which_days_and_of_what(room):
    trial = await room.own.tried("Turkish planes", 7, [])
    assert (trial.fired, trial.items, trial.per_day) == (3, 4, (2, 0, 1))
    assert trial.examples[0].item.title == "A turkish plane"
    assert [hit.alternative for match in trial.examples[0].matches for hit in match.hits]
    assert "Turkish planes" in trial.said
    assert room.own.of(ANNA.id) == []


async def test_a_query_that_finds_nothing_comes_with_a_wider_one_that_does(room):
    trial = await room.own.tried("Turkish NEAR/1 cat, title:(Turkish AND cat)", 7, [])
    assert trial.fired == 0
    assert trial.wider
    assert trial.wider_count == (await room.own.tried(trial.wider, 7, [])).fired > 0


async def test_a_query_that_cannot_be_read_is_refused_with_its_place(room):
    with pytest.raises(QueryError) as refused:
        await room.own.tried("(planes", 7, [])
    assert (refused.value.start, refused.value.suggestion) == (0, "(planes)")


async def test_what_is_kept_tells_its_chat_of_the_next_item_and_nobody_else(room):
    watch = await kept(room, "Turkish planes")
    room.subscriptions.subscribe(BORIS, ["idlib"])
    assert (watch.name, watch.label, watch.title) == ("turkish-planes@7", "turkish-planes", "Turkish planes")
    assert await shown(room, "Turkish planes over Idlib", "A dog") == [
        (ANNA.id, ("turkish-planes@7",)), (BORIS.id, ("idlib",)),
    ]  # fmt: skip


async def test_a_watch_of_headlines_alone_does_not_look_at_articles(room):
    watch = await kept(room, "Idlib", scope="about")
    item = an_item("b", feed="paper", title="A report", summary="", body="Of Idlib it says little.")
    assert [match.watch for match in room.reading.index.match(item)] == ["idlib"]
    assert watch.scope == "about"


async def test_how_own_watches_met_an_item_is_not_kept_but_told_again_when_the_alert_is_written(room):
    await kept(room, "Turkish planes")
    await shown(room, "Turkish planes over Idlib")
    (row,) = [row for row in room.store.deliveries() if row.chat == ANNA.id]
    content = room.store.content(row)
    assert [match.watch for match in content.matches] == ["idlib"]
    (again,) = room.reading.index.again(content.item, row.watches)
    assert {content.item.title[hit.start : hit.end] for hit in again.hits} == {"Turkish planes"}


async def test_where_only_quotes_are_kept_a_watch_still_shows_its_words(room):
    await kept(room, "Turkish AND Ankara AND planes")
    item = an_item("q", feed="paper", title="Turkish report", summary="", body="Planes were seen.")
    (again,) = room.reading.index.again(item, ["turkish-ankara-planes@7"])
    found = {"title": item.title, "body": item.body}
    assert {found[hit.field][hit.start : hit.end] for hit in again.hits} == {"Turkish", "Planes"}


async def test_who_tries_words_does_not_learn_that_somebody_has_a_watch_for_them(room):
    await kept(room, "Rosatom")
    item = an_item("r", feed="paper", title="A report", summary="", body=f"{'It goes on. ' * 500}Rosatom was named.")
    entry = cut(MatchedItem(item=item, matches=room.reading.index.match(item)))
    room.store.commit(Changes(items=(entry,)))
    assert entry.item.body == "Rosatom was named."
    for query in ("Rosatom", "body:Rosatom"):
        trial = await room.own.tried(query, BORIS.id, [])
        assert (trial.fired, trial.wider_count, trial.relatives) == (0, 0, ())


async def test_an_offer_is_taken_once_by_its_chat_and_in_time(room):
    offer = room.own.offer(ANNA.id, "planes")
    with pytest.raises(RequestRefused):
        room.own.keep(BORIS, offer.id, "all")
    room.own.keep(ANNA, offer.id, "all")
    with pytest.raises(RequestRefused):
        room.own.keep(ANNA, offer.id, "all")
    late = room.own.offer(ANNA.id, "tanks")
    room.now.at += OFFER_SECONDS + 1
    with pytest.raises(RequestRefused):
        room.own.keep(ANNA, late.id, "all")
    assert [watch.query for watch in room.own.of(ANNA.id)] == ["planes"]


async def test_a_chat_has_one_trial_at_a_time_and_all_together_a_few(room):
    trials = [asyncio.create_task(room.own.tried("planes", chat, [])) for chat in (1, 1, *range(2, TRIALS + 5))]
    came = await asyncio.gather(*trials, return_exceptions=True)
    refused = [each.code for each in came if isinstance(each, RequestRefused)]
    assert refused == ["trying", *["too many trials"] * 4]
    assert sum(not isinstance(each, Exception) and each.fired for each in came) == 3 * TRIALS
    assert (await room.own.tried("planes", 1, [])).fired == 3


async def test_the_offers_of_strangers_are_bounded(room):
    first = room.own.offer(1, "planes")
    for chat in range(2, WATCH_OFFERS + 2):
        room.own.offer(chat, "planes")
    with pytest.raises(RequestRefused):
        room.own.offered(first.id, 1)
    assert len(room.own._offers) == WATCH_OFFERS


async def test_a_chat_may_have_so_many_watches_and_is_told_so(room):
    for number in range(WATCHES):
        room.own.keep(ANNA, room.own.offer(ANNA.id, f"word{number}").id, "all")
    with pytest.raises(RequestRefused, match=str(WATCHES)):
        room.own.keep(ANNA, room.own.offer(ANNA.id, "one more").id, "all")
    room.own.keep(BORIS, room.own.offer(BORIS.id, "one more").id, "all")


async def test_two_watches_of_a_chat_have_different_names_and_none_has_that_of_a_watchlist(room):
    names = [(await kept(room, query)).label for query in ("Idlib", "=Idlib", "Идлиб", "planes", "=planes")]
    assert len(set(names)) == len(names)
    assert "idlib" not in names
    assert "идлиб" in names


@pytest.mark.parametrize(
    "query",
    ["土耳其飞机在伊德利卜省上空飞行并且轰炸了许多地方以及医院", "ტრაბზონისთვითმფრინავები საქართველოში", "идлиб " * 9],
)
async def test_the_button_that_gives_a_watch_up_fits_into_what_telegram_takes_of_it(room, query):
    for _ in range(3):
        label = room.own.keep(ANNA, room.own.offer(ANNA.id, query).id, "all").label
        assert len(f"unwatch {label}".encode()) <= 64


async def test_what_cannot_be_read_is_not_kept_whoever_asks_for_it(room):
    with pytest.raises(QueryError):
        room.own.keep(ANNA, room.own.offer(ANNA.id, "(").id, "all")
    assert (room.own.of(ANNA.id), room.subscriptions.of(ANNA.id)) == ([], ())


async def test_an_edit_of_what_was_in_the_news_before_a_watch_was_made_is_no_news_for_it(room):
    await shown(room, "planes")
    await kept(room, "planes")
    assert await edited(room, "planes", "planes, said anew") == []
    assert await edited(room, "planes", "cats") == []


async def test_a_watch_that_is_given_up_tells_nothing_and_what_waited_for_it_is_dropped(room):
    watch = await kept(room, "planes")
    await shown(room, "Turkish planes")
    gone = room.subscriptions.unsubscribe(ANNA.id, [watch.name])
    room.own.forget(gone)
    assert (room.store.deliveries(), room.own.of(ANNA.id)) == ([], [])
    assert await shown(room, "More planes") == []


async def test_who_unsubscribes_from_a_watchlist_takes_it_from_nobody_else(room):
    for chat in (ANNA, BORIS):
        room.subscriptions.subscribe(chat, ["idlib"])
    room.own.forget(room.subscriptions.unsubscribe(ANNA.id, ["idlib"]))
    assert await shown(room, "Idlib again") == [(BORIS.id, ("idlib",))]


async def test_a_title_of_ones_own_stands_in_alerts(room):
    await kept(room, "planes")
    assert room.own.rename(ANNA.id, "planes", "What flies").title == "What flies"
    (match,) = room.reading.index.match(an_item("x", title="A plane"))
    assert match.title == "What flies"
    for bad in ("", "x" * 61, "two\nlines"):
        with pytest.raises(RequestRefused):
            room.own.rename(ANNA.id, "planes", bad)
    with pytest.raises(RequestRefused):
        room.own.rename(BORIS.id, "planes", "Mine")


async def test_own_watches_are_there_after_a_restart_and_one_that_cannot_be_read_stops_nothing(room):
    await kept(room, "Turkish planes")
    broken = Watch(name="broken@7", title="x", query="(", chat=7)
    room.store.commit(Changes(watches=(broken,)))
    index = index_of(room.settings, room.store.own_watches().values())
    assert [match.watch for match in index.match(an_item("x", title="Turkish planes"))] == ["turkish-planes@7"]


async def test_a_group_that_becomes_a_supergroup_keeps_its_watches(room):
    await kept(room, "planes", Chat(id=-5, kind="group"))
    room.subscriptions.move(-5, -1005)
    assert [(watch.label, watch.chat) for watch in room.own.of(-1005)] == [("planes", -1005)]
    assert room.own.of(-5) == []
    assert await shown(room, "A plane") == [(-1005, ("planes@-5",))]


async def test_an_edited_headline_tells_no_owner_of_a_watch_again(room):
    await kept(room, "planes")
    await shown(room, "planes")
    before = room.store.deliveries()
    assert await edited(room, "planes", "planes, said anew") == [(row.chat, row.watches) for row in before]


def test_matches_of_own_watches_are_written_only_while_some_chats_have_not_been_told():
    from bot.store.documents import item_document  # noqa: PLC0415  # one look beneath the store

    item = an_item("a")
    own: Match = a_match(item, "mine@7", "Idlib")
    entry = MatchedItem(item=item, matches=(a_match(item, "idlib", "Idlib"), own))
    assert [match["watch"] for match in item_document(entry)["matches"]] == ["idlib"]
    partly = replace(entry, item=replace(item, partly=True))
    assert [match["watch"] for match in item_document(partly)["matches"]] == ["idlib", "mine@7"]


async def test_words_of_the_same_family_that_would_find_more_are_offered_with_their_count(room):
    items = [an_item(f"c{n}", feed="paper", title="A cease-fire holds, a truce is signed", seen=NOW) for n in range(2)]
    more = [an_item(f"e{n}", feed="paper", title="Elections in Georgia", summary="", seen=NOW) for n in range(3)]
    elected = [an_item(f"v{n}", feed="paper", title="Voters elect a mayor", summary="", seen=NOW) for n in range(2)]
    room.store.commit(Changes(items=tuple(MatchedItem(item=item, matches=()) for item in (*items, *more, *elected))))
    trial = await room.own.tried("election", 7, [])
    assert trial.fired == 3
    assert trial.relatives
    first = trial.relatives[0]
    assert (await room.own.tried(first.query, 7, [])).fired == trial.fired + first.more
