"""The measure of growth tells what grows too fast from what does not, or all that rest on it would prove nothing."""

import re

import pytest
from growth import check_growth


def pairs(length: int) -> None:
    for _ in range(length):
        for _ in range(length):
            pass


def once(length: int) -> None:
    for _ in range(length):
        pass


def test_work_in_line_with_its_input_passes():
    check_growth(once, int, 500)
    check_growth(once, int, 50_000)


def test_work_that_does_not_grow_passes():
    check_growth(lambda _: once(1_000), int, 500)


def test_work_on_all_pairs_is_told():
    with pytest.raises(AssertionError, match="32 times the input costs"):
        check_growth(pairs, int, 60)
    check_growth(pairs, int, 60, power=2)


def test_a_copy_of_the_rest_at_each_step_is_told():
    def cut(text: bytes) -> None:
        while text:
            text = text[100:]

    with pytest.raises(AssertionError, match="32 times the input costs"):
        check_growth(cut, bytes, 20_000)


def test_an_expression_that_stalls_is_told():
    with pytest.raises(AssertionError, match="32 times the input costs"):
        check_growth(re.compile("a*a*a*b").match, lambda n: "a" * n, 12)  # far above the limit
