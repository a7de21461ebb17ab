"""A few strangers who flood and misbehave beside readers: a short part of the drill."""

from strangers import FEEDS, READER, STRANGER, firsts, trial

READERS, ALERTS = 5, 2


def whole(messages):
    """Return the stories of good feeds that every reader has got."""
    _, got = firsts(messages)
    stories = {(feed, story) for _, feed, story in got if feed < FEEDS}
    return [each for each in stories if all((READER + reader, *each) in got for reader in range(READERS))]


async def test_readers_are_told_what_good_feeds_bring_beside_strangers_whose_feeds_never_end(tmp_path):
    seen = []

    def enough(messages):
        seen[:] = messages
        flooded = any(message.chat >= STRANGER and "Idlib 10" in message.text for message in messages)
        return flooded and len(whole(messages)) >= ALERTS

    out = await trial(tmp_path, strangers=2, readers=READERS, seconds=240.0, kind="brisk", good=2, enough=enough)
    assert len(whole(seen)) >= ALERTS
    assert not out.lost
    assert out.polls["flood"]
