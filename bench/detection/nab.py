"""The labelled windows of the Numenta benchmark: our detector beside river's, at one alarm rate.

    python -m bench.detection.nab --data ../shared/data/nab

The five series of tweets and the taxi series, in hours. Every detector scores each hour before it learns
it. An alarm is a score above that which, outside of the labelled windows and after the first two weeks,
only such a part of the hours exceed as the rate says: each detector is given the threshold that fits *these
series*, which nobody could know beforehand. The exceptions are ADWIN, which tells changes and has no score,
and our own at its own threshold, as `complaint-monitor score --fpr 0.001` alarms. Scores of GaussianScorer
end at 1.0, which it reaches in up to 0.6 % of the hours of a series; what lies there cannot be told apart,
and raises no alarm where the threshold is 1.0 as well.

Alarms at most a day apart are one episode. Precision: the share of the episodes that touch a window.
Recall: the share of the windows that an alarm touches. The taxi's windows are mostly holidays and a
blizzard, on which counts fall; river's detectors look for falls as well, ours on purpose does not.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from detectors.scoring import score_counts
from detectors.seasonal.period import HOUR

WARM = 14 * 24
"""Hours at the beginning that nobody is judged on."""
APART = 24
"""Hours without an alarm after which the next is another episode."""
RATE = 0.001
TWO_WEEKS = 2 * 168
SEED = 42


@dataclass(frozen=True)
class Labelled:
    """Hours of one series: start (T,) datetime64[s], count (T,) float64; windows [first, last)."""

    name: str
    start: np.ndarray
    count: np.ndarray
    windows: list[tuple[int, int]]


def labelled(data: Path) -> Iterator[Labelled]:
    """The series of the folder, in the order of its windows.json; whole hours only."""
    for name, windows in json.loads((data / "windows.json").read_text()).items():
        rows = pd.read_csv(data / f"{Path(name).name}.gz", parse_dates=["timestamp"]).set_index("timestamp")
        hourly = rows["value"].resample("h").sum().iloc[1:-1]
        start = hourly.index.to_numpy("datetime64[s]")
        edges = [tuple(pd.to_datetime(edge).floor("h").to_datetime64() for edge in one) for one in windows]
        spans = [(int(np.searchsorted(start, a)), int(np.searchsorted(start, b, "right"))) for a, b in edges]
        yield Labelled(Path(name).stem, start, hourly.to_numpy(float), spans)


def ours(one: Labelled) -> np.ndarray:
    """(T,) scores of the production detector."""
    score, alarm = score_counts(one.count[:, None], one.start, HOUR, threshold=0.0)
    return np.where(alarm, score, 0.0)[:, 0]


def gauss(one: Labelled) -> np.ndarray:
    """(T,) scores of river's GaussianScorer over two weeks."""
    from river.anomaly import GaussianScorer

    scorer, found = GaussianScorer(window_size=TWO_WEEKS, grace_period=48), []
    for value in one.count.tolist():
        found.append(scorer.score_one({}, value))
        scorer.learn_one({}, value)
    return np.array(found)


def trees(one: Labelled) -> np.ndarray:
    """(T,) scores of river's HalfSpaceTrees, given the count scaled to 0-1 by what has been."""
    from river.anomaly import HalfSpaceTrees
    from river.compose import Pipeline
    from river.preprocessing import MinMaxScaler

    forest = Pipeline(MinMaxScaler(), HalfSpaceTrees(n_trees=25, height=8, window_size=250, seed=SEED))
    found = []
    for value in one.count.tolist():
        # The scaler learns what it scales when the pipeline learns; the score comes first.
        found.append(forest.score_one({"count": value}))
        forest.learn_one({"count": value})
    return np.array(found)


def adwin(one: Labelled) -> np.ndarray:
    """(T,) 1 where river's ADWIN tells a change of the level, else 0."""
    from river.drift import ADWIN

    watch, found = ADWIN(), []
    for value in one.count.tolist():
        watch.update(value)
        found.append(float(watch.drift_detected))
    return np.array(found)


def at_rate(one: Labelled, score: np.ndarray, rate: float) -> np.ndarray:
    """(T,) bool, the hours whose score only `rate` of the unlabelled ones exceed."""
    outside = np.ones(len(score), bool)
    outside[:WARM] = False
    for first, last in one.windows:
        outside[first:last] = False
    return score > np.quantile(score[outside], 1 - rate)


DETECTORS: dict[str, Callable[[Labelled, float], np.ndarray]] = {
    "seasonal_surge, own threshold": lambda one, _: ours(one) >= -np.log10(RATE),
    "seasonal_surge": lambda one, rate: at_rate(one, ours(one), rate),
    "GaussianScorer": lambda one, rate: at_rate(one, gauss(one), rate),
    "HalfSpaceTrees": lambda one, rate: at_rate(one, trees(one), rate),
    "ADWIN": lambda one, _: adwin(one) > 0,
}


def tallied(one: Labelled, alarm: np.ndarray) -> np.ndarray:
    """[windows found, windows, episodes in a window, episodes] of one series."""
    hours = np.flatnonzero(alarm)
    hours = hours[hours >= WARM]
    windows = [(a, b) for a, b in one.windows if b > WARM]
    found = sum(bool(((hours >= a) & (hours < b)).any()) for a, b in windows)
    episodes = np.split(hours, np.flatnonzero(np.diff(hours) > APART) + 1) if len(hours) else []
    true = sum(any(((hour >= a) & (hour < b)).any() for a, b in windows) for hour in episodes)
    return np.array([found, len(windows), true, len(episodes)])


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data/nab"))
    parser.add_argument("--rate", type=float, nargs="+", default=[0.001, 0.005], help="alarms per quiet hour")
    wanted = parser.parse_args()
    if not (wanted.data / "windows.json").exists():
        print(f"skipped: {wanted.data} holds no windows.json of the Numenta benchmark", file=sys.stderr)
        return 0
    every = list(labelled(wanted.data))
    for rate in wanted.rate:
        print(f"{f'alarms in {rate:.1%} of the quiet hours':34}{'tweets':>27}{'taxi':>27}")
        for name, judge in DETECTORS.items():
            sums = {True: np.zeros(4, int), False: np.zeros(4, int)}
            for one in every:
                sums[one.name.startswith("Twitter")] += tallied(one, judge(one, rate))
            print(f"{name:34}{told(sums[True]):>27}{told(sums[False]):>27}", flush=True)
    return 0


def told(sums: np.ndarray) -> str:
    """Precision and recall, with what they are made of."""
    found, windows, true, episodes = sums.tolist()
    precision = f"{true / episodes:.2f}" if episodes else "-"
    return f"P {precision} ({true}/{episodes}) R {found / windows:.2f} ({found}/{windows})"


if __name__ == "__main__":
    sys.exit(main())
