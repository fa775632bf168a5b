"""How much a step still counts after so many others: powers of what is kept per step, worked out once."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from detectors.precision import Floats


def fading(keep: float, steps: int) -> Floats:
    """`keep ** age` of steps, oldest first, the last one of age 0; (steps,).

    Examples
    --------
    >>> fading(0.5, 3).tolist()
    [0.25, 0.5, 1.0]
    """
    weight: Floats = fadings((keep,), steps)[0]
    return weight


def fadings(keep: tuple[float, ...], steps: int) -> Floats:
    """The same for several memories, (memories, steps)."""
    longest = 1 << max(steps - 1, 0).bit_length()
    return powers(keep, longest)[:, longest - steps :]


@lru_cache(maxsize=256)
def powers(keep: tuple[float, ...], longest: int) -> Floats:
    """Weights of as many steps as are kept in mind, (memories, longest)."""
    found: Floats = np.array(keep)[:, None] ** np.arange(longest)[::-1]
    found.flags.writeable = False
    return found
