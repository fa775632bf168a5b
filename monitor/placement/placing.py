"""Tickets whose source tells no category are put on a node by their text.

In two parts. Before the transaction, on the source's own thread, texts are judged: that takes time, and holds
nobody up. Inside it the batch is settled: what is stored goes first, so that a ticket stays where its text
put it once, until its source tells a category, which holds from then on and is learned from.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from connectors.clustering.emerging import part_of
from connectors.lineage import Lineage
from connectors.taxonomy import Taxonomy
from connectors.ticket import Path, TicketBatch, objects
from monitor.placement.classifier import Classifier
from monitor.placement.groups import Groups, Joined
from monitor.storage.ingest import stored_ids
from monitor.storage.placements import Known, Placed

if TYPE_CHECKING:
    from connectors.clustering.judge import Placement
    from monitor.config.schema import Clustering
    from monitor.storage.store import Transaction


class Reads(Protocol):
    """A store, as far as texts are judged by it."""

    def reading(self) -> AbstractContextManager[Transaction]:
        """A transaction that reads."""
        ...


@dataclass(frozen=True)
class Settled:
    """A batch as it is counted.

    Attributes
    ----------
    batch : the same versions; those without a category have the path where their text put them
    again : tickets stored before that are counted elsewhere now, because their group got a node, told again
    """

    batch: TicketBatch
    again: tuple[TicketBatch, ...] = ()


class Placing:
    """Places the tickets of some sources; those of others pass."""

    def __init__(
        self, settings: Clustering, classifier: Classifier, *, taxonomy: Taxonomy, emerging: str
    ) -> None:
        self._settings, self._classifier, self._taxonomy = settings, classifier, taxonomy
        self._emerging = emerging
        self._lineage = Lineage(depth=len(taxonomy.levels))
        self._started, self._starting = False, Lock()
        self._with_placements: dict[str, bool] = {}
        self._groups = Groups(
            least=settings.emerging_tickets,
            within=settings.emerging_within,
            node_of=self._new_node,
            stands=self._stands,
        )

    def follow(self, lineage: Lineage) -> None:
        """Labels are counted by this lineage from now on, and learned with the nodes of now."""
        self._lineage, self._started = lineage, False
        self.forget()

    def forget(self) -> None:
        """A transaction failed: what it would have stored has not happened."""
        self._groups.forget()
        self._with_placements.clear()

    # --- before the transaction ---------------------------------------------------------------------------

    def judge(self, store: Reads, batch: TicketBatch, *, learn_first: bool = True) -> TicketBatch:
        """The batch with `placed`: what the classifier makes of texts that need a place and have none yet.

        What the batch itself tells is learned before, or after: then no text is judged by later ones.
        """
        if batch.text is None or not self._wants(batch.source):
            return batch
        self._start(store)
        ids = stored_ids(batch)
        with store.reading() as tx:
            known = tx.placements.known(tx.sources.find(batch.source), ids)
        # Polls overlap: what was read before is neither learned nor placed again.
        states = [known.get(id) for id in ids]
        updated, void = batch.updated.tolist(), batch.void.tolist()
        rows = [
            row
            for row, state in enumerate(states)
            if batch.text[row] and not void[row] and (state is None or updated[row] > state.updated)
        ]
        told = [bool(path) for path in batch.paths]
        labels = batch.category.tolist()
        labelled = [row for row in rows if told[labels[row]]]
        if learn_first:
            self._learn(batch, labelled, states)
        # One batch may tell a category and take it back.
        relabelled = {ids[row] for row in labelled}
        unplaced = [
            row
            for row in rows
            if not told[labels[row]]
            and ((state := states[row]) is None or state.placed is None or ids[row] in relabelled)
        ]
        placements = self._classifier.place([batch.text[row] for row in unplaced]) if unplaced else None
        if not learn_first:
            self._learn(batch, labelled, states)
        if placements is None:
            return batch
        placed: list[Placement | None] = [None] * len(batch)
        for row, placement in zip(unplaced, placements, strict=True):
            placed[row] = placement
        return replace(batch, placed=objects(placed))

    def _start(self, store: Reads) -> None:
        """Learn what is stored, once; other sources wait for it."""
        with self._starting:
            if self._started:
                return
            with store.reading() as tx:
                labelled = tx.placements.labelled(self._settings.learn_from)
            self._classifier.start(labelled)
            self._started = True

    def _wants(self, source: str) -> bool:
        settings = self._settings
        return settings.enabled and (not settings.sources or source in settings.sources)

    def _learn(self, batch: TicketBatch, rows: Sequence[int], states: Sequence[Known | None]) -> None:
        """Learn the texts of tickets that are new, or whose category is; corrections hold at once."""
        if not rows or batch.text is None:
            return
        paths, category = self._lineage.counted(batch.paths, batch.category, batch.created)
        plain: list[tuple[str, Path]] = []
        corrections: list[tuple[str, Path]] = []
        for row in rows:
            state, labelled = states[row], (batch.text[row], paths[category[row]])
            if state is not None and state.placed is not None:
                corrections.append(labelled)
            elif state is None or state.label != batch.paths[batch.category[row]]:
                plain.append(labelled)
        self._classifier.learn(plain)
        self._classifier.correct(corrections)

    # --- inside the transaction ---------------------------------------------------------------------------

    def settle(self, tx: Transaction, batch: TicketBatch, *, now: int) -> Settled:
        """The batch with the paths where texts put tickets; placements are stored."""
        source = tx.sources.id(batch.source)
        if batch.placed is None and not self._has_placements(tx, batch.source, source):
            return Settled(batch)
        settling = _Settling(batch, tx.placements.known(source, stored_ids(batch)))
        for row in range(len(batch)):
            placement = settling.next(row)
            if placement is not None:
                joined = self._joined(tx, batch, row, placement)
                settling.place(row, placement, joined, version=self._classifier.version)
        again = self._save(tx, settling, source, now=now)
        return Settled(settling.settled(), again)

    def _joined(self, tx: Transaction, batch: TicketBatch, row: int, placement: Placement) -> Joined | None:
        """The group that a text joins which may be of a new kind."""
        placer = self._classifier.placer
        if placer is None or batch.text is None:
            return None
        text, created = batch.text[row], int(batch.created[row])
        return self._groups.observe(tx, placer, text, placement=placement, created=created)

    def _save(
        self, tx: Transaction, settling: _Settling, source: int, *, now: int
    ) -> tuple[TicketBatch, ...]:
        """Store what was settled; the earlier tickets of groups that got a node."""
        placed = settling.placements()
        self._with_placements[settling.batch.source] = True
        nodes = [self._taxonomy.node(one.path) for one in placed]
        emerged = {group: self._taxonomy.node(path) for group, path in settling.emerged.items()}
        tx.nodes.save(self._taxonomy)
        tx.placements.save(source, placed, nodes=nodes, at=now)
        tx.placements.correct(source, sorted(settling.corrected), at=now)
        for gone, group in settling.into.items():
            tx.placements.absorb(gone, group)
        again = []
        for group, node in emerged.items():
            for name, ids in tx.placements.emerge(group, node, at=now).items():
                # What is stored of tickets that this batch tells too is out of date.
                told = settling.move(ids, settling.emerged[group]) if name == settling.batch.source else set()
                others = [id for id in ids if id not in told]
                if others:
                    again.append(tx.placements.tickets(tx.sources.id(name), name, others))
        return tuple(again)

    def _has_placements(self, tx: Transaction, name: str, source: int) -> bool:
        if name not in self._with_placements:
            self._with_placements[name] = tx.placements.any_of(source)
        return self._with_placements[name]

    def _new_node(self, name: str) -> Path:
        """A node for a group of this name that nobody has used."""
        for number in range(1, 1_000_000):
            told = name if number == 1 else f"{name} ({number})"
            deep = len(self._taxonomy.levels) > 1
            path = (self._emerging, told) if deep else (f"{self._emerging}: {told}",)
            if self._taxonomy.find(path) is None and self._stands(path):
                return path
        raise AssertionError(name)

    def _stands(self, path: Path) -> bool:
        return self._lineage.stations(path)[0][1] == path


@dataclass
class _Settling:
    """One batch while its rows are settled in order of arrival."""

    batch: TicketBatch
    known: dict[str, Known]
    placed: dict[str, Placed] = field(default_factory=dict)
    corrected: set[str] = field(default_factory=set)
    emerged: dict[int, Path] = field(default_factory=dict)
    into: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._ids = stored_ids(self.batch)
        self._paths: list[Path | None] = [None] * len(self.batch)

    def next(self, row: int) -> Placement | None:
        """Settle a row; what its text says where that decides."""
        id, updated = self._ids[row], int(self.batch.updated[row])
        state = self.known.get(id)
        if state is not None and updated < state.updated:
            return None
        standing = None if state is None else state.placed
        label = self.batch.paths[self.batch.category[row]]
        told = bool(label)
        if told and standing is not None:
            self.corrected.add(id)
        self.known[id] = Known(updated, label, None if told else standing)
        if told or standing is not None or self.batch.placed is None:
            self._paths[row] = None if told else standing
            return None
        placement: Placement | None = self.batch.placed[row]
        return placement

    def place(self, row: int, placement: Placement, joined: Joined | None, *, version: int) -> None:
        """The row's ticket is where its text puts it, or on its group's node."""
        id, created = self._ids[row], int(self.batch.created[row])
        group = node = None
        if joined is not None:
            group, node = joined.group, joined.node
            self.into |= dict.fromkeys(joined.absorbed, group)
            if node is not None and joined.moved:
                self.emerged[group] = node
        path = node or placement.path
        self.placed[id] = Placed(
            id, created, path, placement.confidence, version, group, emerged=node is not None
        )
        self.corrected.discard(id)
        self.known[id] = Known(int(self.batch.updated[row]), (), path)
        self._paths[row] = path

    def move(self, ids: Sequence[str], path: Path) -> set[str]:
        """Tickets that were placed before are on this node now; returns those that the batch tells."""
        moving, told = set(ids), set()
        for row, id in enumerate(self._ids):
            if id in moving and self._paths[row] is not None:
                self._paths[row] = path
                told.add(id)
        return told

    def placements(self) -> list[Placed]:
        """What is to be stored; tickets that came before their group got its node are on it too."""
        found = []
        for one in self.placed.values():
            group = None if one.cluster is None else part_of(self.into, one.cluster)
            node = None if group is None else self.emerged.get(group)
            found.append(
                replace(one, cluster=group, path=node or one.path, emerged=one.emerged or node is not None)
            )
        return found

    def settled(self) -> TicketBatch:
        """The batch with the path of each row that has no category of its own."""
        final = {one.ticket: one.path for one in self.placements()}
        code = {path: number for number, path in enumerate(self.batch.paths)}
        category = self.batch.category.copy()
        for row, path in enumerate(self._paths):
            if path is not None:
                category[row] = code.setdefault(final.get(self._ids[row], path), len(code))
        return replace(self.batch, paths=tuple(code), category=category, placed=None)
