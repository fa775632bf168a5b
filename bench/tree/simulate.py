"""Trees of tickets with known surges: five levels, most leaves under a ticket a day.

Shares no code with the detector, and was committed before it was tuned. Seeds 1 to 99 and 1000 to 1019 are
for tuning, 901 to 999 and from 1020 on for figures that are told.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

LEVELS = 5
HISTORY, TEST = 8, 4
"""Weeks before, and under judgement."""
REGIONS, CHANNELS, CUSTOMERS = 6, 4, 4000
SURGES_A_WEEK = 3
FEWEST = 6
"""Tickets that a surge has at least."""
KINDS = ("leaf", "thin", "region", "complainant")


@dataclass(frozen=True)
class Surge:
    """What was put in: hours [start, end) from the first one of the history."""

    kind: str
    node: int
    start: int
    end: int
    tickets: int
    region: int = -1
    complainant: int = -1


@dataclass(frozen=True)
class Nuisance:
    """What is no surge: a holiday, gap, shift or rename; node -1 = all."""

    kind: str
    node: int
    start: int
    end: int


@dataclass
class Made:
    """Tickets of a tree, one entry each, in the order of time; minute counts from the first hour's start.

    `mean` (hours, leaves) and `spread` (leaves,) are what they were drawn from, but for surges: negative
    binomials with a variance of 1 + spread times the mean.
    """

    parents: np.ndarray
    leaf: np.ndarray
    minute: np.ndarray
    region: np.ndarray
    channel: np.ndarray
    complainant: np.ndarray
    mean: np.ndarray
    spread: np.ndarray
    surges: list[Surge] = field(default_factory=list)
    nuisances: list[Nuisance] = field(default_factory=list)


def tree(leaves: int, rng: np.random.Generator) -> np.ndarray:
    """Parents of root, four inner levels and the leaves; uneven branches, every inner node has children."""
    sizes = [1] + [max(2, round(leaves ** (depth / LEVELS))) for depth in range(1, LEVELS)] + [leaves]
    parents, first = [np.array([-1])], 0
    for above, here in pairwise(sizes):
        draw = rng.choice(above, size=here - above, p=rng.dirichlet(np.full(above, 1.5)))
        parents.append(first + np.sort(np.concatenate((np.arange(above), draw))))
        first += above
    return np.concatenate(parents)


def depths(parents: np.ndarray) -> np.ndarray:
    """Depth of each node."""
    found = np.zeros(len(parents), int)
    for node in range(1, len(parents)):
        found[node] = found[parents[node]] + 1
    return found


def leaves_below(parents: np.ndarray, node: int) -> np.ndarray:
    """Leaves of a branch."""
    inside = np.zeros(len(parents), bool)
    inside[node] = True
    for other in range(node + 1, len(parents)):
        inside[other] = inside[parents[other]] if parents[other] >= 0 else False
    has_children = np.isin(np.arange(len(parents)), parents)
    return np.flatnonzero(inside & ~has_children)


def rates(parents: np.ndarray, leaf: np.ndarray, hours: int, rng: np.random.Generator) -> np.ndarray:
    """(hours, leaves) expected tickets: level, the branch's course of day and week, slow drift, batches."""
    depth = depths(parents)
    branch = leaf.copy()
    while (depth[branch] > 2).any():
        branch = np.where(depth[branch] > 2, parents[branch], branch)
    names, of = np.unique(branch, return_inverse=True)
    hour = np.arange(hours)
    day = hour // 24 % 7
    peak, height = rng.normal(14, 3, len(names)), rng.uniform(0.4, 1.3, len(names))
    second, weekend = rng.uniform(0, 0.4, len(names)), rng.uniform(0.25, 1.1, len(names))
    turn = 2 * np.pi * (hour[:, None] - peak) / 24
    course = (
        height * np.cos(turn)
        + second * np.cos(2 * turn + 1)
        + np.where((day >= 5)[:, None], np.log(weekend), 0)
    )
    course += rng.normal(0, 0.1, len(names)) * hour[:, None] / (52 * 168) * 6
    weather = rng.normal(0, 0.06, (hours // 24, len(names)))
    course += np.repeat(weather, 24, axis=0)
    course = np.exp(course)
    course /= course.mean(axis=0)
    level = np.exp(rng.normal(np.log(0.15 / 24), 1.6, len(leaf)))
    found = (course[:, of] * level).astype(np.float32)
    busy = np.argsort(-level)[: max(2, len(leaf) // 100)]
    for one in rng.choice(busy, size=len(busy) // 4 + 1, replace=False):
        found[rng.integers(168) :: 168, one] += level[one] * 20
    return found


def counts(mean: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Negative binomial, the variance 1 to 1.8 times the mean; and by how much it is more than the mean."""
    spread = rng.uniform(0.02, 0.8, mean.shape[1])
    found = np.zeros(mean.shape, np.int32)
    for first in range(0, mean.shape[1], 2000):
        part = slice(first, first + 2000)
        found[:, part] = rng.poisson(rng.gamma(mean[:, part] / spread[part], spread[part]))
    return found, spread


def make(
    seed: int, *, leaves: int, surges: int = SURGES_A_WEEK, nuisances: bool = True, weeks: int = TEST
) -> Made:
    """A tree and its tickets, with so many surges a week in the weeks after the history."""
    rng = np.random.default_rng([seed, leaves])
    parents = tree(leaves, rng)
    leaf = np.arange(len(parents) - leaves, len(parents))
    mean = rates(parents, leaf, (HISTORY + weeks) * 168, rng)
    told = disturbed(parents, leaf, mean, rng) if nuisances else []
    came, spread = counts(mean, rng)
    hour, column = np.nonzero(came)
    many = came[hour, column]
    hour, column = np.repeat(hour, many), np.repeat(column, many)
    minute = hour * 60 + rng.integers(60, size=len(hour))
    shares = rng.dirichlet(np.full(REGIONS, 3.0), size=len(parents))
    below = first_level(parents)[leaf[column]]
    region = (rng.random(len(hour))[:, None] > np.cumsum(shares[below], axis=1)).sum(axis=1)
    region = np.minimum(region, REGIONS - 1)
    channel = rng.choice(CHANNELS, size=len(hour), p=[0.5, 0.25, 0.2, 0.05])
    complainant = np.minimum(
        rng.zipf(1.6, len(hour)) + rng.integers(CUSTOMERS, size=len(hour)), 2 * CUSTOMERS
    )
    columns = [leaf[column], minute, region, channel, complainant]
    put = []
    for number in range(surges * weeks):
        surge, rows = surge_in(parents, leaf, mean, rng, kind=KINDS[number % len(KINDS)], before=put)
        if surge is not None:
            put.append(surge)
            columns = [np.concatenate(pair) for pair in zip(columns, rows, strict=True)]
    columns = renamed(parents, columns, told)
    if any(n.kind == "rename" for n in told):
        parents = np.append(parents, [parents[n.node] for n in told if n.kind == "rename"])
    gaps = [n for n in told if n.kind == "gap"]
    keep = np.ones(len(columns[0]), bool)
    for gap in gaps:
        keep &= (columns[1] < gap.start * 60) | (columns[1] >= gap.end * 60)
    order = np.argsort(columns[1][keep], kind="stable")
    return Made(parents, *(column[keep][order] for column in columns), mean, spread, put, told)


def first_level(parents: np.ndarray) -> np.ndarray:
    """The node of the first level above each node."""
    found = np.arange(len(parents))
    while (parents[found] > 0).any():
        found = np.where(parents[found] > 0, parents[found], found)
    return found


def disturbed(parents, leaf, mean, rng) -> list[Nuisance]:
    """A holiday, a gap, a lasting shift of an inner node, a leaf renamed: once each in the test weeks."""
    first = HISTORY * 168
    days = rng.permutation(np.arange(1, len(mean) // 24 - HISTORY * 7 - 1))[:4] * 24 + first
    holiday = Nuisance("holiday", -1, int(days[0]), int(days[0]) + 24)
    mean[holiday.start : holiday.end] *= 0.4
    begun = int(days[1]) + int(rng.integers(19))
    gap = Nuisance("gap", -1, begun, begun + 5)
    inner = np.flatnonzero(depths(parents) == 3)
    node = int(rng.choice(inner))
    shift = Nuisance("shift", node, int(days[2]), len(mean))
    mean[shift.start :, leaves_below(parents, node) - leaf[0]] *= 1.5
    busy = leaf[np.argsort(-mean.sum(axis=0))[: max(4, len(leaf) // 20)]]
    rename = Nuisance("rename", int(rng.choice(busy)), int(days[3]) + 9, len(mean))
    return [holiday, gap, shift, rename]


def renamed(parents, columns, told):
    """From its day on, a renamed leaf's tickets have a new number after all others."""
    number = len(parents)
    for rename in (n for n in told if n.kind == "rename"):
        later = (columns[0] == rename.node) & (columns[1] >= rename.start * 60)
        columns[0] = np.where(later, number, columns[0])
        number += 1
    return columns


def surge_in(parents, leaf, mean, rng, *, kind, before):
    """One surge of a kind, and its tickets' columns; none where no node is free."""
    depth, first = depths(parents), HISTORY * 168
    children = np.bincount(parents[1:], minlength=len(parents))
    level = mean.mean(axis=0)
    for _ in range(200):
        length = int(rng.choice([2, 3, 4, 6, 8, 12, 24], p=[0.2, 0.2, 0.2, 0.15, 0.1, 0.1, 0.05]))
        start = int(first + rng.integers(len(mean) - first - length - 3))
        if kind in ("leaf", "complainant"):
            weight = level**0.5
            node = int(rng.choice(leaf, p=weight / weight.sum()))
        else:
            node = int(rng.choice(np.flatnonzero((depth >= 2) & (depth < LEVELS) & (children >= 3))))
        below = leaves_below(parents, node)
        if kind in ("thin", "region") and len(below) < 4:
            continue
        if not any(related(parents, node, s.node) and abs(start - s.start) < 72 for s in before):
            break
    else:
        return None, None
    hours = np.arange(start, start + length)
    usual = mean[start : start + length, below - leaf[0]].sum()
    mean_tickets = max(9.0, rng.uniform(4, 14) * np.sqrt(1.3 * usual + 0.3))
    tickets = max(int(rng.poisson(mean_tickets)), FEWEST)
    shape = np.minimum(np.arange(length) + 1, max(length // 4, 1)).astype(float)
    hour = rng.choice(hours, size=tickets, p=shape / shape.sum())
    weight = level[below - leaf[0]] ** 0.7
    which = rng.choice(below, size=tickets, p=weight / weight.sum())
    region = rng.integers(REGIONS, size=tickets)
    complainant = rng.integers(2 * CUSTOMERS, size=tickets)
    surge = Surge(kind, node, start, start + length, tickets)
    if kind == "region":
        here = int(rng.integers(REGIONS))
        region = np.where(rng.random(tickets) < 0.92, here, region)
        surge = Surge(kind, node, start, start + length, tickets, region=here)
    if kind == "complainant":
        who = int(rng.integers(2 * CUSTOMERS))
        complainant = np.where(rng.random(tickets) < 0.93, who, complainant)
        surge = Surge(kind, node, start, start + length, tickets, complainant=who)
    channel = rng.choice(CHANNELS, size=tickets, p=[0.5, 0.25, 0.2, 0.05])
    minute = hour * 60 + rng.integers(60, size=tickets)
    return surge, [which, minute, region, channel, complainant]


def related(parents, one: int, other: int) -> bool:
    """One lies in the branch of the other."""
    low, high = max(one, other), min(one, other)
    while low > high:
        low = int(parents[low])
    return low == high
