"""Counts what a drill came to: what did not arrive, whether that is shown, what came too often or out of order."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from standins.botapi import SentMessage

from bot.delivery.compose import told_in
from bot.store.database import SQLiteDB


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Alerts, each one item for one chat.

    `lost` did not arrive, `silently` are those of them that the outbox says nothing of; the others are in `shown`, by
    their state. `extra` are copies beyond the first.
    """

    wanted: int
    lost: int
    silently: int
    extra: int
    most: int
    out_of_order: int
    shown: Mapping[str, int]

    @property
    def good(self) -> bool:
        """Whether nothing was lost in silence, came a third time, or out of order."""
        return not self.silently and self.most <= 2 and not self.out_of_order

    def __str__(self) -> str:
        shown = ", ".join(f"{count} {state}" for state, count in sorted(self.shown.items())) or "none"
        return (
            f"{self.wanted:,} alerts: lost {self.lost} (shown: {shown}), silently lost {self.silently}, extra copies "
            f"{self.extra}, most copies {self.most}, out of order {self.out_of_order}"
        )


def headlines(messages: Iterable[SentMessage], wanted: Iterable[str]) -> list[str]:
    """Return the headlines of the alerts in messages, in their order, as far as they are of the wanted ones."""
    known = frozenset(wanted)
    lines = (alert.split("\n")[0] for message in messages for alert in told_in(message.text))
    return [line for line in lines if line in known]


def unsent(state: Path) -> dict[tuple[int, str], str]:
    """Return the outbox's alerts that are not sent: (chat, headline) and how they stand. Works beside a running bot."""
    with SQLiteDB(state / "newsvane.db", read_only=True) as db:
        titles = {doc["item"]["keys"][0]: doc["item"]["title"] for doc in db.table("items")}
        rows = list(db.table("outbox"))
    return {(row["chat"], titles.get(row["item"], "")): row["state"] for row in rows if row["state"] != "sent"}


def tally(
    told: Mapping[int, Sequence[str]], wanted: Sequence[str], shown: Mapping[tuple[int, str], str] | None = None
) -> Tally:
    """Count. `told` are the headlines that each chat got, `wanted` those that each should have got, in order."""
    shown = shown or {}
    missing = [(chat, name) for chat, names in told.items() for name in wanted if name not in frozenset(names)]
    copies = [times for names in told.values() for times in Counter(names).values()]
    place = {name: number for number, name in enumerate(wanted)}
    firsts = [[place[name] for name in dict.fromkeys(names)] for names in told.values()]
    return Tally(
        wanted=len(told) * len(wanted),
        lost=len(missing),
        silently=sum(each not in shown for each in missing),
        extra=sum(times - 1 for times in copies),
        most=max(copies, default=0),
        out_of_order=sum(order != sorted(order) for order in firsts),
        shown=Counter(shown[each] for each in missing if each in shown),
    )
