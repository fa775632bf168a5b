"""Minutes from the onset of a surge to its signal, with a tick each minute, at the budget of the whole tree.

    python -m bench.tree.onset          # a node with 12 tickets an hour, from then on 5 times as many

The node is one of the leaves of a tree; surges begin at any minute of any hour of the week after the history.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np

from bench.tree.simulate import tree
from detectors.seasonal.period import HOUR
from detectors.seasonal.stamps import name_steps
from detectors.tree.surge import TreeSurge
from detectors.tree.trailing import RECENT

PAST = 8 * 168
LONGEST = 180
"""Minutes after which nobody waits any more."""
BACK = 60


def minutes_to_signal(
    *, leaves: int, mean: float, factor: float, trials: int, rng: np.random.Generator
) -> Iterator[float]:
    """For each trial, minutes until the node or one above it is told; infinite = not within `LONGEST`."""
    parents = tree(leaves, rng).astype(np.int32)
    nodes, node = len(parents), len(parents) - 1
    level = np.exp(rng.normal(np.log(0.15 / 24), 1.6, leaves))
    level[-1] = mean
    count = np.zeros((PAST + 168, nodes), np.float32)
    count[:, nodes - leaves :] = rng.poisson(rng.gamma(level / 0.2, 0.2, (PAST + 168, leaves)))
    for one in range(nodes - 1, 0, -1):
        count[:, parents[one]] += count[:, one]
    hours = np.datetime64("2026-03-02T00", "h") + np.arange(PAST + 200)
    above = [node]
    while parents[above[-1]] >= 0:
        above.append(int(parents[above[-1]]))
    for _ in range(trials):
        surge = TreeSurge.start(count[:PAST], name_steps(hours, HOUR), parents)
        first = int(rng.integers(24))
        for row in count[PAST : PAST + first]:
            surge.close(row)
        surge.restore({"open": []})
        onset = BACK + int(rng.integers(60))
        came = rng.poisson(np.where(np.arange(onset + LONGEST) < onset, mean, factor * mean) / 60)
        yield waited(surge, came, onset, above)


def waited(surge: TreeSurge, came: np.ndarray, onset: int, above: list[int]) -> float:
    """Minutes until one of these nodes is told; `came`: the node's tickets by minute, from a full hour on."""
    row = np.zeros(len(surge.tree), np.float32)
    for now in range(1, len(came) + 1):
        so_far, recent = row.copy(), np.zeros((len(RECENT), len(row)), np.float32)
        so_far[above] = came[(now - 1) // 60 * 60 : now].sum()
        for k, length in enumerate(RECENT):
            recent[k, above] = came[max(now - length, 0) : now].sum()
        told = surge.tick(so_far, passed=((now - 1) % 60 + 1) / 60, recent=recent)
        if now % 60 == 0:
            told += surge.close(so_far)
        if now > onset and any(cause.node in above for cause in told):
            return now - onset
    return np.inf


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--leaves", type=int, nargs="+", default=[100, 300, 5000])
    parser.add_argument("--mean", type=float, default=12.0)
    parser.add_argument("--factor", type=float, default=5.0)
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--seed", type=int, default=901)
    wanted = parser.parse_args()
    for leaves in wanted.leaves:
        minutes = list(minutes_to_signal(
            leaves=leaves, mean=wanted.mean, factor=wanted.factor, trials=wanted.trials,
            rng=np.random.default_rng([wanted.seed, leaves]),
        ))  # fmt: skip
        within, late = np.isfinite(minutes).mean(), np.quantile(minutes, 0.9)
        print(f"{leaves:6d} leaves: median {np.median(minutes):5.1f} min, 90 % within {late:5.1f}")
        print(f"               told within {LONGEST} min: {100 * within:.0f} %")


if __name__ == "__main__":
    main()
