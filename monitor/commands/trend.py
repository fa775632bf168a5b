"""`trend`: the hourly trend log, for reviewers; `trend sign` signs its hours with a remark."""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from alerts.catalogue import say
from alerts.rendering.moments import Moments
from alerts.rendering.phrases import whole_path
from connectors.taxonomy import ROOT
from connectors.ticket import DAY, Path
from connectors.windows import Calendar
from monitor.commands import Exit, _trend_signing
from monitor.commands._asking import ARROW, node, node_argument, span, span_arguments
from monitor.commands._configured import configured_arguments, loaded
from monitor.commands._records import path_ranks, trend_records
from monitor.commands._store import opened
from monitor.commands._tables import Column, table
from monitor.commands.signals import local_time
from monitor.config import Config
from monitor.storage import Transaction
from monitor.storage.trend_log import Signature
from monitor.trend.rows import TrendLogRows

FORMATS: Final = ("table", "csv", "jsonl")
# Before and after every hour there is.
ALWAYS: Final = (-(1 << 62), 1 << 62)

UNSIGNED: Final = "*"
CHANGED: Final = "!"

Record = dict[str, Any]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments, and those of `trend sign`."""
    configured_arguments(parser)
    span_arguments(parser, "hours that begin")
    node_argument(parser, "only this node (default: everything)")
    parser.add_argument(
        "--below", action="store_true", help="also all nodes below it; csv and jsonl of everything have them"
    )
    parser.add_argument("--revisions", action="store_true", help="every revision of a row, not only the last")
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default=FORMATS[0],
        help="default: table, of the last 24 hours; csv and jsonl have all hours",
    )
    actions = parser.add_subparsers(dest="action", metavar="sign")
    _trend_signing.add_arguments(
        actions.add_parser("sign", help="sign hours with a remark", description="Sign hours with a remark.")
    )


def run(args: argparse.Namespace) -> int:
    """Print the rows, or sign hours."""
    if args.action == "sign":
        return _trend_signing.run(args)
    config = loaded(args)
    start, end = span(args, config.timezone)
    with opened(config) as store, store.reading() as tx:
        asked = _asked(tx, args, start, end)
        log = _Log.read(tx, asked)
    records = log.records(Calendar(config.timezone))
    if args.format == "jsonl":
        sys.stdout.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    elif args.format == "csv":
        _write_csv(records)
    else:
        sys.stdout.writelines(f"{line}\n" for line in _told(log, asked, config))
    return Exit.OK


@dataclass(frozen=True)
class _Asked:
    """What is to be shown: a node, perhaps with all below it, in [start, end)."""

    paths: Sequence[Path]
    node: int
    below: bool
    revisions: bool
    start: int
    end: int


def _asked(tx: Transaction, args: argparse.Namespace, start: int | None, end: int | None) -> _Asked:
    paths = tx.nodes.paths() or [()]
    chosen = () if args.node is None else node(args.node, {(), *paths})
    people = args.format == "table"
    if people and start is None:
        last = tx.facts.closed_until() if end is None else end
        start = ALWAYS[0] if last is None else last - DAY
    return _Asked(
        paths=paths,
        node=paths.index(chosen) if chosen else ROOT,
        below=args.below or (args.node is None and not people),
        revisions=args.revisions,
        start=ALWAYS[0] if start is None else start,
        end=ALWAYS[1] if end is None else end,
    )


@dataclass(frozen=True)
class _Log:
    """Rows in the order of printing, and who signed their hours."""

    paths: Sequence[Path]
    found: TrendLogRows
    signatures: dict[int, list[Signature]] = field(default_factory=dict)

    @classmethod
    def read(cls, tx: Transaction, asked: _Asked) -> _Log:
        start, end, revisions = asked.start, asked.end, asked.revisions
        if asked.below:
            found = tx.trend.between(start, end, revisions=revisions)
        else:
            found = tx.trend.of_node(asked.node, start, end, revisions=revisions)
        signatures: dict[int, list[Signature]] = {}
        for signature in tx.trend.signatures(start, end):
            signatures.setdefault(signature.hour, []).append(signature)
        return cls(asked.paths, _in_order(_below(found, asked), asked.paths), signatures)

    def records(self, calendar: Calendar) -> Iterator[Record]:
        """The fields of trend.jsonl, and those of the log alone."""
        iso = cache(calendar.iso)
        found = self.found
        rows = trend_records(found.rows, self.paths, iso)
        more = zip(found.rows.hour.tolist(), found.revision.tolist(), found.written_at.tolist(), strict=True)
        for record, (hour, revision, written_at) in zip(rows, more, strict=True):
            signed = self.signatures.get(hour, ())
            record["revision"] = revision
            record["written_at"] = iso(written_at)
            record["signed_by"] = _joined(", ", [one.signed_by for one in signed]) or None
            record["remark"] = _joined("; ", [one.remark for one in signed]) or None
            record["signed_at"] = iso(signed[-1].at) if signed else None
            yield record

    def mark(self, i: int) -> str:
        """Whether a row's hour is unsigned, or was signed before this revision was written."""
        signed = self.signatures.get(int(self.found.rows.hour[i]))
        if not signed:
            return UNSIGNED
        return CHANGED if self.found.written_at[i] > signed[-1].at else ""


def _below(found: TrendLogRows, asked: _Asked) -> TrendLogRows:
    """The rows of the node and of all below it."""
    top = asked.paths[asked.node]
    inside = np.array([path[: len(top)] == top for path in asked.paths], dtype=np.bool_)
    return found if inside.all() else _taken(found, np.flatnonzero(inside[found.rows.node]))


def _in_order(found: TrendLogRows, paths: Sequence[Path]) -> TrendLogRows:
    """By hour, path and revision."""
    rank = path_ranks(paths)
    return _taken(found, np.lexsort((found.revision, rank[found.rows.node], found.rows.hour)))


def _taken(found: TrendLogRows, rows: NDArray[np.int64]) -> TrendLogRows:
    return TrendLogRows(found.rows.take(rows), found.revision[rows], found.written_at[rows])


def _write_csv(records: Iterable[Record]) -> None:
    writer: csv.DictWriter[str] | None = None
    for record in records:
        if writer is None:
            writer = csv.DictWriter(sys.stdout, list(record), lineterminator="\n")
            writer.writeheader()
        complete = json.dumps(record["complete"])
        writer.writerow({**record, "node": ARROW.join(record["node"]), "complete": complete})


def _told(log: _Log, asked: _Asked, config: Config) -> Iterator[str]:
    """The rows as a table for people."""

    def words(key: str, **named: Any) -> str:
        return say(config.language, f"trend_log.{key}", **named)

    rows = log.found.rows
    if not len(rows):
        yield words("none")
        return
    moments = Moments(config.language, config.timezone, int(rows.hour[-1]))
    yield whole_path(asked.paths[asked.node], config.language)
    yield moments.zone_line()
    yield ""
    columns = (
        Column(""),
        Column(words("hour")),
        Column(words("node")),
        Column(words("count"), right=True),
        Column(words("previous"), right=True),
        Column(words("change"), right=True),
        Column(words("ratio"), right=True),
        Column(words("day_to_date"), right=True),
        Column(words("month_escalated"), right=True),
        Column(words("revision"), right=True),
        Column(words("written_at")),
        Column(words("signed_by")),
        Column(words("note")),
    )
    yield from table(columns, [_cells(log, i, asked, moments) for i in range(len(rows))])
    yield ""
    marks = [log.mark(i) for i in range(len(rows))]
    unsigned = {hour for hour, mark in zip(rows.hour.tolist(), marks, strict=True) if mark == UNSIGNED}
    if unsigned:
        yield f"{UNSIGNED} {words('unsigned', n=len(unsigned))}"
        yield f"  {words('how_to_sign')}"
    if CHANGED in marks:
        yield f"{CHANGED} {words('changed')}"
    if not unsigned and CHANGED not in marks:
        yield words("all_signed")


def _cells(log: _Log, i: int, asked: _Asked, moments: Moments) -> tuple[str, ...]:
    rows, language = log.found.rows, moments.language
    hour, count = int(rows.hour[i]), int(rows.count[i])
    previous = int(rows.previous[i]) if rows.previous_known[i] else None
    signed = log.signatures.get(hour, [])
    path = log.paths[rows.node[i]]
    return (
        log.mark(i),
        local_time(moments, hour),
        whole_path(path, language) if asked.below else "",
        f"{count:,}",
        "?" if previous is None else f"{previous:,}",
        "" if previous is None else f"{count - previous:+,}",
        f"{(count - previous) / previous:+.0%}" if previous else "",
        f"{int(rows.day_to_date[i]):,}",
        f"{int(rows.month_escalated[i]):,}",
        f"{int(log.found.revision[i])}" if asked.revisions or log.found.revision[i] else "",
        local_time(moments, int(log.found.written_at[i])) if asked.revisions else "",
        _joined(", ", [one.signed_by for one in signed]),
        _joined(
            "; ",
            [
                "" if rows.complete[i] else say(language, "trend_log.incomplete"),
                *(one.remark for one in signed),
            ],
        ),
    )


def _joined(mark: str, texts: Sequence[str]) -> str:
    """The texts that are not empty, each once."""
    return mark.join(dict.fromkeys(filter(None, texts)))
