"""`newsvane match` and `newsvane aliases`, as a person uses them."""

import json
from contextlib import closing
from urllib.parse import urljoin

import pytest
from examples import NOW, an_item
from forked import ROOT, newsvane
from memory import Memory, feed_named
from standins import articles
from standins.articles import FOUNDING, HTML

from bot.model import Changes, FeedState, MatchedItem

ITEM = {
    "title": "Three <b>Turkish</b> warplanes &amp; a drone",
    "summary": "Over Idlib.",
    "link": "https://example.org/1",
}


@pytest.fixture
def items(tmp_path):
    path = tmp_path / "items.jsonl"
    path.write_text(json.dumps(ITEM) + "\n" + json.dumps({"title": "A park opens", "summary": "", "link": ""}) + "\n")
    return str(path)


async def test_a_query_that_hits_ends_with_0_and_one_that_does_not_with_1(tmp_path):
    assert (await newsvane("match", "Idlib", "--text", "News from Idlib", cwd=tmp_path)).code == 0
    assert (await newsvane("match", "Idlib", "--text", "News from Hama", cwd=tmp_path)).code == 1


async def test_a_mistake_in_a_query_is_pointed_at_and_ends_with_2(tmp_path):
    ended = await newsvane("match", "Idlib or Hama", "--text", "x", cwd=tmp_path)
    assert ended.code == 2
    assert "  Idlib or Hama\n        ^^" in ended.err
    assert "Idlib OR Hama" in ended.err


async def test_of_many_items_those_that_match_are_shown(tmp_path, items):
    ended = await newsvane("match", "Turkish NEAR/3 @aircraft", "--items", items, cwd=tmp_path)
    assert ended.code == 0
    assert "Three Turkish warplanes & a drone" in ended.out
    assert "A park opens" not in ended.out
    assert "1 of 2 items" in ended.err


async def test_of_an_article_the_paragraphs_with_hits_are_shown_and_the_tier(tmp_path):
    path = tmp_path / "item.json"
    body = "".join(f"<p>{text}</p>" for text in ["Talks in Ankara.", "Idlib was named.", "A pause.", "The S-400 came."])
    path.write_text(json.dumps({"title": "Talks", "body": body}))
    ended = await newsvane("match", "Idlib", "--item", str(path), "--explain", cwd=tmp_path)
    assert "\n  ¶2: Idlib was named.\n  mention, Idlib\n" in ended.out
    assert 'yes Idlib: body ¶2 "Idlib"' in ended.out
    ended = await newsvane("match", "Idlib AND S-400", "--item", str(path), cwd=tmp_path)
    assert "\n  ¶4 (aside): The S-400 came.\n  aside, Idlib, S-400\n" in ended.out


async def test_of_many_items_what_the_query_does_not_find_yet_is_offered(tmp_path):
    path = tmp_path / "items.jsonl"
    day = "2020-01-{:02} 10:00:00+00:00"
    titles = ("Turkey votes", "A Turkish jet", "Turkish ships", "A park opens")
    rows = [json.dumps({"title": title, "published": day.format(1 + 10 * n)}) for n, title in enumerate(titles)]
    path.write_text("\n".join(rows))
    ended = await newsvane("match", "Turkey", "--items", str(path), cwd=tmp_path)
    assert "  Turkish: 2 more in 30 days. Add it: Turkey, Turkish\n" in ended.err
    ended = await newsvane("match", "Turkey", "--text", "A Turkish jet", cwd=tmp_path)
    assert "more" not in ended.err


async def test_a_query_is_tried_on_what_the_bot_has_kept_while_it_runs(tmp_path):
    titles = {"t1": "Turkey votes", "t2": "Turkish ships", "t3": "Turkey again", "t4": "Turkey is far away"}
    own = feed_named("mine@7", (7,))
    with closing(Memory(tmp_path / "state")) as memory:
        memory.commit(Changes(feeds=(own,), states=(FeedState(feed=own.name),)))
        for number, (key, title) in enumerate(titles.items()):
            feed = own.name if key == "t4" else "daily"
            item = an_item(key, title=title, summary="", feed=feed, published=NOW + number, seen=NOW + number)
            memory.commit(Changes(items=(MatchedItem(item=item, matches=()),)))
            if number == 1:
                list(memory.file(least=1))
        config = ("--config", str(ROOT / "config"))
        ended = await newsvane(*config, "match", "Turkey", "--archive", cwd=tmp_path)
        assert ended.code == 0
        assert "2 of 3 kept items" in ended.err
        assert "Turkish: 1 more" in ended.err
        assert ended.out.index("Turkey again") < ended.out.index("Turkey votes")
        assert "far away" not in ended.out
        ended = await newsvane(*config, "match", "Turkey", "--archive", "--json", cwd=tmp_path)
        assert [json.loads(line)["title"] for line in ended.out.splitlines()] == ["Turkey again", "Turkey votes"]
        assert (await newsvane(*config, "match", "Idlib", "--archive", cwd=tmp_path)).code == 1


async def test_a_check_of_the_config_tells_what_its_watchlists_do_not_find_of_the_kept_items(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config/feeds.toml").write_text('[[feed]]\nname = "a"\nurl = "https://example.org/rss"\n')
    (tmp_path / "config/watchlists.toml").write_text('[[watch]]\nname = "turkey"\nquery = "Turkey"\n')
    ended = await newsvane("check-config", cwd=tmp_path)
    assert (ended.code, "advice" in ended.out) == (0, False)
    with closing(Memory(tmp_path / "state")) as memory:
        for number, title in enumerate(("Turkey votes", "Turkish ships", "A Turkish jet")):
            item = an_item(f"t{number}", title=title, summary="", published=NOW, seen=NOW)
            memory.commit(Changes(items=(MatchedItem(item=item, matches=()),)))
    ended = await newsvane("check-config", cwd=tmp_path)
    assert ended.code == 0
    assert "  advice      turkey: Turkish: 2 more in 1 day. Add it: Turkey, Turkish\n" in ended.out
    assert "newsvane match --watchlists --archive" in ended.out


async def test_explain_says_which_part_failed_and_why(tmp_path):
    ended = await newsvane("match", "Turkish NEAR/1 plane", "--text", "Turkish a b c plane", "--explain", cwd=tmp_path)
    assert ended.code == 1
    assert "no  Turkish NEAR/1 plane" in ended.out
    assert 'yes plane: title "plane"' in ended.out


async def test_json_has_the_places_of_the_hits(tmp_path, items):
    ended = await newsvane("match", "warplane", "--items", items, "--json", cwd=tmp_path)
    (hit,) = json.loads(ended.out)["hits"]
    assert (hit["field"], hit["start"], hit["end"], hit["text"]) == ("title", 14, 23, "warplanes")


async def test_the_watchlists_of_the_config_can_be_tried(tmp_path, items):
    (tmp_path / "config").mkdir()
    (tmp_path / "config/feeds.toml").write_text('[[feed]]\nname = "a"\nurl = "https://example.org/rss"\n')
    (tmp_path / "config/watchlists.toml").write_text('[[watch]]\nname = "drones"\nquery = "@drone"\n')
    ended = await newsvane("match", "--watchlists", "--items", items, cwd=tmp_path)
    assert "drones: about, @drone" in ended.out


async def test_items_that_are_no_json_are_named_by_their_line(tmp_path):
    path = tmp_path / "items.jsonl"
    path.write_text('{"title": "Idlib"}\n[1]\n')
    ended = await newsvane("match", "Idlib", "--items", str(path), cwd=tmp_path)
    assert ended.code == 78
    assert "items.jsonl:2" in ended.err


async def test_one_must_say_what_to_try(tmp_path):
    assert (await newsvane("match", cwd=tmp_path)).code == 2
    assert (await newsvane("match", "a", "--watchlists", cwd=tmp_path)).code == 2


async def test_aliases_shows_built_in_ones_and_marks_those_of_the_config(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config/feeds.toml").write_text('[[feed]]\nname = "a"\nurl = "https://example.org/rss"\n')
    (tmp_path / "config/watchlists.toml").write_text(
        "[alias]\nboats = 'boat, ship'\ntank = 'panzer'\ndrone = '@drone, toy'\n"
        "[[watch]]\nname = \"w\"\nquery = '@boats'\n"
    )
    ended = await newsvane("aliases", cwd=tmp_path)
    assert "@boats  (watchlists.toml)\n    boat, ship" in ended.out
    assert "@tank  (watchlists.toml, in place of the built-in one)\n    panzer" in ended.out
    assert "@drone  (watchlists.toml, beside the built-in one)\n    @drone, toy" in ended.out
    assert "@missile\n" in ended.out
    checked = await newsvane("check-config", cwd=tmp_path)
    assert "@tank replaces the built-in one" in checked.out
    assert "@drone extends the built-in one" in checked.out
    assert (await newsvane("match", "@drone", "--text", "A UAV over Kazan", cwd=tmp_path)).code == 0
    assert (await newsvane("match", "@drone", "--text", "A toy over Kazan", cwd=tmp_path)).code == 0
    assert (await newsvane("match", "@tank", "--text", "An armoured vehicle burns", cwd=tmp_path)).code == 1


@pytest.fixture
def page(tmp_path):
    (tmp_path / "page.html").write_bytes(articles.news_site())
    return "page.html"


async def test_what_is_read_of_a_page_is_shown_with_the_tier_and_the_words_of_each_paragraph(tmp_path, page):
    ended = await newsvane("match", "Idlib OR S-400", page, cwd=tmp_path)
    assert ended.code == 0
    lines = ended.out.splitlines()
    assert lines[1] == "  Mira Holm, 2020-03-02 06:41 UTC, en"
    assert lines[2] == f"  about       {FOUNDING.title}"
    assert lines[3] == f"  mention ¶0  {FOUNDING.summary}"
    assert lines[5] == f"  mention ¶2  {FOUNDING.paragraphs[1]}  ← Idlib"
    assert lines[10] == f"  aside   ¶7  {FOUNDING.paragraphs[6]}  ← S-400"
    assert "  mention, Idlib, S-400" in lines


async def test_a_page_is_shown_without_a_query_too(tmp_path, page):
    ended = await newsvane("match", page, cwd=tmp_path)
    assert ended.code == 0
    assert f"  mention ¶1  {FOUNDING.paragraphs[0]}\n" in ended.out


async def test_a_page_that_a_query_does_not_find_ends_with_1(tmp_path, page):
    assert (await newsvane("match", "Gazprom", page, cwd=tmp_path)).code == 1


async def test_why_a_page_is_not_read_is_told(tmp_path):
    (tmp_path / "wall.html").write_bytes(articles.consent_wall())
    ended = await newsvane("match", "privacy", "wall.html", cwd=tmp_path)
    assert ended.code == 1
    assert ended.out == "wall.html\n  not read (wall): the site asks for consent to cookies first\n"


async def test_the_config_opens_networks_for_pages_as_for_feeds(tmp_path, scene):
    publisher = scene.publisher
    publisher.pages["/news"] = (HTML, articles.news_site())
    link = urljoin(publisher.url, "/news")
    assert "not read (refused)" in (await newsvane("--config", "none", "match", "Idlib", link, cwd=tmp_path)).out
    ended = await newsvane("match", "Idlib", link, cwd=scene.folder)
    assert ended.code == 0
    assert [request.path for request in publisher.requests] == ["/robots.txt", "/news"]


async def test_what_is_no_page_and_no_query_is_refused(tmp_path, page):
    ended = await newsvane("match", "Idlib", "Hama", cwd=tmp_path)
    assert ended.code == 2
    assert "Hama is no address and no file" in ended.err
    assert (await newsvane("match", page, "--text", "x", cwd=tmp_path)).code == 2
