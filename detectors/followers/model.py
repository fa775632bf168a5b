"""A model of all nodes along the clock: fitted anew at each border, and led through the steps since then.

What is judged follows from the hours as they were when they closed. At the first question about a business
day the model is fitted to the eight weeks before it and led through the hours of the day that have closed;
between two midnights nothing is learned. So a restart in the middle of a surge changes nothing. Whole days
and weeks have the same model, with Mondays for midnights (`whole`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, Protocol, TypeVar

import numpy as np

from connectors.ticket import DAY, HOUR, Int32, Int64
from connectors.windows import Calendar
from detectors.followers.nodes import Nodes
from detectors.following import Cells, Past
from detectors.precision import Bools, Kept
from detectors.seasonal.period import HOUR as HOURS
from detectors.seasonal.stamps import Stamps, name_steps

# What a model is fitted to, and how many known hours of it are needed at the least: two days and a guard.
HISTORY: Final = 8 * 7 * DAY
FEWEST: Final = 2 * HOURS.shortest + HOURS.guard

# From the end of an hour back to the first that its day's model may look at, by any clock.
MEMORY: Final = HISTORY + 2 * DAY

# Names of hours that a model may ask for, beyond the midnight of its fit.
AHEAD: Final = 3 * DAY


class Judge(Protocol):
    """Judges the counts of all nodes, hour by hour, and tells each thing once; `TreeSurge` is one."""

    def close(self, count: Kept, *, known: bool) -> Sequence[Any]:
        """The running hour is over: what it tells."""
        ...

    def grow(self, parents: Int32) -> None:
        """There are more nodes."""
        ...

    def state(self) -> Mapping[str, Any]:
        """What it has told and what goes on: {"open": rows with the column of a "node"}, fit for JSON."""
        ...

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on with what another has told."""
        ...


J = TypeVar("J", bound=Judge)


@dataclass
class Model(Generic[J]):
    """A fitted model, and how far it has been led.

    A step is an hour, by its start, or a whole day or week, by its number.

    Attributes
    ----------
    border : the step at which its history ends: the first hour of a business day, or the day or week that
        begins on a Monday
    next : the step that runs
    steps : (h,) int64 the steps that its judge has a number for, rising
    origin : the judge's number for the first of them; so that steps keep theirs from model to model
    known : (k,) bool, whether each of those before `next` was known
    judge : None while there is too little history
    unsure : columns that came with the running step, and go if its tickets do
    """

    border: int
    next: int
    steps: Int64
    origin: int
    known: Bools
    nodes: Nodes
    judge: J | None
    unsure: set[int] = field(default_factory=set)

    def stands(self, step: int, border: int, known: Callable[[Int64], Bools]) -> bool:
        """It is this step's turn, and what the model knows of the past is what is known now.

        Parameters
        ----------
        border : the one before this step
        known : which of some steps are known now
        """
        if (step, border) != (self.next, self.border):
            return False
        return bool((known(self.steps[: len(self.known)]) == self.known).all())

    def step_of(self, number: int) -> int:
        """The step that has a number."""
        return int(self.steps[number - self.origin])

    def open(self) -> list[dict[str, Any]]:
        """What its judge has told and what goes on, by path, as columns are those of one model."""
        return [] if self.judge is None else self.nodes.by_path(self.judge.state()["open"])

    def go_on(self, told: Iterable[Mapping[str, Any]]) -> None:
        """Go on with what the judge of another model has told."""
        if self.judge is not None:
            self.judge.restore({"open": self.nodes.by_column(told)})

    def count(self, leaves: Int32, tickets: Int64) -> Kept:
        """(n,) tickets of each node; nodes that are new are added."""
        before = len(self.nodes)
        self.nodes.add(leaves)
        if self.judge is not None and len(self.nodes) > before:
            self.judge.grow(self.nodes.parents)
        self.unsure.update(range(before, len(self.nodes)))
        return self.nodes.count(leaves, tickets)

    def close(
        self, cells: Cells, end: int, *, known: bool, judged: Callable[[Kept], Sequence[Any]] | None = None
    ) -> tuple[Sequence[Any], bool]:
        """Go on to the next step: what this one tells, and whether the model may go on with it.

        Parameters
        ----------
        end : the next step
        judged : closes the step for the judge, of its counts; None = as any judge does
        """
        count = self.count(cells.node, cells.count)
        told: Sequence[Any] = ()
        if self.judge is not None:
            told = judged(count) if judged else self.judge.close(count, known=known)
        columns = self.nodes.columns(cells.node)
        sure = self.unsure.issubset(columns.ravel().tolist())
        self.unsure.clear()
        self.next, self.known = end, np.append(self.known, known)
        return told, sure


@dataclass(frozen=True)
class Modeller(Generic[J]):
    """Makes models.

    Attributes
    ----------
    judge : makes one from (hours, n) counts, nan where unknown, names of hours, parents, the number of the
        first hour, and the model that it is for
    deepest : nodes below this depth are left out
    country : whose public holidays are Sundays, as the package `holidays` knows it; None for nobody's
    """

    judge: Callable[[Kept, Stamps, Int32, int, Model[J]], J]
    deepest: int
    country: str | None

    def model(self, hour: int, moment: Past) -> Model[J]:
        """The model that stands at the beginning of an hour."""
        calendar = moment.calendar
        day = calendar.day(hour)
        hours = calendar.hours_between(day - HISTORY, day)
        known = moment.known(hours)
        first = int(known.argmax()) if known.any() else len(hours)
        hours, known = hours[first:], known[first:]
        start = int(hours[0]) if len(hours) else day
        cells = moment.at_closing(start, day)
        nodes = Nodes(moment.taxonomy, deepest=self.deepest, leaves=np.unique(cells.node))
        named_hours = calendar.hours_between(start, day + AHEAD)
        model: Model[J] = Model(day, day, named_hours, start // HOUR, known, nodes, None)
        if np.count_nonzero(known) >= FEWEST and len(nodes):
            count = nodes.table(hours, cells)
            count[~known] = np.nan
            named = name_steps(_local(calendar, named_hours), HOURS, country=self.country)
            model.judge = self.judge(count, named, nodes.parents, model.origin, model)
        for closed in calendar.hours_between(day, hour).tolist():
            end = calendar.hour_end(closed)
            model.close(moment.at_closing(closed, end), end, known=is_known(closed, moment))
        return model


def is_known(hour: int, moment: Past) -> bool:
    """The hour is known."""
    return bool(moment.known(np.array([hour], dtype=np.int64))[0])


def _local(calendar: Calendar, hours: Int64) -> np.ndarray[Any, np.dtype[np.datetime64]]:
    """(h,) datetime64 wall-clock readings."""
    wall: np.ndarray[Any, np.dtype[np.datetime64]] = (hours + calendar.offset(hours)).astype("datetime64[us]")
    return wall
