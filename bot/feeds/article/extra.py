"""Whether pages can be read here: their libraries are the extra `article`, about 40 MB."""

from functools import cache
from importlib.util import find_spec

WITHOUT_PAGES = 'Pages of articles are not read; to have them, run pip install "newsvane[article]"'
_LIBRARIES = ("trafilatura", "lxml_html_clean", "protego")


@cache
def pages_note() -> str:
    """Return in one sentence that pages are not read, and how to have them; empty if they are."""
    return "" if all(find_spec(name) is not None for name in _LIBRARIES) else WITHOUT_PAGES
