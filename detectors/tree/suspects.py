"""The tickets of suspects: of nodes whose count is strange, though perhaps not strange enough by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from detectors.precision import Floats, Indices, Kept
from detectors.tree.branches import Branches
from detectors.tree.corroboration import MOST_TICKETS, together
from detectors.tree.focus import Seen
from detectors.tree.habits import Habits
from detectors.tree.makeup import Found, Makeup
from detectors.tree.marks import Marks
from detectors.tree.rehearsal import Rehearsed
from detectors.tree.trailing import AN_HOUR, RECENT, Evidence

SUSPECT: Final = 1.5
"""Score of a count from which on its tickets are looked at."""
MOST_SUSPECTS: Final = 12
"""Whose tickets are looked at in one tick, the strangest first."""
ENOUGH: Final = 400.0
"""Tickets of the history from which on a node says by itself what is usual; quieter ones ask above."""
LOOKED_AT: Final = 3000.0
"""Past tickets that are to tell what is usual, about."""
BACK: Final = (24, 4 * 168)
"""Steps in which they are looked for, at the least and at the most."""
MEANT: Final = 0.85
"""Part of the excess of concentrated tickets that a child holds, to be where they come from."""
TELLING: Final = 2.0
"""Score of a make-up from which on its tickets say where the focus is."""

TicketsOf = Callable[[int, int], Marks]
"""Tickets at or below a node, by its column, that were created since the beginning of a step."""


def joined(evidence: Evidence, rows: Indices, found: Found) -> Evidence:
    """Evidence that knows the make-up of some of its rows."""
    score, makeup, column = evidence.score.copy(), evidence.makeup.copy(), evidence.column.copy()
    score[rows] = together(score[rows], found.score)
    makeup[rows] = found.score
    column[rows] = np.where(score[rows] > evidence.score[rows], found.column, -1)
    return replace(evidence, score=score, makeup=makeup, column=column)


def rehearsed(
    high: Rehearsed, makeup: Makeup, habits: Habits, lengths: tuple[int, ...], *, first: int
) -> Rehearsed:
    """What past steps would have shown, the make-up of their suspects with it.

    Parameters
    ----------
    lengths : of the windows, in steps
    first : number of the first of these steps, as the makeup counts them
    """
    rows = np.flatnonzero((high.score >= SUSPECT) & (high.observed <= MOST_TICKETS))
    last = high.step[rows] + first + 1.0
    begin: Floats = last - np.array(lengths, np.float64)[high.window[rows]]
    score = high.score.copy()
    found = makeup.judge(high.nodes[rows], begin, last.astype(np.float64), habits)
    score[rows] = together(score[rows], found.score)
    return replace(high, score=score)


class Suspects:
    """What one tick's suspects are made of.

    Parameters
    ----------
    total : (nodes,) float32, tickets of the history, of `past` steps
    habits : what the history says of single tickets
    tickets : reads tickets
    now : number of the running step
    passed : part of it that is over
    """

    def __init__(
        self, tree: Branches, lengths: tuple[int, ...], total: Kept, *, past: int, habits: Habits,
        tickets: TicketsOf, now: int, passed: float,
    ) -> None:  # fmt: skip
        self.tree, self.lengths, self.total, self.past = tree, lengths, total, past
        self.habits, self.tickets, self.now, self.passed = habits, tickets, now, passed
        self._makeups: dict[int, Makeup] = {}
        self._waiting: set[int] = set()

    def corroborated(self, evidence: Evidence, enough: Floats | float = np.inf) -> Evidence:
        """The evidence, with the make-up of its suspects.

        Those whose count alone is `enough` wait until something is to be told of them: as a cause goes on,
        that is seldom, and their tickets need not be read at each look.
        """
        rows = np.flatnonzero((evidence.score >= SUSPECT) & (evidence.observed <= MOST_TICKETS))
        rows = np.sort(rows[np.argsort(-evidence.score[rows], kind="stable")[:MOST_SUSPECTS]])
        waits = (evidence.score >= enough)[rows]
        self._waiting.update(evidence.nodes[rows[waits]].tolist())
        return self._looked_into(evidence, rows[~waits])

    def told(self, evidence: Evidence) -> Evidence:
        """Evidence of which something is to be told, with the make-up of those in it that have waited."""
        return self._looked_into(evidence, np.flatnonzero(np.isin(evidence.nodes, list(self._waiting))))

    def _looked_into(self, evidence: Evidence, rows: Indices) -> Evidence:
        if not len(rows):
            return evidence
        nodes, windows = evidence.nodes[rows], evidence.window[rows]
        lenders = np.array([self._lender(node) for node in nodes.tolist()])
        score, column, value = np.zeros(len(rows)), np.full(len(rows), -1), np.full(len(rows), -1)
        for lender in np.unique(lenders).tolist():
            some = np.flatnonzero(lenders == lender)
            found = self._judged(lender, nodes[some], windows[some])
            score[some], column[some], value[some] = found.score, found.column, found.value
        return joined(evidence, rows, Found(score, column, value))

    def source(self, evidence: Evidence, row: int, seen: Seen) -> int | None:
        """The lowest node that holds the tickets in which a suspect is concentrated; None where it is not.

        In a region where a tenth of all tickets are made, a tenth of what other children usually bring tells
        nothing.

        Parameters
        ----------
        seen : all tickets of the suspect's window
        """
        if evidence.makeup[row] < TELLING:
            return None
        node, window = int(evidence.nodes[row]), int(evidence.window[row])
        lender = self._lender(node)
        found = self._judged(lender, np.array([node]), np.array([window]))
        makeup, column, value = self._makeup(lender), int(found.column[0]), int(found.value[0])
        carriers = makeup.carriers(node, self._begin(window), np.inf, column=column, value=value)
        excess = carriers - seen.expected * makeup.share(lender, column=column, value=value)
        while len(children := self.tree.children(node)):
            child = int(children[excess[children].argmax()])
            if not 0 < MEANT * excess[node] <= excess[child]:
                break
            node = child
        return node

    def _begin(self, window: int) -> float:
        if window < len(self.lengths):
            return self.now - self.lengths[window] + 1.0
        return self.now + self.passed - RECENT[window - len(self.lengths)] / AN_HOUR

    def _judged(self, lender: int, nodes: Indices, windows: Indices) -> Found:
        begin = np.array([self._begin(window) for window in windows.tolist()])
        return self._makeup(lender).judge(nodes, begin, np.full(len(begin), np.inf), self.habits)

    def _lender(self, node: int) -> int:
        """The node, or the one above it, with tickets enough to say what is usual."""
        while self.total[node] < ENOUGH and self.tree.parents[node] >= 0:
            node = int(self.tree.parents[node])
        return node

    def _makeup(self, lender: int) -> Makeup:
        """Its tickets, back to where they say what is usual before the longest window; read once a tick."""
        found = self._makeups.get(lender)
        if found is None:
            rate = max(float(self.total[lender]) / max(self.past, 1), 1e-9)
            back = int(np.clip(LOOKED_AT / rate, *BACK))
            marks = self.tickets(lender, self.now - max(self.lengths) + 1 - back)
            found = self._makeups[lender] = Makeup(marks, self.tree, top=int(self.tree.depth[lender]))
        return found
