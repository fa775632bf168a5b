"""Single tickets as the detector of a tree sees them: when, where, and what they tell beside, by number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from detectors.precision import Floats, Int32

COLUMNS: Final = ("region", "channel", "complainant")
"""What a ticket tells beside, in the order of all arrays: fields of `Particulars`. An outage stands out in a
region, a broken form in a channel, a campaign in a complainant."""
NO_VALUE: Final = -1
"""In the place of a number: nothing is known, or there is none. Numbers begin at 0."""


@dataclass(frozen=True)
class Marks:
    """Single tickets; in any order.

    Attributes
    ----------
    at : (k,) float64, in steps
    node : (k,) int32, of the whole path
    code : (len(COLUMNS), k) int32, values by number, or `NO_VALUE`
    """

    at: Floats
    node: Int32
    code: Int32

    def __len__(self) -> int:
        return len(self.at)


def joined_marks(parts: list[Marks]) -> Marks:
    """Several parts, whose values have the same numbers, as one."""
    nothing = Marks(np.empty(0), np.empty(0, np.int32), np.empty((len(COLUMNS), 0), np.int32))
    every = [nothing, *parts]
    return Marks(
        np.concatenate([part.at for part in every]),
        np.concatenate([part.node for part in every]),
        np.concatenate([part.code for part in every], axis=1),
    )
