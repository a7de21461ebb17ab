"""Whether a watch could meet an item once its article is read: what cannot be is not asked of a publisher."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import QueryError
from bot.model import Item, Scope, Watch
from bot.watches.match.index import Index

ITEM = Item(keys=("k",), feed="paper", source="The Paper", title="Turkish jets over the sea", summary="A jet fell.")
ALIASES = {"aircraft": "jet, plane"}


def could(query: str, *, scope: Scope = "all", feeds: tuple[str, ...] = (), item: Item = ITEM) -> bool:
    """Return whether a watch of that query could match the item."""
    index = Index()
    index.add(Watch(name="w", title="W", query=query, scope=scope, feeds=feeds), ALIASES)
    return [watch.name for watch in index.could_match(item, ["other", "w"])] == ["w"]


@pytest.mark.parametrize(
    "query",
    [
        *("Idlib", "jets", "Idlib AND S-400", "Idlib, S-400", "Turkish NEAR/3 Idlib", '"no fly zone"', "Нав*"),
        *(
            "body:Idlib",
            "title:Turkish AND Idlib",
            "title:Idlib, S-400",
            "source:paper AND Idlib",
            "@aircraft AND Idlib",
        ),
        *("Idlib -Ankara", "Idlib -title:Ankara", "body:(Idlib -jet)", "title:(Turkish -Idlib) AND S-400"),
    ],
)
def test_could(query: str) -> None:
    """A body may hold any words; what must be in another field is there."""
    assert could(query)
    assert could(query, scope="mention")


@pytest.mark.parametrize(
    "query",
    [
        *("title:Idlib", "summary:Idlib", "title:Idlib AND S-400", "source:times AND Idlib", "Idlib -jet"),
        *("Idlib -Turkish", "title:Idlib, summary:S-400", "title:(Turkish NEAR/1 sea) AND Idlib", "Idlib -@aircraft"),
        *("author:Doe AND Idlib", "lang:en AND Idlib", "title:(Turkish -jet) AND Idlib"),
    ],
)
def test_could_not(query: str) -> None:
    """What a title lacks no body gives, and what is refused already stays refused."""
    assert not could(query, item=replace(ITEM, author="A. Writer", lang="ru"))


@pytest.mark.parametrize("query", ["author:Doe AND Idlib", "lang:en AND Idlib", "Idlib -author:Doe"])
def test_author_and_language_may_be_those_of_the_article(query: str) -> None:
    """An article gives them where the feed does not."""
    assert could(query)


def test_scope_about_looks_at_no_body() -> None:
    """A watch of title and summary only gains nothing by a body."""
    assert not could("Idlib", scope="about")


def test_feeds_of_a_watch() -> None:
    """A watch that does not look at the item's feed gains nothing either."""
    assert could("Idlib", feeds=("paper",))
    assert not could("Idlib", feeds=("other",))


WORDS = st.lists(st.sampled_from(["idlib", "jet", "sea", "ankara", "s-400", ".", "\n"]), max_size=6).map(" ".join)
QUERIES = st.recursive(
    st.sampled_from(["Idlib", "jet", "sea", "title:jet", "body:sea", "summary:ankara", '"jet sea"~1', "@aircraft"]),
    lambda inner: st.builds("({}) {} ({})".format, inner, st.sampled_from(["AND", ",", "AND NOT", "NEAR/2"]), inner),
    max_leaves=4,
)


@given(QUERIES, WORDS, WORDS, WORDS, st.sampled_from(["mention", "all"]))
@settings(max_examples=500)
def test_what_matches_with_a_body_could_match(query: str, title: str, summary: str, body: str, scope: Scope) -> None:
    """Whatever matches once there is a body could have been told to do so before."""
    item = replace(ITEM, title=title, summary=summary)
    index = Index()
    try:
        index.add(Watch(name="w", title="W", query=query, scope=scope), ALIASES)
    except QueryError:
        return  # not every combination is a query
    if index.match(replace(item, body=body)):
        assert list(index.could_match(item, ["w"]))
