"""Finds for each mistake the line and the column where it stands.

The library that knows positions is imported here and only when there is a mistake: a config that is right never pays.
"""

from collections.abc import Iterable
from dataclasses import replace

from bot.settings.diagnostic import Diagnostic, Location, Path
from bot.settings.files import Document
from bot.settings.positions import Spans, spans_of, within
from bot.settings.report import location_of


def located(document: Document, diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return the mistakes of one file with their locations, in the order in which they stand there."""
    spans = spans_of(document.source)
    placed = [_located(document, diagnostic, spans) for diagnostic in diagnostics]
    return [diagnostic for _, diagnostic in sorted(placed, key=lambda each: each[0])]


def _located(document: Document, diagnostic: Diagnostic, spans: Spans) -> tuple[tuple[int, int], Diagnostic]:
    assert isinstance(diagnostic.place, tuple)
    (key, value), exact = _nearest(diagnostic.place, spans)
    span = key if diagnostic.at == "key" and exact else value
    if diagnostic.span is not None and exact and diagnostic.at == "value":
        span = within(document.source, span, diagnostic.span)
    also: tuple[str, Location] | None = None
    if diagnostic.also and isinstance(other := diagnostic.also[1], tuple):
        also = diagnostic.also[0], location_of(document.source, *_nearest(other, spans)[0][1])
    location = location_of(document.source, *span)
    found = replace(diagnostic, file=document.shown, place=location, also=also)
    return (location.line, location.column), found


def _nearest(path: Path, spans: Spans) -> tuple[tuple[tuple[int, int], tuple[int, int]], bool]:
    """Return the spans of a path, or of the nearest thing around it, and whether they are its own."""
    for length in range(len(path), 0, -1):
        if path[:length] in spans:
            return spans[path[:length]], length == len(path)
    return ((0, 0), (0, 0)), False
