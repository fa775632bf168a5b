"""Signals as a frame."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from connectors.ticket import NEVER, to_us
from monitor.frames._view import Moment, Node, View, Where, named, view
from monitor.storage.signals import StoredSignal

if TYPE_CHECKING:
    import pandas as pd

STAMPS = ("window_start", "window_end", "crossed_at", "created_at", "fired_at", "detected_at")
DTYPES = {
    "rule": "str",
    "kind": "str",
    "level": "str",
    "node": "str",
    "depth": "int64",
    "exact": "bool",
    "observed": "int64",
    "threshold": "int64",
    "revised_to": "Int64",
    "late_seconds": "float64",
    "ticket": "str",
    "page": "str",
    "id": "str",
    "expected": "float64",
    "score": "float64",
    "focus": "str",
    "explanation": "object",
}


def signals(
    where: Where,
    node: Node | None = None,
    *,
    rule: str | None = None,
    level: str | None = None,
    start: Moment | None = None,
    end: Moment | None = None,
) -> pd.DataFrame:
    """What fired, and what became of it.

    Parameters
    ----------
    where : path of a configuration, or address of a store
    node : only signals of this node, without those below it; default: all signals
    rule, level : only signals of this rule, of this level
    start, end : only signals that crossed in [start, end)

    Returns
    -------
    One row for each signal, by `crossed_at`. Text columns are str, with a missing value where there is none;
    times are datetime64[us, business zone], NaT where there is none.

    `rule`, `kind`, `level`, `node` : str
    `depth` : int64
    `exact` : bool, only tickets whose whole path the node is
    `window_start`, `window_end` : the window that was counted
    `observed`, `threshold` : int64, the count when it fired, and the count from which it fires
    `crossed_at` : when the ticket that completed the count was seen
    `created_at` : when that ticket was created
    `fired_at` : when the signal was stored
    `late_seconds` : float64, from the window's end to `crossed_at`; 0 inside the window
    `revised_to` : Int64, the count now, where later versions brought it back under the threshold
    `ticket` : str, source and id, for rules about single tickets
    `page` : str, key of the page that told it
    `id` : str, the signal's identity
    `detected_at`, `expected`, `score`, `focus`, `explanation` : what a statistical detector adds; time,
        float64, float64, str, and the explanation as it was stored (object)
    """
    import pandas as pd

    with view(where) as seen:
        low, high = seen.span(start, end)
        chosen = None if node is None else seen.taxonomy.paths[seen.node(node)]
        found = seen.tx.signals.find(rule=rule, level=level, node=chosen, start=low, end=high)
        rows = [_row(one) for one in found]
        told = pd.DataFrame(rows, columns=list(DTYPES)).astype(DTYPES)
        stamps = {name: _times(seen, [row[name] for row in rows]) for name in STAMPS}
    return told.assign(**stamps)[list(ORDER)]


ORDER = (
    "rule", "kind", "level", "node", "depth", "exact", "window_start", "window_end", "observed", "threshold",
    "crossed_at", "created_at", "fired_at", "late_seconds", "revised_to", "ticket", "page", "id",
    "detected_at", "expected", "score", "focus", "explanation",
)  # fmt: skip


def _row(stored: StoredSignal) -> dict[str, Any]:
    signal, detail = stored.signal, stored.signal.detail
    subject = dict(signal.subject)
    return {
        "rule": signal.rule,
        "kind": signal.kind,
        "level": signal.level,
        "node": named(signal.node),
        "depth": signal.depth,
        "exact": signal.exact,
        "window_start": signal.window_start,
        "window_end": signal.window_end,
        "observed": signal.observed,
        "threshold": signal.threshold,
        "crossed_at": signal.crossed_at,
        "created_at": signal.created_at,
        "fired_at": stored.fired_at,
        "late_seconds": signal.late_us / 1e6,
        "revised_to": signal.revised_to,
        "ticket": f"{subject['source']} {subject['id']}" if "id" in subject else None,
        "page": stored.page_key,
        "id": signal.identity,
        "detected_at": detail.get("detected_at"),
        "expected": _number(detail, "expected"),
        "score": _number(detail, "score"),
        "focus": named(tuple(detail["focus"])) if "focus" in detail else None,
        "explanation": detail.get("explanation"),
    }


def _number(detail: Mapping[str, Any], name: str) -> float:
    return float("nan") if detail.get(name) is None else float(detail[name])


def _times(seen: View, stamps: list[Any]) -> pd.DatetimeIndex:
    """Instants, told as microseconds or as ISO 8601."""
    import numpy as np

    told = [
        NEVER if at is None else to_us(datetime.fromisoformat(at)) if isinstance(at, str) else at
        for at in stamps
    ]
    return seen.times(np.array(told, dtype=np.int64))
