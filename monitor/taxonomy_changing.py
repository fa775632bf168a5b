"""May the taxonomy be changed like this? What people ask for becomes a change, or a sentence why not.

One rule keeps every change exact: a name that a rename or a merge has left is not used again for another
node, as nobody could tell which of the two a label means. Every path of the tree is counted as itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Final

from alerts.catalogue import Sentence
from connectors.category_table import CategoryTable, TableError, in_table
from connectors.labels import Entry
from connectors.lineage import ALWAYS, Lineage
from connectors.ticket import Path
from monitor.config.near import guess
from monitor.storage.taxonomy_changes import TaxonomyChange, body_of_table, lineage_of, standing, table_of

ARROW: Final = " > "
UNKNOWN: Final = -1
"""Number of a change that has not been asked for yet."""


class ChangeError(ValueError):
    """The taxonomy cannot be changed like this. The message is a sentence with the mend."""

    def __init__(self, word: str, **facts: Any) -> None:
        super().__init__(Sentence(f"taxonomy.refused.{word}", **facts))


def told(path: Path) -> str:
    """A path as people read it."""
    return ARROW.join(path)


def table_change(
    changes: Sequence[TaxonomyChange], table: CategoryTable, *, file: str, depth: int
) -> dict[str, Any] | None:
    """The change that makes this the table; None where it is the table already.

    A code that stands at another path than before renames its node. Raises TableError.
    """
    before = table_of(changes)
    if before is not None and _rows(before.entries) == _rows(table.entries):
        return None
    body = body_of_table(table.entries, file=file, moves=renamed(before, table))
    asked = TaxonomyChange(UNKNOWN, 0, "", "table", body, None)
    lineage = lineage_of([*changes, asked], depth=depth)
    problems = [
        in_table(file, entry.line, _former(entry.path, lineage, [*changes, asked]))
        for entry in table.entries
        if lineage.stations(entry.path)[0][1] != entry.path
    ]
    if problems:
        raise TableError(problems)
    return body


def renamed(before: TaxonomyChange | None, table: CategoryTable) -> list[tuple[Path, Path]]:
    """Nodes whose code stands at another path than before, those that follow from a node above left out."""
    was = {entry.code: entry.path for entry in (before.entries if before else ()) if entry.code}
    moved = {
        was[entry.code]: entry.path
        for entry in table.entries
        if entry.code in was and was[entry.code] != entry.path
    }
    kept: dict[Path, Path] = {}
    for old, new in sorted(moved.items(), key=lambda pair: len(pair[0])):
        above = next((old[:depth] for depth in range(len(old) - 1, 0, -1) if old[:depth] in kept), None)
        if above is None or kept[above] + old[len(above) :] != new:
            kept[old] = new
    return list(kept.items())


def move_change(
    kind: str,
    old: Path,
    new: Path,
    *,
    changes: Sequence[TaxonomyChange],
    known: Collection[Path],
    depth: int,
    since: int = ALWAYS,
) -> dict[str, Any]:
    """The change that counts a node, with all below it, elsewhere. Raises ChangeError.

    Parameters
    ----------
    kind : "rename" and "split" make a node, or use one; "merge" needs one that is there
    known : every path that is a node of the table, or has tickets, with those above them
    since : of a split, only tickets created from then on
    """
    lineage = lineage_of(changes, depth=depth)
    there = {()} | {path[:n] for path in known for n in range(1, len(path) + 1)}
    old, new = (_meant(path, there, lineage) for path in (old, new))
    if not old or not new:
        raise ChangeError("root")
    if len(new) > depth:
        raise ChangeError("deep", node=told(new), given=len(new), most=depth)
    for path in (old, new):
        now = lineage.stations(path)
        if now[0][1] != path:
            raise ChangeError("moved", node=told(path), now=told(now[0][1]), by=_by(path, changes))
    if old not in there:
        raise ChangeError("none", node=told(old), hint=_near(old, there))
    if kind == "merge" and new not in there:
        raise ChangeError("no_target", node=told(new), hint=_near(new, there))
    if kind == "rename" and new in there and new not in lineage.labels:
        raise ChangeError("taken", node=told(new))
    if new[: len(old)] == old:
        raise ChangeError("below", old=told(old), new=told(new))
    body: dict[str, Any] = {"moves": [[list(old), list(new)]]}
    return body if since == ALWAYS else {**body, "since": since}


def undo_change(number: int, changes: Sequence[TaxonomyChange]) -> dict[str, Any]:
    """The change that takes back another. Raises ChangeError."""
    there = [change.id for change in standing(changes)]
    if number not in there:
        if not there:
            raise ChangeError("no_changes", number=number)
        raise ChangeError("no_change", number=number, known=tuple(map(str, there)))
    return {"of": number}


def with_ancestors(paths: Iterable[Path]) -> Iterator[Path]:
    """The paths and all above them."""
    for path in paths:
        yield from (path[:depth] for depth in range(1, len(path) + 1))


def _meant(path: Path, there: Collection[Path], lineage: Lineage) -> Path:
    """The path as it is written in the tree: as typed, or as the table writes it."""
    return path if path in there else lineage.labels.match(path)[0]


def _by(path: Path, changes: Sequence[TaxonomyChange]) -> str:
    """Which change moved a path, in brackets."""
    for change in reversed(standing(changes)):
        if any(path[: len(old)] == old for old, _ in change.moves):
            if change.id == UNKNOWN:
                return Sentence("taxonomy.refused.by_table")
            facts = {"number": change.id, "kind": Sentence(f"taxonomy.kind_{change.kind}")}
            return Sentence("taxonomy.refused.by_change", **facts)
    return ""


def _former(path: Path, lineage: Lineage, changes: Sequence[TaxonomyChange]) -> Sentence:
    now = lineage.stations(path)[0][1]
    return Sentence("taxonomy.refused.former", node=told(path), now=told(now), by=_by(path, changes))


def _near(path: Path, there: Collection[Path]) -> str:
    return guess(told(path), (told(one) for one in there if one))


def _rows(entries: Iterable[Entry]) -> list[tuple[Path, str | None, tuple[str, ...]]]:
    return [(entry.path, entry.code, entry.aliases) for entry in entries]
