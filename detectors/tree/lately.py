"""What the last steps alone say while a cause is open: it goes on, or a new one breaks out inside it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from detectors.precision import Floats, Indices, Kept, Stored
from detectors.tree.episodes import Episode
from detectors.tree.outlook import Look, Outlook
from detectors.tree.trailing import RECENT, Evidence

FRESH = 3
"""Steps, the running one with them, in which a new surge may break out inside an open cause."""
CALM = 6
"""Steps before these ones that were as ever, so that a surge at the focus itself is a new one."""


class Lately:
    """The last steps of a tree's nodes.

    Parameters
    ----------
    outlook, look : of the nodes, and their running step
    threshold : (nodes,) float64
    fewest : tickets that a window must have
    origin : number of the outlook's first step
    """

    def __init__(
        self, outlook: Outlook, look: Look, threshold: Floats, *, fewest: float, origin: int
    ) -> None:  # fmt: skip
        self.outlook, self.look, self.threshold = outlook, look, threshold
        self.fewest, self.origin = fewest, origin

    def evidence(self, nodes: Indices, part: float, lifted: Kept | None = None) -> Evidence:
        """Evidence of some nodes where it reaches a part of the threshold; `lifted` as in `Outlook.judge`."""
        fresh = np.array([length <= FRESH for length in self.outlook.lengths] + [True] * len(RECENT))
        found = self.outlook.judge(self.look, nodes, fewest=self.fewest, lifted=lifted, among=fresh)
        return found.at_least(part * self.threshold[found.nodes])

    def breaking_out(self, causes: Sequence[Episode], alarmed: Evidence) -> tuple[Evidence, list[Episode]]:
        """Nodes at or below the focus of an open cause, whose last steps that cause does not explain.

        It explains what it has brought since it began: to the whole branch, and to the node itself. The focus
        itself has been calm in between, or it is the same cause that goes on; it makes room for the new one.

        Returns
        -------
        Those nodes, and the open causes that are over.
        """
        outlook, tree = self.outlook, self.outlook.tree
        found, over = np.ones(len(alarmed.nodes), bool), []
        for episode in causes:
            held = np.array([episode.holds(tree, node) for node in alarmed.nodes.tolist()], bool)
            own = alarmed.nodes == episode.node
            below = held & (tree.depth[alarmed.nodes] > tree.depth[episode.node])
            if self._calm(episode):
                below |= own
            found &= below | ~held
            first, last = episode.since - self.origin, outlook.baseline.now + 1 - FRESH
            nodes = alarmed.nodes[below & found]
            if last - first < FRESH:
                found &= ~held
            elif len(nodes):
                whole, due_of_whole = outlook.since(first, last, np.array([episode.node]))
                came, due = outlook.since(first, last, nodes)
                lifted = np.maximum(whole / np.maximum(due_of_whole, 1e-9), 1.0)
                lifted = np.maximum(lifted, (came + lifted) / (due + 1)).astype(Stored)
                found &= ~held | np.isin(alarmed.nodes, self.evidence(nodes, 1.0, lifted).nodes)
                over += [episode] * bool((own & found).any())
        return alarmed.only(found), [one for one in over if one.node in alarmed.nodes[found]]

    def _calm(self, episode: Episode) -> bool:
        """Whether an open cause's focus has since been as ever, in the steps before the last ones."""
        outlook, node = self.outlook, np.array([episode.node])
        last = outlook.baseline.now + 1 - FRESH
        if last - CALM <= episode.told - self.origin:
            return False
        came, due = outlook.since(last - CALM, last, node)
        return not outlook.trailing.gate(node, came[None].astype(Stored), due[None].astype(Stored)).any()
