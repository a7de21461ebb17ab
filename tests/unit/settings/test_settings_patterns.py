"""An expression that is trusted with links has one group; how long it runs is bounded where it runs."""

import pytest

from bot.settings.diagnostic import InvalidValue
from bot.settings.patterns import identity


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
        r"(a+)+$",
    ],
)
def test_usual_expressions_are_taken(text):
    assert identity(text) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (r"-a\d+$", "round brackets"),
        (r"(a)(b)", "here are 2"),
        (r"(\d*)$", "may be empty"),
        (r"-a(\d+", "cannot be read"),
        ("a" * 201, "at most 200"),
    ],
)
def test_what_names_no_article_is_refused(text, said):
    with pytest.raises(InvalidValue, match=said):
        identity(text)
