"""Which signals of one decision share a page: a node's and those of its ancestors, in one incident. Pure.

One cause is one page. Ten more tickets of a leaf lift every node above it; where several of them fire at
once, the page is that of the focus and names the others with their counts. Siblings are pages of their own,
and so is what a single ticket did: a complaint to the regulator is no part of a surge. What all nodes have in
common is no cause: the root's signals share a page only with a branch that holds most of their count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from alerts.incidents.absorption import Explained
from alerts.incidents.branch import branch_of
from alerts.incidents.weighing import MOST, counts_of, holds_most
from connectors.ticket import Path
from detectors.signal import Signal

Signals = tuple[Signal, ...]
"""All of one node, the most important first."""

Group = tuple[Signals, Explained]
"""Signals of one node, and what they did to their incident."""


def together(groups: Iterable[Group]) -> list[list[Group]]:
    """The groups by the page that they share."""
    counting: dict[tuple[int, Path], list[Group]] = {}
    alone: list[list[Group]] = []
    given = list(groups)
    for one in sorted(given, key=lambda one: len(branch_of(one[0]))):
        incident, branch = one[1].incident, branch_of(one[0])
        if not counts_of(one[0]) or (branch == () and not _is_explained(one, given)):
            alone.append([one])
            continue
        places = ((incident, branch[:depth]) for depth in range(len(branch)))
        topmost = next((place for place in places if place in counting), (incident, branch))
        counting.setdefault(topmost, []).append(one)
    return [*counting.values(), *alone]


def _is_explained(root: Group, groups: Iterable[Group]) -> bool:
    """A branch of the root's incident holds most of its count, by the same kind of rule."""
    outer = counts_of(root[0])
    return any(
        n >= MOST * outer[kind]
        for signals, explained in groups
        if explained.incident == root[1].incident and signals is not root[0]
        for kind, n in counts_of(signals).items()
        if kind in outer
    )


def focus(groups: Sequence[Signals]) -> Signals:
    """Of nested nodes the one that their page names: from the topmost down while one holds most of the count.

    Where several are topmost, it begins at the first.
    """
    known = {branch_of(signals): signals for signals in groups}
    below: dict[Path | None, list[Path]] = {}
    for branch in known:
        above = (branch[:depth] for depth in range(len(branch) - 1, -1, -1))
        below.setdefault(next((one for one in above if one in known), None), []).append(branch)
    here = below[None][0]
    while True:
        most = [one for one in below.get(here, ()) if _holds_most(known, one, here)]
        if len(most) != 1:
            return known[here]
        here = most[0]


def _holds_most(known: Mapping[Path, Signals], branch: Path, of: Path) -> bool:
    return holds_most(counts_of(known[branch]), counts_of(known[of]))
