"""How long ago something was, in words. Pure."""

from datetime import UTC, datetime

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def age(published: float | None, now: float) -> str:
    """Return how old news is, as a person would say it: `just now`, `4 min ago`, `3 h ago`, then the date (UTC)."""
    if published is None:
        return "undated"
    seconds = now - published
    if seconds < _MINUTE:
        return "just now"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE:.0f} min ago"
    if seconds < _DAY:
        return f"{seconds // _HOUR:.0f} h ago"
    return f"{datetime.fromtimestamp(published, UTC):%-d %B %Y}"
