"""`taxonomy show` and `taxonomy unmapped`: the tree, its changes, and the labels that it does not know."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

from alerts.catalogue import say
from alerts.rendering.moments import Moments
from connectors.ticket import Path, to_us
from connectors.windows import Calendar
from monitor.clock import SystemClock
from monitor.commands import Exit
from monitor.commands._store import opened
from monitor.commands._tables import Column, table
from monitor.commands.signals import local_time
from monitor.config import Config
from monitor.storage import Transaction
from monitor.storage.taxonomy_changes import TaxonomyChange, lineage_of, standing, table_of
from monitor.taxonomy_changing import told, with_ancestors


def show(config: Config, *, as_json: bool) -> int:
    """Print every node with its tickets, those below it included, then the changes."""
    with opened(config) as store, store.reading() as tx:
        changes = tx.taxonomy.all()
        tickets = _by_node(tx)
        placed, corrected = tx.placements.figures()
    found = table_of(changes)
    entries = {entry.path: entry for entry in (found.entries if found else ())}
    nodes = sorted({*with_ancestors(entries), *(path for path in tickets if path)})
    if as_json:
        _print_json(
            {
                "nodes": [
                    {
                        "node": list(path),
                        "tickets": tickets[path],
                        "in_table": path in set(with_ancestors(entries)),
                        "code": entries[path].code if path in entries else None,
                        "aliases": list(entries[path].aliases) if path in entries else [],
                    }
                    for path in nodes
                ],
                "changes": [_record(change, config) for change in changes],
                "placed_by_text": {"tickets": placed, "corrected": corrected},
            }
        )
        return Exit.OK
    words = _words(config, "node", "code", "aliases", "tickets")
    rows = [
        (
            told(path),
            (entries[path].code or "") if path in entries else "",
            "; ".join(entries[path].aliases) if path in entries else "",
            f"{tickets[path]:,}",
        )
        for path in nodes
    ]
    _write(table([*map(Column, words[:-1]), Column(words[-1], right=True)], rows) if rows else ())
    if placed:
        _write(["", say(config.language, "taxonomy.placed", n=placed, corrected=corrected)])
    if changes:
        _write(["", *_changes(changes, config)])
    return Exit.OK


def unmapped(config: Config, *, as_json: bool) -> int:
    """Print the labels that are no node of the table, the most frequent first."""
    with opened(config) as store, store.reading() as tx:
        applied = [change for change in tx.taxonomy.all() if change.applied_at is not None]
        lineage = lineage_of(applied, depth=len(config.taxonomy.levels))
        paths = tx.nodes.paths()
        found = [
            (paths[label], paths[node], tickets, last) for label, node, tickets, last in tx.tickets.labels()
        ]
    if not lineage.labels:
        sys.stdout.write(say(config.language, "taxonomy.no_table") + "\n")
        return Exit.PROBLEM
    # What people moved tickets to is known, though no row of the table says so.
    moved_to = {new for change in standing(applied) for _, new in change.moves}
    strange = [
        row
        for row in found
        if row[1] not in lineage.labels
        and not any(row[1][:depth] in moved_to for depth in range(1, len(row[1]) + 1))
    ]
    strange.sort(key=lambda row: (-row[2], row[0]))
    none = sum(tickets for label, _, tickets, _ in found if not label)
    if as_json:
        iso = Calendar(config.timezone).iso
        _print_json(
            {
                "unmapped": [
                    {"label": list(label), "node": list(node), "tickets": n, "last_created_at": iso(last)}
                    for label, node, n, last in strange
                ],
                "tickets": sum(row[2] for row in strange),
                "without_category": none,
            }
        )
        return Exit.OK
    moments = Moments(config.language, config.timezone, to_us(SystemClock().now()))
    if strange:
        words = _words(config, "label", "counted_as", "tickets", "last")
        rows = [
            (told(label), told(node) if node != label else "", f"{n:,}", local_time(moments, last))
            for label, node, n, last in strange
        ]
        columns = [Column(word, right=i == len("..")) for i, word in enumerate(words)]
        _write([*table(columns, rows), ""])
    _write(
        [
            say(config.language, "taxonomy.unmapped", n=sum(row[2] for row in strange), labels=len(strange)),
            *([say(config.language, "taxonomy.without", n=none)] if none else []),
        ]
    )
    return Exit.OK


def _by_node(tx: Transaction) -> Counter[Path]:
    """Stored tickets of each path, with those below it; void ones left out."""
    paths, found = tx.nodes.paths(), Counter[Path]()
    for _, node, tickets, _ in tx.tickets.labels():
        for above in with_ancestors([paths[node]]):
            found[above] += tickets
    return found


def _changes(changes: list[TaxonomyChange], config: Config) -> Iterator[str]:
    moments = Moments(config.language, config.timezone, to_us(SystemClock().now()))
    there = {change.id for change in standing(changes)}
    rows = []
    for change in changes:
        if change.kind == "table":
            what = say(config.language, "taxonomy.entries", n=len(change.entries))
        elif change.kind == "undo":
            what = str(change.body["of"])
        else:
            what = "; ".join(f"{told(old)} → {told(new)}" for old, new in change.moves)
        state = "pending" if change.applied_at is None else "holds"
        state = state if change.id in there or change.kind == "undo" else "undone"
        rows.append(
            (
                str(change.id),
                local_time(moments, change.at),
                change.author,
                say(config.language, f"taxonomy.kind_{change.kind}"),
                what,
                say(config.language, f"taxonomy.is_{state}"),
            )
        )
    words = _words(config, "number", "at", "author", "kind", "what", "state")
    yield from table([Column(word, right=i == 0) for i, word in enumerate(words)], rows)


def _record(change: TaxonomyChange, config: Config) -> dict[str, Any]:
    iso = Calendar(config.timezone).iso
    return {
        "number": change.id,
        "at": iso(change.at),
        "author": change.author,
        "kind": change.kind,
        "moves": [[list(old), list(new)] for old, new in change.moves],
        "since": iso(change.since) if "since" in change.body else None,
        "undoes": change.body.get("of"),
        "file": change.body.get("file"),
        "applied_at": None if change.applied_at is None else iso(change.applied_at),
    }


def _words(config: Config, *names: str) -> list[str]:
    return [say(config.language, f"taxonomy.{name}") for name in names]


def _write(lines: Any) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")
