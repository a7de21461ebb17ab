"""When an entry was published, where feedparser reads a date wrongly. Pure. Undated is better than wrong.

| written | feedparser | here |
|---|---|---|
| 1520932969 | some day of 2015 | Unix seconds, or milliseconds with 13 digits |
| March 30 2020 07:02:38 PM | 7 in the morning | 7 in the evening |
| 2020-03-30T07:02:38-05:00Z | as UTC | five hours later |
| Fri, 31 Mar 2023 20:19:00 America/Los_Angeles | as UTC | as there, where the machine knows the zone |
"""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

_DIGITS = re.compile(r"\d{10}(?P<milli>\d{3})?(?:\.\d{1,9})?")
_TWELVE_HOURS = re.compile(r"(?<!\d)(?P<hour>1[0-2]|0?[0-9]):\d\d(?::\d\d)?\s*(?P<half>[AP])\.?M\b", re.IGNORECASE)
_OFFSET_AND_Z = re.compile(r"(?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>\d\d)Z\Z", re.IGNORECASE)
_ZONE = re.compile(r"[A-Z][A-Za-z]+(?:/[A-Z][A-Za-z_+-]+)+")
_LONGEST = 100
_HOUR = 3_600.0


def corrected(written: str, seconds: float | None) -> float | None:
    """Return the Unix seconds of a date, given how it is written and what feedparser made of it; None if unknown."""
    text = written.strip()
    if len(text) > _LONGEST:
        return None
    if digits := _DIGITS.fullmatch(text):
        return float(text) / (1_000 if digits["milli"] else 1)
    if seconds is None or (text.isdecimal() and f"{datetime.fromtimestamp(seconds, UTC):%Y%m%d}" != text):
        return None  # 20200330 is a day, other numbers are none
    if half := _TWELVE_HOURS.search(text):
        if text[half.end() :].strip(" ."):  # a zone, which was lost on the way
            return _rewritten(text, half)
        seconds += _half_day(int(half["hour"]), half["half"].upper())
    if both := _OFFSET_AND_Z.search(text):
        ahead = int(both["hours"]) * _HOUR + int(both["minutes"]) * 60
        seconds -= ahead if both["sign"] == "+" else -ahead
    if zone := _ZONE.search(text):
        return _there(zone[0], seconds)
    return seconds


def _half_day(hour: int, half: str) -> float:
    """Return the seconds to add to a time that was read as if it had no AM or PM."""
    return 12 * _HOUR * ((half == "P" and hour < 12) - (half == "A" and hour == 12))


def _rewritten(text: str, half: re.Match[str]) -> float | None:
    """Read a date anew with its time in 24 hours (RFC 5322 §3.3). None if it is no such date, or has no zone."""
    hour = (int(half["hour"]) + int(_half_day(int(half["hour"]), half["half"].upper()) / _HOUR)) % 24
    minutes = half[0][len(half["hour"]) :].rstrip("apmAPM. ")
    try:
        moment = parsedate_to_datetime(f"{text[: half.start()]}{hour:02}{minutes}{text[half.end() :]}")
        return moment.timestamp() if moment.tzinfo else None
    except (ValueError, OverflowError, OSError):
        return None


def _there(zone: str, seconds: float) -> float | None:
    """Take a time that was read as UTC for one of a zone. None if the zone is not known here."""
    try:
        moment = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=ZoneInfo(zone))
    except (KeyError, ValueError, OverflowError, OSError):
        return None
    return moment.timestamp()
