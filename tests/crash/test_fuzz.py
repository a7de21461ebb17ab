"""A short, seeded part of the fuzz drill, without atheris."""

import random

import pytest
from fuzz import TARGETS, check_clean, corpus, mutated

from bot.feeds.parse.body import parse_body


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.filterwarnings("ignore")  # feedparser warns of what it is given
def test_mutated_inputs_give_clean_values_or_a_feed_error(target: str) -> None:
    """Nothing else leaves the room."""
    dice = random.Random(3)  # noqa: S311  # chance, not secrecy
    good = corpus(target)
    for _ in range(150 if target == "body" else 600):
        TARGETS[target](mutated(good, dice))


def test_the_good_inputs_are_clean() -> None:
    """What the drill begins with passes its own check."""
    for data in corpus("body"):
        check_clean(parse_body(data[1:], "", base="", now=0.0))
