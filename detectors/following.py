"""What a detector is given that follows the clock, and what it promises.

Counting to a threshold needs the counts before a step and what the step changed. What is *usual* takes more:
weeks of hours, in their order, and a judgement of the hour that runs. So a detector can be followed besides:
it makes a `Follower`, which is told each hour that closes, and is shown the running hour when it has changed.

A follower may keep what it has worked out, and must not have to: all that it says follows from what a
`Moment` tells and from its `state`, a few facts that are stored in the same transaction as its verdicts. So
one that begins anew goes on as the other would have (law 1 for detectors).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from connectors.taxonomy import Taxonomy
from connectors.ticket import Bool, Int32, Int64, Path
from connectors.windows import Calendar
from detectors.particulars import Particulars
from detectors.signal import Signal

State = Mapping[str, Any]


@dataclass(frozen=True)
class Cells:
    """Counts by (hour, node of the whole path), in that order; a cell that is not there is zero. All (k,).

    Attributes
    ----------
    hour : int64 start of the hour
    node : int32
    count : int64
    """

    hour: Int64
    node: Int32
    count: Int64


class Past(Protocol):
    """What can be known of the hours that have closed."""

    @property
    def taxonomy(self) -> Taxonomy:
        """The category tree."""
        ...

    @property
    def calendar(self) -> Calendar:
        """The business calendar."""
        ...

    def at_closing(self, start: int, end: int) -> Cells:
        """Tickets of the hours that begin in [start, end), each hour as it was when it was closed.

        What came later is left out: an hour that closes now is compared with hours of which just as much
        was known. History that was imported afterwards was not late, and is in.
        """
        ...

    def known(self, hours: Int64) -> Bool:
        """(h,) bool: the hour is known. What is unknown is not zero (law 3)."""
        ...


class Moment(Past, Protocol):
    """What can be known at one moment of the daemon or of a replay."""

    @property
    def now(self) -> int:
        """The moment, int64 microseconds UTC."""
        ...

    @property
    def sources(self) -> Sequence[str]:
        """Names of the sources that are read."""
        ...

    def so_far(self, start: int, end: int) -> Cells:
        """Tickets of the hours that begin in [start, end), as they are counted now."""
        ...

    def by_source(self, start: int, end: int) -> tuple[Int64, Int32, Int64]:
        """Tickets of the hours that begin in [start, end), as they are known now.

        Returns
        -------
        (k,) int64 start of the hour, (k,) int32 place among `sources`, (k,) int64 how many; the sum counts
        """
        ...

    def created(self, start: int, end: int) -> tuple[Int64, Int32, Int64]:
        """Tickets created in [start, end), as they are known now; an instant may be there several times.

        Returns
        -------
        (k,) int64 instant, (k,) int32 node of the whole path, (k,) int64 how many; the sum counts
        """
        ...

    def particulars(self, node: int, start: int, end: int) -> Particulars:
        """The tickets at or below a node that were created in [start, end), as they are known now."""
        ...


@dataclass(frozen=True)
class Running:
    """An hour as it ran, for who has all of it: the moments at which to look, and what arrived between them.

    Attributes
    ----------
    moments : in order
    first : (k,) int64, place of the first moment at which a change counts; their number, if it never does
    created : (k,) int64 microseconds UTC, from an hour before the hour on
    node : (k,) int32 node of the whole path
    tickets : (k,) int64, 1 or -1
    """

    moments: Sequence[Moment]
    first: Int64
    created: Int64
    node: Int32
    tickets: Int64


@runtime_checkable
class LooksThrough(Protocol):
    """A `Follower` that sees beforehand which looks at an hour would tell nothing, and leaves them out."""

    def look_through(self, hour: int, running: Running) -> list[Signal]:
        """What looks at all of the moments tell, in order."""
        ...


class Follower(Protocol):
    """Follows the hours of one history. Its hours come in order; some may be left out where time was lost."""

    def prepare(self, hour: int, moment: Moment) -> None:
        """Work out what the next question will need, if it is about that hour; changes no answer.

        What takes long is thus done before a step, and holds up nobody.
        """
        ...

    def close(self, hour: int, moment: Moment) -> list[Signal]:
        """The hour that begins then is over and has been read; what it tells, in order."""
        ...

    def look(self, hour: int, moment: Moment) -> list[Signal]:
        """The hour that begins then is the first that is not closed; what it tells already, in order."""
        ...

    def state(self) -> State:
        """What cannot be worked out again, fit for JSON."""
        ...

    def restore(self, state: State) -> None:
        """Go on from the state of another follower of the same rule."""
        ...


@runtime_checkable
class Forgets(Protocol):
    """A `Follower` to whom an hour is nothing when no ticket was ever created in it, nor for long before it.

    Such hours may be left out: they tell nothing and change no state. One date that is wrong by decades costs
    no decades of hours.
    """

    def memory(self) -> int:
        """So long before an hour no ticket was created, microseconds."""
        ...


@runtime_checkable
class Followed(Protocol):
    """A `Detector` that wants to follow the clock as well."""

    def follower(self) -> Follower:
        """A follower that knows nothing yet."""
        ...


@runtime_checkable
class SetsAside(Protocol):
    """A `Follower` of detectors of somebody else's, one a node: where one fails, the others go on."""

    def failures(self) -> Mapping[Path, str]:
        """What the detectors said that have failed, by the node that is not judged for it today."""
        ...


def followers(detectors: Mapping[str, object]) -> dict[str, Follower]:
    """Followers of those detectors that want to follow, by the name of their rule."""
    return {name: one.follower() for name, one in detectors.items() if isinstance(one, Followed)}
