"""What `seasonal_surge` costs: over a tree of 100,000 nodes, and per series-step beside river and R.

The series-steps are weeks of seven years, the home ground of R's farringtonFlexible, which judges the last
two. All have the same counts; processor time of one core. R's part is told where `Rscript` and the package
`surveillance` are there (Debian: r-base-core, r-cran-surveillance).
"""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bench.result import Figure
from bench.tree.speed import cost
from detectors.precision import Floats
from detectors.seasonal.period import WEEK
from detectors.seasonal.replaying import replay
from detectors.seasonal.stamps import name_steps

LEAVES, SERIES, R_SERIES = 90_000, 200, 5
QUICK = (300, 5, 1)
WEEKS, FIRST = 7 * 52, 5 * 52
START_SECONDS, TICK_MILLISECONDS, STEP_MICROSECONDS, NODE_BYTES = 10, 5, 25, 1_000


def measure(*, quick: bool) -> list[Figure]:
    leaves, series, r_series = QUICK if quick else (LEAVES, SERIES, R_SERIES)
    tree = cost(leaves)
    many = f"{tree.nodes:,} nodes"
    count = weekly(series)
    ours = _ours(count)
    return [
        Figure("seasonal_surge, start from 8 weeks", tree.start, START_SECONDS, "s", note=many),
        Figure("seasonal_surge, gate of a tick", tree.tick, TICK_MILLISECONDS, "ms", note=many),
        Figure("seasonal_surge, a node of a closed hour", tree.close, STEP_MICROSECONDS, "us", note=many),
        Figure("seasonal_surge, memory of a node", tree.memory, NODE_BYTES, "bytes", note=many),
        Figure(
            "seasonal_surge, a series-step", ours, STEP_MICROSECONDS, "us", note=f"weeks, {series} series"
        ),
        *(
            Figure(f"{name}, a series-step", found, None, "us", note=f"{found / ours:.3g} of seasonal_surge")
            for name, found in {**_river(count), **_r(count[:, :r_series])}.items()
        ),
    ]


def weekly(series: int) -> Floats:
    """(WEEKS, series) counts of weeks: 2 to 50 expected, a season, more variance than Poisson."""
    random = np.random.default_rng(5)
    season = np.exp(0.4 * np.cos(2 * np.pi * np.arange(WEEKS) / 52))
    mean = season[:, None] * random.uniform(2, 50, series)
    return random.poisson(random.gamma(mean, 1.0)).astype(np.float64)


def _ours(count: Floats) -> float:
    weeks = np.datetime64("2018-01-01", "D") + 7 * np.arange(WEEKS)
    begun = time.process_time()
    replay(count, name_steps(weeks, WEEK))
    return _each(begun, count.size)


def _river(count: Floats) -> dict[str, float]:
    """One detector a series, each with its defaults but for a past of two years."""
    from river import anomaly

    def gaussian(column: list[float]) -> None:
        scorer = anomaly.GaussianScorer(window_size=104)
        for value in column:
            scorer.score_one(None, value)
            scorer.learn_one(None, value)

    def trees(column: list[float]) -> None:
        scorer = anomaly.HalfSpaceTrees(window_size=104, seed=1)
        for value in column:
            scorer.score_one({"count": value / 200})
            scorer.learn_one({"count": value / 200})

    return {f"river {name}": _each_column(count, run) for name, run in
            {"GaussianScorer": gaussian, "HalfSpaceTrees": trees}.items()}  # fmt: skip


def _each_column(count: Floats, run: Callable[[list[float]], None]) -> float:
    begun = time.process_time()
    for column in count.T.tolist():
        run(column)
    return _each(begun, count.size)


def _each(begun: float, steps: int) -> float:
    return 1e6 * (time.process_time() - begun) / steps


def _r(count: Floats) -> dict[str, float]:
    """Microseconds a judged week; empty where R or its package is missing, and a line that says so."""
    program = shutil.which("Rscript")
    if program is None:
        print("R is not there: nothing of `surveillance` is told")
        return {}
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "counts.csv"
        names = ",".join(f"s{one}" for one in range(count.shape[1]))
        np.savetxt(table, count, fmt="%d", delimiter=",", header=names, comments="")
        script = Path(__file__).with_name("surveillance.R")
        command = [program, str(script), str(table), str(FIRST + 1)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"R could not run `surveillance`: {done.stderr.strip().splitlines()[-1]}")
        return {}
    told = (line.split("\t") for line in done.stdout.splitlines() if line)
    return {f"R {name}": float(micro) for name, micro in told}
