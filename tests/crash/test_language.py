"""A short, seeded part of the language drill."""

import random

from language import CONFORMANCE, breach, mutated, random_query


def test_random_and_mutated_queries_give_a_tree_or_a_query_error():
    dice = random.Random(7)  # noqa: S311  # chance, not secrecy
    good = [
        line.split("\t")[1] for line in CONFORMANCE.read_text(encoding="utf-8").splitlines() if line.count("\t") >= 2
    ]
    queries = [random_query(dice) for _ in range(2_000)] + [mutated(dice.choice(good), dice) for _ in range(1_000)]
    assert [(query, breach(query)) for query in queries if breach(query)] == []
