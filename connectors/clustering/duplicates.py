"""Has nearly this text come before: the same complaint sent ten times, or a template?

MinHash (Broder 1997, doi:10.1109/SEQUEN.1997.666900): of all runs of four signs of a text, `HASHES` random
orders keep their first. Two texts agree in each with the probability of their Jaccard similarity J, and in at
least one band of `ROWS` orders with 1 - (1 - J^ROWS)^BANDS: 0.05 at J = 0.3, 0.94 at 0.7. Digits count as one
sign, so that order numbers and dates inside a template make no difference.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from connectors.clustering.grams import normalised

BANDS: Final = 16
ROWS: Final = 4
HASHES: Final = BANDS * ROWS
RUN: Final = 4  # signs in a run
PRIME: Final = (1 << 31) - 1  # of the multiply-add hashes; products of two such numbers fit 64 bits
_DIGITS: Final = re.compile(r"\d+")

Signature = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Original:
    """The first text of a family of near-duplicates.

    Attributes
    ----------
    key : of its ticket
    alike : estimated Jaccard similarity to it, between 0 and 1
    copies : near-duplicates of it that came before, itself included
    """

    key: Hashable
    alike: float
    copies: int


class Duplicates:
    """Remembers the originals of the last `within`, at most `most`, and recognises their near-copies."""

    def __init__(
        self, *, alike: float = 0.7, within: timedelta = timedelta(days=7), most: int = 100_000
    ) -> None:
        draw = np.random.default_rng(7)  # any orders do; always the same, so that runs can be repeated
        self._factors = draw.integers(1, PRIME, HASHES)
        self._shifts = draw.integers(0, PRIME, HASHES)
        self._alike = alike
        self._within = within
        self._most = most
        self._signatures: dict[Hashable, Signature] = {}
        self._copies: dict[Hashable, int] = {}
        self._bands: dict[tuple[int, bytes], Hashable] = {}
        self._order: deque[tuple[datetime, Hashable]] = deque()

    def observe(self, key: Hashable, text: str, at: datetime) -> Original | None:
        """The original that this text nearly repeats, or None: then it is an original from now on."""
        while self._order and (self._order[0][0] <= at - self._within or len(self._order) >= self._most):
            self._forget(self._order.popleft()[1])
        signature = self._signature(text)
        if signature is None:
            return None
        bands = [(band, signature[band * ROWS : (band + 1) * ROWS].tobytes()) for band in range(BANDS)]
        candidates = dict.fromkeys(self._bands[band] for band in bands if band in self._bands)
        for candidate in candidates:
            alike = float((self._signatures[candidate] == signature).mean())
            if alike >= self._alike:
                original = Original(candidate, alike, self._copies[candidate])
                self._copies[candidate] += 1
                return original
        if key not in self._signatures:
            self._signatures[key] = signature
            self._copies[key] = 1
            self._order.append((at, key))
            for band in bands:
                self._bands.setdefault(band, key)
        return None

    def _signature(self, text: str) -> Signature | None:
        plain = _DIGITS.sub("0", normalised(text))
        if not plain:
            return None
        runs = {plain[at : at + RUN] for at in range(max(1, len(plain) - RUN + 1))}
        numbers = np.array(
            [crc32(run.encode("utf-8", "surrogatepass")) % PRIME for run in runs], dtype=np.int64
        )
        return np.asarray(((numbers[:, None] * self._factors + self._shifts) % PRIME).min(axis=0))

    def _forget(self, key: Hashable) -> None:
        signature = self._signatures.pop(key)
        del self._copies[key]
        for band in range(BANDS):
            place = band, signature[band * ROWS : (band + 1) * ROWS].tobytes()
            if self._bands.get(place) == key:
                del self._bands[place]
