"""What a signal is: a judgement that fired, once per rule, group, window and level."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from connectors.ticket import Path


@dataclass(frozen=True)
class Signal:
    """A rule that fired for one group of tickets in one window. Instants are int64 microseconds UTC.

    Attributes
    ----------
    rule : the rule's configured name
    kind : the detector, e.g. "daily_threshold"
    node : path of the node; `depth` is its length
    exact : only tickets whose whole path this is, without descendants
    window_start, window_end : half-open, cut in the business zone
    level : warning level of the plan
    observed : the count when it fired
    threshold : the count from which it fires
    crossed_at : when the ticket that completed the threshold was seen
    created_at : when that ticket was created; NEVER where no single ticket did it
    subject : who or what, inside the group, where one group can fire several times in a window
        ({"source", "id"} of a ticket, {"complainant"})
    revised_to : the count now, when later versions brought it back under the threshold
    detail : what a statistical detector adds (expected, score, focus, explanation)
    """

    rule: str
    kind: str
    node: Path
    exact: bool
    window_start: int
    window_end: int
    level: str
    observed: int
    threshold: int
    crossed_at: int
    created_at: int
    subject: tuple[tuple[str, str], ...] = ()
    revised_to: int | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def depth(self) -> int:
        """Number of names in the node's path."""
        return len(self.node)

    @property
    def late_us(self) -> int:
        """Microseconds by which the window was over when it fired; 0 inside the window."""
        return max(0, self.crossed_at - self.window_end)

    @property
    def key(self) -> tuple[Hashable, ...]:
        """What makes it the same signal: rule, group, window and level.

        Where a single subject fires, it does so once, whatever the window: a complainant once for a node,
        a ticket once wherever it is moved.
        """
        window = None if self.subject else self.window_start
        group = None if "id" in dict(self.subject) else (self.node, self.exact)
        return self.rule, group, window, self.level, tuple(sorted(self.subject))

    @cached_property
    def identity(self) -> str:
        """The same text for the same key, in every process and for ever."""
        return hashlib.sha256(json.dumps(self.key).encode()).hexdigest()[:20]

    def revised(self, count: int | None) -> Signal:
        """The same signal, marked with the count now, or unmarked with None."""
        return self if count == self.revised_to else replace(self, revised_to=count)
