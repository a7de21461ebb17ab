"""Every format, each with a file as publishers write it and what is to be read from it beside it: `formats/`."""

import runpy
from pathlib import Path

import pytest

from bot.feeds.parse.body import parse_body
from bot.model import ParsedFeed

FORMATS = Path(__file__).parent / "formats"
NOW = 1_582_900_000.0


@pytest.mark.parametrize("expected", sorted(FORMATS.glob("*.py")), ids=lambda path: path.stem)
def test_a_feed_of_each_format_is_read_whole(expected: Path) -> None:
    """All values of the feed and its entries are as they stand beside it."""
    (given,) = (path for path in FORMATS.glob(f"{expected.stem}.*") if path.suffix != ".py")
    found = parse_body(given.read_bytes(), "", base="https://base.example/feed", now=NOW)
    wanted: ParsedFeed = runpy.run_path(str(expected))["EXPECTED"]
    assert found == wanted


def test_every_format_has_its_expected_value() -> None:
    """No file is left out."""
    assert {path.stem for path in FORMATS.iterdir() if path.suffix in {".xml", ".json"}} == {
        path.stem for path in FORMATS.glob("*.py")
    }
