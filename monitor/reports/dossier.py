"""Everything that the store knows of an incident, for its report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from alerts.catalogue import enumerated
from alerts.charts.volume import ExpectedHour
from alerts.incidents.branch import covers, node_of
from alerts.incidents.incident import Incident
from alerts.page import Page
from alerts.reports.dossier import Dossier, Telling
from connectors.ticket import HOUR, Path, at_us, to_us
from detectors.signal import Signal
from monitor.config import Config
from monitor.storage import Transaction
from monitor.storage.outbox import State

# The chart begins so long before the incident, and goes on so long after its end.
BEFORE: Final = 24 * HOUR
AFTER: Final = 6 * HOUR
# Half of the ordinary hours outside this band lie above it: 99 of 100 stay under its upper edge.
COVERAGE: Final = 0.98


def dossier_of(tx: Transaction, incident: Incident, config: Config, *, language: str, now: int) -> Dossier:
    """The incident as it stands now, with what the plan names as readers of that language know it."""
    pages = [page for page in tx.outbox.pages(incident.opened_at, now + 1) if incident.id in page.incidents]
    first = pages[0].printed(language) if pages else None
    node, until = node_of(incident.node), incident.resolved_at or now
    # A drill's node, and one that was renamed since, have no counts.
    span = incident.since - BEFORE, min(now, until + AFTER)
    hours = expected_hours(config, node, *span) if node in {(), *tx.nodes.paths()} else ()
    people = _people(tx, node, incident.since, until)
    return Dossier(
        incident=incident,
        hours=hours,
        signals=tuple(
            _printed(one.signal, config, language) for one in tx.signals.with_ids(incident.signals)
        ),
        tellings=tuple(telling for page in pages for telling in _tellings(tx, page, language)),
        duties=first.duties if first else (),
        changes=first.planned_changes if first else (),
        complainants=len(people) or None,
        largest=int(max(people.values())) if people else None,
        written_at=now,
        sample=any(page.sample for page in pages),
    )


def expected_hours(config: Config, node: Path, start: int, end: int) -> tuple[ExpectedHour, ...]:
    """The hours of a node in [start, end) beside what its own past lets expect.

    An hour that is not wholly known has the count that there is, and none where that is nothing.
    """
    from monitor import frames

    first, last = at_us(start), at_us(end)
    counted = frames.counts(config.file, node, start=first, end=last)
    usual = frames.expected(config.file, node, start=first, end=last, coverage=COVERAGE).set_index("hour")
    found = counted.join(usual[["expected", "upper"]], on="hour")
    columns = ("hour", "count", "known", "expected", "upper")
    return tuple(
        ExpectedHour(
            hour=to_us(stamp.to_pydatetime()),
            count=int(count) if known or count else None,
            expected=None if np.isnan(expected) else float(expected),
            upper=None if np.isnan(upper) else float(upper),
        )
        for stamp, count, known, expected, upper in zip(*(found[name] for name in columns), strict=True)
    )


def _printed(signal: Signal, config: Config, language: str) -> Signal:
    plan = config.plan
    level = plan.level(signal.level).titled(language)
    return replace(signal, rule=plan.rule(signal.rule, language), level=level)


def _tellings(tx: Transaction, page: Page, language: str) -> Iterator[Telling]:
    """One for each address, with all roles that it stands for."""
    by_address: dict[tuple[str, str], list[Telling]] = {}
    for delivery in tx.outbox.deliveries(page.key):
        told = delivery.told
        by_address.setdefault((told.channel, told.address), []).append(
            Telling(
                at=page.at,
                roles=(page.title(told.role, language),),
                contact=told.contact,
                channel=told.channel,
                delivered_at=delivery.settled_at if delivery.state is State.SENT else None,
                trouble="" if delivery.state is State.SENT else delivery.last_error or "",
            )
        )
    for together in by_address.values():
        first = together[0]
        roles = tuple(dict.fromkeys(role for one in together for role in one.roles))
        people = enumerated(language, dict.fromkeys(one.contact for one in together))
        yield Telling(first.at, roles, people, first.channel, first.delivered_at, first.trouble)


def _people(tx: Transaction, node: Path, start: int, end: int) -> dict[str, int]:
    """Tickets of each complainant of the node and all below it."""
    paths = tx.nodes.paths()
    nodes, complainants, tickets = tx.ticket_reads.complainants(start, end)
    people: dict[str, int] = {}
    for leaf, who, n in zip(nodes.tolist(), complainants.tolist(), tickets.tolist(), strict=True):
        if covers(node, paths[leaf]):
            people[who] = people.get(who, 0) + n
    return people
