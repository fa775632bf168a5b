"""How soon a surge could be told by one who knows everything but where and when.

    python -m bench.tree.oracle --leaves 5000 --kind leaf --seeds 1000 1001 --calm 1010 1011

The oracle knows the means and dispersions that the tickets were drawn from, and how `simulate` draws the
lengths, sizes, courses and leaves of surges of one kind. At each tick it weighs, in each branch that may have
one, all that may have begun within the last day, by Bayes' theorem. Its threshold is the one that a part of
the budget of false pages allows on weeks without surges (`--calm`).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from bench.tree.evaluate import GRACE
from bench.tree.simulate import HISTORY, LEVELS, Made, depths, leaves_below, make, related

LENGTHS = {2: 0.2, 3: 0.2, 4: 0.2, 6: 0.15, 8: 0.1, 12: 0.1, 24: 0.05}
SIZES = np.array([5.0, 7, 9, 11, 13])
"""Strengths of a surge, which are even between 4 and 14."""
DAY, EVERY, FEWEST = 1440, 10, 4
"""Minutes of a day, and between ticks; tickets of a day without which nothing is weighed."""


@dataclass(frozen=True)
class Branch:
    """What is known of a branch.

    Attributes
    ----------
    node, prior : its number, and how much more often than others it has a surge
    minute, leaf : (tickets,) in the order of time; leaves counted from 0
    mean, spread, share : (hours, leaves), (leaves,) and (leaves,): of usual tickets, and of a surge's
    usual : (hours,) mean of the whole branch
    """

    node: int
    prior: float
    minute: np.ndarray
    leaf: np.ndarray
    mean: np.ndarray
    spread: np.ndarray
    share: np.ndarray
    usual: np.ndarray

    def strange(self, now: int) -> bool:
        """Whether so many tickets came lately that it is worth while to weigh them."""
        hour = (now - 1) // 60
        for hours in (1, 2, 4, 8):
            first = max(hour - hours + 1, 0)
            came = np.subtract(*np.searchsorted(self.minute, [now, first * 60]))
            due = self.usual[first : hour + 1].sum()
            if came >= FEWEST and came > due + 1 + np.sqrt(1.4 * due):
                return True
        return False

    def weight(self, now: int) -> float:
        """log10 of how much likelier the last day is with a surge, summed over all that may have begun."""
        hour, passed = (now - 1) // 60, ((now - 1) % 60 + 1) / 60
        rows = slice(*np.searchsorted(self.minute, [(hour - 25) * 60, now]))
        cells, count = np.unique(
            np.stack((self.minute[rows] // 60, self.leaf[rows])), axis=1, return_counts=True
        )
        total = 0.0
        for length, chance in LENGTHS.items():
            course = np.minimum(np.arange(length) + 1, max(length // 4, 1)).astype(float)
            course /= course.sum()
            start = np.arange(hour - length - 1, hour + 1)
            due = np.array([self.usual[first : first + length].sum() for first in start])
            tickets = np.maximum(9.0, SIZES * np.sqrt(1.3 * due + 0.3)[:, None])
            over = np.clip(hour + passed - start[:, None] - np.arange(length), 0, 1)
            log = -tickets * (over @ course)[:, None]
            for (at, leaf), times in zip(cells.T.tolist(), count.tolist(), strict=True):
                gone, since = passed if at == hour else 1.0, at - start
                inside = (since >= 0) & (since < length)
                part = np.where(inside, course[np.clip(since, 0, length - 1)], 0) * gone * self.share[leaf]
                mean, dispersion = self.mean[at, leaf] * gone, 1 + self.spread[leaf] * gone
                log += np.log(with_surge(times, mean, dispersion, part[:, None] * tickets))
            total += chance * np.exp(np.minimum(log, 600)).mean(axis=1).sum()
        return float(np.log10(total * self.prior + 1e-300))


def with_surge(count: int, mean: float, dispersion: float, surge: np.ndarray) -> np.ndarray:
    """P(count | usual + surge) / P(count | usual) * e ** surge: negative binomial, and a Poisson surge."""
    size, usual = mean / (dispersion - 1), count - np.arange(count + 1)
    log = gammaln(usual + size) - gammaln(usual + 1) + usual * np.log1p(-1 / dispersion)
    more = np.arange(count + 1)
    each: np.ndarray = surge[..., None] ** more * np.exp(log - log[0] - gammaln(more + 1))
    return np.asarray(each.sum(axis=-1))


def branches(made: Made, kind: str) -> Iterator[Branch]:
    """Where a surge of a kind, leaf or thin, may be."""
    parents, leaves = made.parents, made.mean.shape[1]
    first, level = len(parents) - leaves, made.mean.mean(axis=0)
    order = np.argsort(made.leaf, kind="stable")
    edge = np.searchsorted(made.leaf[order], np.arange(first, len(parents) + 1))
    if kind == "leaf":
        nodes = np.arange(first, len(parents))
    else:
        depth, children = depths(parents), np.bincount(parents[1:], minlength=len(parents))
        nodes = np.flatnonzero((depth >= 2) & (depth < LEVELS) & (children >= 3))
    for node in nodes.tolist():
        below = np.array([node - first]) if kind == "leaf" else leaves_below(parents, node) - first
        if kind != "leaf" and len(below) < 4:
            continue
        rows = np.sort(np.concatenate([order[edge[leaf] : edge[leaf + 1]] for leaf in below]))
        prior = level[node - first] ** 0.5 / (level**0.5).mean() if kind == "leaf" else 1.0
        share, mean = level[below] ** 0.7, made.mean[:, below]
        yield Branch(
            node, prior, made.minute[rows], np.searchsorted(below, made.leaf[rows] - first), mean,
            made.spread[below], share / share.sum(), mean.sum(axis=1),
        )  # fmt: skip


def weighed(made: Made, kind: str) -> np.ndarray:
    """(ticks, 3) of the last week: node, minute and weight, in the order of time."""
    found: list[tuple[int, int, float]] = []
    for branch in branches(made, kind):
        late = branch.minute[branch.minute >= HISTORY * 168 * 60]
        ticks = np.unique(late // EVERY * EVERY + EVERY).tolist()
        found += [(branch.node, now, branch.weight(now)) for now in ticks if branch.strange(now)]
    return np.array(sorted(found, key=lambda row: row[1])).reshape(-1, 3)


def episodes(made: Made, rows: np.ndarray) -> int:
    """How many pages they would be: what is nested and less than a day apart is one."""
    open_: list[tuple[int, int]] = []
    told = 0
    for node, now in rows[:, :2].astype(int).tolist():
        open_ = [(other, last) for other, last in open_ if now - last <= DAY]
        mine = [one for one in open_ if related(made.parents, node, one[0])]
        told += not mine
        open_ = [(other, now) if (other, last) in mine else (other, last) for other, last in open_]
        open_ += [] if mine else [(node, now)]
    return told


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--leaves", type=int, default=5000)
    parser.add_argument("--kind", choices=("leaf", "thin"), default="leaf")
    parser.add_argument("--seeds", type=int, nargs="+", required=True, help="weeks with many surges")
    parser.add_argument("--calm", type=int, nargs="+", required=True, help="weeks without any")
    parser.add_argument("--surges", type=int, default=40, help="in each week")
    parser.add_argument("--budget", type=float, default=0.7, help="false pages a week")
    wanted = parser.parse_args()

    def drawn(seed: int, surges: int) -> tuple[Made, np.ndarray]:
        made = make(seed, leaves=wanted.leaves, surges=surges, nuisances=False, weeks=1)
        return made, weighed(made, wanted.kind)

    calm = [drawn(seed, 0) for seed in wanted.calm]
    limit = 0.0
    while np.mean([episodes(made, rows[rows[:, 2] >= limit]) for made, rows in calm]) > wanted.budget:
        limit += 0.05
    delays = []
    for made, rows in (drawn(seed, wanted.surges) for seed in wanted.seeds):
        told = rows[rows[:, 2] >= limit]
        for surge in (one for one in made.surges if one.kind == wanted.kind):
            soon = told[(told[:, 1] >= surge.start * 60) & (told[:, 1] <= (surge.end + GRACE) * 60)]
            mine = [now for node, now, _ in soon if related(made.parents, int(node), surge.node)]
            delays.append((mine[0] - surge.start * 60) / 60 if mine else np.inf)
    found = np.array(delays)
    print(f"{wanted.kind}, {wanted.leaves} leaves: {np.isfinite(found).sum()} of {len(found)} found")
    print(f"  median delay of those  {np.median(found[np.isfinite(found)]):.2f} h")
    print(f"  within two hours       {np.mean(found <= 2):.0%} of all")


if __name__ == "__main__":
    main()
