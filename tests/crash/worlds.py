"""Two worlds that differ only in what other chats keep to themselves: ./run drill worlds [--examples N] [--steps N].

Hypothesis makes up what a stranger and others do, by every command that the bot has and every button that it shows,
and what publishers do meanwhile. The whole bot lives through it twice in virtual time (see tests/leaping.py), with the
same stranger and publishers, and with other others: in the second world they do other things, or nothing at all. Every
message that the stranger gets must be the same in both, byte for byte. Exit 1 if one is not.

Behind each link is a page that has a word which no headline has: who watches it has the pages read, also of everybody's
feeds. What was found in these stands in /latest of that watchlist, so that somebody watches it can be seen by who
subscribes to it later. Hence a bystander watches it in both worlds; where the stranger never asks for it, no bystander
need be there.

A step is ten minutes: first others act, then the publishers, then the stranger. What the bot does by the publishers'
word must not hang on others either, so a publisher that has asked to be left alone goes on to refuse.
"""

import argparse
import asyncio
import re
import socket
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import NamedTuple

import leaping
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from leaping import ParserHere, VirtualTime
from pageshere import PagesHere
from standins.articles import HTML
from standins.botapi import BotApi, SentMessage
from standins.publisher import Publisher

from bot import app
from bot.assembly import Tempo
from bot.chat.commands import COMMANDS
from bot.demo.story import HISTORY, NewsItem
from bot.model import Feed, Watch
from bot.runtime import logs
from bot.settings import FetchSettings, Settings, TelegramSettings

STRANGER, OTHERS, BYSTANDER = 7, (21, 22, 23), 30
STEP, ANSWERED, SETTLING = 600.0, 12.0, 60.0
"""Seconds of a step, of waiting for an answer, and until what was said in a step is read."""
PAPERS = 4
"""Publishers: the first one's feed is everybody's, the others' are there to be added. Each has a host of its own."""
PORT = 18_470
WORDS = ("Idlib", "weather", "S-400")
BELOW = "Kornet"
"""A word that stands in pages alone."""
LASTING = ("gone", "too many requests", "unavailable")
PASSING = ("not found", "html page", "server error", "connection reset")
_OFFER = re.compile(r"\b[0-9a-f]{8}\b")


def _own_network() -> tuple[int, socket.socket]:
    """Return the number of a network on this machine in which nobody else plays, and what holds it."""
    for number in range(1, 255):
        held = socket.socket()
        try:
            held.bind((f"127.0.{number}.1", PORT))
        except OSError:
            held.close()
        else:
            return number, held
    raise OSError("all networks are taken")


NETWORK, _HELD = _own_network()


def host(paper: int) -> str:
    """Return the address of a publisher's machine, the same in both worlds."""
    return f"127.0.{NETWORK}.{paper + 2}"


def address(paper: int) -> str:
    """Return the address of a publisher's feed."""
    return f"http://{host(paper)}:{PORT}/rss/news"


ARGUMENTS = (
    *(address(paper) for paper in range(PAPERS)),
    *("idlib", "weather", "kornet", "all", "nothing", "moscow-times"),
    *("paper", "paper-1", "paper-2", "paper-3", "papr-1", "paper-1@21", f"127-0-{NETWORK}-3"),
    *("Mine", "take", "none", "0"),
)
"""What may follow a command: addresses, watchlists, names that feeds get here, and some that are near them."""


@dataclass(frozen=True, slots=True)
class Say:
    """Somebody says something."""

    text: str


@dataclass(frozen=True, slots=True)
class Press:
    """Somebody presses a button of the newest message that has any, counted from the first."""

    number: int


@dataclass(frozen=True, slots=True)
class Block:
    """Somebody blocks the bot, or lets it in again: what is to be told to them waits meanwhile."""

    blocked: bool


@dataclass(frozen=True, slots=True)
class Publish:
    """A publisher shows something new that has this word."""

    paper: int
    word: str


@dataclass(frozen=True, slots=True)
class Misbehave:
    """A publisher answers otherwise from now on; with an empty prank it is good again, unless it lasts."""

    paper: int
    prank: str


Act = Say | Press | Block


@dataclass(frozen=True, slots=True)
class Step:
    """What happens within ten minutes. `others` are who acts and how in the one world and in the other."""

    others: tuple[tuple[tuple[int, Act], ...], tuple[tuple[int, Act], ...]]
    papers: tuple[Publish | Misbehave, ...]
    stranger: tuple[Act, ...]


commands = st.builds(
    lambda command, arguments: Say(" ".join([f"/{command.name}", *arguments])),
    st.sampled_from(COMMANDS),
    st.lists(st.sampled_from(ARGUMENTS), max_size=3),
)
adding = st.builds(lambda paper: Say(f"/addfeed {address(paper)}"), st.integers(1, PAPERS - 1))
taking = st.builds(Press, st.integers(0, 2))
looking = st.sampled_from([Say(f"/{name}") for name in ("status", "feeds", "latest", "subscribe idlib", "list")])
public = st.one_of(commands, adding, taking, looking)
private = st.tuples(st.sampled_from(OTHERS), st.one_of(public, st.builds(Block, st.booleans())))
papers = st.one_of(
    st.builds(Publish, st.integers(0, PAPERS - 1), st.sampled_from(WORDS)),
    st.builds(Misbehave, st.integers(1, PAPERS - 1), st.sampled_from(["", *LASTING, *PASSING])),
)
steps = st.builds(
    Step,
    others=st.tuples(
        st.lists(private, max_size=4).map(tuple), st.one_of(st.just(()), st.lists(private, max_size=4).map(tuple))
    ),
    papers=st.lists(papers, max_size=2).map(tuple),
    stranger=st.lists(public, min_size=1, max_size=3).map(tuple),
)


class World:
    """The bot, its publishers and its Telegram, from beginning to end of a script."""

    def __init__(self, api: BotApi, publishers: Sequence[Publisher]) -> None:
        self.api = api
        self.publishers = publishers
        self._lasting: set[int] = set()
        self._number = 0

    async def act(self, chat: int, act: Act) -> None:
        """Let somebody act, and time pass in which that is answered."""
        match act:
            case Say(text=text):
                self.api.say(chat, text)
            case Press(number=number):
                buttons = next((m for m in reversed(self.api.messages(chat)) if m.buttons), None)
                if buttons is not None:
                    rows = [button for row in buttons.buttons for button in row]
                    self.api.press(chat, buttons.message_id, rows[number % len(rows)].data)
            case Block(blocked=blocked):
                (self.api.block if blocked else self.api.unblock)(chat)
        await asyncio.sleep(ANSWERED)

    def turn(self, event: Publish | Misbehave) -> None:
        """Let a publisher do something."""
        paper = self.publishers[event.paper]
        match event:
            case Publish(word=word):
                self._number += 1
                path, title = f"/2020/{word.lower()}-{self._number}", f"{word} report {self._number}"
                paper.pages[path] = HTML, page(title)
                paper.publish(NewsItem(title=title, summary="", link=f"http://{host(event.paper)}:{PORT}{path}"))
            case Misbehave(prank=prank) if event.paper not in self._lasting:
                paper.misbehave(prank) if prank else paper.behave()
                if prank in LASTING:
                    self._lasting.add(event.paper)


def page(title: str) -> bytes:
    """Return the article of an item: it repeats the headline's words further down, and has one of its own."""
    told = "".join(f"<p>{title} goes on, and part {part} of it says what {part} people saw.</p>" for part in range(9))
    by = "<p class='byline'>By <a rel='author' href='/a'>Ann Hill</a> <time datetime='2020-03-05T10:00:00Z'></time></p>"
    body = f"<html lang='en'><body><article><h1>{title}</h1>{by}{told}<p>The {BELOW} was named.</p></article>"
    return f"{body}</body></html>".encode()


class Life(NamedTuple):
    """What a life came to: all that stood in the stranger's chat after each step, and the requests by publisher."""

    seen: list[list[str]]
    asked: list[int]


async def lived(time: VirtualTime, folder: Path, script: Sequence[Step], world: int, *, bystander: bool) -> Life:
    """Live through a script in one of its worlds."""
    async with AsyncExitStack() as closing:
        api = await closing.enter_async_context(BotApi(clock=time.elsewhere, limits=None))
        publishers = [Publisher(HISTORY[:5], title=f"Paper {n}", clock=time.elsewhere) for n in range(PAPERS)]
        for number, publisher in enumerate(publishers):
            await publisher.start(host(number), PORT)
            closing.push_async_callback(publisher.close)
        bot = asyncio.create_task(
            app.run(
                Settings(
                    config_dir=folder,
                    state_dir=folder,
                    telegram=TelegramSettings(api_url=api.url),
                    feeds=(Feed(name="moscow-times", title="The Moscow Times", url=address(0)),),
                    watches=tuple(
                        Watch(name=word.lower(), title=word, query=word) for word in (*WORDS, BELOW) if word != "S-400"
                    ),
                    fetch=FetchSettings(chats_may_reach=(ip_network("127.0.0.0/8"),)),
                ),
                api.token,
                state=folder,
                tempo=Tempo(tick=2.0, beat=0.0, clocks=time.clocks, parser=ParserHere(), extractor=PagesHere()),
            )
        )
        stage, seen = World(api, publishers), list[list[str]]()
        await asyncio.sleep(60)
        await stage.act(STRANGER, Say("/subscribe idlib"))
        if bystander:
            await stage.act(BYSTANDER, Say("/subscribe all"))
        for number, step in enumerate(script):
            begins = 120 + number * STEP
            await asyncio.sleep(begins - time.now)
            for chat, act in step.others[world]:
                await stage.act(chat, act)
            await asyncio.sleep(begins + STEP / 3 - time.now)
            for event in step.papers:
                stage.turn(event)
            await asyncio.sleep(begins + STEP * 2 / 3 - time.now)
            for act in step.stranger:
                await stage.act(STRANGER, act)
            await asyncio.sleep(SETTLING)
            seen.append([_read(message) for message in api.messages(STRANGER)])
        bot.cancel()
        await asyncio.wait([bot])
        return Life(seen, [len(publisher.requests) for publisher in publishers])


def _read(message: SentMessage) -> str:
    """Return what there is to a message but for what chance has made: the number of an offer."""
    buttons = [(button.text, _OFFER.sub("OFFER", button.data)) for row in message.buttons for button in row]
    return f"{message.html}\n{message.entities}\n{buttons}\n{message.silent}"


def life(script: Sequence[Step], world: int, *, bystander: bool = True) -> Life:
    """Live through a script in a state of its own."""
    with tempfile.TemporaryDirectory(prefix="newsvane-worlds-") as folder:
        return leaping.run(partial(lived, folder=Path(folder), script=script, world=world, bystander=bystander))


def look_the_same(script: Sequence[Step], *, bystander: bool = True) -> None:
    """Raise AssertionError with the first message that differs."""
    one, other = (life(script, world, bystander=bystander).seen for world in (0, 1))
    for step, (here, there) in enumerate(zip(one, other, strict=True)):
        for mine, yours in zip(here, there, strict=False):
            assert mine == yours, f"step {step}"
        assert len(here) == len(there), f"step {step}: {here[len(there) :] or there[len(here) :]}"


def main() -> int:
    """Try many scripts. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--steps", type=int, default=8)
    asked = parser.parse_args()
    logs.configure(level="critical")
    tried = 0

    @settings(max_examples=asked.examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(script=st.lists(steps, min_size=1, max_size=asked.steps))
    def drill(script: list[Step]) -> None:
        nonlocal tried
        tried += 1
        look_the_same(script)

    try:
        drill()
    except AssertionError as error:
        print(f"After {tried} scripts, two worlds that look different to a stranger:\n{error}")
        return 1
    print(f"{tried} scripts of up to {asked.steps} steps, each in two worlds: the stranger saw the same.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
