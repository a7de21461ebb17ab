"""Where sentences end, ours beside pysbd and razdel: ./run bench sentences [--rounds N].

Counts the texts of tests/unit/text/sentences.tsv that are parted as they are there, and measures the CPU time of a text
of 60,000 characters, as the median of the rounds. The two libraries are measured if they are installed
(.venv/bin/python -m pip install pysbd razdel); the bot does not use them.
"""

import argparse
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from bot.text.sentences import sentence_ends

TABLE = Path(__file__).parents[1] / "unit" / "text" / "sentences.tsv"
LENGTH = 60_000

Splitter = Callable[[str], Iterable[int]]
"""Returns where the sentences of a text end."""


def splitters() -> dict[str, Splitter]:
    """Return ours, and those of the libraries that are there."""
    found: dict[str, Splitter] = {"ours": sentence_ends}
    if find_spec("pysbd"):
        made = import_module("pysbd").Segmenter
        segmenters = {lang: made(language=lang, clean=False, char_span=True) for lang in ("en", "ru")}
        found["pysbd"] = lambda text: [
            each.end for each in segmenters["ru" if re.search("[а-я]", text) else "en"].segment(text)
        ]
    if find_spec("razdel"):
        sentenize = import_module("razdel").sentenize
        found["razdel"] = lambda text: [each.stop for each in sentenize(text)]
    return found


def _inside(text: str, ends: Iterable[int]) -> set[int]:
    """Return ends within a text, whatever the white space around them."""
    return {len(text[:end].rstrip()) for end in ends if text[:end].strip() and text[end:].strip()}


def _wanted(text: str) -> set[int]:
    parts = text.split("|")
    return _inside("".join(parts), [sum(map(len, parts[:number])) for number in range(1, len(parts))])


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("--rounds", type=int, default=5)
    rounds = arguments.parse_args().rounds
    rows = [line.split("\t") for line in TABLE.read_text("utf-8").splitlines()[1:]]
    long = (" ".join(row[2].replace("|", "") for row in rows) * 20)[:LENGTH]
    for name, split in splitters().items():
        right = Counter(
            row[0] == "fresh"
            for row in rows
            if _inside(plain := row[2].replace("|", ""), split(plain)) == _wanted(row[2])
        )
        fresh = sum(row[0] == "fresh" for row in rows)
        times = []
        for _ in range(rounds):
            began = time.process_time()
            list(split(long))
            times.append(time.process_time() - began)
        print(
            f"{name:8} {right[False]} of {len(rows) - fresh}, fresh {right[True]} of {fresh}; "
            f"{LENGTH:,} characters in {statistics.median(times) * 1000:.0f} ms"
        )


if __name__ == "__main__":
    main()
