"""A whole history, placed as the daemon would have: in order of arrival, by what had arrived before.

The production code runs over a store that lives as long as this. Versions are taken as they would have been
polled, and what a part of them tells is learned after the part was placed, so that nothing is judged by
what came later. When a group gets its node, its earlier tickets are told again at that moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path as FilePath
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np

from connectors.taxonomy import Taxonomy
from connectors.ticket import SECOND, Int64, TicketBatch
from connectors.windows import Calendar
from monitor.placement.placing import Placing
from monitor.storage.store import Store, Transaction

BatchOf = tuple[int, TicketBatch]

# A part of a history ends after so many versions, or so much time.
ROWS: Final = 256
SPAN: Final = 300 * SECOND


@dataclass(frozen=True)
class _Within:
    """A store whose only transaction is under way."""

    tx: Transaction

    def reading(self) -> AbstractContextManager[Transaction]:
        return nullcontext(self.tx)


def placed_history(
    batches: Sequence[BatchOf], placing: Placing, *, taxonomy: Taxonomy, calendar: Calendar
) -> Iterator[BatchOf]:
    """The batches of (number of the source, batch) with the paths where texts put tickets, in other parts.

    `taxonomy` is the tree that `placing` was made with. Batches of sources that tell no text pass unchanged.
    """
    texts = {number for number, batch in batches if batch.text is not None}
    yield from ((number, batch) for number, batch in batches if number not in texts)
    whole = {
        number: TicketBatch.joined([batch for of, batch in batches if of == number])
        for number in sorted(texts)
    }
    if not whole:
        return
    with TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{FilePath(folder) / 'placing.db'}")
        try:
            # One transaction that is never committed to more than a folder that goes away.
            with store.writing() as tx:
                for number, rows in _parts(whole):
                    part = whole[number].take(rows)
                    for batch in _placed(tx, part, placing, taxonomy=taxonomy, calendar=calendar):
                        yield _number(batch, whole, number), batch
        finally:
            store.close()


def _placed(
    tx: Transaction, part: TicketBatch, placing: Placing, *, taxonomy: Taxonomy, calendar: Calendar
) -> Iterator[TicketBatch]:
    """The part as it is counted, then the tickets that move because of it."""
    now = int(part.updated.max())
    settled = placing.settle(tx, placing.judge(_Within(tx), part, learn_first=False), now=now)
    waiting = [settled.batch, *settled.again]
    for place, told in enumerate(waiting):
        batch = placing.settle(tx, told, now=now).batch if place else told
        nodes = taxonomy.nodes(batch.paths)[batch.category]
        tx.nodes.save(taxonomy)
        tx.ingest(batch, nodes=nodes, seen=now, calendar=calendar)
        yield replace(batch, updated=np.full(len(batch), now, dtype=np.int64)) if place else batch


def _parts(whole: dict[int, TicketBatch]) -> Iterator[tuple[int, Int64]]:
    """Source and rows of each part, in order of arrival."""
    numbers = np.concatenate([np.full(len(batch), number) for number, batch in whole.items()])
    rows = np.concatenate([np.arange(len(batch)) for batch in whole.values()])
    updated = np.concatenate([batch.updated for batch in whole.values()])
    order = np.argsort(updated, kind="stable")
    numbers, rows, updated = numbers[order], rows[order], updated[order]
    start = 0
    for end in range(1, len(rows) + 1):
        if (
            end == len(rows)
            or numbers[end] != numbers[start]
            or end - start == ROWS
            or updated[end] - updated[start] >= SPAN
        ):
            yield int(numbers[start]), rows[start:end]
            start = end


def _number(batch: TicketBatch, whole: dict[int, TicketBatch], number: int) -> int:
    """Number of the source of a batch; tickets of another source may move too."""
    if batch.source == whole[number].source:
        return number
    return next(of for of, other in whole.items() if other.source == batch.source)
