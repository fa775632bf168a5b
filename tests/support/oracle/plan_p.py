"""The rules of plan P that look at single tickets: repeat_after_close, overdue, tagged."""

import heapq
from collections import defaultdict
from datetime import datetime
from itertools import pairwise

from .judges import Judge
from .model import Node, OracleRule, OracleTicket, TicketKey
from .windows import Calendar


class RepeatAfterClose(Judge):
    """The same complainant on the same full path, again after the ticket before was closed."""

    def __init__(self, rule: OracleRule, calendar: Calendar, levels_of_taxonomy: int) -> None:
        super().__init__(rule, calendar, levels_of_taxonomy)
        self.inside: dict[tuple[str, Node], dict[TicketKey, OracleTicket]] = defaultdict(dict)

    def cells(self, ticket: OracleTicket | None) -> set[tuple[str, Node]]:
        if ticket is None or ticket.void or not ticket.complainant:
            return set()
        return {(ticket.complainant, ticket.path)}

    def repeats(self, cell: tuple[str, Node]) -> int:
        tickets = sorted(self.inside[cell].values(), key=lambda t: (t.created_at, t.id, t.source))
        number = 0
        for previous, ticket in pairwise(tickets):
            if previous.closed_at is not None and ticket.created_at > previous.closed_at:
                number += 1
        return number

    def see(self, before: OracleTicket | None, after: OracleTicket, now: datetime) -> None:
        old, new = self.cells(before), self.cells(after)
        for cell in old:
            del self.inside[cell][after.key]
        for cell in new:
            self.inside[cell][after.key] = after
        for complainant, path in old | new:
            observed = self.repeats((complainant, path))
            for level, threshold in self.rule.thresholds.items():
                if observed >= threshold:
                    self.fire(
                        (complainant, path, level),
                        self.full_node(path),
                        self.calendar.month(after.created_at),
                        observed=observed,
                        threshold=threshold,
                        level=level,
                        crossed_at=now,
                        created_at=after.created_at,
                        complainant=complainant,
                    )

    def finish(self, final: dict[TicketKey, OracleTicket]) -> None:
        for (complainant, path, _), signal in self.fired.items():
            number = self.repeats((complainant, path))
            if number < signal["threshold"]:
                signal["revised_to"] = number


class Overdue(Judge):
    """A ticket still open at the same local time one calendar month after it was created."""

    def __init__(self, rule: OracleRule, calendar: Calendar, levels_of_taxonomy: int) -> None:
        super().__init__(rule, calendar, levels_of_taxonomy)
        self.alarms: list[tuple[datetime, TicketKey]] = []
        self.current: dict[TicketKey, OracleTicket] = {}

    def open_at_due(self, ticket: OracleTicket) -> bool:
        if ticket.void:
            return False
        return ticket.closed_at is None or ticket.closed_at > self.calendar.a_month_later(ticket.created_at)

    def look(self, ticket: OracleTicket, now: datetime) -> None:
        if self.open_at_due(ticket):
            self.fire(
                ticket.key,
                self.full_node(ticket.path),
                (ticket.created_at, self.calendar.a_month_later(ticket.created_at)),
                observed=1,
                threshold=1,
                level=self.rule.level,
                crossed_at=now,
                created_at=ticket.created_at,
                ticket={"source": ticket.source, "id": ticket.id},
            )

    def advance(self, to: datetime) -> None:
        while self.alarms and self.alarms[0][0] <= to:
            due, key = heapq.heappop(self.alarms)
            if self.calendar.a_month_later(self.current[key].created_at) == due:
                self.look(self.current[key], now=due)

    def see(self, before: OracleTicket | None, after: OracleTicket, now: datetime) -> None:
        self.current[after.key] = after
        due = self.calendar.a_month_later(after.created_at)
        if due > now:
            heapq.heappush(self.alarms, (due, after.key))
        else:
            self.look(after, now)

    def finish(self, final: dict[TicketKey, OracleTicket]) -> None:
        for key, signal in self.fired.items():
            if not self.open_at_due(final[key]):
                signal["revised_to"] = 0


class Tagged(Judge):
    """The first version of a ticket that counts and carries one of the rule's tags."""

    def see(self, before: OracleTicket | None, after: OracleTicket, now: datetime) -> None:
        if not after.void and after.tags & self.rule.tags:
            self.fire(
                after.key,
                self.full_node(after.path),
                self.calendar.day(now),
                observed=1,
                threshold=1,
                level=self.rule.level,
                crossed_at=now,
                created_at=after.created_at,
                ticket={"source": after.source, "id": after.id},
            )

    def finish(self, final: dict[TicketKey, OracleTicket]) -> None:
        for key, signal in self.fired.items():
            if final[key].void:
                signal["revised_to"] = 0
