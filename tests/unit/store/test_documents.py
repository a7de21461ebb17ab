"""Values come back from their documents as they were."""

import json

from examples import a_state
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Delivery, Poll
from bot.store.documents import delivery, delivery_document, feed_state, state_document

TIMES = st.floats(0, 1e11)
POLLS = st.builds(Poll, TIMES, TIMES, st.sampled_from(["200", "304", "503", "unreachable"]), st.integers(0, 9_999))
STATES = st.builds(
    a_state,
    feed=st.text(min_size=1),
    url=st.text(),
    etag=st.text(),
    primed=st.booleans(),
    last_poll=TIMES,
    next_poll=TIMES,
    failures=st.integers(0, 99),
    skip_hours=st.lists(st.integers(0, 23)).map(tuple),
    hubs=st.lists(st.text()).map(tuple),
    pushed=st.lists(st.one_of(st.none(), TIMES), max_size=3).map(tuple),
    polls=st.lists(POLLS, max_size=10).map(tuple),
)


@given(STATES)
def test_how_a_feed_stands_comes_back_from_its_document_to_the_last_digit(state):
    assert feed_state(json.loads(json.dumps(state_document(state)))) == state


def test_what_is_as_at_the_beginning_is_not_written():
    assert state_document(a_state(feed="a")) == {"feed": "a"}


@given(
    st.builds(
        Delivery,
        id=st.text(),
        item=st.text(),
        feed=st.text(),
        chat=st.integers(-(10**13), 10**13),
        watches=st.lists(st.text()).map(tuple),
        state=st.sampled_from(["queued", "sending", "sent", "uncertain", "dead", "expired"]),
        created=TIMES,
        settled=TIMES,
        plain=st.booleans(),
    )
)
def test_a_delivery_comes_back_from_its_document(row):
    assert delivery(json.loads(json.dumps(delivery_document(row)))) == row
