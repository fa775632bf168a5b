"""The trend log's last revision: closed hours of nodes with tickets, or with an open signal."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from .knowledge import Knowledge
from .model import Node, OracleTicket
from .windows import DAY, HOUR, Calendar


def trend_rows(
    final: Iterable[OracleTicket],
    signals: Sequence[dict[str, Any]],
    *,
    calendar: Calendar,
    knowledge: Knowledge,
    end: datetime,
    deepest: int,
) -> list[dict[str, Any]]:
    """Rows in order of hour and node. A node counts with all its descendants."""
    count: dict[datetime, Counter[Node]] = defaultdict(Counter)
    created: dict[Node, list[datetime]] = defaultdict(list)
    escalated: dict[Node, list[datetime]] = defaultdict(list)
    for ticket in final:
        if ticket.void:
            continue
        hour = calendar.hour_start(ticket.created_at)
        for depth in range(min(deepest, len(ticket.path)) + 1):
            node = ticket.path[:depth]
            count[hour][node] += 1
            created[node].append(ticket.created_at)
            if ticket.escalated_at is not None:
                escalated[node].append(ticket.escalated_at)
    for stamps in (*created.values(), *escalated.values()):
        stamps.sort()

    wanted: dict[datetime, set[Node]] = defaultdict(set)
    for hour, nodes in count.items():
        wanted[hour] |= nodes.keys()
        wanted[hour + HOUR] |= nodes.keys()
    for signal in signals:
        for hour in hours_open(signal, calendar):
            wanted[hour].add(tuple(signal["node"]))

    rows = []
    for hour in sorted(wanted):
        over = hour + HOUR
        if over > end:
            continue
        day, month = calendar.day(hour)[0], calendar.month(hour)[0]
        complete, before_known = knowledge.known(hour), knowledge.known(hour - HOUR)
        here, earlier = count.get(hour, {}), count.get(hour - HOUR, {})
        for node in sorted(wanted[hour]):
            now = here.get(node, 0)
            before = earlier.get(node, 0) if before_known else None
            rows.append(
                {
                    "hour": hour,
                    "node": list(node),
                    "depth": len(node),
                    "count": now,
                    "previous": before,
                    "change": None if before is None else now - before,
                    "ratio": None if not before else (now - before) / before,
                    "day_to_date": between(created.get(node, []), day, over),
                    "month_escalated": between(escalated.get(node, []), month, over),
                    "complete": complete,
                }
            )
    return rows


def hours_open(signal: dict[str, Any], calendar: Calendar) -> Iterable[datetime]:
    """The hours that overlap the time from the crossing until 24 hours after the window's end."""
    until = signal["window_end"] + DAY
    if signal["crossed_at"] >= until:
        return
    hour = calendar.hour_start(signal["crossed_at"])
    while hour < until:
        yield hour
        hour += HOUR


def between(stamps: list[datetime], start: datetime, end: datetime) -> int:
    until = bisect_left(stamps, end)
    return until - bisect_left(stamps, start, 0, until)
