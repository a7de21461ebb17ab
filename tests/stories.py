"""What the publishers of `papers` answer when they are asked for a story or for robots.txt. Pure.

All stories of a paper are of one kind: `KINDS` says which. A story is read if its kind is good and robots.txt lets it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from papers import Reply, http_date

DEEP = "S-400"
"""A word that stands in every article, and in no headline but those of papers that are `MET`."""
MET = "strong"
"""The paper whose headlines have the word, too: nobody could be told more by its pages."""
NEVER, ALWAYS = "empty", "flapping"
"""The papers whose pages are never read, and those that are read whoever watches."""
HTML = {"Content-Type": "text/html; charset=utf-8"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A story that is asked for: of which paper, its number, the path below it, when, and which request of it it is.

    `beside` gives the address of the same story at another paper's host, or at a machine that must not be reached.
    """

    paper: str
    number: int
    rest: str
    at: float
    count: int
    beside: Callable[[str], str]

    @property
    def title(self) -> str:
        """Its headline."""
        return f"{self.paper} news {self.number}"


Kind = Callable[[Story], Reply]


def article(story: Story) -> Reply:
    """Return an article of its own, whose last paragraph has the word."""
    told = "".join(
        f"<p>The {story.paper} brings news {story.number} to its readers in paragraph {part}, which goes on for long "
        f"enough to be one, and says {part * story.number} things of the day that stand in no other story.</p>"
        for part in range(1, 6)
    )
    last = f"<p>In its {story.number}. report of the year the paper named the {DEEP} at last, as it had said.</p>"
    body = f"<html lang='en'><head><title>{story.title}</title></head><body><article><h1>{story.title}</h1>{told}{last}"
    return Reply(headers=HTML, body=f"{body}</article></body></html>".encode(), good=True)


def _refusing(status: int, wait: Callable[[Story], Mapping[str, str]]) -> Kind:
    """Refuse every second story once, and say for how long."""

    def kind(story: Story) -> Reply:
        if story.number % 2 or story.count:
            return article(story)
        return Reply(status=status, headers=wait(story), body=b"no")

    return kind


def _always(status: int) -> Kind:
    return lambda _: Reply(status=status, headers={"Retry-After": "3000"} if status == 429 else {}, body=b"no")


def _at(other: str, then: Kind) -> Kind:
    """Lead to another host."""
    return lambda story: then(story) if story.rest else _to(f"{story.beside(other)}/moved")


def _to(address: str) -> Reply:
    return Reply(status=302, headers={"Location": address})


def pdf(_: Story) -> Reply:
    return Reply(headers={"Content-Type": "text/html"}, body=b"%PDF-1.7 and so on")


def round_and_round(story: Story) -> Reply:
    hop = int(story.rest[1:] or 0)
    return _to(f"{story.beside(story.paper)}/{hop + 1}")


def cookies(story: Story) -> Reply:
    reply = article(story)
    return Reply(headers={**reply.headers, "Set-Cookie": "id=7; Path=/", "ETag": '"7"'}, body=reply.body, good=True)


def slow(story: Story) -> Reply:
    reply = article(story)
    return Reply(headers=reply.headers, body=reply.body, good=True, delay=9.0)


KINDS: Mapping[str, Kind] = {
    "weak": _refusing(429, lambda _: {"Retry-After": "900"}),
    "bare": _refusing(503, lambda story: {"Retry-After": http_date(story.at + 5_000)}),
    "odd-dates": _refusing(503, lambda _: {}),
    "drifting": _always(403),
    "dropper": _at("restless", article),
    "restless": pdf,
    "to-a-page": _at("nowhere", article),
    "busy-429": _at("silent", _always(429)),
    "ttl-600": round_and_round,
    "ttl-60": lambda _: Reply(hang=True),
    "half-hourly": lambda _: Reply(reset=True),
    "cookies": cookies,
    "slow": slow,
    "gone": _always(410),
    "lost": _always(404),
    "twin-b": slow,
}
"""What is not here has articles."""

FREE = "User-agent: *\nDisallow: /private\n"
ROBOTS: Mapping[str, Reply] = {
    "cutter": Reply(body=b"User-agent: *\nDisallow: /\n"),
    "moved": Reply(body=b"User-agent: newsvane\nDisallow: /moved/story/*1$\n\nUser-agent: *\nDisallow: /\n"),
    "moved-far": Reply(body=b"User-agent: *\nCrawl-delay: 45\nDisallow:\n"),
    "lent": Reply(status=404, body=b"no"),
    "wavering": Reply(status=500, body=b"oh"),
    "looping": Reply(status=503, headers={"Retry-After": "7200"}, body=b"no"),
    "unasked": Reply(status=429, body=b"no"),
    "twin-a": Reply(body=b"User-agent: *\nCrawl-delay: 10\nDisallow: /twin-c/\n"),
}
"""What is not here forbids nothing that is linked."""
CRAWL_DELAY = {"moved-far": 45.0, "twin-a": 10.0}


def robots(host: str) -> Reply:
    """Return the robots.txt of a host, named by its first paper."""
    reply = ROBOTS.get(host, Reply(body=FREE.encode()))
    return Reply(status=reply.status, headers={"Content-Type": "text/plain", **reply.headers}, body=reply.body)


def is_forbidden(paper: str, number: int) -> bool:
    """Return whether robots.txt forbids a story."""
    return paper in {"cutter", "twin-c"} or (paper == "moved" and number % 10 == 1)


def is_read(paper: str, number: int) -> bool:
    """Return whether a story's page is an article that may be read, sooner or later."""
    return not is_forbidden(paper, number) and paper not in {"wavering", "looping", "unasked"}
