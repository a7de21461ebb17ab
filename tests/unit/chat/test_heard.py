"""What Telegram tells is read for what matters; whatever has another shape is said to, and nothing else happens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.commands.command import Request
from bot.chat.heard import Membership, Pressed, Said, heard
from bot.model import Chat

ANNA = {"id": 7, "type": "private", "first_name": "Anna", "last_name": "B."}
FORUM = {"id": -50, "type": "supergroup", "title": "Desk", "is_forum": True}
SHE = {"id": 7, "is_bot": False, "first_name": "Anna"}


def said(text="/list@newsvane_bot idlib s-400", **more):
    length = len(text.split()[0]) if text else 0
    entities = [{"type": "bot_command", "offset": 0, "length": length}] if text.startswith("/") else []
    message = {"message_id": 1, "date": 1, "chat": ANNA, "from": SHE, "text": text, "entities": entities, **more}
    return heard({"update_id": 1, "message": message}, "newsvane_bot")


def test_a_command_is_read_with_its_words_and_who_gives_it():
    chat = Chat(id=7, title="Anna B.")
    request = Request(chat=chat, user=7, command="list", args=("idlib", "s-400"), addressed=True)
    assert said() == Said(chat=chat, request=request, words=True)


@pytest.mark.parametrize(
    ("how", "is_command"),
    [
        ({"text": "/LIST@NEWSVANE_BOT"}, True),
        ({"text": "/list@other_bot"}, False),
        ({"text": "list"}, False),
        ({"entities": []}, False),
        ({"entities": [{"type": "bot_command", "offset": 3, "length": 5}]}, False),
        ({"entities": [{"type": "bold", "offset": 0, "length": 5}]}, False),
        ({"forward_origin": {"type": "user"}}, False),
    ],
)
def test_what_is_no_command_for_this_bot_is_none(how, is_command):
    assert (said(**how).request is not None) == is_command


@pytest.mark.parametrize("how", [{"sender_chat": FORUM}, {"from": None}, {"from": {**SHE, "is_bot": True}}])
def test_who_hides_behind_a_chat_or_is_a_bot_is_nobody(how):
    request = said(**how).request
    assert request is not None
    assert (request.user, request.anonymous) == (0, True)


def test_the_topic_of_a_forum_is_where_it_was_said():
    assert said(chat=FORUM, message_thread_id=41, is_topic_message=True).chat == Chat(
        id=-50, kind="supergroup", title="Desk", topic=41
    )
    assert said(chat=FORUM, message_thread_id=41).chat.topic == 0  # an answer to a message is no topic


def test_a_group_that_became_a_supergroup_says_so_with_both_ids():
    assert said(text="", migrate_to_chat_id=-1_000).moved_to == -1_000
    assert said(text="", migrate_from_chat_id=-50).moved_from == -50


@pytest.mark.parametrize("message", [{"message_id": 5, "date": 0, "chat": ANNA}, {"message_id": 5, "chat": ANNA}])
def test_a_pressed_button_is_the_command_that_it_stands_for(message):
    query = {"id": "90", "from": SHE, "message": message, "data": "addfeed take ab 0"}
    pressed = heard({"update_id": 1, "callback_query": query}, "newsvane_bot")
    assert isinstance(pressed, Pressed)
    assert (pressed.id, pressed.request.command, pressed.request.args) == ("90", "addfeed", ("take", "ab", "0"))
    assert (pressed.request.pressed, pressed.request.user, pressed.chat.id) == (5, 7, 7)


@pytest.mark.parametrize("query", [{"id": "90", "from": SHE, "data": "x"}, {"id": "90", "from": SHE, "data": ""}])
def test_a_press_without_a_message_or_words_stands_for_nothing(query):
    pressed = heard({"update_id": 1, "callback_query": query}, "newsvane_bot")
    assert pressed == Pressed(id="90", chat=Chat(id=0), request=None)


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [("left", "member", (False, True)), ("member", "kicked", (True, False)), ("member", "administrator", (True, True))],
)
def test_the_bot_is_let_in_or_out(was, now, said):
    change = {"chat": FORUM, "old_chat_member": {"status": was}, "new_chat_member": {"status": now}}
    found = heard({"update_id": 1, "my_chat_member": change}, "newsvane_bot")
    assert isinstance(found, Membership)
    assert (found.was_in, found.is_in) == said


def test_other_kinds_of_updates_say_nothing():
    assert heard({"update_id": 1, "poll": {}}, "newsvane_bot") is None


KEYS = ["id", "chat", "from", "text", "entities", "type", "offset", "length", "data", "message", "is_bot", "status"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=20,
)


@given(st.sampled_from(["message", "callback_query", "my_chat_member"]), JSON)
def test_whatever_comes_is_read_or_refused_by_an_error_that_is_expected(kind, value):
    try:
        heard({"update_id": 1, kind: value}, "newsvane_bot")
    except (KeyError, TypeError, ValueError, AttributeError):
        return
