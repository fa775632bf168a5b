"""How bad it is: a level from excess and duration. How unlikely it is says nothing about that."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Severities:
    """What each level takes; an excess of few tickets is mild however rare it is.

    Attributes
    ----------
    excess : tickets above expectation from which on a cause has level 2, and level 3; from the latter on an
        open one is told again
    steps : steps that it has lasted at least, for the same levels
    factor : a cause of level 3 is at least so many times what is expected
    highest : the last level that there is; a cause that grows beyond it is no news to anybody
    """

    excess: tuple[float, float] = (30.0, 150.0)
    steps: tuple[int, int] = (1, 3)
    factor: float = 2.0
    highest: int = 3

    def of(self, observed: float, expected: float, steps: int) -> int:
        """1, 2 or 3.

        Examples
        --------
        >>> levels = Severities()
        >>> levels.of(12, 2, 1), levels.of(60, 10, 2), levels.of(400, 90, 4), levels.of(2400, 2000, 24)
        (1, 2, 3, 2)
        """
        excess, level = observed - expected, 1
        if excess >= self.excess[1] and steps >= self.steps[1] and observed >= self.factor * expected:
            level = 3
        elif excess >= self.excess[0] and steps >= self.steps[0]:
            level = 2
        return min(level, self.highest)

    def again(self, observed: float, expected: float, steps: int, *, told: int) -> int:
        """The level at which an open cause is told again; the level at which it was told, where it is not.

        Most causes are told while they are small, and nearly all grow: that is no news to whom it was told.

        Examples
        --------
        >>> levels = Severities()
        >>> levels.again(100, 2, 8, told=1), levels.again(200, 2, 2, told=1), levels.again(200, 2, 3, told=2)
        (1, 2, 3)
        """
        grown = observed - expected >= self.excess[1]
        return max(told, self.of(observed, expected, steps)) if grown else told
