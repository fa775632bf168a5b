"""Silences: what people keep quiet for a time, by node, with author and reason. Pure.

A silence mutes pages, it hides nothing: signals are stored, belong to their incidents, and have a page that
says what muted it. Hard rules are muted only where a named approver of `[silences]` stands in the silence
(law 4). It ends at its time, or when the tickets of its node have doubled; its end is announced with what it
has muted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final

from alerts import routing
from alerts.catalogue import Sentence
from alerts.incidents.branch import node_of
from alerts.incidents.incident import Incident
from alerts.incidents.weighing import statistical
from alerts.page import Page, Reason, key_of
from alerts.plan import ResponsePlan
from connectors.ticket import MICROSECOND, Path
from detectors.signal import Signal

# Two tickets instead of one are twice as many, and no news.
LEAST_MORE: Final = 10
TWICE: Final = 2


@dataclass(frozen=True)
class Silence:
    """What somebody keeps quiet. Instants are int64 microseconds UTC.

    Attributes
    ----------
    id : number by which people name it, from 1; 0 before it is stored
    node : the node, with all below it; () is everything
    start, until : it mutes in [start, until)
    since, tickets : with both it ends too when the node's tickets since `since` are twice `tickets`
    exempt : its signals are out of the plan (T5): they belong to no incident
    approver : who allows that hard rules are muted; "" where they are not
    ended_at, ended_by : when it ended, and who ended it where it was not its time; by a command, with the
        account that typed it
    account : the server's account that typed it as a command
    asked : the order that made it, so that one that is repeated makes no second silence
    """

    node: Path
    start: int
    until: int
    author: str
    reason: str
    id: int = 0
    approver: str = ""
    exempt: bool = False
    since: int | None = None
    tickets: int | None = None
    ended_at: int | None = None
    ended_by: str = ""
    account: str = ""
    asked: str = ""

    def mutes(self, signal: Signal, now: int) -> bool:
        """A signal that comes now pages nobody."""
        may = bool(self.approver) or statistical(signal)
        return may and self.holds(now) and routing.covers(self.node, signal.node)

    def quiets(self, incident: Incident, now: int) -> bool:
        """Nobody is called for an incident now."""
        may = bool(self.approver) or not incident.hard
        return may and self.holds(now) and routing.covers(self.node, node_of(incident.node))

    def holds(self, now: int) -> bool:
        """It lasts."""
        return self.ended_at is None and self.start <= now < self.until

    def doubled(self, tickets: int) -> bool:
        """So many tickets end it."""
        return self.tickets is not None and tickets >= max(TWICE * self.tickets, self.tickets + LEAST_MORE)

    @property
    def told(self) -> str:
        """How a page that it mutes names it."""
        approved = f"; approved by {self.approver}" if self.approver else ""
        kind = "exempt event" if self.exempt else "silence"
        return f"{kind} {self.id} ({self.author}: {self.reason}{approved})"


def refused(silence: Silence, plan: ResponsePlan, *, now: int) -> Sentence | None:
    """Why a silence is not taken; None where it is."""
    if not silence.author.strip() or not silence.reason.strip():
        return Sentence("silence.refused.words")
    if silence.until <= max(now, silence.start):
        return Sentence("silence.refused.over")
    longest = plan.silences.longest
    if silence.until - silence.start > longest // MICROSECOND:
        return Sentence("silence.refused.long", days=f"{longest.total_seconds() / 86400:g}")
    if silence.exempt and not silence.approver:
        may = plan.silences.approvers or ("-",)
        return Sentence("silence.refused.exempt", may=may)
    if silence.approver and silence.approver not in plan.silences.approvers:
        may = plan.silences.approvers or ("-",)
        return Sentence("silence.refused.approver", who=silence.approver, may=may)
    return None


def muting(silences: Iterable[Silence], signal: Signal, now: int) -> Silence | None:
    """The silence that mutes a signal; of several the one that lasts longest."""
    found = [one for one in silences if one.mutes(signal, now)]
    return max(found, key=lambda one: (one.until, -one.id), default=None)


def end_page(silence: Silence, *, plan: ResponsePlan, now: int, why: str, muted: Iterable[Signal]) -> Page:
    """A silence is over: its author and the operators learn what it has muted."""
    signals = tuple(muted)
    author = plan.contact(silence.author)
    own = () if author is None else routing.named(author)
    told = (*own, *routing.told(plan, plan.operators, plan.departments))
    first = {(one.channel, one.address): one for one in reversed(told)}
    highest = max((signal.level for signal in signals), key=plan.rank, default=None)
    return Page(
        key=key_of(Reason.SILENCE_ENDED.name, str(silence.id), str(silence.start)),
        at=now,
        reason=Reason.SILENCE_ENDED,
        level=highest,
        node=silence.node,
        told=tuple(reversed(first.values())),
        titles=plan.titles(plan.operators),
        subject=(
            ("silence", str(silence.id)),
            ("author", silence.author),
            ("silence_reason", silence.reason),
            ("since", str(silence.start)),
            ("why", why),
            ("ended_by", silence.ended_by),
            ("muted", str(len(signals))),
        ),
        about=signals,
    )


def to_json(silence: Silence) -> str:
    """The silence as JSON text, without its number."""
    return json.dumps({**asdict(silence), "id": 0}, ensure_ascii=False)


def from_json(text: str, *, id: int) -> Silence:
    """The silence of `to_json`'s text."""
    data: dict[str, Any] = json.loads(text)
    return Silence(**{**data, "id": id, "node": tuple(data["node"])})
