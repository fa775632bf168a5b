"""When something breaks: the surges of the sample source, each at one leaf and in one province."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from connectors.telecom.tree import FAILURE, complaints
from connectors.ticket import DAY, HOUR, SECOND, Int64, Path

# The first surge: tickets soon after its beginning, those of the ebb, and how slowly both arrive. 200 tickets
# at 2 x 60 s bring the hundredth after about 100 s.
FIRST_RUSH, FIRST_EBB = 200, 40
FIRST_RUSH_PACE, FIRST_EBB_PACE = 60 * SECOND, 15 * 60 * SECOND

# Later ones come and go within two hours.
LATER_SIZE: Final = (110, 190)
LATER_PACE: Final = 25 * 60 * SECOND

# How many days have one: before the first start few, as history is reported in one message, and then most.
BEFORE, AFTER = 0.1, 0.7

# Hours of the business day in which a surge may begin.
OPEN: Final = (9, 20)


@dataclass(frozen=True)
class Surge:
    """Tickets of one cause; `created` are (n,) instants in order."""

    path: Path
    created: Int64


def first_surge(begins: int, seed: int) -> Surge:
    """The surge shortly after the first start."""
    rng = np.random.default_rng([seed, begins // SECOND])
    rush = rng.gamma(2, FIRST_RUSH_PACE, FIRST_RUSH)
    ebb = rng.gamma(2, FIRST_EBB_PACE, FIRST_EBB)
    return Surge(FAILURE, np.sort(begins + np.concatenate((rush, ebb)).astype(np.int64)))


def surge_of(day: date, midnight: int, *, begun: int, seed: int) -> Surge | None:
    """The surge of a day that begins at `midnight`, if it has one; the day of the first start has none."""
    if midnight <= begun < midnight + DAY:
        return None
    rng = np.random.default_rng([seed, day.toordinal(), 1])
    if rng.random() >= (BEFORE if midnight < begun else AFTER):
        return None
    leaves = [leaf for leaf in complaints() if leaf.path != FAILURE]
    begins = midnight + int(rng.uniform(*OPEN) * HOUR)
    created = begins + rng.gamma(2, LATER_PACE, int(rng.integers(*LATER_SIZE))).astype(np.int64)
    return Surge(leaves[int(rng.integers(len(leaves)))].path, np.sort(created))
