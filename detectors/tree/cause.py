"""One cause of an excess, as the detector of a tree tells it, and what can be chosen about it."""

from __future__ import annotations

from dataclasses import dataclass, field

from detectors.tree.severity import Severities


@dataclass(frozen=True)
class TreeSettings:
    """What can be chosen.

    Attributes
    ----------
    false_pages_per_week : budget of all nodes and windows together
    fewest : tickets that a window must have to be told
    depths : depths of nodes (0 = root) that are judged; empty = all
    quiet : steps after which a quiet branch's cause is over;
        0 = as many as the longest window has, which sees it for so long
    severities : what makes a cause mild or grave
    """

    false_pages_per_week: float = 2.0
    fewest: int = 4
    depths: tuple[int, ...] = ()
    quiet: int = 0
    severities: Severities = field(default_factory=Severities)


@dataclass(frozen=True)
class Cause:
    """One cause of an excess.

    Attributes
    ----------
    node : the focus, which explains the excess
    since : number of the first step of the window
    steps : length of the window in steps, the running one with them
    minutes : length of the window where it is shorter than that and ends now, else 0
    observed, expected : tickets of the focus in the window
    score : log10 of how much likelier a surge makes what came in the window, corrected for the number of
        windows; higher where the tickets are concentrated
    severity : 1, 2 or 3, by excess and duration
    borrowed : the focus is new, and its expectation is borrowed from its parent
    again : it was told before, and has become more severe
    concentrated : "region", "channel" or "complainant", in one value of which the tickets are so concentrated
        that the score is higher for it; "" = in none
    """

    node: int
    since: int
    steps: int
    minutes: int
    observed: float
    expected: float
    score: float
    severity: int
    borrowed: bool
    again: bool
    concentrated: str
