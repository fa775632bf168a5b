"""Signals and rows of the trend log as the records that people's programs read: the contract of the files.

Stamps are ISO 8601 with the business zone's offset. Of a signal's subject only a ticket is told, never a
complainant (law 7).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import numpy as np

from connectors.ticket import NEVER, Int64, Path
from detectors.signal import Signal
from monitor.trend.rows import TrendRows

Iso = Callable[[int], str]

# Facts of a signal that detectors keep for themselves.
INTERNAL: Final = frozenset({"previous_start"})
# Rows that are made into text together: a million rows as Python numbers would fill the memory.
CHUNK: Final = 50_000
# Larger than any count of an hour, so that a pair of counts fits one key.
PAIR: Final = 1 << 31


def signal_record(signal: Signal, iso: Iso) -> dict[str, Any]:
    """A signal in the order of the contract, then its id, its ticket and what its detector adds."""
    late, rest = divmod(signal.late_us, 1_000_000)
    record: dict[str, Any] = {
        "rule": signal.rule,
        "kind": signal.kind,
        "node": list(signal.node),
        "depth": signal.depth,
        "exact": signal.exact,
        "window_start": iso(signal.window_start),
        "window_end": iso(signal.window_end),
        "observed": signal.observed,
        "threshold": signal.threshold,
        "level": signal.level,
        "crossed_at": iso(signal.crossed_at),
        "created_at": None if signal.created_at == NEVER else iso(signal.created_at),
        "late_seconds": late + rest / 1_000_000 if rest else late,
        "revised_to": signal.revised_to,
        "id": signal.identity,
    }
    subject = dict(signal.subject)
    if "id" in subject:
        record["ticket"] = {"source": subject["source"], "id": subject["id"]}
    for name, value in signal.detail.items():
        if name not in INTERNAL:
            record.setdefault(name, value)
    return record


def trend_records(rows: TrendRows, paths: Sequence[Path], iso: Iso) -> Iterator[dict[str, Any]]:
    """Rows of the trend log, one by one, in their order."""
    for text in trend_texts(rows, paths, iso):
        # Names may hold signs that splitlines() takes for ends of lines.
        yield from map(json.loads, text.split("\n")[:-1])


def trend_texts(rows: TrendRows, paths: Sequence[Path], iso: Iso) -> Iterator[str]:
    """Rows of the trend log as lines of JSON, in their order, many lines a text.

    A line is put together from pieces that many lines share: an hour, a node, a pair of counts.
    """
    hours: dict[int, str] = {}
    nodes: dict[int, str] = {}
    pairs: dict[int, str] = {}
    ends = ("false}\n", "true}\n")
    for start in range(0, len(rows), CHUNK):
        part = slice(start, start + CHUNK)
        previous = np.where(rows.previous_known[part], rows.previous[part], -1)
        pair = rows.count[part] * PAIR + previous + 1
        for hour in np.unique(rows.hour[part]).tolist():
            hours.setdefault(hour, f'{{"hour": "{iso(hour)}", "node": ')
        for node in np.unique(rows.node[part]).tolist():
            nodes.setdefault(node, _node_piece(paths[node]))
        for both in np.unique(pair).tolist():
            pairs.setdefault(both, _counts_piece(both // PAIR, both % PAIR - 1))
        yield "".join(
            [
                f'{hours[hour]}{nodes[node]}{pairs[both]}{to_date}, "month_escalated": {escalated}'
                f', "complete": {ends[complete]}'
                for hour, node, both, to_date, escalated, complete in zip(
                    rows.hour[part].tolist(),
                    rows.node[part].tolist(),
                    pair.tolist(),
                    rows.day_to_date[part].tolist(),
                    rows.month_escalated[part].tolist(),
                    rows.complete[part].tolist(),
                    strict=True,
                )
            ]
        )


def by_hour_and_path(rows: TrendRows, paths: Sequence[Path]) -> TrendRows:
    """The rows in the order of files: by hour, then by path, so that a node stands before those below it."""
    return rows.take(np.lexsort((path_ranks(paths)[rows.node], rows.hour)))


def path_ranks(paths: Sequence[Path]) -> Int64:
    """(nodes,) int64 place of each node in the order of paths."""
    rank = np.empty(len(paths), dtype=np.int64)
    rank[sorted(range(len(paths)), key=paths.__getitem__)] = np.arange(len(paths))
    return rank


def _node_piece(path: Path) -> str:
    return f'{json.dumps(list(path), ensure_ascii=False)}, "depth": {len(path)}, "count": '


def _counts_piece(count: int, previous: int) -> str:
    """`previous` is -1 where it is unknown."""
    if previous < 0:
        return f'{count}, "previous": null, "change": null, "ratio": null, "day_to_date": '
    change = count - previous
    ratio = json.dumps(change / previous if previous else None)
    return f'{count}, "previous": {previous}, "change": {change}, "ratio": {ratio}, "day_to_date": '
