"""`seasonal_surge` over a whole tree: every node judged at every tick, one cause told once.

How it is led
-------------
`TreeSurge.start(count, stamps, parents, settings)` fits the baseline of every node to a history that ends
where the running step begins. Then, in the order of time:

* `tick(count, passed=...)` judges the running step as far as it has gone, as often as one likes. It changes
  nothing but the register of open causes, and asked the same twice it tells nothing new.
* `close(count)` judges the running step as over and goes on to the next one. With `known=False` the step is
  a gap: unknown, not zero, and it is not ticked.
* `grow(parents)` adds nodes that have appeared.

Between two starts nothing is learned: what is judged depends on the history that `start` was given, and on
the closed steps after it. So a restart changes nothing if the history always ends at the same border. The
plan: **start anew at each local midnight** (of days and weeks: each Monday) from the 8 weeks before it, and
`close` the hours since then one by one, silently, before the first tick. The register of open causes depends
on ticks as well; it is small, and is carried over with `state()` and `restore(state)`, to a new start as to a
new process. A step's number counts on from the first row of the history: `origin` says the number of that
row, so that steps keep their numbers from start to start (hours since 1970, say).

Counts are those of a node **with all its descendants**; a node that has own tickets has more than the sum of
its children. Before a node's first ticket its counts may be 0 or nan.

`recent` of `tick` are tickets of the last 10, 20 and 40 minutes (`trailing.RECENT`), on whichever side of the
hour's border they lie: with them a surge that begins late in an hour is seen as soon as one that begins with
it. Without them only whole steps and the running one are looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from detectors.precision import Bools, Indices, Int32, Kept, Stored
from detectors.seasonal.stamps import Stamps
from detectors.tree.absurd import Sifted
from detectors.tree.alarms import HELD, Alarms
from detectors.tree.branches import Branches
from detectors.tree.cause import Cause, TreeSettings
from detectors.tree.episodes import Register
from detectors.tree.lately import Lately
from detectors.tree.learning import Learned, learn
from detectors.tree.likelihood import SHORT
from detectors.tree.outlook import Look, Outlook
from detectors.tree.suspects import SUSPECT, Suspects, TicketsOf


class TreeSurge:
    """Judges all nodes of a tree together; see the module for how it is led.

    Parameters
    ----------
    outlook : the nodes' expectations
    settings : what can be chosen
    learned : what the rehearsal of the history has taught
    origin : number of the history's first row
    """

    def __init__(self, outlook: Outlook, settings: TreeSettings, *, learned: Learned, origin: int) -> None:
        self.outlook, self.settings, self.origin, self.learned = outlook, settings, origin, learned
        self.register = Register(settings.quiet or max(outlook.lengths))
        self._at_depths()

    @classmethod
    def start(
        cls, count: Kept, stamps: Stamps, parents: Int32, settings: TreeSettings | None = None, *,
        origin: int = 0, tickets: TicketsOf | None = None, learned: Learned | None = None,
    ) -> TreeSurge:  # fmt: skip
        """A detector that has seen `count` and whose running step is the one after.

        Parameters
        ----------
        count : (steps, nodes) float32, tickets of each node with its descendants; nan where unknown
        stamps : names of these steps and of at least a day of those to come
        parents : (nodes,) int32, -1 at a root; parents come before their children
        origin : number of the first row
        tickets : reads single tickets; None = they are not looked at
        learned : what another detector has learned of this history; None = learn it

        Raises
        ------
        TreeShapeError
            A node comes before its parent.
        """
        chosen = settings or TreeSettings()
        tree = Branches(parents)
        history = Sifted.of(count, stamps, tree)
        outlook = Outlook(history, stamps, tree)
        learned = learned or learn(history.ordinary, outlook, chosen, origin, tickets)
        return cls(outlook, chosen, learned=learned, origin=origin)

    @property
    def tree(self) -> Branches:
        """The tree as it is by now."""
        return self.outlook.tree

    @property
    def now(self) -> int:
        """Number of the running step."""
        return self.outlook.baseline.now + self.origin

    def tick(
        self, count: Kept, *, passed: float, recent: Kept | None = None, tickets: TicketsOf | None = None
    ) -> list[Cause]:
        """Judge the running step as far as it has gone.

        Parameters
        ----------
        count : (nodes,) float32, tickets of the running step so far
        passed : part of it that is over, above 0
        recent : (len(RECENT), nodes) float32, tickets of the last minutes; None = not looked at
        tickets : reads single tickets; None = they are not looked at

        Returns
        -------
        Causes that are new or have become worse, the gravest first.
        """
        return self._tell(Look(np.asarray(count, Stored), passed, recent), tickets)

    def stirs(self, nodes: Indices, count: Kept, *, passed: Kept, recent: Kept) -> Bools:
        """(k,) bool: at a tick, these nodes could matter. A tick at which none could tells nothing.

        Each node may be there several times, as at several ticks.

        Parameters
        ----------
        nodes, count, passed : (k,), of each the node, its tickets so far and the part that is over
        recent : (len(RECENT), k) float32
        """
        fewest, outlook = self.settings.fewest, self.outlook
        found: Bools = self.judged[nodes] & (count > 0) & (outlook.trailing.came[-1, nodes] + count >= fewest)
        some = np.flatnonzero(found)
        most = outlook.at_most(nodes[some], count[some], passed[some], recent[:, some])
        # Tickets can corroborate only what is suspected.
        rows, evidence = outlook.trailing.strongest(nodes[some], most, fewest=fewest)
        least = HELD * self.threshold[evidence.nodes]
        least = least if self.learned.habits is None else np.minimum(least, SUSPECT)
        found[:] = False
        found[some[rows]] = evidence.score >= least - SHORT
        return found

    def close(self, count: Kept, *, known: bool = True, tickets: TicketsOf | None = None) -> list[Cause]:
        """Judge the running step as over, and go on to the next; count (nodes,) float32.

        Raises
        ------
        StampsExhaustedError
            The next step has no name.
        """
        count = np.asarray(count, Stored)
        told = self._tell(Look(count, 1.0, None), tickets) if known else []
        self.outlook.close(count if known else np.full_like(count, np.nan))
        self.least = self.outlook.trailing.least(fewest=self.settings.fewest)
        self.register.expire(self.now)
        return told

    def grow(self, parents: Int32) -> None:
        """Go on with a tree that has more nodes.

        Parameters
        ----------
        parents : (nodes,) int32 of the whole tree, of which the first ones are as before
        """
        if len(parents) > len(self.tree):
            self.outlook.grow(Branches(parents))
            self._at_depths()

    def state(self) -> dict[str, Any]:
        """What depends on ticks, fit for JSON: the open causes."""
        return {"open": self.register.state()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on with the open causes of another object over the same tree."""
        self.register.restore(state["open"])

    def _at_depths(self) -> None:
        self.judged = self.tree.at(self.settings.depths)
        self.least = self.outlook.trailing.least(fewest=self.settings.fewest)
        limits = self.learned.thresholds
        self.threshold = limits[np.minimum(self.tree.depth, len(limits) - 1)]
        if self.learned.bursts:
            self.outlook.trailing.telling = self.threshold.astype(Stored)

    def _tell(self, look: Look, tickets: TicketsOf | None) -> list[Cause]:
        """Causes to tell; only nodes with tickets in the running step can have any, and enough of them."""
        fewest = self.settings.fewest
        could = look.count >= self.least
        if look.recent is not None:
            # The longest of the short windows has no fewer than the others.
            could |= look.recent[-1] >= fewest
        evidence = self.outlook.judge(
            look, np.flatnonzero(self.judged & could & (look.count > 0)), fewest=fewest
        )
        suspects = self._suspects(look, tickets)
        if suspects is not None:
            evidence = suspects.corroborated(evidence, self.threshold[evidence.nodes])
        lately = Lately(self.outlook, look, self.threshold, fewest=fewest, origin=self.origin)
        return Alarms(lately, self.register, suspects, self.settings.severities).causes(evidence)

    def _suspects(self, look: Look, tickets: TicketsOf | None) -> Suspects | None:
        habits, outlook = self.learned.habits, self.outlook
        if tickets is None or habits is None:
            return None
        return Suspects(
            self.tree, outlook.lengths, outlook.total, past=outlook.past, habits=habits,
            tickets=tickets, now=self.now, passed=look.passed,
        )  # fmt: skip
