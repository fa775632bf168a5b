"""The audit over a store: what is read, what is new, and the page that tells of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import structlog

from alerts.audit import Finding, audit_page, told_keys
from alerts.incidents.branch import covers, node_of
from alerts.incidents.escalation import asked_since
from alerts.incidents.incident import Incident
from alerts.page import Page, Reason
from alerts.plan import ResponsePlan
from connectors.ticket import DAY, HOUR, MICROSECOND, Path, at_us
from connectors.windows import Calendar
from monitor.audit.breaches import Breach, Window, breaches, hard_rules
from monitor.audit.joining import Patience, Record, findings
from monitor.config.schema import Audit
from monitor.engine.rules import Rules
from monitor.storage.store import Store, Transaction

log: Final = structlog.get_logger()

# Pages and incidents are followed for so long; what was told of them is remembered for longer.
LOOKS_BACK: Final = 7 * DAY
REMEMBERS: Final = 40 * DAY
# A day or month that ended so long ago is looked at once more: its last hour had no audit of its own.
ENDED: Final = 2 * HOUR


@dataclass(frozen=True)
class Audited:
    """What an audit found: everything, and the page about what is new."""

    findings: tuple[Finding, ...]
    page: Page | None


def audit(
    store: Store,
    rules: Rules,
    calendar: Calendar,
    *,
    settings: Audit,
    rules_since: int,
    now: int,
) -> Audited:
    """Look at the whole chain; page the operators of what was not told before.

    `rules_since` is when these rules began to hold: what ended before was judged by others. Raises
    StoreError.
    """
    with store.reading() as tx:
        record = _record(tx, rules, calendar, rules_since=rules_since, now=now)
        told = {
            key
            for page in tx.outbox.pages(now - REMEMBERS, now + 1)
            if page.reason is Reason.AUDIT
            for key in told_keys(page)
        }
    found = findings(record, _patience(settings), now=now)
    fresh = [finding for finding in found if finding.key not in told]
    if not fresh:
        return Audited(tuple(found), None)
    log.error("audit_found", findings=len(fresh), first=fresh[0].gap.value)
    with store.writing() as tx:
        pages = tx.outbox.save([audit_page(fresh, plan=rules.plan, now=at_us(now))])
    return Audited(tuple(found), pages[0] if pages else None)


def _patience(settings: Audit) -> Patience:
    return Patience(settings.page_within // MICROSECOND, settings.answer_within // MICROSECOND)


def _record(tx: Transaction, rules: Rules, calendar: Calendar, *, rules_since: int, now: int) -> Record:
    since = now - LOOKS_BACK
    reached = _breaches(tx, rules, calendar, rules_since=rules_since, now=now)
    identities = [breach.identity for breach in reached]
    pages = [page for page in tx.outbox.pages(since, now + 1) if page.signals]
    ids = {id for page in pages for id in page.incidents}
    incidents = {one.id: one for one in tx.incidents.find(start=since)}
    for missing in sorted(ids - set(incidents)):
        one = tx.incidents.get(missing)
        if one is not None:
            incidents[missing] = one
    for one in tx.incidents.find(only_open=True):
        incidents.setdefault(one.id, one)
    return Record(
        breaches=reached,
        known={stored.signal.identity for stored in tx.signals.with_ids(identities)},
        unpaged=[(one.signal, one.fired_at) for one in tx.signals.unpaged(since)],
        pages=pages,
        arrived=tx.outbox.arrived_of([page.key for page in pages]),
        incidents=tuple(incidents.values()),
        asked=_asked(tx, rules.plan, incidents.values(), now),
    )


def _asked(tx: Transaction, plan: ResponsePlan, incidents: Iterable[Incident], now: int) -> dict[int, int]:
    """Since when somebody is to answer for each incident; what is kept quiet asks nobody until that ends."""
    silences = tx.silences.all()
    asked = {}
    for incident in incidents:
        since = asked_since(incident, plan) if incident.state.unanswered else None
        if since is None or any(silence.quiets(incident, now) for silence in silences):
            continue
        ends = (
            silence.ended_at
            for silence in silences
            if silence.ended_at is not None and covers(silence.node, node_of(incident.node))
        )
        asked[incident.id] = max((since, *ends))
    return asked


def _breaches(
    tx: Transaction, rules: Rules, calendar: Calendar, *, rules_since: int, now: int
) -> list[Breach]:
    """Of the windows that are open, and of those that ended a moment ago under the same rules."""
    hard = hard_rules(rules.detectors.values())
    if not hard:
        return []
    tickets = _Tickets(tx)
    found = breaches(tickets, hard, calendar, at=now)
    before = calendar.day(now) - 1
    if before >= max(rules_since, now - ENDED):
        found += breaches(tickets, hard, calendar, at=before)
    return list({breach.identity: breach for breach in found}.values())


class _Tickets:
    """`RawTickets` of the store: counted by the database from the tickets themselves."""

    def __init__(self, tx: Transaction) -> None:
        self._tx, self._paths = tx, tx.nodes.paths()

    def created(self, window: Window) -> Mapping[Path, int]:
        return self._by_path(self._tx.ticket_reads.counted("created", *window))

    def escalated(self, window: Window) -> Mapping[Path, int]:
        return self._by_path(self._tx.ticket_reads.counted("escalated", *window))

    def complainants(self, window: Window) -> Iterator[tuple[Path, str]]:
        nodes, complainants, _ = self._tx.ticket_reads.complainants(*window)
        return ((self._paths[n], who) for n, who in zip(nodes.tolist(), complainants.tolist(), strict=True))

    def _by_path(self, counts: Mapping[int, int]) -> Mapping[Path, int]:
        return {self._paths[node]: count for node, count in counts.items()}
