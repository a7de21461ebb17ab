"""Publishers of every temper, for trials of manners: `TEMPERS` is the table. Pure: what each answers when.

    Visit (when, where, with which headers) -> temper -> Reply

All publish at a pace of their own, and what they show is a function of the time alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import blake2b

from waits import DAY, Says

SHOWN = 30
HOUR = 3_600.0
ALL_HOURS = "<skipHours>" + "".join(f"<hour>{hour}</hour>" for hour in range(24)) + "</skipHours>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A request: when, the path below the feed's own, its fields, which of this feed it is, days since the start."""

    at: float
    path: str
    asked: Mapping[str, str]
    number: int
    day: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer; see `canned.Answer`. `short` are bytes of the body that are promised and do not come."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    good: bool = False
    hang: bool = False
    reset: bool = False
    delay: float = 0.0
    short: int = 0
    says: Says = field(default_factory=Says)


@dataclass(slots=True, kw_only=True)
class Paper:
    """A feed. It shows the newest items of one each `pace` seconds, but for the time from `falls_silent` to `speaks`.

    `base` is its address, `elsewhere` that of a machine it must not lead to. `extra` is put into its channel, `words`
    behind its headlines. What stands behind its links: `stories`.
    """

    name: str
    start: float
    base: str = ""
    elsewhere: str = ""
    pace: float = 2 * HOUR
    falls_silent: float = 0.0
    speaks: float = 0.0
    before: int = SHOWN
    extra: str = ""
    words: str = ""
    says: Says = field(default_factory=Says)
    tag: int = 0

    def titles(self, at: float) -> list[str]:
        """Return the headlines that it shows, newest first."""
        count = self.version(at)
        return [f"{self.name} news {number}{self.words}" for number in range(count, max(count - SHOWN, 0), -1)]

    def version(self, at: float) -> int:
        """Count the items published."""
        if self.falls_silent and at > self.start + self.falls_silent:
            at = max(self.start + self.falls_silent, at - (self.speaks - self.falls_silent))
        return self.before + int((at - self.start) // self.pace)

    def body(self, at: float) -> bytes:
        """Return the feed."""
        count = self.version(at)
        items = "".join(
            f"<item><title>{title}</title><link>{self.base}/story/{count - age}</link>"
            f"<guid>{self.name}-{count - age}</guid>"
            f"<pubDate>{http_date(self.start + (count - age - self.before) * self.pace)}</pubDate></item>"
            for age, title in enumerate(self.titles(at))
        )
        head = f'<rss version="2.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel>{self.extra}'
        return f"{head}<title>{self.name}</title>{items}</channel></rss>".encode()


Temper = Callable[[Paper, Visit], Reply]


def careful(paper: Paper, visit: Visit, *, etag: str | None = None, modified: str | None = None) -> Reply:
    """Return the feed with validators, or 304 to who has them byte for byte. An empty validator is left out."""
    body = paper.body(visit.at)
    version = paper.version(visit.at)
    etag = f'"{blake2b(body, digest_size=8).hexdigest()}"' if etag is None else etag
    modified = http_date(paper.start + (version - paper.before) * paper.pace) if modified is None else modified
    headers = {name: value for name, value in (("ETag", etag), ("Last-Modified", modified)) if value}
    asked = visit.asked.get("if-none-match", ""), visit.asked.get("if-modified-since", "")
    if any(asked) and asked == (etag, modified):
        return Reply(status=304, headers=headers)
    return Reply(headers=headers, body=body, good=True, says=paper.says)


def weak(paper: Paper, visit: Visit) -> Reply:
    return careful(paper, visit, etag=f'W/"{paper.version(visit.at)} a,b;=~"', modified="")


def bare(paper: Paper, visit: Visit) -> Reply:
    """An etag without quotes is none by the standard, and common."""
    return careful(paper, visit, etag=f"v{paper.version(visit.at)}-", modified="")


def odd_dates(paper: Paper, visit: Visit) -> Reply:
    version = paper.version(visit.at)
    odd = ("Fri, 06-Mar-20 9:5:{} +0300", "2020-03-06T13:00:00.{}Z", "{} minutes ago, or so")[version % 3]
    return careful(paper, visit, etag="", modified=odd.format(version))


def drifting(paper: Paper, visit: Visit) -> Reply:
    """Return a new etag with every 304, and take only the newest."""
    reply = careful(paper, visit, etag=f'"{paper.version(visit.at)}-{paper.tag}"')
    paper.tag += 1
    headers = {**reply.headers, "ETag": f'"{paper.version(visit.at)}-{paper.tag}"'}
    if reply.status == 304:
        del headers["Last-Modified"]
    return replace(reply, headers=headers)


def dropper(paper: Paper, visit: Visit) -> Reply:
    """Have no validators for every third version."""
    return careful(paper, visit, **({"etag": "", "modified": ""} if paper.version(visit.at) % 3 == 0 else {}))


def restless(paper: Paper, visit: Visit) -> Reply:
    """Send the same body as if it were new."""
    return careful(paper, visit, etag=f'"{visit.number}"', modified="")


def cutter(paper: Paper, visit: Visit) -> Reply:
    """Break every second change off, by turns in the markup and in mid-air, with the validators of the whole."""
    reply = careful(paper, visit)
    paper.tag = 0 if reply.status == 304 else paper.tag + 1
    if reply.status == 304 or paper.version(visit.at) % 2 == 0 or paper.tag > 2 or not visit.number:
        return reply
    body = reply.body[: len(reply.body) // 2]
    return replace(reply, body=body, good=False, short=0 if paper.tag == 1 else len(body))


def moved(paper: Paper, visit: Visit) -> Reply:
    if visit.day < 0.2 or visit.path:
        return careful(paper, visit)
    return _to(301, f"{paper.base}/new")


def moved_far(paper: Paper, visit: Visit) -> Reply:
    hops = {"": (308, "/a"), "/a": (301, "/b")}
    return _to(hops[visit.path][0], paper.base + hops[visit.path][1]) if visit.path in hops else careful(paper, visit)


def lent(paper: Paper, visit: Visit) -> Reply:
    return careful(paper, visit) if visit.path else _to((302, 303, 307)[visit.number // 2 % 3], f"{paper.base}/lent")


def moved_and_lent(paper: Paper, visit: Visit) -> Reply:
    hops = {"": (301, "/a"), "/a": (302, "/b")}
    return _to(hops[visit.path][0], paper.base + hops[visit.path][1]) if visit.path in hops else careful(paper, visit)


def to_a_page(paper: Paper, visit: Visit) -> Reply:
    if visit.path:
        return Reply(headers={"Content-Type": "text/html"}, body=b"<!DOCTYPE html><html><p>Under repair</p></html>")
    return _to(301, f"{paper.base}/page") if 0.1 < visit.day < 0.7 else careful(paper, visit)


def to_a_private_machine(paper: Paper, visit: Visit) -> Reply:
    return _to(301, paper.elsewhere) if 0.1 < visit.day < 0.7 else careful(paper, visit)


def wavering(paper: Paper, visit: Visit) -> Reply:
    return careful(paper, visit) if visit.path else _to(301, f"{paper.base}/{'ab'[visit.number // 2 % 2]}")


def looping(paper: Paper, visit: Visit) -> Reply:
    return _to(302, f"{paper.base}/{visit.number}") if 0.2 < visit.day < 0.5 else careful(paper, visit)


def _overloaded(status: int, *words: str | float | None) -> Temper:
    """Say no now and then, each time with the next of the words for Retry-After; a number is a date from now."""

    def temper(paper: Paper, visit: Visit) -> Reply:
        if visit.number % 6 != 5:
            return careful(paper, visit)
        word = words[visit.number // 6 % len(words)]
        text = http_date(visit.at + word) if isinstance(word, float) else word
        return Reply(status=status, headers={} if text is None else {"Retry-After": text}, body=b"no")

    return temper


def banning(paper: Paper, visit: Visit) -> Reply:
    if visit.day < 0.3:
        return careful(paper, visit)
    return Reply(status=429, headers={"Retry-After": "9999999999"}, body=b"never again")


def gone(paper: Paper, visit: Visit) -> Reply:
    return careful(paper, visit) if visit.day < 0.4 else Reply(status=410, body=b"gone")


def lost(paper: Paper, visit: Visit) -> Reply:
    return Reply(status=404, body=b"no") if 0.2 < visit.day < 3.2 else careful(paper, visit)


def _caching(headers: Mapping[str, str]) -> Temper:
    def temper(paper: Paper, visit: Visit) -> Reply:
        reply = careful(paper, visit)
        return replace(reply, headers={**reply.headers, **headers})

    return temper


def unasked(paper: Paper, visit: Visit) -> Reply:
    return Reply(status=304, headers={"ETag": '"unasked"'}) if visit.number < 3 else careful(paper, visit)


def flapping(paper: Paper, visit: Visit) -> Reply:
    """Be away for two hours and there for twenty minutes, over and over."""
    away = 0.1 < visit.day < 4 and visit.at % (140 * 60) < 120 * 60
    return Reply(status=500, body=b"oh") if away else careful(paper, visit)


def breaking(paper: Paper, visit: Visit) -> Reply:
    reply = careful(paper, visit)
    return (
        replace(reply, hang=visit.number % 19 == 7, reset=visit.number % 19 == 13, good=False)
        if (visit.number % 19 in {7, 13})
        else reply
    )


def slow(paper: Paper, visit: Visit) -> Reply:
    return replace(careful(paper, visit), delay=12.0 if 0.3 < visit.day < 1.5 else 0.0)


def _to(status: int, address: str) -> Reply:
    return Reply(status=status, headers={"Location": address})


def http_date(moment: float) -> str:
    """Write a moment as HTTP has it."""
    return format_datetime(datetime.fromtimestamp(int(moment), UTC), usegmt=True)


TEMPERS: Mapping[str, Temper] = {
    "strong": careful,
    "weak": weak,
    "bare": bare,
    "odd-dates": odd_dates,
    "drifting": drifting,
    "dropper": dropper,
    "restless": restless,
    "cutter": cutter,
    "moved": moved,
    "moved-far": moved_far,
    "lent": lent,
    "moved-and-lent": moved_and_lent,
    "to-a-page": to_a_page,
    "to-a-private-machine": to_a_private_machine,
    "wavering": wavering,
    "looping": looping,
    "busy-429": _overloaded(429, "900", 1_800.0, "soon", None, "0", "-5", -3_600.0, "3e3"),
    "busy-503": _overloaded(503, 5_400.0, None, "7200", "", "tomorrow", "1"),
    "failing-500": _overloaded(500, None, "2000"),
    "banning": banning,
    "gone": gone,
    "lost": lost,
    "ttl-600": careful,
    "ttl-60": careful,
    "half-hourly": careful,
    "cached": _caching({"Cache-Control": "public, max-age=4000", "Age": "1000"}),
    "cached-for-ever": _caching({"Cache-Control": "max-age=31536000"}),
    "skips-hours": careful,
    "skips-days": careful,
    "skips-all": careful,
    "cookies": _caching({"Set-Cookie": "id=1234; Max-Age=99999999; Path=/"}),
    "unasked": unasked,
    "twin-a": careful,
    "twin-b": lent,
    "twin-c": restless,
    "silent": careful,
    "flapping": flapping,
    "breaking": breaking,
    "slow": slow,
    "empty": careful,
    "added": careful,
    "lively": careful,
}
PARTICULARS: Mapping[str, Mapping[str, object]] = {
    "strong": {"words": " S-400"},
    "ttl-600": {"extra": "<ttl>600</ttl>", "says": Says(wish=600.0)},
    "ttl-60": {"extra": "<ttl>60</ttl>", "says": Says(wish=3_600.0)},
    "half-hourly": {
        "extra": "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>",
        "says": Says(wish=1_800.0),
    },
    "skips-hours": {
        "extra": "<skipHours><hour>0</hour><hour>1</hour><hour>2</hour><hour>20</hour></skipHours>",
        "says": Says(skip_hours=(0, 1, 2, 20)),
    },
    "skips-days": {
        "extra": "<skipDays><day>Saturday</day><day>Monday</day></skipDays>",
        "says": Says(skip_days=(5, 0)),
    },
    "skips-all": {"extra": ALL_HOURS, "says": Says(skip_hours=tuple(range(24)))},
    "silent": {"pace": HOUR, "falls_silent": 0.5 * DAY, "speaks": 4.5 * DAY},
    "lively": {"pace": 40.0},
    "empty": {"before": 0, "pace": 5 * HOUR},
}
HOSTS = {"twin-b": "twin-a", "twin-c": "twin-a"}
"""Who lives at another's address."""
