"""Which part of the tree an incident stands for.

A branch is a path with everything below it. What stands exactly at a node, unspecified below, is a branch of
its own beside the node's children: the path with one more name, which is empty, as no node's name ever is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from connectors.ticket import Path
from detectors.signal import Signal

UNSPECIFIED: Final = ""

# Nothing spreads to the root: what all have in common is no cause.
WIDEST: Final = 1


def branch_of(signals: Iterable[Signal]) -> Path:
    """The branch of signals of one node."""
    together = tuple(signals)
    node = together[0].node
    return (*node, UNSPECIFIED) if all(signal.exact for signal in together) else node


def node_of(branch: Path) -> Path:
    """The node that people know it by."""
    return branch[:-1] if is_exact(branch) else branch


def is_exact(branch: Path) -> bool:
    """Only what stands exactly at its node is meant."""
    return branch[-1:] == (UNSPECIFIED,)


def covers(branch: Path, other: Path) -> bool:
    """`other` is the branch or lies in it."""
    return other[: len(branch)] == branch


def related(one: Path, other: Path) -> bool:
    """One of them lies in the other."""
    return covers(one, other) or covers(other, one)
