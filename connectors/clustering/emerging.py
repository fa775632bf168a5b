"""Which complaints that fit nowhere are becoming a kind of their own?

One text alone says little: those of a class that nobody has named yet look like unsure members of a class
that has a name. What gives them away is that they are nearer to each other than to what is labelled. So two
texts are *linked* when they are more alike than they are, on average, to all but a few of the labelled texts
(`near`), a two-sample test by nearest neighbours (Schilling 1986, doi:10.1080/01621459.1986.10478337). Texts
of a known class have labelled ones among them, and are hardly ever linked.

Links say that a kind is new, means say which. A text joins, of the groups that it is linked to, the one whose
members are most like it on average, compared with how alike these are; groups that are as like each other as
their own members become one (average linkage, Sokal and Michener 1958). A group of which `least` texts came
`within` some time emerges where it is dense enough, the denser the likelier its texts belong to a class that
has a name: it gets one from its own words and stays. Only the latest texts are looked at, so memory and time
follow the stream and not its history.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from connectors.clustering.grams import normalised, words
from connectors.clustering.naming import name_of

Floats = NDArray[np.float32]

NEVER_ALIKE: Final = 0.35  # cosine below which texts are not linked, however strange they are
JOINS: Final = 0.4  # of a group's own likeness: what a text must have to its members
DENSE: Final = 0.5  # of the texts around those of a group: the share that is nearer than labelled ones
DENSER: Final = 0.65  # of them where the group's texts are sure to belong to a class
MERGES: Final = 0.7  # of two groups' own likeness: what they must have to each other
USUAL: Final = (0.45, 6)  # likeness of the members of a group, believed like that of so many pairs of texts
EXAMPLES: Final = 50  # texts kept of a group, for its name and for people to look at
MOST_TEXTS: Final = 2_048  # looked at; beyond it the oldest is forgotten. One more costs 0.5 ms with as many


@dataclass(frozen=True)
class Emerged:
    """A group that has become a kind of its own.

    Attributes
    ----------
    number : its number, unique within one `Emerging`
    name : readable, unique, from its own words
    size : its texts that are still looked at
    examples : its first texts
    """

    number: int
    name: str
    size: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Seen:
    """Where a text is.

    Attributes
    ----------
    group : number of its group
    absorbed : numbers of the groups that became part of this one with it
    """

    group: int
    absorbed: tuple[int, ...] = ()


def part_of(into: Mapping[int, int], group: int) -> int:
    """The group that a group is part of by now, by the group that each absorbed one became part of."""
    while group in into:
        group = into[group]
    return group


@dataclass(frozen=True)
class Text:
    """A text that may be of a new kind.

    Attributes
    ----------
    vector : (width,) float32 of length one, or zero
    near : cosines to labelled texts around it, and farther around it (`nearness`)
    known : probability that it belongs to a labelled class after all
    """

    text: str
    vector: Floats
    near: tuple[float, float]
    known: float
    at: datetime


@dataclass(eq=False)
class _Group:
    number: int
    total: Floats
    rows: list[int] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)
    name: str | None = None

    def rank(self) -> tuple[bool, int, int]:
        """Of two groups that become one, the lower stays: one with a name, the larger, the earlier."""
        return self.name is None, -len(self.rows), self.number

    def own(self) -> float:
        """How alike two of its members are on average; of few members it is what it is usually."""
        usual, weight = USUAL
        size = len(self.rows)
        pairs = (float(self.total @ self.total) - size) / 2
        return max((pairs + usual * weight) / (size * (size - 1) / 2 + weight), 1e-6)

    def like(self, total: Floats, size: int) -> float:
        """How like its members texts are on average whose vectors add up to `total`."""
        return float(self.total @ total) / (size * len(self.rows))


class Emerging:
    """Groups of one stream of texts that may be of new kinds.

    `rarity` says how seldom a word is among the labelled texts (`Placer.rarity`).
    """

    def __init__(
        self,
        rarity: Callable[[str], float],
        *,
        least: int = 10,
        within: timedelta = timedelta(hours=2),
        forget: timedelta = timedelta(days=7),
    ) -> None:
        self._rarity = rarity
        self._least, self._within, self._forget = least, within, forget
        self._groups: dict[int, _Group] = {}
        # A ring: the text of turn t is in row t % MOST_TEXTS.
        self._first = self._next = 0
        self._vectors: Floats = np.zeros((0, 0), dtype=np.float32)
        self._near = np.zeros((MOST_TEXTS, 2), dtype=np.float32)
        self._known = np.zeros(MOST_TEXTS)
        self._at = np.full(MOST_TEXTS, datetime.min.replace(tzinfo=UTC), dtype=object)
        self._group_of: list[_Group | None] = [None] * MOST_TEXTS
        self._led = 0
        self._spread: Counter[str] = Counter()
        self._texts = 0

    def observe(self, text: Text) -> Seen:
        """Put a text into a group."""
        self._forget_before(text.at - self._forget)
        linked = self._linked(text)
        best = max(linked, key=lambda group: group.like(text.vector, 1) / group.own(), default=None)
        if best is None or best.like(text.vector, 1) < JOINS * best.own():
            best = self._lead(self._led, text.vector)
        self._join(best, text)
        absorbed: list[int] = []
        for other in linked:
            if other is not best and other.number not in absorbed and self._one_kind(best, other):
                kept, gone = sorted((best, other), key=_Group.rank)
                self._absorb(kept, gone)
                absorbed = [*absorbed, gone.number]
                best = kept
        recent = sum(self._at[row] > text.at - self._within for row in best.rows)
        if best.name is None and recent >= self._least and self._dense(best):
            best.name = self._unique_name(best)
        return Seen(best.number, tuple(absorbed))

    def restore(self, members: Sequence[tuple[int, Text]], names: dict[int, str]) -> None:
        """Have groups again as they were: (number of the group, text) in the order of `observe`.

        `names` are those of the groups that have emerged.
        """
        for number, text in members[-MOST_TEXTS:]:
            group = self._groups.get(number) or self._lead(number, text.vector)
            group.name = names.get(number)
            self._join(group, text)

    def lead_from(self, number: int) -> None:
        """The next group that is led gets this number, or a higher one."""
        self._led = max(self._led, number)

    def emerged(self) -> dict[int, Emerged]:
        """The groups that have emerged, by number."""
        return {
            group.number: Emerged(group.number, group.name, len(group.rows), tuple(group.examples))
            for group in self._groups.values()
            if group.name is not None
        }

    def fits(self, vector: Floats) -> bool:
        """Whether a vector can be compared with those that are here: it comes from the same kind of model."""
        return not self._groups or len(vector) == self._vectors.shape[1]

    def name(self, number: int) -> str | None:
        """The name of a group, if it has emerged."""
        group = self._groups.get(number)
        return None if group is None else group.name

    def _linked(self, text: Text) -> list[_Group]:
        """The groups that hold texts to which this one is linked, in the order of their numbers."""
        used = min(self._next, MOST_TEXTS)
        if not used or not text.vector.any():
            return []
        bar = (self._near[:used, 0] + max(text.near[0], NEVER_ALIKE)) / 2
        rows = np.flatnonzero(self._vectors[:used] @ text.vector > bar).tolist()
        found = {group.number: group for row in rows if (group := self._group_of[row]) is not None}
        return [found[number] for number in sorted(found)]

    def _join(self, group: _Group, text: Text) -> None:
        row = self._room(len(text.vector))
        self._vectors[row], self._at[row] = text.vector, text.at
        self._near[row], self._known[row] = np.maximum(text.near, NEVER_ALIKE), text.known
        self._group_of[row] = group
        group.rows.append(row)
        group.total += text.vector
        if len(group.examples) < EXAMPLES:
            group.examples.append(text.text)
        self._texts += 1
        self._spread.update(set(words(normalised(text.text))))

    def _room(self, width: int) -> int:
        """The row of the next text."""
        row = self._next % MOST_TEXTS
        if row == len(self._vectors):
            grown = np.zeros((min(MOST_TEXTS, max(64, 2 * row)), width), dtype=np.float32)
            grown[:row] = self._vectors if row else 0
            self._vectors = grown
        self._next += 1
        return row

    def _forget_before(self, stale: datetime) -> None:
        """Drop the texts up to then, and one more where there is no room for another."""
        while self._first < self._next and (
            self._next - self._first == MOST_TEXTS or self._at[self._first % MOST_TEXTS] <= stale
        ):
            self._drop_first()

    def _drop_first(self) -> None:
        row = self._first % MOST_TEXTS
        self._first += 1
        group = self._group_of[row]
        if group is not None:
            group.rows.remove(row)
            group.total -= self._vectors[row]
            if not group.rows:
                del self._groups[group.number]
        self._group_of[row] = None
        self._vectors[row] = 0

    def _lead(self, number: int, like: Floats) -> _Group:
        group = self._groups[number] = _Group(number, np.zeros_like(like))
        self._led = max(self._led, number + 1)
        return group

    def _one_kind(self, one: _Group, other: _Group) -> bool:
        """Whether two groups are as like each other as their members are; two with names stay two."""
        if one.name is not None and other.name is not None:
            return False
        usual = float(np.sqrt(one.own() * other.own()))
        return one.like(other.total, len(other.rows)) >= MERGES * usual

    def _dense(self, group: _Group) -> bool:
        """Whether the texts around a group's members are nearer to them than the labelled ones around them.

        In a surge of a known class the texts lie as the labelled ones do, however many they are: of those
        farther around a text a quarter is around it. Some lie nearer by chance, so the bar is higher for
        texts that probably belong to a class.
        """
        used = min(self._next, MOST_TEXTS)
        alike = self._vectors[:used] @ self._vectors[group.rows].T
        inner, outer = (np.count_nonzero(alike > bar) - len(group.rows) for bar in self._near[group.rows].T)
        return bool(inner >= max(DENSE, DENSER * self._known[group.rows].mean()) * outer)

    def _absorb(self, kept: _Group, gone: _Group) -> None:
        for row in gone.rows:
            self._group_of[row] = kept
        kept.rows = sorted([*kept.rows, *gone.rows])
        kept.total += gone.total
        kept.examples = [*kept.examples, *gone.examples][:EXAMPLES]
        del self._groups[gone.number]

    def _unique_name(self, group: _Group) -> str:
        name = name_of(group.examples, self._rare)
        taken = {other.name for other in self._groups.values()}
        return name if name not in taken else f"{name} ({group.number})"

    def _rare(self, word: str) -> float:
        """Rare among the labelled texts and among those that fit nowhere."""
        here = float(np.log((1 + self._texts) / (1 + self._spread.get(word, 0))))
        return self._rarity(word) + 0.5 * here
