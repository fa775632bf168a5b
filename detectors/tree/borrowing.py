"""New nodes: until they have a past of their own, they are to bring a share of what their parent brings.

A new node may be an old one under a new name. So what its siblings now lack is expected of it too, which is
added where counts are looked at (`outlook`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detectors.precision import Floats, Indices, Int32, Kept, Stored
from detectors.tree.branches import Branches

PRIOR_TICKETS = 1.0
"""What the first guess of a share weighs, in tickets: half of an equal share."""
HALF = 0.5


@dataclass(frozen=True)
class Borrowing:
    """What new nodes borrow.

    Attributes
    ----------
    nodes : their numbers, rising
    share : (k,) float64, of what their parent is to bring
    relative : (k,) float64, relative variance of that
    """

    nodes: Indices
    share: Floats
    relative: Floats

    def with_more(self, fresh: Borrowing) -> Borrowing:
        """These and others, whose numbers are higher."""
        return Borrowing(
            np.append(self.nodes, fresh.nodes), np.append(self.share, fresh.share),
            np.append(self.relative, fresh.relative),
        )  # fmt: skip

    def due(self, due: Kept, parents: Int32) -> Kept:
        """The last axis of `due`, over all nodes, with what new nodes are to bring; parents first."""
        found, waits = due.copy(), np.zeros(len(parents), bool)
        some = parents[self.nodes] >= 0
        nodes, share = self.nodes[some], self.share[some].astype(Stored)
        waits[nodes] = True
        while len(nodes):
            # What borrows from a new node waits until that one has its own.
            ready = ~waits[parents[nodes]]
            found[..., nodes[ready]] = found[..., parents[nodes[ready]]] * share[ready]
            waits[nodes[ready]] = False
            nodes, share = nodes[~ready], share[~ready]
        return found


def borrow(tree: Branches, nodes: Indices, own: Floats, parents: Floats) -> Borrowing:
    """What some nodes borrow.

    Parameters
    ----------
    own, parents : (k,) float64, tickets of the node and of its parent since the node appeared

    Examples
    --------
    >>> tree = Branches(np.array([-1, 0, 0, 0, 0], np.int32))
    >>> borrow(tree, np.array([4]), np.zeros(1), np.zeros(1)).share.tolist()
    [0.125]
    """
    siblings = np.array([len(tree.children(int(p))) if (p := tree.parents[n]) >= 0 else 1 for n in nodes])
    prior = HALF / siblings
    share = np.minimum((own + PRIOR_TICKETS) / (parents + PRIOR_TICKETS / prior), 1.0)
    return Borrowing(nodes, share, 1 / (own + PRIOR_TICKETS))
