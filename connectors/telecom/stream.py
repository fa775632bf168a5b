"""The stream of a made-up operator: the same tickets from the same seed and beginning, day by day.

A day's tickets are drawn by a generator of that day's own, so that any stretch of time can be told again,
after a restart too, without telling what came before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from connectors.telecom.lives import LONGEST, life
from connectors.telecom.surges import Surge, first_surge, surge_of
from connectors.telecom.tree import complaints
from connectors.ticket import DAY, EPOCH, HOUR, SECOND, Ticket, at_us
from connectors.windows import Calendar

# Complaints of a weekday, Monday first, and of an hour, in proportion.
WEEKDAYS: Final = (1.2, 1.1, 1.05, 1.0, 1.0, 0.85, 0.8)
HOURS: Final = (2, 1, 1, 1, 1, 2, 4, 8, 16, 22, 24, 20, 15, 17, 20, 20, 18, 16, 15, 17, 18, 14, 9, 4)

# Provinces by their share of customers.
PROVINCES: Final = {
    "广东": 12, "江苏": 8, "山东": 8, "浙江": 7, "河南": 7, "四川": 6, "湖北": 5, "湖南": 5, "河北": 5,
    "福建": 4, "上海": 4, "北京": 4, "安徽": 4, "陕西": 3, "江西": 3, "重庆": 3, "辽宁": 3, "云南": 3,
    "广西": 3, "山西": 2, "贵州": 2, "天津": 2, "新疆": 2, "黑龙江": 2, "吉林": 2, "内蒙古": 1, "甘肃": 1,
    "海南": 1, "宁夏": 1, "青海": 1,
}  # fmt: skip

# Days whose tickets are remembered: those whose tickets may still change, and today.
REMEMBERED: Final = LONGEST.days + 3


@dataclass
class Stream:
    """Everything that happens from some weeks before `begun` on.

    Attributes
    ----------
    source : name of the source
    begun : instant of the first start, microseconds UTC
    surge_after : microseconds from the first start to the first surge
    """

    source: str
    zone: ZoneInfo
    begun: int
    seed: int
    weeks: int
    per_day: int
    surge_after: int
    _days: dict[date, list[Ticket]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        self._calendar = Calendar(self.zone)
        self._leaf = {leaf.path: leaf for leaf in complaints()}
        self.first_day = self._date(self.begun) - timedelta(weeks=self.weeks)

    @property
    def start(self) -> int:
        """Where history begins, microseconds UTC."""
        return self._midnight(self.first_day)

    def between(self, after: int, until: int) -> list[Ticket]:
        """Versions with after < updated_at <= until, in order of (updated_at, id)."""
        day = max(self.first_day, self._date(after) - LONGEST - timedelta(days=1))
        low, high = at_us(after), at_us(until)
        found: list[Ticket] = []
        while day <= self._date(until):
            found += (ticket for ticket in self._day(day) if low < ticket.updated_at <= high)
            day += timedelta(days=1)
        return sorted(found, key=lambda ticket: (ticket.updated_at, ticket.id))

    def _day(self, day: date) -> list[Ticket]:
        """All versions, whenever they come, of the tickets created on a day."""
        if day not in self._days:
            while len(self._days) >= REMEMBERED:
                del self._days[min(self._days)]
            self._days[day] = list(self._lived(day))
        return self._days[day]

    def _lived(self, day: date) -> Iterator[Ticket]:
        rng = np.random.default_rng([self.seed, day.toordinal()])
        midnight = self._midnight(day)
        leaves = complaints()
        weights = np.array([leaf.weight for leaf in leaves], dtype=np.float64)
        size = int(rng.poisson(self.per_day * WEEKDAYS[day.weekday()]))
        hours = rng.choice(24, size, p=np.array(HOURS) / sum(HOURS))
        created = midnight + np.sort(hours * HOUR + rng.integers(0, HOUR, size)) // SECOND * SECOND
        chosen = rng.choice(len(leaves), size, p=weights / weights.sum())
        regions = rng.choice(
            list(PROVINCES), size, p=np.array(list(PROVINCES.values())) / sum(PROVINCES.values())
        )
        for number in range(size):
            first = self._ticket(day, f"{number:05d}", int(created[number]), str(regions[number]))
            yield from life(first, leaves[chosen[number]], rng, surge=False)
        for name, surge in self._surges(day, midnight):
            region = str(rng.choice(list(PROVINCES)))
            for number, at in enumerate(surge.created.tolist()):
                first = self._ticket(day, f"{name}{number:04d}", at // SECOND * SECOND, region)
                yield from life(first, self._leaf[surge.path], rng, surge=True)

    def _surges(self, day: date, midnight: int) -> Iterator[tuple[str, Surge]]:
        begins = self.begun + self.surge_after
        if self._date(begins) == day:
            yield "F", first_surge(begins, self.seed)
        surge = surge_of(day, midnight, begun=self.begun, seed=self.seed)
        if surge is not None:
            yield "S", surge

    def _ticket(self, day: date, number: str, created: int, region: str) -> Ticket:
        at = at_us(created)
        return Ticket(self.source, f"SAMPLE-{day:%Y%m%d}-{number}", at, at, region=region)

    def _date(self, us: int) -> date:
        return at_us(us).astimezone(self.zone).date()

    def _midnight(self, day: date) -> int:
        wall = (day.toordinal() - EPOCH.toordinal()) * DAY
        return int(self._calendar.from_wall(np.array([wall], dtype=np.int64))[0])
