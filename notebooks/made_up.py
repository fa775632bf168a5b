"""Count series with surges whose beginning is known, and what a detector is worth on them.

Hours of eight weeks: a level, a course of the day and the week, counts that scatter more than chance. In the
last two weeks each series has one surge, tickets that come and go within some hours. Nothing here knows any
detector, and no detector may look ahead.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

WEEK = 168
WEEKS, JUDGED = 8, 2
# An alarm so many hours after the last ticket of a surge still counts as found; so long no alarm is false.
GRACE = 6


@dataclass(frozen=True)
class Series:
    """Counts and the truth; all (hours, series).

    Attributes
    ----------
    hour : DatetimeIndex in the business zone
    count : float64
    surge : bool, a surge is going on
    """

    hour: pd.DatetimeIndex
    count: np.ndarray
    surge: np.ndarray


def series(seed: int, number: int = 48, zone: str = "Asia/Shanghai") -> Series:
    """So many series."""
    random = np.random.default_rng(seed)
    hours = WEEKS * WEEK
    slot = np.arange(hours)
    day = 1.1 + np.sin((slot % 24 - 8) / 24 * 2 * np.pi)
    weekend = np.where(slot // 24 % 7 >= 5, random.uniform(0.5, 0.9, (number, 1)), 1.0)
    mean = (np.exp(random.uniform(-0.5, 3.0, (number, 1))) * day * weekend).T
    spread = random.uniform(1.0, 3.0, number)
    count = random.poisson(
        np.where(spread > 1, random.gamma(mean / (spread - 1 + 1e-9)) * (spread - 1), mean)
    )
    surge = np.zeros(count.shape, dtype=bool)
    for i in range(number):
        begins = int(random.integers(hours - JUDGED * WEEK, hours - 24))
        size = max(3, random.poisson(random.uniform(3, 12) * np.sqrt(spread[i] * mean[begins, i])))
        more = np.bincount(random.lognormal(0.7, 0.5, size).astype(int))[: hours - begins]
        count[begins : begins + len(more), i] += more
        surge[begins : begins + len(more), i] = True
    hour = pd.date_range("2026-03-02", periods=hours, freq="h", tz=zone)
    return Series(hour, count.astype(float), surge)


def worth(
    truth: Series, scores: dict[str, np.ndarray], rates: tuple[float, ...] = (0.001, 0.01)
) -> pd.DataFrame:
    """For each detector the share of surges found, and the delay, at rates of false alarms an hour."""
    last = slice(-JUDGED * WEEK, None)
    surge = truth.surge[last]
    near = surge.copy()
    for after in range(1, GRACE + 1):
        near[after:] |= surge[:-after]
    rows = []
    for name, score in scores.items():
        judged = np.nan_to_num(score[last], nan=-np.inf)
        for rate in rates:
            quiet = np.sort(judged[~near])[::-1]
            threshold = quiet[int(rate * len(quiet))]
            alarm = judged > threshold
            delay = [_delay(alarm[:, i], near[:, i]) for i in range(alarm.shape[1]) if surge[:, i].any()]
            found = [hours for hours in delay if hours is not None]
            rows.append(
                {
                    "detector": name,
                    "false alarms": rate,
                    "found": len(found) / len(delay),
                    "hours until found": np.median(found) if found else np.nan,
                }
            )
    return pd.DataFrame(rows)


def _delay(alarm: np.ndarray, near: np.ndarray) -> int | None:
    """Hours from the beginning of the surge to its first alarm."""
    hits = np.flatnonzero(alarm & near)
    return int(hits[0] - np.flatnonzero(near)[0]) if len(hits) else None
