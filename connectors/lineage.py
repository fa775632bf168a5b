"""On which node is a label counted, after all that became of the tree?

The table says what a label means; *changes* say what became of nodes since: a rename and a merge move a node
with all below it, a split moves only the tickets created from some instant on. Changes are applied in the
order in which they were made, each once, so that a label under an old name is counted where the node is now.
All of it is a function of the label and the ticket's `created_at`: the daemon, a recount and a replay agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from connectors.labels import Entry, Labels, form
from connectors.ticket import Int32, Int64, Path

ALWAYS: Final = np.iinfo(np.int64).min
"""Tickets of all times."""

# Where a label is counted: rising instants of created_at, and from each the path that holds.
Stations = tuple[tuple[int, Path], ...]


@dataclass(frozen=True)
class Change:
    """Nodes that moved at once: of those above a label the longest holds.

    Attributes
    ----------
    moves : pairs of path and new path
    since : only tickets created from then on, int64 microseconds UTC; ALWAYS for a rename or a merge
    """

    moves: tuple[tuple[Path, Path], ...]
    since: int = ALWAYS


class Lineage:
    """The table and the changes of the tree, ready to be asked.

    Example
    -------
    >>> lineage = Lineage([Entry(("Fixed line",))], [Change(((("DSL",), ("Fixed line",)),))], depth=5)
    >>> lineage.path(("dsl", "slow"), 0)
    ('Fixed line', 'slow')
    """

    def __init__(self, entries: Iterable[Entry] = (), changes: Sequence[Change] = (), *, depth: int) -> None:
        self.labels = Labels(entries)
        self.changes = tuple(changes)
        self.depth = depth
        self._plain = [
            (change, {tuple(map(form, old)): new for old, new in change.moves}) for change in self.changes
        ]
        self._known: dict[Path, Stations] = {}

    def __bool__(self) -> bool:
        """Whether any label may mean something else than itself."""
        return bool(self.labels) or bool(self.changes)

    def stations(self, label: Path) -> Stations:
        """Where the tickets of a label are counted, by their created_at."""
        found = self._known.get(label)
        if found is None:
            found = self._known[label] = self._found(label)
        return found

    def path(self, label: Path, created: int) -> Path:
        """Where one ticket is counted."""
        return [path for since, path in self.stations(label) if since <= created][-1]

    def counted(
        self, paths: Sequence[Path], category: Int32, created: Int64
    ) -> tuple[tuple[Path, ...], Int32]:
        """Paths, and the (n,) int32 index into them of where each ticket is counted.

        Tickets are told by their label, an index into `paths`, and created_at.
        """
        stations = [self.stations(label) for label in paths]
        code: dict[Path, int] = {}
        first = [code.setdefault(of_label[0][1], len(code)) for of_label in stations]
        found = np.array(first, dtype=np.int32)[category] if first else category
        for number, of_label in enumerate(stations):
            for since, path in of_label[1:]:
                found[(category == number) & (created >= since)] = code.setdefault(path, len(code))
        return tuple(code), found

    def _found(self, label: Path) -> Stations:
        stations: list[tuple[int, Path]] = [(ALWAYS, self.labels.match(label)[0])]
        for change, moves in self._plain:
            for since, path in [s for s in stations if s[1]]:
                moved = _moved(path, moves)
                if moved is None:
                    continue
                until = min((s for s, _ in stations if s > since), default=None)
                if change.since <= since:
                    stations[stations.index((since, path))] = (since, moved)
                elif until is None or change.since < until:
                    stations.append((change.since, moved))
                    stations.sort()
        settled: list[tuple[int, Path]] = []
        for since, path in stations:
            now = self.labels.match(path)[0][: self.depth]
            if not settled or settled[-1][1] != now:
                settled.append((since, now))
        return tuple(settled)


def _moved(path: Path, moves: Mapping[Path, Path]) -> Path | None:
    plain = tuple(map(form, path))
    for depth in range(len(path), 0, -1):
        new = moves.get(plain[:depth])
        if new is not None:
            return new + path[depth:]
    return None
