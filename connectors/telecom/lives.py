"""What becomes of a complaint: the versions of one ticket, from its arrival to its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from connectors.telecom.tree import Complaint, complaints
from connectors.ticket import Ticket

if TYPE_CHECKING:
    from numpy.random import Generator

# No ticket changes after this.
LONGEST: Final = timedelta(days=10)

# Shares of tickets: of no concern, first filed too coarsely, moved to another leaf, closed; and escalated.
VOID, COARSE, MOVED, CLOSED = 0.015, 0.05, 0.06, 0.88
ESCALATED, ESCALATED_IN_SURGE = 0.004, 0.03
REGULATOR, MEDIA = 0.15, 0.05

ENGLISH: Final = 0.15
CUSTOMERS: Final = 20_000

CHANNELS: Final = ("客服热线",) * 11 + ("手机APP",) * 5 + ("营业厅",) * 2 + ("微信公众号",) * 2 + ("邮件",)
PLACES: Final = ("人民路", "火车站", "大学城", "科技园", "东湖小区", "中山公园", "开发区", "老城区", "机场")


def life(first: Ticket, leaf: Complaint, rng: Generator, *, surge: bool) -> Iterator[Ticket]:
    """The versions of a ticket in order of `updated_at`; `first` has its identity, creation and place."""
    now = replace(
        first,
        path=leaf.path[:3] if rng.random() < COARSE else leaf.path,
        complainant=f"sample-customer-{int(rng.integers(CUSTOMERS)):05d}",
        text=_text(leaf, rng),
        channel=CHANNELS[int(rng.integers(len(CHANNELS)))],
    )
    yield now
    if rng.random() < VOID:
        yield replace(now, updated_at=_later(first, rng, minutes=20), void=True)
        return
    changes: list[tuple[datetime, dict[str, Any]]] = []
    if now.path != leaf.path:
        changes.append((_later(first, rng, minutes=30), {"path": leaf.path}))
    elif not surge and rng.random() < MOVED:
        others = [other.path for other in complaints() if other.path[:2] == leaf.path[:2]]
        changes.append((_later(first, rng, minutes=90), {"path": others[int(rng.integers(len(others)))]}))
    if rng.random() < (ESCALATED_IN_SURGE if surge else ESCALATED):
        at = _later(first, rng, minutes=40 if surge else 600)
        changes.append((at, {"escalated_at": at, "tags": _tags(rng)}))
    if rng.random() < CLOSED:
        at = _later(first, rng, minutes=1_500)
        changes.append((at, {"closed_at": at}))
    for at, change in sorted(changes, key=lambda pair: pair[0]):
        now = replace(now, updated_at=at, **change)
        yield now


def _later(ticket: Ticket, rng: Generator, *, minutes: float) -> datetime:
    """Some whole seconds after the ticket's creation, `minutes` on average."""
    after = timedelta(minutes=1, seconds=int(rng.exponential(minutes * 60)))
    return ticket.created_at + min(after, LONGEST)


def _tags(rng: Generator) -> frozenset[str]:
    chance = rng.random()
    if chance < MEDIA:
        return frozenset({"media"})
    return frozenset({"regulator"}) if chance < MEDIA + REGULATOR else frozenset()


def _text(leaf: Complaint, rng: Generator) -> str:
    yuan, less = int(rng.integers(9, 200)), int(rng.integers(20, 95))
    words = leaf.english if rng.random() < ENGLISH else leaf.chinese
    return words.format(
        yuan=yuan,
        more=yuan + int(rng.integers(30, 400)),
        mbps=(100, 300, 500, 1000)[int(rng.integers(4))],
        less=less,
        gb=int(rng.integers(2, 60)),
        n=int(rng.integers(2, 7)),
        hour=int(rng.integers(8, 22)),
        years=int(rng.integers(2, 15)),
        place=PLACES[int(rng.integers(len(PLACES)))],
    )
