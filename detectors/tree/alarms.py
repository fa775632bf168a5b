"""Which causes the alarms of a look tell: many alarms are one cause, and what was told is not told again.

What alarms in the branch of an open cause is that cause. It is told again only where it has become worse; a
surge that breaks out inside it is a cause of its own. What alarms elsewhere is new, and is told at the node
that explains it, unless open causes at or below that node show to be parts of it: they become one, silently.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from detectors.tree.cause import Cause
from detectors.tree.episodes import Episode, Register
from detectors.tree.focus import Seen, focus
from detectors.tree.lately import FRESH, Lately
from detectors.tree.marks import COLUMNS
from detectors.tree.scatter import EACH, scattered, widest
from detectors.tree.severity import Severities
from detectors.tree.suspects import Suspects
from detectors.tree.trailing import RECENT, Evidence

HELD = 0.6
"""Part of the threshold down to which a branch with an open cause is not quiet."""


class Alarms:
    """The alarms of one look.

    Parameters
    ----------
    lately : of the look; it has the nodes' expectations and thresholds too
    register : the open causes; what the look tells of them is written there
    suspects : the tickets of the look's suspects; None = they are not looked at
    severities : what makes a cause mild or grave
    """

    def __init__(
        self, lately: Lately, register: Register, suspects: Suspects | None, severities: Severities
    ) -> None:
        self.lately, self.outlook, self.look = lately, lately.outlook, lately.look
        self.register, self.suspects, self.severities = register, suspects, severities
        self.tree, self.now = self.outlook.tree, self.outlook.baseline.now + lately.origin
        self._windows: dict[int, Seen] = {}

    def causes(self, evidence: Evidence) -> list[Cause]:
        """Causes to tell, new ones and those that have become worse, the gravest first.

        Parameters
        ----------
        evidence : of all nodes that can have a cause, with the make-up of its suspects
        """
        limit = self.lately.threshold[evidence.nodes]
        held = self._hold(evidence.at_least(HELD * limit))
        alarmed = evidence.at_least(limit)
        free = np.array([node not in held for node in alarmed.nodes.tolist()], bool)
        told = self._worse(alarmed) + self._new(alarmed.only(free))
        new, over = self.lately.breaking_out(self.register.open, alarmed.only(~free))
        self.register.end(over)
        told += self._new(new)
        return sorted(told, key=lambda cause: (-cause.severity, -cause.score, cause.node))

    def _hold(self, warm: Evidence) -> set[int]:
        """Nodes whose alarm belongs to an open cause; notes that those causes go on."""
        held: set[int] = set()
        for k, episode in enumerate(self.register.open):
            mine = [node for node in warm.nodes.tolist() if episode.holds(self.tree, node)]
            held.update(mine)
            # Of a large branch some node is always high; what a cause is made of lies next to its focus.
            if any(episode.node in (node, self.tree.parents[node]) for node in mine):
                self.register.open[k] = replace(episode, last=self.now)
        return held

    def _worse(self, alarmed: Evidence) -> list[Cause]:
        """Open causes that are told again."""
        told = []
        for k, episode in enumerate(self.register.open):
            own = alarmed.only(alarmed.nodes == episode.node)
            if not len(own.nodes):
                continue
            severity = self._grown(episode)
            if severity > episode.severity and len(self.lately.evidence(own.nodes, HELD).nodes):
                self.register.open[k] = replace(episode, severity=severity, told=self.now)
                told.append(replace(self._cause(self._made_of(own)), severity=severity, again=True))
        return told

    def _grown(self, episode: Episode) -> int:
        """At which level a cause is told again, by all that it has brought, which no window need hold."""
        outlook, node = self.outlook, np.array([episode.node])
        came, due = outlook.since(episode.since - self.lately.origin, outlook.baseline.now, node)
        observed = float((came + self.look.count[node])[0])
        expected = float((due + outlook.due[node] * self.look.passed)[0])
        steps = self.now - episode.since + 1
        return self.severities.again(observed, expected, steps, told=episode.severity)

    def _new(self, alarmed: Evidence) -> list[Cause]:
        """New causes of what alarms; they are open from now on."""
        if not len(alarmed.nodes):
            return []
        told, alarmed = [], self._made_of(alarmed)
        found = self._foci(alarmed)
        for node in self.tree.topmost(np.array(sorted(found))):
            parts = self._parts(node)
            if parts:
                self.register.widen(parts, node, self.now)
                continue
            best = found[node]
            few = self._seen(alarmed, best).observed[node] < self.lately.fewest
            if few and node not in alarmed.nodes:
                # With one more ticket it is told, at the right node.
                continue
            cause = self._cause(self._own(node, alarmed, best))
            told.append(cause)
            self.register.open.append(Episode(node, cause.since, self.now, self.now, cause.severity))
        return told

    def _foci(self, alarmed: Evidence) -> dict[int, int]:
        """Nodes that explain what alarms, of each the row of the strongest alarm that led there."""
        found: dict[int, int] = {}
        for top in self.tree.topmost(alarmed.nodes):
            inside = self.tree.within(top, alarmed.nodes)
            rows = np.searchsorted(alarmed.nodes, inside)
            best = int(rows[alarmed.score[rows].argmax()])
            seen = self._seen(alarmed, best)
            source = None if self.suspects is None else self.suspects.source(alarmed, best, seen)
            foci = focus(self.tree, seen, inside) if source is None else [source]
            found |= {widest(self.tree, seen, node): best for node in foci}
        return found

    def _parts(self, node: int) -> list[Episode]:
        """Open causes at a node or below it that are parts of its cause.

        They are while they are fresh, and later where the node's children had risen by then already.
        """
        inside = [one for one in self.register.open if node in (one.node, *self.tree.above(one.node))]
        if inside and self.now - max(one.told for one in inside) >= 2 * FRESH:
            first = min(one.since for one in inside) - self.lately.origin
            before = self.outlook.seen_since(first, self.outlook.baseline.now + 1 - FRESH)
            if scattered(self.tree, before, node) <= EACH:
                return []
        return inside

    def _own(self, node: int, alarmed: Evidence, best: int) -> Evidence:
        """The evidence of one node; where it has none, its counts, and the score of what led there."""
        if node in alarmed.nodes:
            return alarmed.only(alarmed.nodes == node)
        at = np.array([node])
        own = self.outlook.judge(self.look, at, fewest=self.lately.fewest)
        if len(own.nodes):
            return own if self.suspects is None else self.suspects.corroborated(own)
        seen = self._seen(alarmed, best)
        led = alarmed.only(np.array([best]))
        return replace(led, nodes=at, observed=seen.observed[at], expected=seen.expected[at])

    def _seen(self, alarmed: Evidence, row: int) -> Seen:
        """The window of an alarm, of all nodes; it is read once a look."""
        window = int(alarmed.window[row])
        if window not in self._windows:
            self._windows[window] = self.outlook.seen(self.look, window)
        return self._windows[window]

    def _made_of(self, evidence: Evidence) -> Evidence:
        """Evidence of which something is to be told, with its make-up where tickets are looked at."""
        return evidence if self.suspects is None else self.suspects.told(evidence)

    def _cause(self, of: Evidence) -> Cause:
        """The cause that the evidence of one node tells."""
        window, node, column = int(of.window[0]), int(of.nodes[0]), int(of.column[0])
        steps = self.outlook.lengths[window] if window < len(self.outlook.lengths) else 1
        minutes = 0 if window < len(self.outlook.lengths) else RECENT[window - len(self.outlook.lengths)]
        observed, expected = float(of.observed[0]), float(of.expected[0])
        severity = self.severities.of(observed, expected, steps)
        return Cause(
            node, self.now - steps + 1, steps, minutes, observed, expected, float(of.score[0]), severity,
            borrowed=bool(self.outlook.borrowed[node]), again=False,
            concentrated=COLUMNS[column] if column >= 0 else "",
        )  # fmt: skip
