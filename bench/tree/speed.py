"""What a tree costs: start-up from eight weeks, a tick over all nodes, a closed hour, memory."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from bench.tree.simulate import depths, tree
from detectors.seasonal.period import HOUR
from detectors.seasonal.stamps import name_steps
from detectors.tree.surge import TreeSurge
from detectors.tree.trailing import RECENT

STEPS = 8 * 168
AFTERNOON = STEPS - 168 + 14


def made_counts(parents: np.ndarray, leaves: int, rng: np.random.Generator) -> np.ndarray:
    """(steps, nodes) float32 with all descendants: daily course, most leaves under a ticket a day."""
    nodes = len(parents)
    level = np.exp(rng.normal(np.log(0.15 / 24), 1.6, leaves)).astype(np.float32)
    course = np.exp(0.9 * np.cos(2 * np.pi * (np.arange(STEPS) % 24 - 15) / 24)).astype(np.float32)
    count = np.zeros((STEPS, nodes), np.float32)
    for first in range(0, leaves, 4000):
        part = slice(nodes - leaves + first, nodes - leaves + min(first + 4000, leaves))
        count[:, part] = rng.poisson(course[:, None] * level[first : first + 4000])
    return summed(count, parents)


def summed(count: np.ndarray, parents: np.ndarray) -> np.ndarray:
    """(..., nodes) counts of nodes alone, made such with all descendants."""
    depth = depths(parents)
    for one in range(depth.max(), 0, -1):
        inside = np.flatnonzero(depth == one)
        for row in count.reshape(-1, len(parents)):
            np.add.at(row, parents[inside], row[inside])
    return count


def within_the_hour(count: np.ndarray, parents: np.ndarray, rng: np.random.Generator) -> Iterator[Minute]:
    """What the tick of each minute of an hour sees; count (nodes,) of the hour, with all descendants."""
    alone = np.where(np.isin(np.arange(len(parents)), parents), 0, count).astype(int)
    for minute in range(1, 60):
        so_far = rng.binomial(alone, minute / 60)
        recent = np.stack([rng.binomial(so_far, min(1, length / minute)) for length in RECENT])
        yield Minute(minute / 60, *(summed(each.astype(np.float32), parents) for each in (so_far, recent)))


def arrays(thing: object, seen: set[int]) -> Iterator[np.ndarray]:
    """All arrays that an object of the detector holds."""
    if id(thing) in seen:
        return
    seen.add(id(thing))
    if isinstance(thing, np.ndarray):
        yield thing
    elif type(thing).__module__.startswith("detectors") and hasattr(thing, "__dict__"):
        for part in vars(thing).values():
            yield from arrays(part, seen)


@dataclass(frozen=True)
class Cost:
    """What a tree of so many nodes costs one core.

    Attributes
    ----------
    start : seconds of processor time from eight weeks of counts to the first verdict
    memory : bytes a node that stay between ticks
    tick : milliseconds of a tick within the hour, median of 59
    close : microseconds a node when an hour closes
    """

    nodes: int
    start: float
    memory: float
    tick: float
    close: float


class Minute(NamedTuple):
    """What `TreeSurge.tick` is told."""

    passed: float
    count: np.ndarray
    recent: np.ndarray


def cost(leaves: int) -> Cost:
    """Start a tree from eight weeks, and lead it through an hour."""
    rng = np.random.default_rng(1)
    parents = tree(leaves, rng).astype(np.int32)
    count = made_counts(parents, leaves, rng)
    stamps = name_steps(np.datetime64("2026-01-05T00", "h") + np.arange(STEPS + 48), HOUR)
    begun = time.process_time()
    surge = TreeSurge.start(count, stamps, parents)
    start = time.process_time() - begun
    memory = sum(one.nbytes for one in arrays(surge, set())) / len(parents)
    now, ticks = count[AFTERNOON], []
    for minute in within_the_hour(now, parents, rng):
        begun = time.process_time()
        surge.tick(minute.count, passed=minute.passed, recent=minute.recent)
        ticks.append(time.process_time() - begun)
    begun = time.process_time()
    surge.close(now)
    close = (time.process_time() - begun) / len(parents)
    return Cost(len(parents), start, memory, float(np.median(ticks)) * 1e3, close * 1e6)
