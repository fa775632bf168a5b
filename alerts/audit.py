"""What the monitor's audit of itself found, and the page that tells operators of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from alerts import routing
from alerts.page import Facts, Page, Reason, key_of
from alerts.plan import ResponsePlan
from connectors.ticket import Path, to_us

# A page names so many findings, the first in the order of the chain; `status` counts them all.
MOST_NAMED: Final = 20


class Gap(StrEnum):
    """Where the chain from tickets to people is broken."""

    NO_SIGNAL = "a threshold was reached, and no signal says so"
    NO_PAGE = "a signal is in no page"
    TWO_PAGES = "a signal is in two pages"
    NO_INCIDENT = "a paged signal belongs to no incident"
    NOBODY_REACHED = "a page has reached nobody"
    NO_ANSWER = "nobody has answered for an incident"


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken place.

    Attributes
    ----------
    what : identity of the signal, key of the page, or key of the incident with the time it waits since
    facts : what else there is to know, by name, as text
    """

    gap: Gap
    what: str
    node: Path
    level: str
    rule: str
    facts: Facts = ()

    @property
    def key(self) -> str:
        """The same for the same broken place, so that it is told once."""
        return key_of("finding", self.gap.name, self.what)


def audit_page(found: Sequence[Finding], *, plan: ResponsePlan, now: datetime) -> Page:
    """A page to the operators about findings that were not told before."""
    readers = routing.told(plan, plan.operators, plan.departments)
    named = tuple((f"finding.{i}", _text(one)) for i, one in enumerate(found[:MOST_NAMED]))
    return Page(
        key=key_of(Reason.AUDIT.name, *sorted(one.key for one in found)),
        at=to_us(now),
        reason=Reason.AUDIT,
        told=readers,
        unreached=routing.unreached(plan.operators, readers),
        titles=plan.titles(plan.operators),
        subject=(("n", str(len(found))), ("keys", " ".join(one.key for one in found)), *named),
    )


def told_keys(page: Page) -> frozenset[str]:
    """Keys of the findings that an audit's page told."""
    return frozenset(page.fact("keys").split())


def named(page: Page) -> tuple[Finding, ...]:
    """The findings that an audit's page names."""
    return tuple(_finding(text) for name, text in page.subject if name.startswith("finding."))


def _text(finding: Finding) -> str:
    parts = [finding.gap.name, finding.what, finding.node, finding.level, finding.rule, finding.facts]
    return json.dumps(parts, ensure_ascii=False)


def _finding(text: str) -> Finding:
    gap, what, node, level, rule, facts = json.loads(text)
    return Finding(Gap[gap], what, tuple(node), level, rule, tuple((name, value) for name, value in facts))
