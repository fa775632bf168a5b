"""From a cause to the signal that people read."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from connectors.taxonomy import Taxonomy
from connectors.ticket import DAY, MINUTE, NEVER, Int32
from detectors.followers.nodes import Nodes
from detectors.following import Moment
from detectors.signal import Signal
from detectors.tree.cause import Cause
from detectors.tree.explanation import Tickets, Usual, explanation

# How far back it is looked for what is usual: until there are tickets enough to tell shares.
LOOKED_BACK: Final = (DAY, 7 * DAY, 28 * DAY)
# Tickets by which shares are told.
ENOUGH: Final = 500


@dataclass(frozen=True)
class Teller:
    """What all signals of a rule say alike.

    Attributes
    ----------
    levels : warning levels for severity 1, 2, 3, as many as there are
    """

    rule: str
    kind: str
    levels: tuple[str, ...]

    def signal(
        self,
        cause: Cause,
        nodes: Nodes,
        moment: Moment,
        *,
        since: int,
        hour: int,
        crossed_at: int,
        days: int | None = None,
    ) -> Signal:
        """The signal of a cause that was found in the hour that begins at `hour`.

        Its window is cut in whole hours: from the first hour of the cause's window, which began at `since`,
        to the end of the hour in which it was found. Where days or weeks are judged, it has so many `days`.
        """
        calendar, minutes = moment.calendar, cause.minutes
        if minutes:
            since = moment.now - minutes * MINUTE
        elif days is None and cause.steps == 1 and crossed_at < calendar.hour_end(hour):
            minutes = max(1, (moment.now - hour) // MINUTE)
        number = nodes.numbers[cause.node]
        path = moment.taxonomy.paths[number]
        observed = round(cause.observed)
        detail: dict[str, Any] = {
            "detected_at": calendar.iso(moment.now),
            "expected": round(cause.expected, 1),
            "score": round(cause.score, 2),
            "focus": list(path),
            "minutes": minutes or None,
            "hours": None if minutes or days else cause.steps,
            "explanation": _explained(number, since, cause.expected, moment),
            "borrowed": cause.borrowed,
            "concentrated": cause.concentrated or None,
        }
        return Signal(
            rule=self.rule,
            kind=self.kind,
            node=path,
            exact=False,
            window_start=calendar.hour(since),
            window_end=calendar.hour_end(hour),
            level=self.levels[cause.severity - 1],
            observed=observed,
            threshold=half_excess(observed, cause.expected),
            crossed_at=crossed_at,
            created_at=NEVER,
            detail=detail if days is None else {**detail, "days": days},
        )


def half_excess(observed: int, expected: float) -> int:
    """The count under which less than half of an excess is left.

    >>> half_excess(38, 11.0), half_excess(5, 0.2)
    (25, 3)
    """
    return max(1, min(observed, math.ceil((observed + expected) / 2)))


def _explained(node: int, since: int, expected: float, moment: Moment) -> dict[str, object]:
    """What the excess since then is made of; no complainant is named (law 7)."""
    came = moment.particulars(node, since, moment.now)
    usual = moment.particulars(node, since - LOOKED_BACK[0], since)
    for back in LOOKED_BACK[1:]:
        if len(usual.created) >= ENOUGH:
            break
        usual = moment.particulars(node, since - back, since)
    tree = moment.taxonomy
    found = explanation(
        Tickets(
            _children(tree, node, came.node), came.region.told(), came.channel.told(), came.complainant.told()
        ),
        expected=expected,
        usual=Usual(
            _counted(_children(tree, node, usual.node)),
            _counted(usual.region.told()),
            _counted(usual.channel.told()),
        ),
    )
    return replace(found, complainants=replace(found.complainants, most=None)).to_json()


def _children(tree: Taxonomy, node: int, leaves: Int32) -> list[str | None]:
    """Name of the child of a node in which each leaf lies; None for what stands at the node itself."""
    depth = int(tree.depth[node]) + 1
    if depth >= tree.ancestor.shape[1]:
        return [None] * len(leaves)
    return [tree.paths[child][-1] if child >= 0 else None for child in tree.ancestor[leaves, depth].tolist()]


def _counted(values: Iterable[Hashable | None]) -> dict[Hashable, float]:
    return dict(Counter(value for value in values if value is not None))
