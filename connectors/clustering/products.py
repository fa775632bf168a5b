"""How are few rows multiplied with many?

BLAS copies a large matrix into an order of its own before it multiplies. That pays when a hundred texts come
at once; for two to two dozen the copying is most of the work. The matrix is then taken in blocks that are
small enough for OpenBLAS to multiply as they lie: a third to a half of the time, and sums in another order
(1e-7 apart). Where the rows are mostly zero only what they have is picked from it, a stretch at a time.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

FEW: Final = 24  # rows up to which blocks are faster; one alone is no copying anyway
STRETCH: Final = 1_024  # of what is picked: 300 kB of 75 rows stay in the second cache
BLOCK: Final = 32  # rows of a block: 48 kB of 384 columns, the size of the first cache


def against(rows: Floats, others: Floats) -> Floats:
    """(m, n) products of the rows of (m, k) with those of (n, k), which lie one after the other."""
    count, width = rows.shape
    if not 1 < count <= FEW or not others.flags.c_contiguous:
        return np.asarray(rows @ others.T)
    whole = len(others) // BLOCK * BLOCK
    blocks = others[:whole].reshape(whole // BLOCK, BLOCK, width).transpose(0, 2, 1)
    found = np.empty((count, len(others)), dtype=np.float32)
    found[:, :whole] = (rows @ blocks).transpose(1, 0, 2).reshape(count, whole)
    found[:, whole:] = rows @ others[whole:].T
    return found


def picked(rows: Floats, said: NDArray[np.intp], turned: Floats) -> Floats:
    """(m, n) products of (m, k) rows that are zero but for the columns `said` with those of (k, n)."""
    some = rows[:, said]
    found = np.empty((len(rows), turned.shape[1]), dtype=np.float32)
    for start in range(0, turned.shape[1], STRETCH):
        found[:, start : start + STRETCH] = some @ turned[said, start : start + STRETCH]
    return found
