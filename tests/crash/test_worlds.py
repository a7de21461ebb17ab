"""Two worlds that look the same to a stranger: a short part of the drill, and one script that has bitten."""

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from worlds import OTHERS, Block, Press, Publish, Say, Step, address, life, look_the_same, steps

from bot.chat.commands import COMMANDS

ANNA, BORIS, CARL = OTHERS
NEIGHBOURS = (
    *((ANNA, act) for act in (Say(f"/addfeed {address(1)}"), Press(0), Say("/renamefeed paper-1 FREE COINS"))),
    *((BORIS, act) for act in (Say(f"/addfeed {address(2)}"), Press(0), Say("/subscribe all"), Block(blocked=True))),
    *((CARL, act) for act in (Say(f"/addfeed {address(2)}"), Press(0), Say("/subscribe idlib"))),
)
LATER = ((ANNA, Say("/removefeed paper-1")), (CARL, Say("/pausefeed paper-2")))
EVERY_COMMAND = tuple(Say(f"/{command.name}") for command in COMMANDS if command.name != "stop")


def test_a_stranger_cannot_tell_what_others_keep_to_themselves():
    """They watch what the stranger comes to watch, and more, under other titles; something waits for them."""
    news = (Publish(1, "Idlib"), Publish(2, "Idlib"), Publish(0, "Idlib"))
    look_the_same(
        [
            Step((NEIGHBOURS, ()), news, (Say(f"/addfeed {address(1)}"), Press(0))),
            Step((LATER, ()), news, (*EVERY_COMMAND, Say("/removefeed paper-2"), Say("/removefeed papr-2"))),
            Step(((), ()), news, (Say("/feeds"), Say(f"/addfeed {address(2)}"), Press(0), Say("/status"))),
        ]
    )


def test_a_stranger_cannot_tell_whose_pages_are_read():
    """Others watch what only pages have: in everybody's feed, and in one of theirs that the stranger has, too."""
    watch = tuple((chat, Say("/subscribe all")) for chat in OTHERS)
    add = (Say(f"/addfeed {address(1)}"), Press(0))
    news = (Publish(0, "Idlib"), Publish(1, "weather"), Publish(0, "S-400"))
    look_the_same(
        [
            Step(((*watch, *((ANNA, act) for act in add)), ()), news, (*add, Say("/status"))),
            Step(((), ()), news, (Say("/latest"), Say("/status"), Say("/feeds"))),
            Step(((), ()), (), (Say("/latest"), Say("/status"), Say("/list"))),
        ],
        bystander=False,
    )


@settings(max_examples=2, database=None, derandomize=True, phases=[Phase.generate])
@given(script=st.lists(steps, min_size=2, max_size=3))
def test_whatever_others_do_a_stranger_sees_the_same(script):
    look_the_same(script)


def test_a_publisher_is_asked_as_often_for_four_chats_as_for_one():
    """But for the one look of each who adds its feed."""
    add = (Say(f"/addfeed {address(1)}"), Press(0))
    quiet = [Step(((), ()), (), ())] * 5
    all_add = [Step((tuple((chat, act) for act in add), ()), (), ()) for chat in OTHERS]
    script = [Step(((), ()), (), add), *all_add, *quiet]
    for_four, for_one = (life(script, world).asked[1] for world in (0, 1))
    assert for_one >= 8
    assert for_four <= for_one + len(OTHERS)
