"""The baseline of count series: what their next steps would bring if nothing were going on, and how surely.

It is the seasonal part times the level of each series, with its dispersion. `start.start` makes one from a
history at once; `replaying.Following` leads one along its history.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detectors.precision import Floats, Kept, Stored
from detectors.seasonal.dispersion import Dispersion
from detectors.seasonal.level import Level
from detectors.seasonal.seasonal_part import no_seasonal_part
from detectors.seasonal.stamps import Stamps

OUTLIER = 3.0
"""Standard deviations from which on a count weighs less, as the inverse square."""
OUTLIER_VARIANCE = 0.5
"""Added to the variance for that, so that one or two tickets are never outliers."""
LEVEL_TRUST = 0.5
"""Least weight of a known step in the level."""
NEW, NEW_FOR = 1.0, 2.0
"""Relative variance of a new node's expectation, and after how many `Period.warm` steps it is gone."""


@dataclass(frozen=True)
class Expectation:
    """What steps would bring if nothing were going on; (n,) or (steps, n) float64.

    Attributes
    ----------
    expected : counts
    dispersion : variance over mean, with the uncertainty of the baseline in it
    own : (n,), the node's dispersion alone
    forecast : (..., memories, n), what each memory of the level expects
    """

    expected: Floats
    dispersion: Floats
    own: Floats
    forecast: Floats


class Baseline:
    """What is known of `nodes` count series at the step `now`; at first, nothing.

    Parameters
    ----------
    nodes : how many
    stamps : names of all steps to come, from step 0 on

    Attributes
    ----------
    now : the current step, which is not learned yet
    seasonal, level, dispersion : what the expectation is made of
    seen : (n,) float32, steps that each series has shown
    """

    def __init__(self, nodes: int, stamps: Stamps) -> None:
        self.stamps, self.period, self.now = stamps, stamps.period, 0
        self.seasonal = no_seasonal_part(self.period.slots, nodes)
        self.level, self.dispersion = Level(nodes, self.period), Dispersion(nodes, self.period)
        self.seen = np.zeros(nodes, Stored)

    @property
    def grounded(self) -> bool:
        """The seasonal part has each node's own height, so that a level of 1 is to be expected."""
        return self.seasonal.slow is not None

    def bases(self, first: int, last: int) -> Floats:
        """What the memories of the level multiply in the steps [first, last), (steps, memories, n)."""
        of_dates = self.seasonal.of_dates(self.stamps, first, last)
        weekly = self.seasonal.weekly(self.stamps, first, last) * of_dates
        return self.level.bases(weekly * self.seasonal.slow_at(self.stamps, first, last), weekly)

    def expect(self) -> Expectation:
        """What the current step would bring, (n,)."""
        bases = self.bases(self.now, self.now + 1)
        found = self.expect_steps(self.now + 1, self.young(self.seen), bases)
        return Expectation(found.expected[0], found.dispersion[0], found.own, found.forecast[0])

    def expect_steps(self, last: int, young: Floats, bases: Floats) -> Expectation:
        """What the steps from the current one up to `last` would bring, (steps, n), with what is known now.

        Parameters
        ----------
        young : (n,) or (steps, n), how young the nodes are then
        bases : those of these steps
        """
        own, now = self.dispersion.value, self.now
        expected, evidence, forecast = self.level.expected(bases, own, grounded=self.grounded)
        relative = self.seasonal.uncertainty(self.stamps, now, last)
        if relative is None:
            relative = own / (own / 2 + evidence)
        return Expectation(expected, own + (relative + NEW * young**2) * expected, own, forecast)

    def young(self, seen: Floats | Kept) -> Floats:
        """How young nodes are that have shown so many steps: 1 at first, 0 from `NEW_FOR` on."""
        found: Floats = np.maximum(1 - seen / (NEW_FOR * self.period.warm), 0.0)
        return found
