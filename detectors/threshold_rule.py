"""What the rules with a ladder of thresholds share: a signal of each level that a count reaches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, partial

from connectors.counting import Changes
from connectors.windows import Unit
from detectors.columns import window_codes
from detectors.crossing import CountBefore, crossings
from detectors.grouping import GroupColumn, node_of
from detectors.signal import Signal
from detectors.step import Step


def judge_ladder(
    step: Step,
    changes: Changes,
    *,
    rule: str,
    kind: str,
    unit: Unit,
    columns: Sequence[GroupColumn],
    thresholds: Mapping[str, int],
    before: CountBefore,
) -> list[Signal]:
    """Signals of every level whose threshold a group's count reached, in order of crossing."""
    if len(changes) == 0:
        return []
    windows = window_codes(step.calendar, unit, changes.at)
    levels, limits = list(thresholds), list(thresholds.values())
    found = crossings(
        changes, windows, columns=columns, thresholds=limits, before=None if step.is_first else before
    )
    signals: list[tuple[int, Signal]] = []
    ends = cache(partial(step.calendar.end, unit))
    for level, threshold, crossed in zip(levels, limits, found, strict=True):
        for window, group, order, observed in zip(
            crossed.window.tolist(),
            crossed.group.tolist(),
            crossed.order.tolist(),
            crossed.observed.tolist(),
            strict=True,
        ):
            node, exact = node_of(group)
            row = step.row(order)
            signal = Signal(
                rule=rule,
                kind=kind,
                node=step.taxonomy.paths[node],
                exact=exact,
                window_start=window,
                window_end=ends(window),
                level=level,
                observed=observed,
                threshold=threshold,
                crossed_at=int(step.versions.seen[row]),
                created_at=int(step.versions.created[row]),
            )
            signals.append((order, signal))
    return [signal for _, signal in sorted(signals, key=lambda pair: pair[0])]
