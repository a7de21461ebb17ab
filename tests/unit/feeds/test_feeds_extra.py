"""Where what reads pages is not installed."""

import sys

import pytest

from bot.cli.page_view import show_pages
from bot.errors import FeedUnreadable
from bot.feeds.article.extra import WITHOUT_PAGES, pages_note


@pytest.fixture(params=["trafilatura", "protego", "lxml_html_clean"])
def without(request, monkeypatch):
    """Let a library be missing, as Python has it: its place among the modules is None."""
    monkeypatch.setitem(sys.modules, request.param, None)
    pages_note.cache_clear()
    yield
    pages_note.cache_clear()


def test_with_all_libraries_nothing_is_said() -> None:
    assert pages_note() == ""


@pytest.mark.usefixtures("without")
async def test_without_one_of_them_it_is_said_how_to_have_pages() -> None:
    """By the note, and by who is asked to show one."""
    assert pages_note() == WITHOUT_PAGES
    with pytest.raises(FeedUnreadable, match="newsvane\\[article\\]"):
        await show_pages(["https://x.example/"], (), {}, None, as_json=False, why=False)
