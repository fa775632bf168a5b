"""The change that an hour of the week usually brings: what `hour_over_hour` is tested against when seasonal.

The same hour of the last eight weeks, each beside the hour before it, tells how much busier it usually is.
Where fewer than three of them are known, the same hour of the last fourteen days does; where not even that,
a change is tested against none. The whole tree stands in for a group that has few tickets. The busiest of the
hours is left out, so that one outbreak does not become usual. How much the hours differ among themselves
widens the test: tickets are taken as so many fewer as they vary more than counts of one rate
(quasi-likelihood, McCullagh and Nelder 1989).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from connectors.ticket import DAY, Int64
from connectors.windows import Calendar

WEEKS: Final = 8
DAYS: Final = 14
FEWEST: Final = 3

# From so many hours on, the busiest is left out.
TRIMMED_FROM: Final = 4

# So many tickets in the hours before are the whole tree's; so many hours vary as counts of one rate.
BORROWED: Final = 10.0
ORDINARY: Final = 2.0

# Enough for any count of tickets.
DOUBLINGS: Final = 60


@dataclass(frozen=True)
class Usual:
    """What an hour usually brings after the hour before.

    Attributes
    ----------
    ratio : how many times as many tickets; at least 1, so that what usually falls is not asked to fall
    spread : variance of such changes over that of counts of one rate; at least 1
    """

    ratio: float = 1.0
    spread: float = 1.0

    def chance(self, count: int, previous: int) -> float:
        """Chance of at least so many in the hour, given how many there are in both together."""
        from scipy.special import betainc

        if count == 0:
            return 1.0
        share = self.ratio / (1 + self.ratio)
        return float(betainc(count / self.spread, previous / self.spread + 1, share))

    def least(self, previous: int, *, factor: float, alpha: float, floor: int) -> int:
        """The smallest count that fires after an hour with `previous` tickets; it is at least `floor`.

        >>> Usual(1.6, 1.0).least(100, factor=1.2, alpha=0.001, floor=10)
        232
        """
        low = max(floor, int(np.ceil(factor * self.ratio * previous - 1e-9)))
        if self.chance(low, previous) <= alpha:
            return low
        high = low
        for _ in range(DOUBLINGS):
            low, high = high, 2 * high + 1
            if self.chance(high, previous) <= alpha:
                break
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self.chance(middle, previous) <= alpha else (middle, high)
        return high


def comparable(calendar: Calendar, hour: int) -> list[Int64]:
    """(k,) int64 starts of hours like this one: of the same weekday, then of any day; each falling."""
    start = np.array([hour], dtype=np.int64)
    wall = start + calendar.offset(start)
    back = [7 * DAY * np.arange(1, WEEKS + 1), DAY * np.arange(1, DAYS + 1)]
    return [calendar.hours(calendar.from_wall(wall - days)) for days in back]


def usual(mine: Sequence[tuple[int, int]], everything: Sequence[tuple[int, int]]) -> Usual:
    """What is usual, by (tickets, tickets in the hour before) of hours that are alike.

    Parameters
    ----------
    mine, everything : of the group, and of the whole tree

    Examples
    --------
    >>> round(usual([(160, 100)] * 8, [(1000, 800)] * 8).ratio, 2)
    1.6
    >>> round(usual([(3, 1)] * 8, [(1000, 800)] * 8).ratio, 2)
    1.97
    """
    if len(mine) < FEWEST:
        return Usual()
    if len(mine) >= TRIMMED_FROM:
        busiest = max(range(len(mine)), key=lambda i: mine[i][0])
        mine = [pair for i, pair in enumerate(mine) if i != busiest]
    count, previous = np.array(mine, dtype=np.float64).T
    of_all, before_all = np.array(everything, dtype=np.float64).sum(axis=0)
    borrowed = BORROWED * (of_all + 1) / (before_all + 1)
    ratio = (count.sum() + borrowed) / (previous.sum() + BORROWED)
    share, together = ratio / (1 + ratio), count + previous
    some = together > 0
    errors = (count - share * together)[some] ** 2 / (together[some] * share * (1 - share))
    spread = (errors.sum() + ORDINARY) / (max(some.sum() - 1, 0) + ORDINARY)
    return Usual(max(1.0, float(ratio)), max(1.0, float(spread)))
