"""How answers become messages."""

from hypothesis import given
from hypothesis import strategies as st

from bot.chat.replies import PAGE_LIMIT, pages


def test_a_short_answer_is_one_message():
    assert list(pages(["a", "b"])) == ["a\n\nb"]


def test_a_long_answer_is_divided_between_paragraphs():
    paragraphs = [f"<b>{n}</b>" + "x" * 1000 for n in range(10)]
    messages = list(pages(paragraphs))
    assert len(messages) == 4
    assert "\n\n".join(messages) == "\n\n".join(paragraphs)


@given(st.lists(st.text(min_size=1, max_size=PAGE_LIMIT)))
def test_no_message_is_too_long_and_no_paragraph_is_lost(paragraphs):
    messages = list(pages(paragraphs))
    assert all(len(message) <= PAGE_LIMIT for message in messages)
    assert "\n\n".join(messages) == "\n\n".join(paragraphs)
