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


def test_a_paragraph_that_is_too_long_is_divided_between_its_names():
    names = ", ".join(f"<b>watchlist-{n}</b>" for n in range(500))
    messages = list(pages(["On offer:", names]))
    assert len(messages) > 1
    assert all(message.count("<b>") == message.count("</b>") for message in messages)
    assert sum(message.count("<b>") for message in messages) == 500


def test_no_message_has_more_bold_words_than_telegram_keeps():
    short = [" ".join(f"<b>{n}</b>" for n in range(40)) for _ in range(5)]
    many = "\n".join(f"<b>feed-{n}</b>: well" for n in range(250))
    messages = list(pages([*short, many]))
    assert all(message.count("</b>") <= 100 for message in messages)
    assert sum(message.count("</b>") for message in messages) == 450


@given(st.lists(st.text(min_size=1, max_size=PAGE_LIMIT // 2)))
def test_no_message_is_too_long_and_no_paragraph_is_lost(paragraphs):
    messages = list(pages(paragraphs))
    assert all(len(message.encode("utf-16-le", "surrogatepass")) // 2 <= PAGE_LIMIT for message in messages)
    assert "\n\n".join(messages) == "\n\n".join(paragraphs)


def test_a_list_whose_lines_have_commas_is_divided_between_its_lines():
    lines = [f"<b>watch-{n}</b> – <code>Idlib, Aleppo, Homs, {'&amp;' * n * 8}</code>" for n in range(60)]
    messages = list(pages(["\n".join(lines)]))
    assert len(messages) > 1
    assert list(filter(None, "\n".join(messages).split("\n"))) == lines
    assert all(len(message) <= PAGE_LIMIT for message in messages)
