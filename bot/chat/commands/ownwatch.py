"""/watch QUERY: try a person's own words on the news that was kept, and keep them as a watch with a tap.

/test QUERY does the first half alone.
"""

from bot.admin.own_watches import Trial
from bot.chat.commands.command import Context, Reply, Request
from bot.delivery.compose import headline, source_line
from bot.errors import QueryError, RequestRefused, StoreBusy
from bot.messages import en
from bot.model import MatchedItem, Scope
from bot.text.counted import counted
from bot.text.harmless import code, escape, literal
from bot.watches.parser import pointer

_KEEP, _ABOUT, _TRY, _NONE = "keep", "about", "try", "none"  # what follows /watch when a button is pressed
_SCOPES: dict[str, Scope] = {_KEEP: "all", _ABOUT: "about"}
_BARS = "▁▂▃▄▅▆▇█"
_BUTTON = 40  # characters of a query on a button
_SHOWN = 900  # characters of a query or a reading that are shown


def run(request: Request, context: Context) -> Reply:
    """Try the words, and offer them as a watch; or take what was offered."""
    if not request.args:
        return Reply(paragraphs=(en.WATCH_USAGE,))
    if request.pressed and len(request.args) == 2:
        return _pressed(request, context)
    query = " ".join(request.args)
    return Reply(paragraphs=(), later=lambda: _offered(query, request, context))


def test(request: Request, context: Context) -> Reply:
    """Try the words alone."""
    if not request.args:
        return Reply(paragraphs=(en.TEST_USAGE,))
    query = " ".join(request.args)
    return Reply(paragraphs=(), later=lambda: _tested(query, request, context))


def _pressed(request: Request, context: Context) -> Reply:
    how, offer = request.args
    chat = request.chat.id
    try:
        if how in _SCOPES:
            watch = context.own_watches.keep(request.chat, offer, _SCOPES[how])
            said = en.WATCH_KEPT if watch.scope == "all" else en.WATCH_KEPT_ABOUT
            return Reply(paragraphs=(said.format(query=_code(watch.query), name=escape(watch.label)),), in_place=True)
        if how.startswith(_TRY):
            others = context.own_watches.offered(offer, chat).others
            number = int(how.removeprefix(_TRY)) if how.removeprefix(_TRY).isdecimal() else len(others)
            if number < len(others):
                return Reply(paragraphs=(), later=lambda: _offered(others[number], request, context))
        context.own_watches.turn_down(offer, chat)
    except RequestRefused as error:
        return Reply(paragraphs=(escape(str(error)),))
    return Reply(paragraphs=(en.WATCH_NONE,), in_place=True)


async def _offered(query: str, request: Request, context: Context) -> Reply:
    trial = await _tried(query, request, context)
    if isinstance(trial, Reply):
        return trial
    others = [
        (en.WATCH_MORE.format(word=each.word[:_BUTTON], more=f"{each.more:,}"), each.query) for each in trial.relatives
    ]
    if trial.wider:
        others.append((en.WATCH_TRY.format(query=trial.wider[:_BUTTON]), trial.wider))
    offer = context.own_watches.offer(request.chat.id, trial.query, [query for _, query in others])
    buttons = [
        (en.WATCH_KEEP, f"watch {_KEEP} {offer.id}"),
        (en.WATCH_ABOUT, f"watch {_ABOUT} {offer.id}"),
        *((label, f"watch {_TRY}{number} {offer.id}") for number, (label, _) in enumerate(others)),
        (en.WATCH_LEAVE, f"watch {_NONE} {offer.id}"),
    ]
    return Reply(paragraphs=_shown(trial, context.clock()), buttons=tuple(buttons))


async def _tested(query: str, request: Request, context: Context) -> Reply:
    trial = await _tried(query, request, context)
    return trial if isinstance(trial, Reply) else Reply(paragraphs=_shown(trial, context.clock()))


async def _tried(query: str, request: Request, context: Context) -> Trial | Reply:
    """Try a query. Returns the answer where it cannot be tried."""
    chat = request.chat.id
    try:
        return await context.own_watches.tried(query, chat, [feed.name for feed in context.feeds.of(chat)])
    except QueryError as error:
        return _wrong(error, request, context)
    except (RequestRefused, StoreBusy) as error:
        return Reply(paragraphs=(escape(str(error)),))


def _shown(trial: Trial, now: float) -> tuple[str, ...]:
    """Say what a query looks for, how often it would have told, and of what."""
    first = en.WATCH_READ.format(reading=escape(trial.said[:_SHOWN]))
    if not trial.items:
        return (first, en.WATCH_NO_NEWS)
    days = counted(len(trial.per_day), "day")
    if not trial.fired:
        silent = en.WATCH_SILENT.format(items=counted(trial.items, "item"), days=days)
        hint = (
            en.WATCH_WIDER_FINDS.format(query=_code(trial.wider), count=f"{trial.wider_count:,}") if trial.wider else ""
        )
        return tuple(filter(None, (first, silent, hint)))
    often = en.WATCH_FIRED.format(count=f"{trial.fired:,}", items=counted(trial.items, "item"), days=days)
    drawn = bars(trial.per_day) if len(trial.per_day) > 1 else ""
    examples = (_example(matched, now) for matched in trial.examples)
    return (first, "\n".join(filter(None, (often, drawn))), *examples)


def _example(matched: MatchedItem, now: float) -> str:
    hits = [hit for match in matched.matches for hit in match.hits]
    return f"{headline(matched.item, hits)}\n{source_line(matched.item, now)}"


def bars(counts: tuple[int, ...]) -> str:
    """Draw counts as bars, one a day; a day without any has the lowest."""
    most = max(counts, default=0)
    return "".join(_BARS[-(-count * (len(_BARS) - 1) // most)] if most else _BARS[0] for count in counts)


def _wrong(error: QueryError, request: Request, context: Context) -> Reply:
    """Show where a query cannot be read, and one to try in its place."""
    said = (en.WATCH_WRONG, f"<pre>{literal(pointer(error), quote=False)}</pre>")
    if not error.suggestion:
        return Reply(paragraphs=said)
    offer = context.own_watches.offer(request.chat.id, error.query, [error.suggestion])
    button = (en.WATCH_TRY.format(query=error.suggestion[:_BUTTON]), f"watch {_TRY}0 {offer.id}")
    return Reply(paragraphs=(*said, en.WATCH_PERHAPS.format(query=_code(error.suggestion))), buttons=(button,))


def _code(query: str) -> str:
    return code(query[:_SHOWN])
