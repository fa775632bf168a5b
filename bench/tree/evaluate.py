"""The detector led over a made tree, as a monitor leads it, and what it told beside what was put in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.tree.simulate import HISTORY, Made, Surge, related
from detectors.seasonal.period import HOUR
from detectors.seasonal.stamps import name_steps
from detectors.tree.branches import Branches
from detectors.tree.cause import Cause, TreeSettings
from detectors.tree.explanation import Explanation, Tickets, Usual, explanation
from detectors.tree.marks import Marks
from detectors.tree.surge import TreeSurge
from detectors.tree.trailing import RECENT

FIRST_HOUR = np.datetime64("2026-03-02T00", "h")
GRACE = 2
"""Hours after its end within which a surge may still be told."""
PAST = HISTORY * 168


@dataclass(frozen=True)
class Page:
    """What was told, at which minute."""

    minute: int
    cause: Cause
    made_of: Explanation


class Counting:
    """Counts of all nodes, and the tickets of each branch, from the tickets of a tree."""

    def __init__(self, made: Made) -> None:
        self.made, self.nodes = made, len(made.parents)
        self.first, self.last = Branches(made.parents.astype(np.int32)).spans
        # Tickets in an order in which those of any branch lie together.
        self.order = np.argsort(self.first[made.leaf], kind="stable")
        self.place = self.first[made.leaf][self.order]

    def rolled(self, first: int, last: int) -> np.ndarray:
        """(nodes,) float32, tickets of the minutes [first, last) with all descendants."""
        edge = np.searchsorted(self.made.minute, [first, last])
        found, node = np.zeros(self.nodes, np.float32), self.made.leaf[edge[0] : edge[1]]
        while len(node):
            np.add.at(found, node, 1)
            node = self.made.parents[node]
            node = node[node >= 0]
        return found

    def hours(self, gaps: list) -> np.ndarray:
        """(hours, nodes) float32; nan in gaps."""
        by_node = np.zeros((self.nodes, len(self.made.mean)), np.float32)
        np.add.at(by_node, (self.made.leaf, self.made.minute // 60), 1)
        for node in range(self.nodes - 1, 0, -1):
            by_node[self.made.parents[node]] += by_node[node]
        found = np.ascontiguousarray(by_node.T)
        for gap in gaps:
            found[gap.start : gap.end] = np.nan
        return found

    def inside(self, node: int, first: int, last: int) -> np.ndarray:
        """Rows of a branch's tickets in the minutes [first, last), rising."""
        edge = np.searchsorted(self.place, [self.first[node], self.last[node]])
        rows, low, high = self.order[edge[0] : edge[1]], *np.searchsorted(self.made.minute, [first, last])
        return np.sort(rows[(rows >= low) & (rows < high)])

    def marks(self, node: int, first: int, last: int) -> Marks:
        """Tickets of a branch in the minutes [first, last), as the detector reads them."""
        made, rows = self.made, self.inside(node, first, last)
        code = np.stack([made.region[rows], made.channel[rows], made.complainant[rows]]).astype(np.int32)
        return Marks(made.minute[rows] / 60, made.leaf[rows].astype(np.int32), code)


def pages(made: Made, *, settings: TreeSettings, every: int, renewed: int = 24) -> list[Page]:
    """What a detector tells that ticks every so many minutes and is started anew every so many hours."""
    counting = Counting(made)
    gaps = [n for n in made.nuisances if n.kind == "gap"]
    count = counting.hours(gaps)
    parents = made.parents.astype(np.int32)
    surge, told = None, []
    for hour in range(PAST, len(made.mean)):
        if surge is None or (hour - PAST) % renewed == 0:
            first = (hour - PAST) // 24 * 24
            shifted = name_steps(FIRST_HOUR + first + np.arange(PAST + 200), HOUR)
            state = surge.state() if surge else None
            surge = TreeSurge.start(
                count[first : first + PAST], shifted, parents, settings, origin=first,
                tickets=lambda node, since, now=(first + PAST) * 60: counting.marks(node, since * 60, now),
            )  # fmt: skip
            if state:
                surge.restore(state)
        known = not np.isnan(count[hour, 0])
        minute = hour * 60
        if known and every:
            so_far = counting.rolled(minute, minute + every)
            for now in range(minute + every, minute + 60, every):
                recent = np.stack([counting.rolled(now - length, now) for length in RECENT])
                found = surge.tick(
                    so_far, passed=(now - minute) / 60, recent=recent,
                    tickets=lambda node, since, now=now: counting.marks(node, since * 60, now),
                )  # fmt: skip
                told += [Page(now, cause, taken_apart(counting, cause, now)) for cause in found]
                so_far = so_far + counting.rolled(now, now + every)
        row = np.nan_to_num(count[hour])
        told += [
            Page(minute + 60, cause, taken_apart(counting, cause, minute + 60))
            for cause in surge.close(
                row,
                known=known,
                tickets=lambda node, since, now=minute + 60: counting.marks(node, since * 60, now),
            )
        ]
    return told


def taken_apart(counting: Counting, cause: Cause, now: int) -> Explanation:
    """Explanation of a cause from the tickets that had come by then."""
    first = now - cause.minutes if cause.minutes else cause.since * 60
    made, rows = counting.made, counting.inside(cause.node, first, now)
    past = counting.inside(cause.node, max(first - 4 * 7 * 1440, 0), first)
    whole = counting.inside(0, max(first - 7 * 1440, 0), first) if len(past) < 20 else past[:0]
    usual = np.concatenate((past, whole[:: max(len(whole) // 20, 1)]))

    def by(column: np.ndarray) -> dict:
        names, times = np.unique(column[usual], return_counts=True)
        return dict(zip(names.tolist(), times.tolist(), strict=True))

    tickets = Tickets(
        made.leaf[rows].tolist(), made.region[rows].tolist(), made.channel[rows].tolist(),
        [str(one) for one in made.complainant[rows].tolist()],
    )  # fmt: skip
    return explanation(
        tickets, expected=cause.expected, usual=Usual(by(made.leaf), by(made.region), by(made.channel))
    )


def matches(made: Made, page: Page, surge: Surge) -> bool:
    """A page is about a surge: its branch, while it lasts or soon after."""
    soon = surge.start * 60 <= page.minute <= (surge.end + GRACE) * 60
    return soon and related(made.parents, page.cause.node, surge.node)


def judged(made: Made, told: list[Page]) -> dict[str, float]:
    """Sums over one tree."""
    found = dict.fromkeys(
        ("surges", "detected", "exact", "near", "pages", "again", "false", "nuisance", "weeks", "regions",
         "region", "complainants", "complainant"), 0.0,
    )  # fmt: skip
    found["weeks"] = len(made.mean) / 168 - HISTORY
    found["surges"] = len(made.surges)
    taken: set[int] = set()
    delays = []
    for surge in made.surges:
        mine = [k for k, page in enumerate(told) if k not in taken and matches(made, page, surge)]
        lasting = [
            k for k, page in enumerate(told)
            if k not in taken and related(made.parents, page.cause.node, surge.node)
            and surge.start * 60 <= page.minute <= (surge.end + 36) * 60
        ]  # fmt: skip
        if not mine:
            continue
        taken.update(lasting)
        page = told[mine[0]]
        node, true = page.cause.node, surge.node
        found["detected"] += 1
        found["pages"] += len(lasting)
        found["again"] += sum(told[k].cause.again for k in lasting)
        found["exact"] += node == true
        found["near"] += node == true or made.parents[node] == true or made.parents[true] == node
        delays.append((page.minute - surge.start * 60) / 60)
        if surge.kind == "region":
            found["regions"] += 1
            found["region"] += page.made_of.region == surge.region
        if surge.kind == "complainant":
            found["complainants"] += 1
            alone = page.made_of.complainants
            found["complainant"] += alone.alone and alone.most == str(surge.complainant)
    for k, page in enumerate(told):
        if k not in taken:
            blamed = [n for n in made.nuisances if blames(made, n, page)]
            found["nuisance" if blamed else "false"] += 1
    return found | {"delays": delays}


def blames(made: Made, nuisance, page: Page) -> bool:
    """A page is about a nuisance."""
    if nuisance.kind in ("shift", "rename"):
        soon = nuisance.start <= page.minute / 60 <= nuisance.start + 14 * 24
        node = made.parents[nuisance.node] if nuisance.kind == "rename" else nuisance.node
        return bool(soon and related(made.parents, page.cause.node, int(node)))
    return bool(nuisance.start <= page.minute / 60 <= nuisance.end + 24)
