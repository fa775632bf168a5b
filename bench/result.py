"""What a bench answers: figures, each beside what is wanted.

A bench is a module with `measure(*, quick)`; `quick` asks for small sizes, only to see that it works.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured figure.

    Attributes
    ----------
    target : number of the target, and what it is about
    measured, wanted : numbers in this unit, "x" for ratios; nothing is wanted of what is only told
    at_least : the figure is to be at least, instead of at most, what is wanted
    note : what else was seen, in a few words
    """

    target: str
    measured: float
    wanted: float | None
    unit: str = "x"
    at_least: bool = False
    note: str = ""

    @property
    def met(self) -> bool | None:
        """It is what is wanted."""
        if self.wanted is None:
            return None
        return self.measured >= self.wanted if self.at_least else self.measured <= self.wanted
