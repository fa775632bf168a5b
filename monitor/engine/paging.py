"""From signals to stored pages: what the decision needs to know, and what is folded into one page."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, partial
from typing import Final

from alerts.page import Page, Reason, TrendHour
from alerts.respond import Context, Fold, respond
from connectors.taxonomy import ROOT, Taxonomy
from connectors.ticket import HOUR, Path, at_us
from detectors.grouping import group_of
from detectors.signal import Signal
from detectors.step import Counts
from monitor.engine.copies import Copies
from monitor.engine.flood import save_capped
from monitor.engine.open_incidents import OpenIncidents, tickets_of
from monitor.engine.rules import Rules
from monitor.engine.silencing import holding
from monitor.known_time import KnownTime
from monitor.storage.store import Transaction

# An hour that is judged so long after its end was missed; the signals of such hours share one page.
LATE: Final = 2 * HOUR


def page(
    tx: Transaction,
    signals: Sequence[Signal],
    *,
    rules: Rules,
    counts: Counts,
    taxonomy: Taxonomy,
    known: KnownTime,
    incidents: OpenIncidents,
    now: int,
    sample: bool,
    fold: Fold | None = None,
) -> list[Page]:
    """Decide and store the pages of signals that fired together; those that are new."""
    if not signals:
        return []
    context = Context(
        trend=Trends(counts, taxonomy, known, now, hours=rules.plan.alerts.trend_hours),
        sample=sample,
        capped=True,
        copies=Copies(tx, taxonomy),
        silences=holding(tx, taxonomy, now),
        tickets=partial(tickets_of, counts, taxonomy),
        blind=tuple(
            state.name
            for state in tx.sources.all()
            if state.blind_since is not None and state.name in rules.sources
        ),
    )
    response = respond(
        signals, plan=rules.plan, now=at_us(now), context=context, fold=fold, book=incidents.book(tx)
    )
    incidents.save(tx)
    return save_capped(tx, response.pages, plan=rules.plan, now=now)


def missed(signal: Signal, now: int) -> bool:
    """The signal's window ended long before anybody could judge it."""
    return now - signal.window_end > LATE


# What a signal awaits when its bulk import is read, or its hour was missed: the end of the closing of hours.
# Behind it stand the facts of the import, as JSON.
READY: Final = "ready:"


def ready(source: str = "", tickets: int = 0) -> str:
    """The mark of signals that are to share the next page for what was missed, or imported."""
    facts = {"source": source, "tickets": str(tickets)} if source else {}
    return READY + json.dumps(facts, ensure_ascii=False)


def fold_of(marks: Iterable[str]) -> Fold:
    """Why several nodes' signals share a page: imports, if there were any; else a time that was missed."""
    imports = [facts for mark in sorted(set(marks)) if (facts := json.loads(mark.removeprefix(READY)))]
    if not imports:
        return Fold(Reason.CAUGHT_UP)
    sources = dict.fromkeys(facts["source"] for facts in imports)
    # An import that was interrupted goes on without knowing how many tickets it had brought before.
    tickets = sum(int(facts["tickets"]) for facts in imports)
    known = (("tickets", str(tickets)),) if tickets else ()
    return Fold(Reason.BULK_IMPORT, (("source", ", ".join(sources)), *known))


class Trends:
    """The last hours of nodes up to the running one, for one decision: each hour is read once."""

    def __init__(self, counts: Counts, taxonomy: Taxonomy, known: KnownTime, now: int, *, hours: int) -> None:
        self._counts, self._taxonomy, self._known, self._now = counts, taxonomy, known, now
        self._shown = hours

    def __call__(self, node: Path) -> tuple[TrendHour, ...]:
        """A node's hours, oldest first; None where one is unknown."""
        group = group_of(self._taxonomy.find(node) or ROOT, exact=False)
        return tuple(
            TrendHour(start, tickets.get(group, 0) if sure or tickets.get(group) else None)
            for start, tickets, sure in self._hours
        )

    @cached_property
    def _hours(self) -> list[tuple[int, Mapping[int, int], bool]]:
        calendar, now = self._known.calendar, self._now
        hours = calendar.hours_between(now - (self._shown - 1) * HOUR, now + 1)
        ends, sure = calendar.hour_ends(hours), self._known.hours(hours)
        return [
            (start, self._counts.of("tickets", start, end), known)
            for start, end, known in zip(hours.tolist(), ends.tolist(), sure.tolist(), strict=True)
        ]
