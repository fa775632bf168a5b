"""What every node of a tree was to bring in each window that ends now, and what it brought."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from detectors.precision import Bools, Floats, Indices, Kept, Stored
from detectors.seasonal.stamps import Stamps
from detectors.tree.absurd import Sifted
from detectors.tree.borrowing import borrow, borrow_young, tickets_in
from detectors.tree.branches import Branches
from detectors.tree.clumps import clumps_of
from detectors.tree.focus import Seen
from detectors.tree.likelihood import StepByStep, Windows
from detectors.tree.sparse import start_tree
from detectors.tree.trailing import AN_HOUR, RECENT, Evidence, Trailing

WINDOWS = {"hour": (1, 2, 3, 6, 12, 24), "day": (1, 2, 3, 7, 14), "week": (1, 2, 4)}
"""Lengths of the windows, in steps."""
WEIGHTS = {"hour": (1.0, 3.0, 3.0, 3.0, 3.0, 3.0), "day": (1.0,) * 5, "week": (1.0,) * 3}
"""Prior weights of these windows: chance alone may bring many tickets within an hour, while causes last."""
COURSE = {"hour": 40.0, "day": 0.0, "week": 0.0}
"""Tickets of a history that say as much of a node's course of the week as one ticket says of its level."""
MISSHAPEN = {"hour": (0.01, 0.05), "day": (0.0, 0.0), "week": (0.0, 0.0)}
"""Relative variance that the course adds to an expectation: at the least, as no day is like another, and at
the most, where the course is not the node's own."""
LEARNED = {"hour": 4 * 168, "day": 52 * 7, "week": 52}
"""Last steps of a history, by which it is known how tickets come in clumps."""
YOUNG = {"hour": 168, "day": 28, "week": 8}
"""Steps since its first ticket until which a node is new."""


class StampsExhaustedError(LookupError):
    """The running step has no name; says what to do."""


@dataclass(frozen=True)
class Look:
    """The running step as far as it has gone.

    Attributes
    ----------
    count : (nodes,) float32, tickets so far
    passed : part of the step that is over
    recent : (len(RECENT), nodes) float32, tickets of the last minutes, or None
    """

    count: Kept
    passed: float
    recent: Kept | None


class Outlook:
    """Expectations of a tree's nodes, and their last counts.

    Parameters
    ----------
    history : the steps before the running one
    stamps : names of these steps and of those to come
    tree : of these nodes
    """

    def __init__(self, history: Sifted, stamps: Stamps, tree: Branches) -> None:
        self.tree, self.stamps, count = tree, stamps, history.ordinary
        self.due: Kept
        self._looked: tuple[Look, Kept, Kept] | None = None
        self.lengths = WINDOWS[stamps.period.name]
        total = self.total = tickets_in(count)
        self.past = len(count)
        self.baseline = start_tree(count, stamps, tree, total)
        closed = max(self.lengths) - 1
        past = min(closed, len(count))
        lately, expected = np.full((2, closed, len(tree)), np.nan, Stored)
        if past:
            # What teaches nothing has come all the same, and is told.
            lately[-past:] = history.came[-past:]
            expected[-past:] = self._past(past)
        due = self.baseline.expect()
        relative = (due.dispersion - due.own) / np.maximum(due.expected, 1e-9)
        relative += np.clip(COURSE[stamps.period.name] / np.maximum(total, 1), *MISSHAPEN[stamps.period.name])
        recent = count[-min(len(count), LEARNED[stamps.period.name]) :]
        clumps = clumps_of(
            recent, tree, tickets_in(recent), self.baseline.seasonal.profile,
            stamps.slot[len(count) - len(recent) : len(count)],
        )  # fmt: skip
        self.trailing = Trailing(
            self.lengths, WEIGHTS[stamps.period.name], lately, expected, clumps=clumps, own=due.own,
            relative=relative,
        )  # fmt: skip
        self.borrowing = borrow_young(count, tree, total, YOUNG[stamps.period.name])
        self._lend()

    def _past(self, steps: int) -> Kept:
        """(steps, nodes) expectations of the last steps, with what is known now."""
        baseline, now, found = self.baseline, self.baseline.now, []
        for baseline.now in range(now - steps, now):
            found.append(baseline.expect().expected.astype(Stored))
        baseline.now = now
        return np.stack(found)

    def close(self, count: Kept) -> None:
        """The running step is over; count (nodes,) float32, nan where unknown."""
        self.trailing.close(count, self.due)
        self.baseline.now += 1
        self.due = self._expected()

    def grow(self, tree: Branches) -> None:
        """Go on with more nodes, which borrow from their parents."""
        known, new = len(self.tree), len(tree) - len(self.tree)
        self.tree = tree
        fresh = borrow(tree, np.arange(known, len(tree)), np.zeros(new), np.zeros(new))
        self.borrowing = self.borrowing.with_more(fresh)
        self.trailing.grow(tree)
        self.total = np.append(self.total, np.zeros(new, Stored))
        self._lend()

    def _occasions(self, look: Look) -> tuple[Kept, Kept]:
        """(nodes,) float32 of the running step, and (len(RECENT), nodes) of the last minutes."""
        if self._looked is None or self._looked[0] is not look:
            occasions = self.trailing.clumps.occasions
            recent = np.empty((0, len(self.tree)), Stored) if look.recent is None else look.recent
            self._looked = look, occasions(look.count), occasions(recent)
        return self._looked[1:]

    def windows(self, look: Look, nodes: Indices) -> tuple[Kept, Kept]:
        """What came in each window of some nodes, and what was to come, (windows, k) float32."""
        came, due = self._plain_windows(look, nodes)
        due[:, self.borrowed[nodes]] += self._lacking(look, nodes[self.borrowed[nodes]])
        return came, due

    def _lacking(self, look: Look, nodes: Indices) -> Kept:
        """(windows, k) float32, what the siblings of some new nodes lack."""
        found, lacking = [], dict[int, Kept]()
        for parent in self.tree.parents[nodes].tolist():
            if parent not in lacking:
                siblings = self.tree.children(parent)
                came, due = self._plain_windows(look, siblings[~self.borrowed[siblings]])
                lacking[parent] = np.maximum(due.sum(axis=1) - came.sum(axis=1), 0)
            found.append(lacking[parent])
        return np.stack(found, axis=1) if found else np.zeros((1, 0), Stored)

    def _plain_windows(self, look: Look, nodes: Indices) -> tuple[Kept, Kept]:
        recent = None if look.recent is None else look.recent[:, nodes]
        return self.windows_of(nodes, look.count[nodes], Stored(look.passed), recent)

    def windows_of(
        self, nodes: Indices, count: Kept, passed: Kept | np.float32, recent: Kept | None
    ) -> tuple[Kept, Kept]:
        """As `windows`, without what siblings lend; a node may be there several times, at different moments.

        Parameters
        ----------
        nodes, count, passed : (k,), or one for all
        recent : (len(RECENT), k) float32, or None
        """
        running = self.due[nodes]
        came = self.trailing.came[:, nodes] + count
        due = self.trailing.due[:, nodes] + running * passed
        if recent is None:
            return came, due
        before = self.trailing.expected[-1, nodes]
        length = np.array(RECENT, Stored)[:, None] / Stored(AN_HOUR)
        inside = np.minimum(length, passed)
        short = inside * running + (length - inside) * before
        return np.concatenate((came, recent)), np.concatenate((due, short))

    def judge(
        self, look: Look, nodes: Indices, *, fewest: float, lifted: Kept | None = None,
        among: Bools | None = None,
    ) -> Evidence:  # fmt: skip
        """Evidence of some nodes, where there is any.

        Parameters
        ----------
        fewest : tickets that a window must have
        lifted : (k,) float32, the factor by which an open cause has raised what was to come
        among : (all windows,) bool, those that are looked at
        """
        came, due = self._plain_windows(look, nodes)
        young = np.flatnonzero(self.borrowed[nodes])
        suspected = young[self.trailing.gate(nodes[young], came[:, young], due[:, young]).any(axis=0)]
        due[:, suspected] += self._lacking(look, nodes[suspected])
        if lifted is not None:
            due = due * lifted
        if among is not None:
            came[~among[: len(came)]] = 0
        whole = len(self.lengths)

        def step_by_step(some: Indices) -> StepByStep:
            at, (now, recent) = nodes[some], self._occasions(look)
            running = look.count[at], now[at], self.due[at] * Stored(look.passed)
            short = came[whole:, some], recent[:, at], due[whole:, some]
            return self.trailing.step_by_step(at, running, short, np.full(len(at), look.passed))

        return self.trailing.strongest(nodes, Windows(came, due, step_by_step), fewest=fewest)[1]

    def at_most(self, nodes: Indices, count: Kept, passed: Kept, recent: Kept) -> Windows:
        """As `windows_of`, at their strangest: as if every ticket were an occasion of its own."""
        came, due = self.windows_of(nodes, count, passed, recent)
        whole = len(self.lengths)

        def step_by_step(some: Indices) -> StepByStep:
            at, now, last = nodes[some], count[some], recent[:, some]
            running, short = (now, now, self.due[at] * passed[some]), (last, last, due[whole:, some])
            of = self.trailing.step_by_step(at, running, short, passed[some])
            return replace(of, often=of.count)

        return Windows(came, due, step_by_step, at_most=True)

    def since(self, first: int, last: int, nodes: Indices) -> tuple[Floats, Floats]:
        """What came at some nodes in the closed steps [first, last), and what was to come; (k,) float64 each.

        Steps are counted from the history's first row; those that have left the longest window are left out.
        """
        oldest = self.baseline.now - len(self.trailing.count)
        rows = slice(max(first - oldest, 0), max(last - oldest, 0))
        count, expected = self.trailing.count[rows][:, nodes], self.trailing.expected[rows][:, nodes]
        return count.sum(axis=0, dtype=np.float64), expected.sum(axis=0, dtype=np.float64)

    def seen_since(self, first: int, last: int) -> Seen:
        """The closed steps [first, last) of all nodes, as `since`."""
        came, due = self.since(first, last, np.arange(len(self.tree)))
        return Seen(came, due, self.trailing.own + self.trailing.relative * due)

    def seen(self, look: Look, window: int) -> Seen:
        """One window of all nodes."""
        came, due = self.windows(look, np.arange(len(self.tree)))
        expected: Floats = due[window].astype(np.float64)
        dispersion = self.trailing.own + self.trailing.relative * expected
        return Seen(came[window].astype(np.float64), expected, dispersion)

    def _lend(self) -> None:
        """What new nodes are to bring follows from what their parents are."""
        trailing, nodes = self.trailing, self.borrowing.nodes
        self.borrowed = np.zeros(len(self.tree), bool)
        self.borrowed[nodes] = True
        trailing.own[nodes] = np.maximum(trailing.own[self.tree.parents[nodes]], 1)
        trailing.relative[nodes] = self.borrowing.relative
        trailing.expected = self.borrowing.due(trailing.expected, self.tree.parents)
        trailing.sum_up()
        self.due = self._expected()

    def _expected(self) -> Kept:
        """(nodes,) float32, what the running step is to bring."""
        if self.baseline.now >= len(self.stamps.slot):
            raise StampsExhaustedError(
                f"step {self.baseline.now} has no name: start anew, with stamps that reach further"
            )
        known = self.baseline.expect().expected
        due = np.zeros(len(self.tree), Stored)
        due[: len(known)] = known
        return self.borrowing.due(due, self.tree.parents)
