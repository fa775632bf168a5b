"""Which texts that fit nowhere are alike, and which groups of them have become a kind of their own.

Groups follow the stored placements: what a transaction did not store is forgotten, and after a start, or when
the classifier has learned anew, they are made again from their stored members.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from connectors.ticket import MICROSECOND, Path, at_us

if TYPE_CHECKING:
    from connectors.clustering.emerging import Emerging
    from connectors.clustering.placer import Floats, Placer
    from monitor.storage.placements import Member
    from monitor.storage.store import Transaction

FORGET = timedelta(days=7)
"""A group that nothing joined for so long is forgotten; its tickets stay where they are."""


@dataclass(frozen=True)
class Joined:
    """The group that a text joined, its node if it has one, and whether it got it just now."""

    group: int
    node: Path | None = None
    fresh: bool = False


class Groups:
    """The groups of one stream of tickets.

    `node_of` gives a new group's node by its readable name, `stands` says whether a node is still that of its
    group, and has not been adopted or merged.
    """

    def __init__(
        self,
        *,
        least: int,
        within: timedelta,
        node_of: Callable[[str], Path],
        stands: Callable[[Path], bool],
    ) -> None:
        self._least, self._within = least, within
        self._node_of, self._stands = node_of, stands
        self._emerging: Emerging | None = None
        self._placer: Placer | None = None
        self._nodes: dict[int, Path] = {}

    def forget(self) -> None:
        """Nothing is known any more; the next text reads the store."""
        self._emerging = self._placer = None
        self._nodes.clear()

    def observe(self, tx: Transaction, placer: Placer, text: str, *, vector: Floats, created: int) -> Joined:
        """Put a text that fits nowhere, by its vector, into a group."""
        if self._emerging is None or self._placer is not placer:
            self._placer, self._emerging = placer, self._read(tx, placer, created)
        if not self._emerging.fits(vector):
            vector = placer.vectors([text])[0]  # the classifier learned anew since the text was judged
        number = self._emerging.observe(text, vector, at_us(created))
        if number in self._nodes:
            return Joined(number, self._nodes[number])
        name = self._emerging.name(number)
        if name is None:
            return Joined(number)
        self._nodes[number] = self._node_of(name)
        return Joined(number, self._nodes[number], fresh=True)

    def _read(self, tx: Transaction, placer: Placer, created: int) -> Emerging:
        """The groups as their stored members make them."""
        from connectors.clustering.emerging import Emerging

        self._nodes.clear()
        found = Emerging(placer.rarity, least=self._least, within=self._within, forget=FORGET)
        members = [m for m in tx.placements.members(created - FORGET // MICROSECOND) if m.text]
        vectors = placer.vectors([member.text or "" for member in members])
        groups: dict[int, list[int]] = {}
        for row, member in enumerate(members):
            groups.setdefault(member.cluster, []).append(row)
        for number, rows in sorted(groups.items()):
            node = next((n for row in rows if (n := members[row].emerged) is not None), None)
            if node is not None and not self._stands(node):
                continue
            if node is not None:
                self._nodes[number] = node
            joined = [(members[row].text or "", vectors[row], _at(members[row])) for row in rows]
            found.restore(number, joined, None if node is None else node[-1])
        found.lead_from(tx.placements.last_cluster() + 1)
        return found


def _at(member: Member) -> datetime:
    return at_us(member.created)
