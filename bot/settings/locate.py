"""Finds for each mistake the line and the column where it stands, and writes it out.

The library that knows positions is imported here and only when there is a mistake: a config that is right never pays.
"""

from collections.abc import Iterable

from bot.settings.files import Document
from bot.settings.findings import Finding, Path
from bot.settings.positions import Place, places, within
from bot.settings.report import Mistake, Spot, spot_of

_START = Place(key=(0, 0), value=(0, 0))


def located(document: Document, findings: Iterable[Finding]) -> list[Mistake]:
    """Find the places of all mistakes of one file, in the order in which they stand there."""
    found = places(document.source)
    mistakes = [_mistake(document, finding, found) for finding in findings]
    return sorted(mistakes, key=lambda mistake: (mistake.spot.line, mistake.spot.column) if mistake.spot else (0, 0))


def _mistake(document: Document, finding: Finding, found: dict[Path, Place]) -> Mistake:
    place, exact = _nearest(finding.path, found)
    span = place.key if finding.at == "key" and exact else place.value
    if finding.span is not None and exact and finding.at == "value":
        span = within(document.source, span, finding.span)
    also: tuple[str, Spot] | None = None
    if finding.also:
        note, path = finding.also
        also = note, spot_of(document.source, *_nearest(path, found)[0].value)
    return Mistake(
        file=document.shown,
        message=finding.message,
        spot=spot_of(document.source, *span),
        suggestion=finding.suggestion,
        example=finding.example,
        also=also,
    )


def _nearest(path: Path, found: dict[Path, Place]) -> tuple[Place, bool]:
    """Give the place of a path, or of the nearest thing around it, and whether it is the very one."""
    for length in range(len(path), 0, -1):
        if path[:length] in found:
            return found[path[:length]], length == len(path)
    return _START, False
