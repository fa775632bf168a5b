"""How deep in the tree is a placement still sure?

A node is as probable as the labelled paths at and below it together. A ticket is placed on its likeliest full
path where that is sure enough, and otherwise on the deepest node that is: 0.4 card > lost and 0.5 card >
stolen are 0.9 card. Where not even a node of the first level is sure it is placed nowhere, on the empty path.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Path = tuple[str, ...]


class Tree:
    """The nodes above the labelled paths.

    Example
    -------
    >>> tree = Tree([("card", "lost"), ("card", "stolen"), ("loan",)])
    >>> tree.settle(np.array([[0.4, 0.5, 0.1]]), sure=0.8)
    [(('card',), 0.9)]
    >>> tree.settle(np.array([[0.4, 0.5, 0.1]]), sure=0.0)
    [(('card', 'stolen'), 0.5)]
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = list(paths)
        self._levels = []
        for depth in range(max(map(len, self._paths), default=0), 0, -1):
            number: dict[Path, int] = {}
            above = [
                (row, number.setdefault(path[:depth], len(number)))
                for row, path in enumerate(self._paths)
                if len(path) >= depth
            ]
            rows, nodes = np.array(above, dtype=np.intp).T
            self._levels.append((rows, nodes, list(number)))

    def settle(self, confidence: Floats, *, sure: float) -> list[tuple[Path, float]]:
        """A path and its probability for each row of the (n, paths) probabilities.

        The path is empty where nothing is sure; its number is then that of the likeliest first-level node.
        """
        best = confidence.argmax(axis=1)
        top = confidence[np.arange(len(best)), best]
        settled = [(self._paths[path], float(value)) for path, value in zip(best, top, strict=True)]
        unsure = np.flatnonzero(top < sure)
        doubtful = confidence[unsure]
        for rows, nodes, names in self._levels:
            mass = np.zeros((len(unsure), len(names)), dtype=confidence.dtype)
            np.add.at(mass.T, nodes, doubtful[:, rows].T)
            best = mass.argmax(axis=1)
            top = mass[np.arange(len(best)), best]
            for row, node, value in zip(unsure, best, top, strict=True):
                settled[row] = (names[node] if value >= sure else (), float(value))
            keep = top < sure
            unsure, doubtful = unsure[keep], doubtful[keep]
        return settled
