"""What single tickets tell beside their node: where, how, and from whom they came.

Values are numbered once, by who reads the tickets, so that whoever counts them compares numbers and no texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from connectors.ticket import Int32, Int64


@dataclass(frozen=True)
class Values:
    """A column of values, each by its number.

    Attributes
    ----------
    number : (k,) int32, -1 where nothing is known
    names : the value of each number; there may be more than the column has
    """

    number: Int32
    names: Sequence[str]

    def told(self) -> list[str | None]:
        """(k,) the values; None where nothing is known."""
        names = self.names
        return [names[number] if number >= 0 else None for number in self.number.tolist()]


@dataclass(frozen=True)
class Particulars:
    """Single tickets, void ones left out; all (k,), in order of creation.

    Attributes
    ----------
    created : int64 microseconds UTC
    node : int32 node of the whole path
    complainant, region, channel : their values
    """

    created: Int64
    node: Int32
    complainant: Values
    region: Values
    channel: Values


class Numbering:
    """Gives values their numbers, in the order in which they come.

    Examples
    --------
    >>> regions = Numbering()
    >>> regions.of(["north", None, "south", ""]).tolist(), regions.of(["south"]).tolist(), regions.names
    ([0, -1, 1, -1], [1], ['north', 'south'])
    """

    def __init__(self) -> None:
        self._numbers: dict[object, int] = {}

    def of(self, values: Iterable[object]) -> Int32:
        """(k,) int32 numbers of some values; of None and "", which tell nothing, -1."""
        numbers = self._numbers
        return np.array([numbers.setdefault(one, len(numbers)) if one else -1 for one in values], np.int32)

    @property
    def names(self) -> list[str]:
        """The value of each number."""
        return [str(value) for value in self._numbers]
