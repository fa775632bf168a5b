"""The production engine, fed with the brute force's tickets, and its answers in the brute force's form."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from oracle import OracleRule, OracleTicket

from connectors.taxonomy import Taxonomy
from connectors.ticket import Ticket, TicketBatch, at_us, from_us, to_us
from connectors.windows import Calendar
from detectors.signal import Signal
from detectors.step import Detector
from monitor.known_time import Missing
from monitor.replay.history import versions_of
from monitor.replay.replay import Replayed, replay
from monitor.trend.rows import TrendRows


def detector_of(rule: OracleRule, levels: int) -> Detector:
    """The production detector of a rule of the brute force."""
    module = importlib.import_module(f"detectors.rules.{rule.kind}")
    # What the brute force does not know of keeps its default.
    told = {name: getattr(rule, name) for name in module.Options.__dataclass_fields__ if hasattr(rule, name)}
    if "tags" in told:
        told["tags"] = tuple(told["tags"])
    depths = (levels,) if rule.depths is None else tuple(rule.depths)
    return module.Detector(rule.name, depths, module.Options(**told))


def ticket_of(version: OracleTicket) -> Ticket:
    """The production ticket of a version of the brute force."""
    return Ticket(**{name: getattr(version, name) for name in OracleTicket.__dataclass_fields__})


def replay_of(
    versions: Sequence[OracleTicket],
    rules: Sequence[OracleRule],
    *,
    zone: str,
    levels: int,
    sources: Sequence[str],
    gaps: Mapping[str, Sequence[tuple[datetime, datetime]]],
) -> Replayed:
    """A production replay of the same tickets."""
    taxonomy = Taxonomy([f"level {i}" for i in range(levels)])
    batches = [
        (sources.index(source), TicketBatch.of(source, map(ticket_of, together)))
        for source, together in groupby(versions, key=lambda version: version.source)
    ]
    return replay(
        versions_of(batches, taxonomy),
        taxonomy=taxonomy,
        calendar=Calendar(ZoneInfo(zone)),
        sources=sources,
        detectors={rule.name: detector_of(rule, levels) for rule in rules},
        missing=[Missing(to_us(start), to_us(end)) for source in gaps.values() for start, end in source],
    )


def signal_record(signal: Signal) -> dict[str, Any]:
    """A signal with the fields of the contract; stamps are aware datetimes."""
    late = signal.late_us / 1e6
    record = {
        "rule": signal.rule,
        "kind": signal.kind,
        "node": list(signal.node),
        "depth": signal.depth,
        "exact": signal.exact,
        "window_start": at_us(signal.window_start),
        "window_end": at_us(signal.window_end),
        "observed": signal.observed,
        "threshold": signal.threshold,
        "level": signal.level,
        "crossed_at": at_us(signal.crossed_at),
        "created_at": from_us(signal.created_at),
        "late_seconds": int(late) if late == int(late) else late,
        "revised_to": signal.revised_to,
    }
    subject = dict(signal.subject)
    if "id" in subject:
        record["ticket"] = {"source": subject["source"], "id": subject["id"]}
    if "complainant" in subject:
        record["complainant"] = subject["complainant"]
    return record


def trend_records(rows: TrendRows, taxonomy: Taxonomy) -> list[dict[str, Any]]:
    """Rows of the trend log with the fields of the contract."""
    records = []
    for i in range(len(rows)):
        count, previous = int(rows.count[i]), int(rows.previous[i])
        known = bool(rows.previous_known[i])
        path = taxonomy.paths[rows.node[i]]
        records.append(
            {
                "hour": at_us(int(rows.hour[i])),
                "node": list(path),
                "depth": len(path),
                "count": count,
                "previous": previous if known else None,
                "change": count - previous if known else None,
                "ratio": (count - previous) / previous if known and previous else None,
                "day_to_date": int(rows.day_to_date[i]),
                "month_escalated": int(rows.month_escalated[i]),
                "complete": bool(rows.complete[i]),
            }
        )
    return records


def by_hour_and_node(records: Sequence[Mapping[str, Any]]) -> dict[Any, Mapping[str, Any]]:
    """Rows of the trend log by (hour, node)."""
    return {(record["hour"], tuple(record["node"])): record for record in records}
