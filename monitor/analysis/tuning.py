"""How many signals a rule would make at other thresholds, by counting, and which ones keep a budget. Pure.

A rule that can be tuned is a `Knob`: one number, and a function from it to signals. Where a signal depends on
a count alone, the history is judged once and the rest is counting: a ladder of daily or monthly thresholds is
searched in the counts themselves, `min_count` in the signals that fire without one, and a budget of false
pages in the scores, as a budget ten times smaller asks for a score that is higher by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import log10
from typing import Any, Final, Literal

import numpy as np

from connectors.ticket import Int64
from detectors.columns import window_codes
from detectors.crossing import crossings
from detectors.grouping import group_columns
from detectors.hours.pairing import hour_pairs
from detectors.rules.hour_over_hour import Options, least_count
from detectors.step import Column, Step
from monitor.config.schema import Rule
from monitor.known_time import Missing
from monitor.replay.following import follow

LADDERS: Final[Mapping[str, tuple[Column, Literal["day", "month"]]]] = {
    "daily_threshold": ("tickets", "day"),
    "monthly_escalation": ("escalated", "month"),
}
# A threshold of one is no threshold.
LEAST: Final = 2
# A trade-off curve has about so many points for each doubling.
STEPS_A_DOUBLING: Final = 2
# The one history that scores are taken from has so many times the larger of both budgets.
WIDER: Final = 4.0
# A budget is tried down to this part of it.
NARROWEST: Final = 64.0


@dataclass(frozen=True)
class Knob:
    """One number of a rule, and what it does.

    Attributes
    ----------
    rule : the rule as it is configured
    name : the number's key in the configuration
    now : its value now; of a ladder the lowest threshold, the others keep their proportion to it
    rises : more signals where it is larger
    values : values for the trade-off curve, rising
    signals : how many signals there are at a value
    with_value : the rule with another value
    """

    rule: Rule
    name: str
    now: float
    rises: bool
    values: tuple[float, ...]
    signals: Callable[[float], int]
    with_value: Callable[[float], Rule]

    def within(self, most: float) -> float:
        """The most sensitive value with no more signals than that; the least sensitive where none is."""
        return self._budget_within(most) if self.rises else self._threshold_within(most)

    def _budget_within(self, most: float) -> float:
        allowed = [value for value in self.values if self.signals(value) <= most]
        return max(allowed, default=self.values[0])

    def _threshold_within(self, most: float) -> float:
        """The smallest whole number, by bisection between two points of the curve."""
        low, high = LEAST, int(self.values[-1])
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if self.signals(middle) <= most else (middle + 1, high)
        return low


def knob_of(
    rule: Rule, step: Step, missing: Sequence[Missing], *, budget: float, present: int
) -> Knob | None:
    """How a rule can be tuned on a history; None where it has no threshold to tune.

    Parameters
    ----------
    budget : pages a week that are wanted of all rules together
    present : signals of the rule as it is
    """
    if rule.kind in LADDERS:
        return _ladder(rule, step)
    if rule.kind == "hour_over_hour":
        return _least_count(rule, step)
    # The scores of other rules along the clock are no chances, and say nothing of another budget.
    if rule.kind == "seasonal_surge":
        return _false_pages(rule, step, missing, budget=budget, present=present)
    return None


def share_out(knobs: Sequence[Knob], most: float) -> list[float]:
    """A value for each knob, so that all together make no more signals than that.

    Each has an equal share; what one does not need, even at its most sensitive, goes to the others. One that
    makes as many signals at its value of now keeps it: another would change nothing.
    """
    needs = [knob.signals(knob.values[-1] if knob.rises else LEAST) for knob in knobs]
    shares = [0.0] * len(knobs)
    left, waiting = most, sorted(range(len(knobs)), key=lambda i: needs[i])
    for place, i in enumerate(waiting):
        shares[i] = min(needs[i], left / (len(waiting) - place))
        left -= shares[i]
    values = [knob.within(share) for knob, share in zip(knobs, shares, strict=True)]
    return [
        knob.now if knob.signals(knob.now) == knob.signals(value) else value
        for knob, value in zip(knobs, values, strict=True)
    ]


def _ladder(rule: Rule, step: Step) -> Knob:
    column, unit = LADDERS[rule.kind]
    changes, thresholds = step.changes(column), dict(rule.options.thresholds)
    windows = window_codes(step.calendar, unit, changes.at)
    columns = group_columns(step.taxonomy, rule.depths)
    lowest = min(thresholds.values())

    def at(value: float) -> dict[str, int]:
        return {level: max(1, round(limit * value / lowest)) for level, limit in thresholds.items()}

    @cache
    def signals(value: float) -> int:
        if len(changes) == 0:
            return 0
        found = crossings(changes, windows, columns=columns, thresholds=list(at(value).values()), before=None)
        return sum(len(crossed.group) for crossed in found)

    return Knob(
        rule=rule,
        name="thresholds",
        now=lowest,
        rises=False,
        values=_curve(signals, lowest),
        signals=signals,
        with_value=lambda value: _with(rule, thresholds=at(value)),
    )


def _least_count(rule: Rule, step: Step) -> Knob:
    observed = np.sort(_firing(_with(rule, min_count=1).options, rule.depths, step))

    def signals(value: float) -> int:
        return int(len(observed) - np.searchsorted(observed, value))

    return Knob(
        rule=rule,
        name="min_count",
        now=rule.options.min_count,
        rises=False,
        values=_curve(signals, rule.options.min_count),
        signals=signals,
        with_value=lambda value: _with(rule, min_count=int(value)),
    )


def _firing(options: Options, depths: tuple[int, ...], step: Step) -> Int64:
    """(k,) the largest count with which each hour of each group fires, late tickets and all."""
    pairs = hour_pairs(step, depths, at_least=least_count(0, options))
    found = []
    for k, (ready, now, past) in enumerate(
        zip(pairs.ready.tolist(), pairs.count.tolist(), pairs.previous.tolist(), strict=True)
    ):
        count, previous = now, past
        most = count if ready and count >= least_count(previous, options) else 0
        for _, (more, more_before) in sorted(pairs.later.get(k, {}).items()):
            count, previous = count + more, previous + more_before
            if count > most and count >= least_count(previous, options):
                most = count
        if most:
            found.append(most)
    return np.array(found, dtype=np.int64)


def _false_pages(rule: Rule, step: Step, missing: Sequence[Missing], *, budget: float, present: int) -> Knob:
    now = float(rule.options.false_pages_per_week)
    widest = WIDER * max(now, budget)
    found = follow(step, {rule.name: _with(rule, false_pages_per_week=widest).open()}, missing)
    scores = np.sort([float(signal.detail.get("score", 0.0)) for signal in found.signals])
    # What fires now tells which score the budget of now asks for.
    asked = scores[-present] if 0 < present <= len(scores) else np.inf if not present else 0.0

    def signals(value: float) -> int:
        return int(len(scores) - np.searchsorted(scores, asked + log10(now / value)))

    points = int(STEPS_A_DOUBLING * np.log2(widest / min(now, budget) * NARROWEST))
    values = {round(widest * 2 ** (-i / STEPS_A_DOUBLING), 3) for i in range(points + 1)}
    return Knob(
        rule=rule,
        name="false_pages_per_week",
        now=now,
        rises=True,
        values=tuple(sorted({value for value in values if value > 0} | {now})),
        signals=signals,
        with_value=lambda value: _with(rule, false_pages_per_week=value),
    )


def _curve(signals: Callable[[float], int], now: float) -> tuple[float, ...]:
    """Values from the most sensitive to the first that is silent."""
    values, value = {float(now)}, float(LEAST)
    while True:
        values.add(value)
        if signals(value) == 0 and value > now:
            return tuple(sorted(values))
        value = float(max(int(value) + 1, round(value * 2 ** (1 / STEPS_A_DOUBLING))))


def _with(rule: Rule, **options: Any) -> Rule:
    return replace(rule, options=replace(rule.options, **options))
