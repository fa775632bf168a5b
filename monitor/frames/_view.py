"""A store as frames see it: one reading transaction, the tree, the calendar, and what is known of time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import numpy as np

from connectors.taxonomy import Taxonomy
from connectors.ticket import NEVER, Bool, Int64, to_us
from connectors.ticket import Path as NodePath
from connectors.windows import Calendar
from monitor.config import load
from monitor.config.near import nearest, quoted
from monitor.known_time import KnownTime, Missing
from monitor.storage import StoreError, Transaction
from monitor.storage.looking import looking
from monitor.trend.lines import ARROW, EVERYTHING
from monitor.wiring import gaps_of

if TYPE_CHECKING:
    import pandas as pd

Where = str | Path
"""A configuration's file, or a store's address."""
Node = str | Sequence[str]
"""A node: its names joined by " > ", or the names themselves; "*" and () are everything."""
Moment = str | date | np.datetime64
"""An instant, or a date for its midnight; without an offset, on the business zone's clock."""

# Before and after every hour there is.
ALWAYS: Final = (-(1 << 62), 1 << 62)


@dataclass(frozen=True)
class View:
    """One moment of a store.

    Attributes
    ----------
    known : what is known of time, from the store and, where one was given, the configuration's gaps
    closed_until : end of the last hour that was closed, int64 microseconds UTC; None where none was
    """

    tx: Transaction
    taxonomy: Taxonomy
    calendar: Calendar
    known: KnownTime
    closed_until: int | None

    def hours_known(self, hours: Int64) -> Bool:
        """(h,) bool: the hour is closed and known, so that no ticket in it means none."""
        if self.closed_until is None:
            return np.zeros(len(hours), dtype=np.bool_)
        closed: Bool = self.calendar.hour_ends(hours) <= self.closed_until
        return closed & self.known.hours(hours)

    def span(self, start: Moment | None, end: Moment | None) -> tuple[int, int]:
        """[start, end) as int64 microseconds UTC; before and after everything where it is open."""
        since, until = (None if at is None else self.instant(at) for at in (start, end))
        if since is not None and until is not None and until <= since:
            raise ValueError(f"end {end} is not after start {start}; what begins at the end is not included")
        return ALWAYS[0] if since is None else since, ALWAYS[1] if until is None else until

    def instant(self, at: Moment) -> int:
        """Microseconds UTC of an instant."""
        read = told(at)
        return to_us(read.replace(tzinfo=self.calendar.zone) if read.tzinfo is None else read)

    def node(self, node: Node) -> int:
        """Number of a node. Raises ValueError for one that no ticket has named so far."""
        for path in _meanings(node):
            number = self.taxonomy.find(path)
            if number is not None:
                return number
        wanted = node if isinstance(node, str) else ARROW.join(node)
        near = nearest(wanted, map(named, self.taxonomy.paths))
        raise ValueError(
            f"no ticket so far has the category {quoted(wanted)}"
            + (
                f'; did you mean "{near}"?'
                if near
                else "; frames.counts(where, depth=1) lists the first level"
            )
        )

    def times(self, us: Int64) -> pd.DatetimeIndex:
        """Instants in the business zone; NaT for NEVER."""
        import pandas as pd

        stamps = us.astype("datetime64[us]")
        stamps[us == NEVER] = np.datetime64("NaT")
        return pd.DatetimeIndex(stamps, tz="UTC").tz_convert(self.calendar.zone)

    def names(self, nodes: Int64) -> pd.Categorical:
        """Nodes by their names, in the order of paths, so that a node sorts before those below it."""
        import pandas as pd

        present = sorted(set(nodes.tolist()), key=self.taxonomy.paths.__getitem__)
        place = np.zeros(len(self.taxonomy), dtype=np.int64)
        place[present] = np.arange(len(present))
        texts = [named(self.taxonomy.paths[node]) for node in present]
        return pd.Categorical.from_codes(place[nodes], pd.Index(texts, dtype="str"))


@contextmanager
def view(where: Where) -> Iterator[View]:
    """A store, from the path of a configuration or from its address.

    Raises StoreError, ConfigError, and LookupError where the configuration's secret cannot be had.
    """
    gaps: tuple[Missing, ...] = ()
    sources: tuple[str, ...] | None = None
    if _is_address(where):
        address = str(where)
    else:
        config = load(where)
        address, gaps = config.store.address(), gaps_of(config)
        sources = tuple(source.settings.name for source in config.sources)
    with looking(address) as tx:
        cut = tx.facts.cut()
        if cut is None:
            raise StoreError(
                "the store is empty, nothing has been counted yet; start `complaint-monitor run`"
            )
        calendar = Calendar(ZoneInfo(cut.zone))
        yield View(
            tx=tx,
            taxonomy=Taxonomy(cut.levels, tx.nodes.paths()),
            calendar=calendar,
            known=_known(tx, calendar, gaps, sources),
            closed_until=tx.facts.closed_until(),
        )


def country_of(where: Where) -> str | None:
    """The country whose holidays the configuration names; none is known of a store's address."""
    return None if _is_address(where) else load(where).detection.country


def _is_address(where: Where) -> bool:
    return isinstance(where, str) and "://" in where


def told(at: Moment) -> datetime:
    """An instant as it was written. Raises ValueError for what is none."""
    if isinstance(at, datetime):
        return at
    try:
        return datetime.fromisoformat(str(at))
    except ValueError:
        raise ValueError(
            f'"{at}" is no time; write it like 2026-05-09 or 2026-05-09T10:00, in the business zone'
        ) from None


def named(path: NodePath) -> str:
    """A node as frames name it."""
    return ARROW.join(path) or EVERYTHING


def _known(
    tx: Transaction, calendar: Calendar, gaps: tuple[Missing, ...], sources: tuple[str, ...] | None
) -> KnownTime:
    """What is known of time; `sources` None: all that the store knows."""
    first = {state.name: state.first_created for state in tx.sources.all()}
    asked = tuple(first) if sources is None else sources
    created = tuple(first.get(name) for name in asked)
    blind = tuple(
        Missing(time.start, NEVER if time.end is None else time.end)
        for time in tx.sources.blind_times()
        if time.source in asked
    )
    return KnownTime(calendar, tuple(NEVER if at is None else at for at in created), (*gaps, *blind))


def _meanings(node: Node) -> Iterator[NodePath]:
    """The paths that a caller may mean; names may hold the arrow themselves."""
    if not isinstance(node, str):
        yield tuple(node)
    elif node in {EVERYTHING, ""}:
        yield ()
    else:
        yield (node,)
        yield tuple(name.strip() for name in node.split(ARROW.strip()))
