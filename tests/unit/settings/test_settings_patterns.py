"""An expression that is trusted with links answers soon, whatever the link."""

import re

import pytest
from growth import TIMES, check_growth

from bot.settings.findings import Wrong
from bot.settings.patterns import identity

LONGEST_LINK = 500
LETTERS = ("1", "a", "-", "/", "1/", "a-", "x/1-a")


@pytest.mark.parametrize(
    "text",
    [
        "",
        r"-a(\d+)$",
        r".*-a(\d+)$",
        r"/(\d{4})/\d+/\d+/\d+",
        r"^https://[^/]+/[^/]+/[^/]+/([^/?#]+)",
        r"(\d+)-\d+-\d+-\d+",
        r"(?i)(?:id=|/)([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{12})",
        r"(\d+)(?=\D*$)",
        r"[a-z-]+-(\d+)\.html?",
        r"(?:www\.)?(x+?)\b(?!y)",
    ],
)
def test_usual_expressions_are_taken(text):
    """What names an article at real publishers is taken, and does not stall on links made to stall it."""
    assert identity(text) == text

    pattern = re.compile(text)
    for end in ("", "!", "\u00e9"):
        check_growth(
            lambda links: [pattern.search(link) for link in links],
            lambda size, end=end: [(size * letters)[: size - 1] + end for letters in LETTERS],
            LONGEST_LINK // TIMES,
            power=2,
        )


@pytest.mark.parametrize(
    "text",
    [
        r"(a+)+$",
        r"((?:a|ab)*)$",
        r"(?:(?:a{2,})b?){11,}(c)",
        r"(?=(?:x+)+y)(z)",
        r".*.*(x)",
        r"\d+\d+(x)",
        r"(\w+)-?\w+$",
        r".*/(\d+)/.*",
        r"(?:a*)?b?(?:[ab]*)?(c)",
        r"(?i)A*a*(b)",
        r"[^/]+[a-z][^.]+(x)",
    ],
)
def test_expressions_that_may_stall_are_refused(text):
    """A repeat in a repeat, and repeats that can take each other's letters, are refused."""
    with pytest.raises(Wrong):
        identity(text)
