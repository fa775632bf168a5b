"""The trend log as a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from monitor.frames._view import Moment, Node, Where, view

if TYPE_CHECKING:
    import pandas as pd


def trend(
    where: Where,
    node: Node = (),
    *,
    below: bool = False,
    revisions: bool = False,
    start: Moment | None = None,
    end: Moment | None = None,
) -> pd.DataFrame:
    """The hourly trend log as it was written (docs/semantics.md, "The trend log").

    Parameters
    ----------
    where : path of a configuration, or address of a store
    node : one node; default: everything
    below : also the rows of all nodes below it
    revisions : every revision of a row, not only the last
    start, end : only hours that begin in [start, end)

    Returns
    -------
    One row for each hour and node that the log has, by hour, node and revision.

    `hour` : datetime64[us, business zone]
    `node` : category of str
    `depth` : int64
    `count` : int64
    `previous`, `change` : Int64, missing where the hour before is unknown
    `ratio` : float64, change over previous; NaN where previous is 0 or missing
    `day_to_date`, `month_escalated` : int64
    `complete` : bool, the hour is known
    `revision` : int64, 0 for the first
    `written_at` : datetime64[us, business zone]
    """
    import pandas as pd

    with view(where) as seen:
        top, (low, high) = seen.node(node), seen.span(start, end)
        log = seen.tx.trend
        if below:
            found = log.between(low, high, revisions=revisions)
        else:
            found = log.of_node(top, low, high, revisions=revisions)
        inside = seen.taxonomy.ancestor[found.rows.node, int(seen.taxonomy.depth[top])] == top
        rows = found.rows.take(inside)
        previous = pd.array(rows.previous, dtype="Int64")
        previous[~rows.previous_known] = pd.NA
        change = rows.count - rows.previous
        compared = rows.previous_known & (rows.previous > 0)
        frame = pd.DataFrame(
            {
                "hour": seen.times(rows.hour),
                "node": seen.names(rows.node),
                "depth": seen.taxonomy.depth[rows.node].astype(np.int64),
                "count": rows.count,
                "previous": previous,
                "change": pd.array(change, dtype="Int64"),
                "ratio": np.where(compared, change / np.maximum(rows.previous, 1), np.nan),
                "day_to_date": rows.day_to_date,
                "month_escalated": rows.month_escalated,
                "complete": rows.complete,
                "revision": found.revision[inside],
                "written_at": seen.times(found.written_at[inside]),
            }
        )
        frame.loc[~rows.previous_known, "change"] = pd.NA
        return frame.sort_values(["hour", "node", "revision"], ignore_index=True, kind="stable")
