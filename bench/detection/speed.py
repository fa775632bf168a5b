"""What `seasonal_surge` costs: start-up, a tick over all nodes, a closed hour, memory, and a replay.

    python bench/detection/speed.py --nodes 100000

Counts are those of a tree most of whose nodes have less than a ticket a day.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from detectors.seasonal.period import HOUR
from detectors.seasonal.replaying import replay
from detectors.seasonal.stamps import name_steps
from detectors.seasonal.start import start
from detectors.seasonal.surge import SeasonalSurge

WEEKS = 8


def made_counts(nodes: int, rng: np.random.Generator) -> np.ndarray:
    """(steps, nodes) float32: daily course, volumes from 0.003 to 30 an hour, most of them small."""
    hour = np.arange(WEEKS * 168) % 24
    course = np.exp(0.9 * np.cos(2 * np.pi * (hour - 15) / 24))
    mean = np.exp(rng.normal(-3.5, 1.6, nodes)).clip(0.003, 30)
    return rng.poisson((course[:, None] * mean).astype(np.float32)).astype(np.float32)


def bytes_a_node(surge: SeasonalSurge) -> float:
    """Bytes of the arrays that stay in memory between ticks, for each node."""
    parts = [
        surge.baseline,
        surge.level,
        surge.dispersion,
        surge.scan,
        surge.calibration,
        surge,
        *surge.guarded,
    ]
    nodes = len(surge.seen)
    arrays = {id(v): v for part in parts for v in vars(part).values() if isinstance(v, np.ndarray)}
    return sum(v.nbytes for v in arrays.values() if nodes in v.shape) / nodes


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--nodes", type=int, default=100_000)
    nodes = parser.parse_args().nodes
    rng = np.random.default_rng(1)
    count = made_counts(nodes, rng)
    hours = np.datetime64("2024-01-01T00", "h") + np.arange(WEEKS * 168 + 200)
    stamps = name_steps(hours, HOUR)

    begun, used = time.perf_counter(), time.process_time()
    surge = start(count, stamps)
    print(f"start-up from {WEEKS} weeks, {nodes:,} nodes   {time.perf_counter() - begun:8.2f} s")
    print(f"  processor time of it                {time.process_time() - used:8.2f} s")
    print(f"memory                                {bytes_a_node(surge):8.0f} bytes a node")

    now = count[-168]
    surge.tick(now, passed=1.0)
    ticks = []
    for minute in range(1, 60):
        so_far = rng.binomial(now.astype(int), minute / 60).astype(np.float32)
        begun = time.perf_counter()
        alerted = surge.tick(so_far, passed=minute / 60)
        ticks.append(time.perf_counter() - begun)
    print(f"tick, median of 59                    {np.median(ticks) * 1e3:8.2f} ms")
    print(f"  nodes through the gate              {len(alerted.nodes):8d}")

    known = np.ones(nodes, dtype=bool)
    closings = []
    for row in count[-168:-162]:
        begun = time.perf_counter()
        surge.close(row.astype(np.float64), known)
        closings.append(time.perf_counter() - begun)
    print(f"closed hour, every node in full       {np.median(closings) / nodes * 1e6:8.2f} us a node")

    for few in (10, 200, 2000):
        some = count[: 4 * 168, :few].astype(np.float64)
        begun = time.process_time()
        replay(some, stamps)
        spent = (time.process_time() - begun) / some.size * 1e6
        print(f"replay of {few:5d} series              {spent:8.2f} us a series-step")


if __name__ == "__main__":
    main()
