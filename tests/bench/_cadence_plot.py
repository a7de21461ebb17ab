"""Draws `./run bench cadence --plot`: when a feed published and was asked, and how soon its items were found."""

import bisect
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

WIDTH, HEIGHT, LEFT, RIGHT = 800, 470, 120, 780
OURS, FIXED, INK, FAINT = "#0b6bcb", "#c2571a", "#24292f", "#d0d7de"
LONGEST = 20  # minutes of delay that are drawn


def plot(
    *,
    name: str,
    published: Sequence[float],
    ours: Sequence[float],
    every: float,
    begin: float,
    hours: int,
    delays: tuple[Sequence[float], Sequence[float]],
) -> str:
    """Return an SVG. `ours` are polls, `begin` and `hours` say what is drawn of them, `delays` are both."""
    end = begin + hours * 3_600.0
    day = datetime.fromtimestamp(begin, UTC)
    until = datetime.fromtimestamp(end, UTC)
    font = '13px "Helvetica Neue", "DejaVu Sans", Arial, sans-serif'
    head = f"The {name}, {day.day} {day:%B %Y}, {day:%H:%M} to {until:%H:%M} UTC"
    label = f"When the {name} published and was asked; how soon its items were found"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"',
        f' role="img" aria-label="{label}">',
        f"<style>text {{ font: {font}; fill: {INK} }} .head {{ font-weight: 700 }} .end {{ text-anchor: end }}",
        ".mid { text-anchor: middle } .small { font-size: 11px }</style>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        _text(20, 26, head, "head"),
        *_day(published, ours, every, begin, end),
        _text(20, 232, "Share of items found within so many minutes, July to December", "head"),
        *_shares(*delays),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _text(x: float, y: float, text: str, kind: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}">{text}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1.0) -> str:  # noqa: PLR0917  # from here to there
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="{colour}" stroke-width="{width}"/>'


def _day(published: Sequence[float], ours: Sequence[float], every: float, begin: float, end: float) -> list[str]:
    """Draw publications, as high as there were items in the minute, and under them the polls of both."""

    def x(at: float) -> float:
        return LEFT + (at - begin) / (end - begin) * (RIGHT - LEFT)

    def within(times: Sequence[float]) -> Sequence[float]:
        return times[bisect.bisect_left(times, begin) : bisect.bisect_left(times, end)]

    drawn = [_line(x(at), 44, x(at), 188, FAINT) for at in _steps(begin, end, 3_600.0)]
    items = within(published)
    tallest = max(Counter(at // 60 for at in items).values(), default=1)
    for minute, count in sorted(Counter(at // 60 for at in items).items()):
        drawn.append(_line(x(minute * 60 + 30), 104, x(minute * 60 + 30), 104 - 56 * count / tallest, INK, 1.8))
    drawn.append(_text(LEFT - 10, 104, f"{len(items)} items", "end"))
    fixed = list(_steps(begin + every / 2, end, every))
    for label, polls, y, colour in (("every 10 min", fixed, 140, FIXED), ("by habit", within(ours), 176, OURS)):
        drawn += [_line(x(at), y - 18, x(at), y, colour, 1.8) for at in polls]
        drawn.append(_text(LEFT - 10, y - 8, label, "end"))
        drawn.append(_text(LEFT - 10, y + 5, f"{len(polls)} requests", "end small"))
    drawn += [
        _text(x(at), 204, f"{datetime.fromtimestamp(at, UTC):%H:%M}", "mid small") for at in _steps(begin, end, 3_600.0)
    ]
    return drawn


def _steps(begin: float, end: float, step: float) -> list[float]:
    return [begin + step * n for n in range(int((end - begin) // step) + 1)]


def _shares(ours: Sequence[float], fixed: Sequence[float]) -> list[str]:
    """Draw, for both, how large a share was found within so many minutes."""
    top, bottom = 252, 432

    def x(minutes: float) -> float:
        return LEFT + minutes / LONGEST * (RIGHT - LEFT)

    def y(share: float) -> float:
        return bottom - share * (bottom - top)

    drawn = []
    for percent in range(0, 101, 25):
        drawn.append(_line(LEFT, y(percent / 100), RIGHT, y(percent / 100), FAINT))
        drawn.append(_text(LEFT - 10, y(percent / 100) + 4, f"{percent} %", "end small"))
    drawn += [_text(x(minutes), bottom + 18, str(minutes), "mid small") for minutes in range(0, LONGEST + 1, 2)]
    for delays, colour in ((fixed, FIXED), (ours, OURS)):
        ordered = sorted(delays)
        places = [minutes / 6 for minutes in range(LONGEST * 6 + 1)]
        curve = [(x(each), y(bisect.bisect_right(ordered, each * 60) / len(ordered))) for each in places]
        path = "L".join(f"{px:.1f} {py:.1f}" for px, py in curve)
        drawn.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
    for row, (label, delays, colour) in enumerate((("by habit", ours, OURS), ("every 10 minutes", fixed, FIXED))):
        level = bottom - 71 + 19 * row
        drawn.append(_line(x(11), level - 4, x(11.8), level - 4, colour, 2))
        drawn.append(_text(x(12), level, f"{label}: {sum(delays) / len(delays):.0f} s on average", ""))
    return drawn
