"""What a node ordinarily brings, beside what it brought."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from monitor.frames._counts import counts
from monitor.frames._view import Moment, Node, Where, country_of, told

if TYPE_CHECKING:
    import pandas as pd

# What an hourly baseline looks back on (`Period.memory`, 16 weeks) with a margin: years of hours would only
# be slow.
HISTORY: Final = timedelta(weeks=26)


def expected(
    where: Where,
    node: Node = (),
    *,
    per: Literal["hour", "day", "week"] = "hour",
    start: Moment | None = None,
    end: Moment | None = None,
    coverage: float = 0.95,
) -> pd.DataFrame:
    """The seasonal baseline of a node: each window judged from the windows up to it, and from none later.

    The node is judged by itself. A rule `seasonal_surge` judges the whole tree together, and names the node
    that explains an excess; its signals are in `signals`.

    Parameters
    ----------
    where : path of a configuration, whose `[detection] country` has holidays, or address of a store
    node : one node; default: everything
    per : what is judged: hours, days or weeks
    start, end : only windows in [start, end); the baseline learns from what lies before, and of hours from
        the last 26 weeks
    coverage : share of ordinary windows between `lower` and `upper`

    Returns
    -------
    One row for each window from the first with a count, by time.

    `hour`, `day` or `week` : datetime64[us, business zone], the window's start
    `node` : category of str
    `count` : float64, tickets created in the window; NaN where the window is not closed or not known
    `expected` : float64, tickets if nothing were going on
    `lower`, `upper` : float64, the band of ordinary counts
    `score` : float64, -log10 of the chance, per window, of evidence so strong while nothing is going on; 0
        while the node has shown too little, NaN where the count is
    """
    from detectors.seasonal.band import band
    from detectors.seasonal.period import PERIODS
    from detectors.seasonal.replaying import replay
    from detectors.seasonal.stamps import name_steps

    if per not in PERIODS:
        raise ValueError(f'per: no period "{per}" for a baseline; there are: {", ".join(PERIODS)}')
    if not 0 < coverage < 1:
        raise ValueError(f"coverage: {coverage} is no share; it lies between 0 and 1, for example 0.95")
    if isinstance(node, list):
        raise ValueError("node: a baseline is of one node; ask for each of them")  # noqa: TRY004
    since = None if start is None else told(start)
    learned = since - HISTORY if since is not None and per == "hour" else None
    frame = counts(where, node, per=per, start=learned, end=end)
    known = frame["known"].to_numpy()
    count = np.where(known, frame["count"].to_numpy(np.float64), np.nan)
    local = frame[per].dt.tz_localize(None).to_numpy().astype("datetime64[s]")
    found = replay(count[:, None], name_steps(local, PERIODS[per], country=country_of(where)))
    usual, spread = found.expected[:, 0], found.dispersion[:, 0]
    lower, upper = band(usual, spread, coverage=coverage)
    frame = frame[[per, "node"]].assign(
        count=count,
        expected=usual,
        lower=lower,
        upper=upper,
        score=np.where(known, found.score[:, 0], np.nan),
    )
    return frame if since is None else _since(frame, per, since)


def _since(frame: pd.DataFrame, per: str, start: datetime) -> pd.DataFrame:
    """The windows that begin at the instant or later."""
    at = start.replace(tzinfo=frame[per].dt.tz) if start.tzinfo is None else start
    return frame[frame[per] >= at].reset_index(drop=True)
