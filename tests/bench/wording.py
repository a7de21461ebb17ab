"""Articles and pages that are made up, for what is measured of them."""

import random
from collections.abc import Callable

from standins.articles import Story

__all__ = ["Story", "page_of", "story"]


def story(number: int, words: int) -> Story:
    """Return an article of so many words, another one for each number."""
    dice = random.Random(number)  # noqa: S311  # the same article every time
    syllables = [a + b for a in "bcdfghklmnprstvz" for b in "aeiou"]
    vocabulary = ["".join(dice.choices(syllables, k=dice.randint(1, 4))) for _ in range(2_000)]
    paragraphs = [
        " ".join(dice.choices(vocabulary, k=45)).capitalize() + ". " + " ".join(dice.choices(vocabulary, k=15)) + "."
        for _ in range(max(1, words // 60))
    ]
    return Story(
        title=paragraphs[0][:70],
        summary=paragraphs[0][:150],
        paragraphs=paragraphs,
        caption="A square by night.",
        path=f"/{number}",
    )


def page_of(make: Callable[[Story], bytes], told: Story, size: int) -> bytes:
    """Return an article on a page of about so many bytes: half of the rest is scripts, half links."""
    page = make(told)
    missing = max(0, size - len(page)) // 2
    script = b"<script>" + b"window.data = {'a': [1, 2, 3]};\n" * (missing // 33) + b"</script>"
    link = b'<li class="menu-item level-2"><a href="/section/of/the/site/%d" data-track="menu">Section %d</a></li>'
    menu = b"<nav><ul>" + b"".join(link % (each, each) for each in range(missing // len(link))) + b"</ul></nav>"
    return page.replace(b"</head>", script + b"</head>", 1).replace(b"<body>", b"<body>" + menu, 1)
