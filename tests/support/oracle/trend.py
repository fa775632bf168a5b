"""The trend log's last revision: closed hours of nodes with tickets, or with an open signal."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
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
    count: Counter[tuple[datetime, Node]] = Counter()
    created: dict[Node, list[datetime]] = defaultdict(list)
    escalated: dict[Node, list[datetime]] = defaultdict(list)
    for ticket in final:
        if ticket.void:
            continue
        hour = calendar.hour_start(ticket.created_at)
        for depth in range(min(deepest, len(ticket.path)) + 1):
            node = ticket.path[:depth]
            count[hour, node] += 1
            created[node].append(ticket.created_at)
            if ticket.escalated_at is not None:
                escalated[node].append(ticket.escalated_at)
    for stamps in (*created.values(), *escalated.values()):
        stamps.sort()

    wanted = {(hour, node) for hour, node in count} | {(hour + HOUR, node) for hour, node in count}
    for signal in signals:
        node = tuple(signal["node"])
        wanted |= {(hour, node) for hour in hours_open(signal, calendar)}

    rows = []
    for hour, together in groupby(sorted(wanted), key=itemgetter(0)):
        if hour + HOUR > end:
            continue
        day, month = calendar.day(hour)[0], calendar.month(hour)[0]
        complete, before_known = knowledge.known(hour), knowledge.known(hour - HOUR)
        for _, node in together:
            now = count.get((hour, node), 0)
            before = count.get((hour - HOUR, node), 0) if before_known else None
            rows.append(
                {
                    "hour": hour,
                    "node": list(node),
                    "depth": len(node),
                    "count": now,
                    "previous": before,
                    "change": None if before is None else now - before,
                    "ratio": None if not before else (now - before) / before,
                    "day_to_date": between(created.get(node, []), day, hour + HOUR),
                    "month_escalated": between(escalated.get(node, []), month, hour + HOUR),
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
    return bisect_left(stamps, end) - bisect_left(stamps, start)
