"""Which complaints that fit nowhere are becoming a kind of their own?

Online leader clustering (Hartigan 1975, chapter 3): a text joins the group whose mean direction is
nearest, if that is at least `alike`, and otherwise leads a new one. A group of which `least` texts came
`within` some time emerges: it gets a name from its own words and stays emerged. Groups that nothing joined
for `forget` are dropped, so memory follows the stream and not its history.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from connectors.clustering.grams import normalised, words
from connectors.clustering.naming import name_of

Floats = NDArray[np.float32]

ALIKE: Final = 0.45  # cosine to a group's mean: lower mixes held-out classes, higher splits them further
EXAMPLES: Final = 50  # texts kept of a group, for its name and for people to look at
MOST_GROUPS: Final = 4_096  # beyond it the group that was joined longest ago is dropped


@dataclass(frozen=True)
class Emerged:
    """A group that has become a kind of its own.

    Attributes
    ----------
    number : its number, unique within one `Emerging`
    name : readable, unique, from its own words
    size : texts that joined it so far
    examples : its first texts
    """

    number: int
    name: str
    size: int
    examples: tuple[str, ...]


@dataclass
class _Group:
    number: int
    total: Floats
    latest: datetime
    size: int = 0
    recent: deque[datetime] = field(default_factory=deque)
    examples: list[str] = field(default_factory=list)
    name: str | None = None


class Emerging:
    """Groups of one stream of texts that fit nowhere.

    `rarity` says how seldom a word is among the labelled texts (`Placer.rarity`).
    """

    def __init__(
        self,
        rarity: Callable[[str], float],
        *,
        least: int = 10,
        within: timedelta = timedelta(hours=2),
        forget: timedelta = timedelta(days=7),
        alike: float = ALIKE,
    ) -> None:
        self._rarity = rarity
        self._least = least
        self._within = within
        self._forget = forget
        self._alike = alike
        self._groups: list[_Group] = []
        self._means: Floats = np.zeros((0, 0), dtype=np.float32)  # (room, width): unit means, a row per group
        self._led = 0
        self._seen: Counter[str] = Counter()
        self._texts = 0

    def observe(self, text: str, vector: Floats, at: datetime) -> int:
        """Put a text into a group, by its vector of length one (or zero); returns the group's number."""
        group = self._nearest(vector) or self._lead(vector, at)
        self._join(group, text, vector, at)
        if group.name is None and len(group.recent) >= self._least:
            group.name = self._unique_name(group)
        return group.number

    def _join(self, group: _Group, text: str, vector: Floats, at: datetime) -> None:
        self._texts += 1
        self._seen.update(set(words(normalised(text))))
        group.total += vector
        group.latest = max(group.latest, at)
        group.size += 1
        if len(group.examples) < EXAMPLES:
            group.examples.append(text)
        self._means[self._groups.index(group)] = group.total / max(float(np.linalg.norm(group.total)), 1e-9)
        group.recent.append(at)
        while group.recent[0] <= at - self._within:
            group.recent.popleft()

    def restore(self, number: int, members: Sequence[tuple[str, Floats, datetime]], name: str | None) -> None:
        """Have a group again as it was: its texts with their vectors and times, in the order they joined.

        No other group gets a number up to this one; `name` is None for one that has not emerged.
        """
        self._led = number
        group = self._lead(members[0][1], members[0][2])
        group.name = name
        for text, vector, at in members:
            self._join(group, text, vector, at)

    def lead_from(self, number: int) -> None:
        """The next group that is led gets this number, or a higher one."""
        self._led = max(self._led, number)

    def emerged(self) -> dict[int, Emerged]:
        """The groups that have emerged, by number."""
        return {
            group.number: Emerged(group.number, group.name, group.size, tuple(group.examples))
            for group in self._groups
            if group.name is not None
        }

    def fits(self, vector: Floats) -> bool:
        """Whether a vector can be compared with those of the groups: it comes from the same kind of model."""
        return not self._groups or len(vector) == self._means.shape[1]

    def name(self, number: int) -> str | None:
        """The name of a group, if it has emerged."""
        return next((group.name for group in self._groups if group.number == number), None)

    def dissolve(self, number: int) -> None:
        """Forget a group: it was adopted into the taxonomy, or merged into a node."""
        self._keep([group for group in self._groups if group.number != number])

    def _nearest(self, vector: Floats) -> _Group | None:
        if not self._groups or not vector.any():
            return None
        likeness = self._means[: len(self._groups)] @ vector
        best = int(likeness.argmax())
        return self._groups[best] if likeness[best] >= self._alike else None

    def _lead(self, vector: Floats, at: datetime) -> _Group:
        stale = at - self._forget
        if len(self._groups) >= MOST_GROUPS or (self._groups and self._led % 256 == 0):
            kept = [group for group in self._groups if group.latest > stale]
            if len(kept) >= MOST_GROUPS:
                kept.remove(min(kept, key=lambda group: group.latest))
            self._keep(kept)
        if len(self._groups) == len(self._means):
            room = max(64, 2 * len(self._means))
            grown = np.zeros((room, len(vector)), dtype=np.float32)
            grown[: len(self._means)] = self._means if len(self._means) else 0
            self._means = grown
        group = _Group(self._led, np.zeros_like(vector), at)
        self._led += 1
        self._groups.append(group)
        return group

    def _keep(self, groups: list[_Group]) -> None:
        kept = {group.number for group in groups}
        rows = [row for row, group in enumerate(self._groups) if group.number in kept]
        self._means[: len(rows)] = self._means[rows]
        self._groups = groups

    def _unique_name(self, group: _Group) -> str:
        name = name_of(group.examples, self._rare)
        taken = {other.name for other in self._groups}
        return name if name not in taken else f"{name} ({group.number})"

    def _rare(self, word: str) -> float:
        """Rare among the labelled texts and among those that fit nowhere."""
        here = float(np.log((1 + self._texts) / (1 + self._seen.get(word, 0))))
        return self._rarity(word) + 0.5 * here
