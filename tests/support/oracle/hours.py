"""hour_over_hour: each closed hour of each group against the hour before."""

from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction
from functools import cache
from math import ceil, comb

from .judges import Judge
from .knowledge import Knowledge
from .model import Group, OracleRule, OracleTicket, TicketKey
from .windows import HOUR, Calendar


class HourOverHour(Judge):
    """Each closed hour of each group against the hour before, by the exact binomial test."""

    def __init__(
        self, rule: OracleRule, calendar: Calendar, levels_of_taxonomy: int, knowledge: Knowledge
    ) -> None:
        super().__init__(rule, calendar, levels_of_taxonomy)
        self.knowledge = knowledge
        self.factor = Fraction(str(rule.factor))
        self.alpha = Fraction(str(rule.alpha))
        self.tickets: dict[datetime, dict[Group, set[TicketKey]]] = {}
        self.last_created: dict[tuple[Group, datetime], datetime] = {}
        self.closed_until: datetime | None = None
        self.fires = cache(self._fires)
        self.threshold = cache(self._threshold)

    def count(self, group: Group, hour: datetime) -> int:
        return len(self.tickets.get(hour, {}).get(group, ()))

    def _fires(self, count: int, previous: int) -> bool:
        if count <= 0 or count < self.rule.min_count or count < self.factor * previous:
            return False
        total = count + previous
        tail = sum(comb(total, k) for k in range(count, total + 1))
        return Fraction(tail, 2**total) <= self.alpha

    def _threshold(self, previous: int) -> int:
        count = max(1, self.rule.min_count, ceil(self.factor * previous))
        while not self.fires(count, previous):
            count += 1
        return count

    def judge(self, group: Group, hour: datetime, now: datetime, by: OracleTicket | None = None) -> None:
        """Judge one hour; `by` is the later version that changed it, or the hour before it."""
        if (
            (group, hour) in self.fired
            or not self.knowledge.known(hour)
            or not self.knowledge.known(hour - HOUR)
        ):
            return
        count, previous = self.count(group, hour), self.count(group, hour - HOUR)
        if self.fires(count, previous):
            self.fire(
                (group, hour),
                group,
                (hour, hour + HOUR),
                observed=count,
                threshold=self.threshold(previous),
                level=self.rule.level,
                crossed_at=now,
                created_at=self.last_created[group, hour] if by is None else by.created_at,
            )

    def judge_all(self, hours: Iterable[datetime], now: datetime) -> None:
        for hour in hours:
            for group in self.tickets.get(hour, {}):
                self.judge(group, hour, now)

    def advance(self, to: datetime) -> None:
        """Close every hour that ends by this moment. Before the first version there was nothing to see."""
        latest = self.calendar.hour_start(to)
        if self.closed_until is None:
            self.closed_until = latest
        while self.closed_until < latest:
            hour = self.closed_until
            self.closed_until += HOUR
            self.judge_all([hour], now=self.closed_until)

    def see(self, before: OracleTicket | None, after: OracleTicket, now: datetime) -> None:
        old, new = self.cells(before), self.cells(after)
        for group, hour in old - new:
            self.tickets[hour][group].remove(after.key)
        for group, hour in new - old:
            self.tickets.setdefault(hour, {}).setdefault(group, set()).add(after.key)
            self.last_created[group, hour] = after.created_at
        for group, hour in old ^ new:
            for touched in (hour, hour + HOUR):
                if touched + HOUR <= now:
                    self.judge(group, touched, now, after)

    def hours_became_known(self, now: datetime) -> None:
        """Judge all closed hours anew: what was judged before comes out as before."""
        self.judge_all([hour for hour in self.tickets if hour + HOUR <= now], now)

    def cells(self, ticket: OracleTicket | None) -> set[tuple[Group, datetime]]:
        if ticket is None or ticket.void:
            return set()
        hour = self.calendar.hour_start(ticket.created_at)
        return {(group, hour) for group in self.groups(ticket.path)}

    def finish(self, final: dict[TicketKey, OracleTicket]) -> None:
        for (group, hour), signal in self.fired.items():
            count = self.count(group, hour)
            if not self.fires(count, self.count(group, hour - HOUR)):
                signal["revised_to"] = count
