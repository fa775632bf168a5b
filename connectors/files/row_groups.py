"""Which rows of a Parquet file are read together, and how far ahead of whoever works on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import pyarrow as pa

_Thing = TypeVar("_Thing")


def tables_from(file: Any, first: int, *, size: int, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """The rows from number `first` on, at most `size` at once; those of small row groups together.

    Names are looked at once in each batch, and of a large tree a small batch has nearly as many.
    """
    waiting: list[pa.RecordBatch] = []
    for batch in _from_row(file, first, size=size, names=names):
        if sum(map(len, waiting)) + len(batch) > size:
            yield from _joined(waiting)
            waiting = []
        waiting.append(batch)
    yield from _joined(waiting)


def ahead(things: Iterator[_Thing]) -> Iterator[_Thing]:
    """The same, each made while the one before is worked on."""
    with ThreadPoolExecutor(1, "parquet") as maker:
        coming = maker.submit(next, things, None)
        while (thing := coming.result()) is not None:
            coming = maker.submit(next, things, None)
            yield thing


def _from_row(file: Any, first: int, *, size: int, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Batches of the rows from number `first` on; whole row groups before it are not read."""
    groups, skip = list(range(file.num_row_groups)), first
    while groups and skip >= file.metadata.row_group(groups[0]).num_rows:
        skip -= file.metadata.row_group(groups.pop(0)).num_rows
    if not groups:
        return
    for batch in file.iter_batches(batch_size=size, row_groups=groups, columns=list(names)):
        kept = batch.slice(min(skip, len(batch)))
        skip -= len(batch) - len(kept)
        if len(kept):
            yield kept


def _joined(batches: list[pa.RecordBatch]) -> list[pa.RecordBatch]:
    """The same rows in one batch, or as they were where a column has no room for all their names."""
    import pyarrow as pa

    if not batches[1:]:
        return batches
    table = pa.Table.from_batches(batches)
    try:
        joined: list[pa.RecordBatch] = table.unify_dictionaries().combine_chunks().to_batches()
    except pa.ArrowException:
        return batches
    return joined
