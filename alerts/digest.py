"""The daily digest: yesterday in a few lines, for whoever the plan sends it to. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from alerts import routing
from alerts.incidents.branch import node_of
from alerts.incidents.incident import Incident
from alerts.page import Page, Reason, key_of
from alerts.plan import ResponsePlan
from connectors.ticket import to_us

# Incidents that a digest or a summary names, the most important first.
NAMED: Final = 15


@dataclass(frozen=True)
class Day:
    """A business day that is over.

    Attributes
    ----------
    start : its first instant, int64 microseconds UTC
    tickets, before : tickets that were created on it, and on the day before; None where that is unknown
    opened, resolved : incidents that were opened and resolved on it
    pages : pages that told somebody
    open : incidents that are not over now
    """

    start: int
    tickets: int | None
    before: int | None
    opened: int
    resolved: int
    pages: int
    open: Sequence[Incident]


def digest_key(start: int) -> str:
    """Key of the digest of the day that begins then: there is one."""
    return key_of(Reason.DIGEST.name, str(start))


def digest(day: Day, *, plan: ResponsePlan, now: datetime) -> Page:
    """The page of a day, to the roles of `alerts.digest_to`."""
    roles = plan.alerts.digest_to or plan.operators
    told = routing.told(plan, roles, plan.departments)
    return Page(
        key=digest_key(day.start),
        at=to_us(now),
        reason=Reason.DIGEST,
        told=told,
        unreached=routing.unreached(roles, told),
        titles=plan.titles(roles),
        subject=(
            ("day", str(day.start)),
            ("tickets", "" if day.tickets is None else str(day.tickets)),
            ("before", "" if day.before is None else str(day.before)),
            ("opened", str(day.opened)),
            ("resolved", str(day.resolved)),
            ("pages", str(day.pages)),
            ("open", str(len(day.open))),
            ("named", named(day.open, plan)),
        ),
    )


def named(incidents: Iterable[Incident], plan: ResponsePlan) -> str:
    """The most important of some incidents, for a page that lists them: a fact of its subject, as JSON."""
    ranked = sorted(incidents, key=lambda one: (-plan.rank(one.level), -one.count, one.id))
    facts = [
        [one.id, one.level, list(node_of(one.node)), str(one.state), one.assignee or ""]
        for one in ranked[:NAMED]
    ]
    return json.dumps(facts, ensure_ascii=False)
