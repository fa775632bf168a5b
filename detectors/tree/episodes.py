"""Open causes: one cause is one entry while it lasts.

While a cause is open its branch is held: what alarms above or below its focus is the same cause. It ends when
the focus and its children have been quiet for some steps. It is told again only where it has become worse.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from detectors.tree.branches import Branches


@dataclass(frozen=True)
class Episode:
    """An open cause.

    Attributes
    ----------
    node : its focus
    since : first step of the window in which it was found
    told : step in which it was told last
    last : last step in which its focus, or a child of that, was high
    severity : the highest that was told
    """

    node: int
    since: int
    told: int
    last: int
    severity: int

    def holds(self, tree: Branches, node: int) -> bool:
        """A node lies in the branch: above or below the focus, or at it."""
        return tree.nested(self.node, node)


class Register:
    """The open causes, oldest first."""

    def __init__(self, quiet: int) -> None:
        self.quiet = quiet
        self.open: list[Episode] = []

    def expire(self, now: int) -> None:
        """Forget those whose focus has been quiet since before `now - quiet`."""
        self.open = [episode for episode in self.open if now - episode.last < self.quiet]

    def widen(self, inside: list[Episode], node: int, now: int) -> None:
        """Some open causes, the oldest first, are one and at a node above them; it goes on."""
        first, *others = inside
        worst = max(episode.severity for episode in inside)
        self.open[self.open.index(first)] = replace(first, node=node, last=now, severity=worst)
        self.open = [episode for episode in self.open if episode not in others]

    def end(self, causes: list[Episode]) -> None:
        """Some open causes are over."""
        self.open = [episode for episode in self.open if episode not in causes]

    def state(self) -> list[dict[str, int]]:
        """Rows of whole numbers, fit for JSON."""
        return [asdict(episode) for episode in self.open]

    def restore(self, rows: list[Mapping[str, int]]) -> None:
        """The register that `state` came from."""
        self.open = [Episode(**row) for row in rows]


class ToldNodes:
    """Nodes that were told and go on, for judges that find no causes.

    Attributes
    ----------
    last : by node, the last step in which it went on
    """

    def __init__(self) -> None:
        self.last: dict[int, int] = {}

    def hold(self, tree: Branches, node: int, now: int, *, wider: bool) -> bool:
        """Whether what a node shows is told already, at it, above or below it; notes that it goes on.

        Where what is `wider` is told again, a whole branch is told after a part of it.
        """
        held = [one for one in self.last if tree.nested(one, node)]
        self.last.update(dict.fromkeys(held, now))
        return any(not wider or one in (node, *tree.above(node)) for one in held)

    def expire(self, now: int, quiet: int) -> None:
        """Forget those that have been quiet for so many steps."""
        self.last = {node: last for node, last in self.last.items() if now - last < quiet}

    def state(self) -> dict[str, Any]:
        """Fit for JSON."""
        return {"open": [{"node": node, "last": last} for node, last in self.last.items()]}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Those that `state` came from."""
        self.last = {row["node"]: row["last"] for row in state["open"]}
