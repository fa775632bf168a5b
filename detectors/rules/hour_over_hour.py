"""`hour_over_hour`: a closed hour brings far more tickets of a group than the hour before (T10).

Fires when count >= `min_count`, count >= `factor` x previous, and the exact conditional test of two Poisson
rates rejects: given count + previous tickets in two hours of equal rate, the later hour holds
X ~ Binomial(count + previous, 1/2), and P(X >= count) <= `alpha` (Przyborowski and Wilenski 1940). So
2 -> 4 is silence, 0 -> 16 fires, and 0 -> 0 never does.

With `seasonal` an hour that fires is tested once more, against the change that this hour of the week usually
brings (`usual_change`): the routine rise at 22:00 is silent, the unusual one is not.

All conditions rise with the count, so that each previous count has one smallest count that fires;
it is found in exact integers, and judging an hour is one comparison a group.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import numpy as np

from connectors.options import option
from connectors.ticket import NEVER
from detectors.grouping import group_columns, node_of
from detectors.hours.history import HourHistory
from detectors.hours.pairing import hour_pairs
from detectors.hours.pairs import HourPairs
from detectors.hours.usual_change import Usual
from detectors.signal import Signal
from detectors.standing import counts_now
from detectors.step import Counts, Place, Step

KIND = "hour_over_hour"

# Relative distance from alpha within which the p-value is decided in integers.
CLOSE = 1e-6


@dataclass(frozen=True)
class Options:
    """What the rule can be told."""

    level: str = option(doc="warning level of its signals")
    factor: float = option(2.0, doc="least ratio of the hour's count to the previous hour's", at_least=1)
    min_count: int = option(10, doc="least count of the hour", at_least=1)
    alpha: float = option(0.001, doc="largest p-value of the exact conditional test", above=0, at_most=1)
    seasonal: bool = option(
        default=False, doc="whether the change must also be more than this hour of the week usually brings"
    )


@dataclass(frozen=True)
class Detector:
    """Fires at the close of an hour, or when a late version changes it or the hour before."""

    name: str
    depths: tuple[int, ...]
    options: Options

    def least(self, previous: int) -> int:
        """The smallest count that fires after an hour with `previous` tickets.

        >>> rule = Detector("hour over hour", (1,), Options(level="yellow"))
        >>> rule.least(0), rule.least(2), rule.least(10)
        (10, 16, 31)
        """
        return least_count(previous, self.options)

    def judge(self, step: Step) -> list[Signal]:
        """Signals of hours that became ready to be judged in this step, or changed after they had been."""
        if len(step.hours) == 0:
            return []
        if len(group_columns(step.taxonomy, self.depths)) == 0:
            return []
        pairs = hour_pairs(step, self.depths, at_least=self.options.min_count)
        history = HourHistory(step, pairs.rows) if self.options.seasonal else None
        signals = self._when_ready(step, pairs, history) + self._afterwards(step, pairs, history)
        return sorted(signals, key=lambda signal: signal.crossed_at)

    def standing(self, signals: Sequence[Signal], counts: Counts, place: Place) -> list[int | None]:
        """Counts now of hours that would not fire any more."""
        before = [(signal.detail["previous_start"], signal.window_start) for signal in signals]
        now = counts_now(signals, counts, place.taxonomy)
        previous = counts_now(signals, counts, place.taxonomy, windows=before)
        least = [self._least(hour, _usual_of(signal)) for hour, signal in zip(previous, signals, strict=True)]
        return [count if count < fires else None for count, fires in zip(now, least, strict=True)]

    def _least(self, previous: int, usual: Usual | None) -> int:
        """The smallest count that fires; also more than what is usual, where that is asked for."""
        plain, options = self.least(previous), self.options
        if usual is None:
            return plain
        return usual.least(previous, factor=options.factor, alpha=options.alpha, floor=plain)

    def _when_ready(self, step: Step, pairs: HourPairs, history: HourHistory | None) -> list[Signal]:
        # Nearly all hours fail by the factor alone; one ticket makes up for what doubles round.
        able = np.flatnonzero(pairs.ready & (pairs.count >= self.options.factor * pairs.previous - 1))
        before, of_pair = np.unique(pairs.previous[able], return_inverse=True)
        least = np.array([self.least(previous) for previous in before.tolist()], dtype=np.int64)
        fires = able[pairs.count[able] >= least[of_pair]]
        signals = []
        for k in fires.tolist():
            counts = int(pairs.count[k]), int(pairs.previous[k])
            usual = self._usual(pairs, k, history, arrived=int(pairs.arrived[k]))
            if counts[0] >= self._least(counts[1], usual):
                order = pairs.made_ready_by(step, k)
                signals.append(self._signal(step, pairs, k, counts=counts, order=order, usual=usual))
        return signals

    def _usual(self, pairs: HourPairs, k: int, history: HourHistory | None, *, arrived: int) -> Usual | None:
        return None if history is None else history.usual(int(pairs.group[k]), int(pairs.hour[k]), arrived)

    def _afterwards(self, step: Step, pairs: HourPairs, history: HourHistory | None) -> list[Signal]:
        signals = []
        for k, events in pairs.later.items():
            count, previous = int(pairs.count[k]), int(pairs.previous[k])
            for order, (more, more_before) in sorted(events.items()):
                count, previous = count + more, previous + more_before
                if not self._fires(count, previous):
                    continue
                usual = self._usual(pairs, k, history, arrived=order + 1)
                if count >= self._least(previous, usual):
                    counts = count, previous
                    signals.append(self._signal(step, pairs, k, counts=counts, order=order, usual=usual))
                    break
        return signals

    def _fires(self, count: int, previous: int) -> bool:
        return (
            count >= self.options.min_count
            and count >= exactly(self.options.factor) * previous
            and rejects(count, previous, exactly(self.options.alpha))
        )

    def _signal(
        self,
        step: Step,
        pairs: HourPairs,
        k: int,
        *,
        counts: tuple[int, int],
        order: int | None,
        usual: Usual | None,
    ) -> Signal:
        count, previous = counts
        hour, group = int(pairs.hour[k]), int(pairs.group[k])
        node, exact = node_of(group)
        end = step.calendar.hour_end(hour)
        if order is not None:
            row = step.row(order)
            crossed_at, created_at = int(step.versions.seen[row]), int(step.versions.created[row])
        else:
            last_seen, created_at = pairs.last_seen(step, k) or (end, NEVER)
            crossed_at = max(int(pairs.ready_at[k]), last_seen)
        detail: dict[str, int | float] = {"previous": previous, "previous_start": int(pairs.previous_hour[k])}
        if usual is not None:
            detail |= {"usual": usual.ratio, "spread": usual.spread}
        return Signal(
            rule=self.name,
            kind=KIND,
            node=step.taxonomy.paths[node],
            exact=exact,
            window_start=hour,
            window_end=end,
            level=self.options.level,
            observed=count,
            threshold=self._least(previous, usual),
            crossed_at=crossed_at,
            created_at=created_at,
            detail=detail,
        )


def _usual_of(signal: Signal) -> Usual | None:
    detail = signal.detail
    return Usual(detail["usual"], detail["spread"]) if "usual" in detail else None


@lru_cache(maxsize=65536)
def least_count(previous: int, options: Options) -> int:
    """The smallest count that fires after an hour with `previous` tickets."""
    floor = max(options.min_count, math.ceil(exactly(options.factor) * previous))
    return critical_count(previous, exactly(options.alpha), floor)


@lru_cache(maxsize=64)
def exactly(number: float) -> Fraction:
    """The number as it is written: 0.1 is one tenth."""
    return Fraction(str(number))


def critical_count(previous: int, alpha: Fraction, floor: int) -> int:
    """Smallest count >= floor with P(X >= count) <= alpha for X ~ Binomial(count + previous, 1/2).

    P falls as the count rises, so it is found by doubling and bisection.
    """
    if rejects(floor, previous, alpha):
        return floor
    low, high = floor, 2 * floor + 1
    while not rejects(high, previous, alpha):
        low, high = high, 2 * high + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if rejects(middle, previous, alpha) else (middle, high)
    return high


def rejects(count: int, previous: int, alpha: Fraction) -> bool:
    """P(X >= count) <= alpha for X ~ Binomial(count + previous, 1/2), decided exactly.

    P is I(1/2; count, previous + 1), the regularised incomplete beta function. Where that number, good to
    some 13 digits, is too close to alpha to tell, the tail is summed in integers:
    C(n, 0) + ... + C(n, previous), over 2^n.
    """
    from scipy.special import betainc

    if count == 0:
        return alpha >= 1
    p = float(betainc(count, previous + 1, 0.5))
    if abs(p - float(alpha)) > CLOSE * float(alpha):
        return p < float(alpha)
    n = count + previous
    term = tail = 1
    for k in range(previous):
        term = term * (n - k) // (k + 1)
        tail += term
    return tail * alpha.denominator <= alpha.numerator << n
