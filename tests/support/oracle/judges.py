"""What every judge shares, and the rules that count a group in a day or month.

There is one judge per kind of rule. Each keeps plain sets and counts them anew whenever it is asked.

A judge is told of every version (the ticket as it was, as it is now, and when that was seen) and of
the clock; it notes what fires, and at the end says what has been revised.
"""

from collections import defaultdict
from datetime import datetime
from typing import Any

from .model import Group, Node, OracleRule, OracleTicket, TicketKey
from .windows import Calendar, Window


class Judge:
    """What all judges share: the tickets as they stand, and the list of what fired."""

    def __init__(self, rule: OracleRule, calendar: Calendar, levels_of_taxonomy: int) -> None:
        self.rule = rule
        self.calendar = calendar
        self.deepest = levels_of_taxonomy
        self.fired: dict[Any, dict[str, Any]] = {}

    def groups(self, path: Node) -> set[Group]:
        """Every group that a ticket of this path is counted in, each once."""
        depths = (self.deepest,) if self.rule.depths is None else self.rule.depths
        return {(path[:depth], False) if len(path) >= depth else (path, True) for depth in depths}

    def fire(
        self,
        key: Any,
        group: Group,
        window: Window,
        *,
        observed: int,
        threshold: int,
        level: str,
        crossed_at: datetime,
        created_at: datetime,
        **extra: Any,
    ) -> None:
        """Note a signal, unless the same has fired before."""
        if key in self.fired:
            return
        node, exact = group
        late = max(0.0, (crossed_at - window[1]).total_seconds())
        self.fired[key] = {
            "rule": self.rule.name,
            "kind": self.rule.kind,
            "node": list(node),
            "depth": len(node),
            "exact": exact,
            "window_start": window[0],
            "window_end": window[1],
            "observed": observed,
            "threshold": threshold,
            "level": level,
            "crossed_at": crossed_at,
            "created_at": created_at,
            "late_seconds": int(late) if late == int(late) else late,
            "revised_to": None,
            **extra,
        }

    def full_node(self, path: Node) -> Group:
        return (path, len(path) < self.deepest)

    def advance(self, to: datetime) -> None:
        """The clock goes on to this moment; what happens at it comes after."""

    def see(self, before: OracleTicket | None, after: OracleTicket, now: datetime) -> None:
        raise NotImplementedError

    def finish(self, final: dict[TicketKey, OracleTicket]) -> None:
        raise NotImplementedError


class WindowCount(Judge):
    """daily_threshold, monthly_escalation, distinct_complainants: a number per group and window."""

    def __init__(self, rule: OracleRule, calendar: Calendar, levels_of_taxonomy: int) -> None:
        super().__init__(rule, calendar, levels_of_taxonomy)
        self.inside: dict[tuple[Group, Window], dict[TicketKey, str | None]] = defaultdict(dict)

    def window(self, ticket: OracleTicket) -> Window | None:
        if ticket.void:
            return None
        if self.rule.kind == "daily_threshold":
            return self.calendar.day(ticket.created_at)
        if self.rule.kind == "monthly_escalation":
            return None if ticket.escalated_at is None else self.calendar.month(ticket.escalated_at)
        return self.calendar.month(ticket.created_at) if ticket.complainant else None

    def cells(self, ticket: OracleTicket | None) -> set[tuple[Group, Window]]:
        window = None if ticket is None else self.window(ticket)
        if ticket is None or window is None:
            return set()
        return {(group, window) for group in self.groups(ticket.path)}

    def number(self, cell: tuple[Group, Window]) -> int:
        tickets = self.inside.get(cell, {})
        return len(set(tickets.values())) if self.rule.kind == "distinct_complainants" else len(tickets)

    def see(self, before: OracleTicket | None, after: OracleTicket, now: datetime) -> None:
        for cell in self.cells(before):
            del self.inside[cell][after.key]
        cells = self.cells(after)
        for cell in cells:
            self.inside[cell][after.key] = after.complainant
        for group, window in cells:
            observed = self.number((group, window))
            for level, threshold in self.rule.thresholds.items():
                if observed >= threshold:
                    self.fire(
                        (group, window, level),
                        group,
                        window,
                        observed=observed,
                        threshold=threshold,
                        level=level,
                        crossed_at=now,
                        created_at=after.created_at,
                    )

    def finish(self, final: dict[TicketKey, OracleTicket]) -> None:
        for (group, window, _), signal in self.fired.items():
            number = self.number((group, window))
            if number < signal["threshold"]:
                signal["revised_to"] = number
