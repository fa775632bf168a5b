"""What would be found if the true means were known: how much of what is missed is due to what was learned.

    python -m bench.tree.bound --leaves 50000 --surges 120 --seeds 1035 1036

One week after the history has many surges, and the detector is led over it twice: as it is, and with the
means and dispersions that the tickets were drawn from. Windows, make-up and focus are the same; thresholds
are found on the same history, beside the true means there. What is usual of occasions is learned.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from unittest.mock import patch

import numpy as np

from bench.tree.evaluate import Page, judged, matches, pages
from bench.tree.simulate import KINDS, Made, make
from detectors.tree import clumps, outlook, rehearsal
from detectors.tree.borrowing import borrow
from detectors.tree.cause import TreeSettings

KNOWN = (0.0, 0.0)


class Truth:
    """Takes the place of what is learned of a history: the means of every node, and their dispersions."""

    def __init__(self, made: Made) -> None:
        nodes, leaf = len(made.parents), np.arange(len(made.parents) - made.mean.shape[1], len(made.parents))
        mean, variance = np.zeros((nodes, len(made.mean)), np.float32), np.zeros(nodes)
        mean[leaf] = made.mean.T
        variance[leaf] = made.mean.sum(axis=0) * (1 + made.spread)
        for node in range(nodes - 1, 0, -1):
            mean[made.parents[node]] += mean[node]
            variance[made.parents[node]] += variance[node]
        self.own = variance / mean.sum(axis=1)
        self.mean = np.ascontiguousarray(mean.T)
        self.dispersion = SimpleNamespace(value=self.own)

    def start(self, count, stamps, _tree, _total) -> Truth:
        """In the place of `sparse.start_tree`: each step of the history is a slot of its own."""
        self.now, self.period = len(count), stamps.period
        self.seasonal = SimpleNamespace(profile=self.mean[: len(count)])
        self.stamps = SimpleNamespace(slot=np.arange(len(count)))
        return self

    def expect(self) -> SimpleNamespace:
        """In the place of `Baseline.expect`."""
        mean = self.mean[min(self.now, len(self.mean) - 1)].astype(float)
        return SimpleNamespace(expected=mean, dispersion=self.own, own=self.own)


class AsForetold:
    """In the place of `rehearsal.Around`: what was to come is known."""

    def __init__(self, *_: object) -> None: ...

    def height(self, *_: object) -> np.float32:
        """Of all windows alike."""
        return np.float32(1)


@contextmanager
def knowing(made: Made) -> Iterator[None]:
    """Within, detectors that are started know the true means."""

    def clumps_of(count, tree, total, profile, _slot):
        return clumps.clumps_of(count, tree, total, profile[-len(count) :], np.arange(len(count)))

    def none_young(_count, tree, _total, _young):
        return borrow(tree, np.empty(0, np.intp), np.zeros(0), np.zeros(0))

    with (
        patch.multiple(
            outlook, start_tree=Truth(made).start, clumps_of=clumps_of, borrow_young=none_young,
            COURSE={"hour": 0.0}, MISSHAPEN={"hour": KNOWN},
        ),
        patch.object(rehearsal, "Around", AsForetold),
    ):  # fmt: skip
        yield


def report(name: str, weeks: list[tuple[Made, list[Page]]]) -> None:
    """Print what was found in some trees."""
    rows = [judged(made, told) for made, told in weeks]
    total = {key: sum(row[key] for row in rows) for key in ("surges", "detected", "pages", "false", "weeks")}
    delays, pages_a_cause = (
        np.concatenate([row["delays"] for row in rows]),
        total["pages"] / total["detected"],
    )
    print(
        f"{name}: detected {total['detected']:.0f} of {total['surges']:.0f},"
        f" median delay {np.median(delays):.2f} h, {pages_a_cause:.2f} pages a cause,"
        f" {total['false']:.0f} false in {total['weeks']:.0f} weeks"
    )
    for kind in KINDS:
        found = [
            any(matches(made, page, surge) for page in told)
            for made, told in weeks for surge in made.surges if surge.kind == kind
        ]  # fmt: skip
        print(f"  {kind:12} {sum(found)} of {len(found)}")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--seeds", type=int, nargs="+", required=True)
    parser.add_argument("--leaves", type=int, default=5000)
    parser.add_argument("--surges", type=int, default=20, help="in the week; many lift the root")
    parser.add_argument("--every", type=int, default=10, help="minutes between ticks")
    wanted = parser.parse_args()
    learned, known = [], []
    for seed in wanted.seeds:
        made = make(seed, leaves=wanted.leaves, surges=wanted.surges, nuisances=False, weeks=1)
        learned.append((made, pages(made, settings=TreeSettings(), every=wanted.every, renewed=168)))
        with knowing(made):
            known.append((made, pages(made, settings=TreeSettings(), every=wanted.every, renewed=168)))
    report("as it is", learned)
    report("with the true means", known)


if __name__ == "__main__":
    main()
