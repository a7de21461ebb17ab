"""Values come back from their documents as they were."""

import json
from dataclasses import asdict, fields

from examples import a_state
from hypothesis import given
from hypothesis import strategies as st

from bot.model import FeedState, Poll
from bot.store.documents import feed_document, feed_state

TIMES = st.floats(0, 1e11)
POLLS = st.builds(Poll, TIMES, TIMES, st.sampled_from(["200", "304", "503", "unreachable"]), st.integers(0, 9_999))
STATES = st.builds(
    FeedState,
    feed=st.text(min_size=1),
    url=st.text(),
    etag=st.text(),
    primed=st.booleans(),
    last_poll=TIMES,
    next_poll=TIMES,
    failures=st.integers(0, 99),
    skip_hours=st.lists(st.integers(0, 23)).map(tuple),
    hubs=st.lists(st.text()).map(tuple),
    polls=st.lists(POLLS, max_size=10).map(tuple),
)


@given(STATES)
def test_how_a_feed_stands_comes_back_from_its_document_to_the_last_digit(state):
    assert feed_state(json.loads(json.dumps(feed_document(state)))) == state


@given(STATES)
def test_a_document_that_says_all_and_has_its_polls_as_lists_is_read_as_well(state):
    assert feed_state(json.loads(json.dumps(asdict(state)))) == state


def test_what_is_as_at_the_beginning_is_not_written():
    assert feed_document(a_state(feed="a")) == {"feed": "a"}
    assert len(fields(FeedState)) > 20
