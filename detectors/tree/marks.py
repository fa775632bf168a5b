"""Single tickets as the detector of a tree sees them: when, where, and what they tell beside, by number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detectors.precision import Floats, Int32
from detectors.tree.corroboration import COLUMNS


@dataclass(frozen=True)
class Marks:
    """Single tickets; in any order.

    Attributes
    ----------
    at : (k,) float64, in steps
    node : (k,) int32, of the whole path
    code : (len(COLUMNS), k) int32, values by number; -1 where nothing is known
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
