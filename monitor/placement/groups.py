"""Which texts that fit nowhere are alike, and which groups of them have become a kind of their own.

Groups follow the stored placements: what a transaction did not store is forgotten, and after a start, or when
the classifier has learned anew, they are made again from their stored members.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from connectors.ticket import MICROSECOND, Path, at_us

if TYPE_CHECKING:
    from connectors.clustering.emerging import Emerging
    from connectors.clustering.judge import Placement
    from connectors.clustering.placer import Placer
    from monitor.storage.store import Transaction

FORGET = timedelta(days=7)
"""A group that nothing joined for so long is forgotten; its tickets stay where they are."""


@dataclass(frozen=True)
class Joined:
    """The group that a text joined.

    Attributes
    ----------
    node : its node, if it has one
    moved : its earlier tickets, or those of the groups that it absorbed, are on that node only from now on
    absorbed : groups that became part of it with this text
    """

    group: int
    node: Path | None = None
    moved: bool = False
    absorbed: tuple[int, ...] = ()


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

    def observe(
        self, tx: Transaction, placer: Placer, text: str, *, placement: Placement, created: int
    ) -> Joined | None:
        """Put a text that may be of a new kind into a group; None where it is not one."""
        vector, near, known = placement.vector, placement.near, placement.known
        if vector is None:
            return None
        from connectors.clustering.emerging import Text
        from connectors.clustering.nearness import pair_of

        if self._emerging is None or self._placer is not placer:
            self._placer, self._emerging = placer, self._read(tx, placer, created)
        if not self._emerging.fits(vector):
            # The classifier learned anew since the text was judged.
            [vector], [close], [known] = placer.vectors([text])
            near = pair_of(close)
        seen = self._emerging.observe(Text(text, vector, near, float(known), at_us(created)))
        name = self._emerging.name(seen.group)
        if name is None:
            return Joined(seen.group, absorbed=seen.absorbed)
        fresh = seen.group not in self._nodes
        if fresh:
            self._nodes[seen.group] = self._node_of(name)
        moved = fresh or bool(seen.absorbed)
        return Joined(seen.group, self._nodes[seen.group], moved=moved, absorbed=seen.absorbed)

    def _read(self, tx: Transaction, placer: Placer, created: int) -> Emerging:
        """The groups as their stored members make them."""
        from connectors.clustering.emerging import MOST_TEXTS, Emerging, Text
        from connectors.clustering.nearness import pair_of

        found = Emerging(placer.rarity, least=self._least, within=self._within, forget=FORGET)
        members = [m for m in tx.placements.members(created - FORGET // MICROSECOND) if m.text]
        nodes = {member.cluster: member.emerged for member in members if member.emerged is not None}
        self._nodes = {number: node for number, node in nodes.items() if self._stands(node)}
        gone = nodes.keys() - self._nodes.keys()
        members = [member for member in members if member.cluster not in gone][-MOST_TEXTS:]
        seen = placer.vectors([member.text or "" for member in members])
        found.restore(
            [
                (
                    member.cluster,
                    Text(member.text or "", vector, pair_of(close), float(sure), at_us(member.created)),
                )
                for member, vector, close, sure in zip(members, *seen, strict=True)
            ],
            {number: node[-1] for number, node in self._nodes.items()},
        )
        found.lead_from(tx.placements.last_cluster() + 1)
        return found
