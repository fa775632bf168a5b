"""In which precision numbers are held: double where they are worked out, single or half where they are kept.

A tree may have 100,000 nodes with weeks of hours each, so what is kept of them is as small as it may be.
Arithmetic is in float64, since a sum over weeks would lose digits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
"""What is worked out."""
Kept = NDArray[np.float32]
"""What is kept for each node: counts, levels, beliefs. Counts up to 16 million stay exact."""
Stored = np.float32
"""The type of such a number."""
Packed = NDArray[np.float16]
"""What is kept for each node and slot of the week; three digits are more than such a factor is known by."""
Ints = NDArray[np.int64]
Int32 = NDArray[np.int32]
"""Numbers that are kept for each node or ticket: a parent, a value."""
Indices = NDArray[np.intp]
"""Places in an array: what numpy finds, and what it is asked with."""
Bools = NDArray[np.bool_]
