"""Breach, signal, incident, delivered page, answer: where the chain is broken. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from alerts.audit import Finding, Gap
from alerts.incidents.branch import node_of
from alerts.incidents.incident import Incident
from alerts.page import Page
from detectors.signal import Signal
from monitor.audit.breaches import Breach


@dataclass(frozen=True)
class Record:
    """What the store holds of the time that is looked at.

    Attributes
    ----------
    breaches : what must have fired
    known : identities of the signals of breaches that are stored
    unpaged : signals that are in no page and wait for none, with the instant at which they were stored
    pages : pages of signals
    arrived : keys of pages that reached somebody
    incidents : all that were opened, or are open
    asked : since when somebody is to answer, by the incident's number; where nobody is, it is not there
    """

    breaches: Sequence[Breach] = ()
    known: Collection[str] = ()
    unpaged: Sequence[tuple[Signal, int]] = ()
    pages: Sequence[Page] = ()
    arrived: Collection[str] = ()
    incidents: Sequence[Incident] = ()
    asked: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long things may take; microseconds."""

    page: int
    answer: int


def findings(record: Record, patience: Patience, *, now: int) -> list[Finding]:
    """Every broken place, each once, in the order of the chain."""
    found = [
        *_without_signal(record),
        *_without_page(record, patience, now),
        *_told_twice(record),
        *_without_incident(record),
        *_undelivered(record, patience, now),
        *_unanswered(record, patience, now),
    ]
    return list({finding.key: finding for finding in found}.values())


def _without_signal(record: Record) -> Iterator[Finding]:
    for breach in record.breaches:
        if breach.identity not in record.known:
            facts = (("count", str(breach.count)), ("threshold", str(breach.threshold)))
            yield Finding(Gap.NO_SIGNAL, breach.identity, breach.node, breach.level, breach.rule, facts)


def _without_page(record: Record, patience: Patience, now: int) -> Iterator[Finding]:
    for signal, fired_at in record.unpaged:
        if now - fired_at >= patience.page:
            yield _of_signal(Gap.NO_PAGE, signal)


def _told_twice(record: Record) -> Iterator[Finding]:
    named = Counter(signal.identity for page in record.pages for signal in page.signals)
    for page in record.pages:
        for signal in page.signals:
            if named[signal.identity] > 1:
                yield _of_signal(Gap.TWO_PAGES, signal)


def _without_incident(record: Record) -> Iterator[Finding]:
    explained: Mapping[str, int] = Counter(
        identity for incident in record.incidents for identity in set(incident.signals)
    )
    for page in record.pages:
        for signal in page.signals:
            if signal.identity in explained or page.muted_by is not None or not page.incidents:
                continue
            yield _of_signal(Gap.NO_INCIDENT, signal)


def _undelivered(record: Record, patience: Patience, now: int) -> Iterator[Finding]:
    for page in record.pages:
        late = now - page.at >= patience.page
        if page.told and late and page.key not in record.arrived:
            rule = page.signals[0].rule if page.signals else ""
            yield Finding(Gap.NOBODY_REACHED, page.key, page.node, page.level or "", rule)


def _unanswered(record: Record, patience: Patience, now: int) -> Iterator[Finding]:
    for incident in record.incidents:
        asked = record.asked.get(incident.id)
        if incident.state.unanswered and asked is not None and now - asked >= patience.answer:
            since = incident.waiting_since
            what = f"{incident.key}/{since}"
            facts = (("incident", str(incident.id)), ("since", str(since)))
            yield Finding(Gap.NO_ANSWER, what, node_of(incident.node), incident.level, "", facts)


def _of_signal(gap: Gap, signal: Signal) -> Finding:
    return Finding(gap, signal.identity, signal.node, signal.level, signal.rule)
