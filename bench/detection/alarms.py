"""What the alarms on real series are, without any surge put in: how far above the weeks around them they lie.

An alarm is *threefold* if the last steps up to it, in one of the windows, have at least three times what the
same slots of the six cycles before and after bring (the middle half of them), and five more; *twofold* is the
same with two. What is less may be noise. Who looks back knows more than a detector may: no threshold would
have the rates of the rest.

    python -m bench.detection.alarms --data ../shared/data
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from bench.detection.real_sets import RealSet, real_sets
from detectors.precision import Floats
from detectors.scoring import score_counts
from detectors.seasonal.period import PERIODS

PERIOD = {"hourly": "hour", "daily": "day", "weekly": "week"}
SEASON = {"hourly": 168, "daily": 7, "weekly": 1}
WINDOW = {"hourly": 6, "daily": 5, "weekly": 4}
CYCLES, NEAR = 6, 3
"""Cycles to each side; of weeks, the nearest so many are part of what may be going on."""
MORE = 5


def around(count: Floats, season: int) -> Floats:
    """What the same slots of the cycles around bring, (steps, n)."""
    frame = pd.DataFrame(count)
    near = NEAR if season == 1 else 0
    shifted = [frame.shift(k * season) for k in range(-CYCLES, CYCLES + 1) if abs(k) > near]
    ordered = np.sort(np.stack(shifted), axis=0)
    there = (~np.isnan(ordered)).sum(axis=0)
    rank = np.arange(len(ordered))[:, None, None]
    middle = (rank >= there // 4) & (rank < there - there // 4)
    found: Floats = np.where(middle, np.nan_to_num(ordered), 0).sum(axis=0) / np.maximum(
        middle.sum(axis=0), 1
    )
    return found


def times(count: Floats, usual: Floats, longest: int) -> Floats:
    """How many times what is usual the best window brings that ends at a step, and `MORE`; (steps, n)."""
    best = np.zeros_like(count)
    for length in range(1, longest + 1):
        came = pd.DataFrame(count).rolling(length, min_periods=1).sum().to_numpy()
        due = pd.DataFrame(usual).rolling(length, min_periods=1).sum().to_numpy()
        due = np.maximum(due, 0.25 * length)
        best = np.maximum(best, np.where(came - due >= MORE, came / due, 0))
    return best


def told(made: RealSet) -> str:
    """A line about one set."""
    count = made.counts.to_numpy(float)
    local = made.counts.index.to_numpy().astype("datetime64[s]")
    _, alarm = score_counts(count, local, PERIODS[PERIOD[made.step]], threshold=3.0)
    first = int(len(count) * (1 - made.tested))
    alarm = alarm[first:]
    height = times(count, around(count, SEASON[made.step]), WINDOW[made.step])[first:]
    rates = [
        (alarm & kind).sum() / alarm.size for kind in (height >= 0, (height >= 2) & (height < 3), height < 2)
    ]
    return f"{made.name:14}{alarm.sum():8}" + "".join(f"{100 * rate:9.3f} %" for rate in rates)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    wanted = parser.parse_args()
    print(f"{'set':14}{'alarms':>8}{'all':>11}{'twofold':>11}{'less':>11}")
    for made in real_sets(wanted.data, seed=642):
        print(told(made), flush=True)


if __name__ == "__main__":
    main()
