"""How are few rows multiplied with many?

BLAS copies a large matrix into an order of its own before it multiplies. That pays when a hundred texts come
at once; for two to two dozen the copying is most of the work. The matrix is then taken in blocks that are
small enough for OpenBLAS to multiply as they lie: a third to a half of the time, and sums in another order
(1e-7 apart).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

FEW: Final = 24  # rows up to which blocks are faster; one alone is no copying anyway
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
