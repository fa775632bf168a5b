"""`taxonomy`: the category table and what became of nodes: import, look, rename, merge, split, take back."""

from __future__ import annotations

import argparse
import getpass
import sys
import time
from collections.abc import Sequence
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any, Final

from alerts.catalogue import Sentence, say
from connectors.category_table import CategoryTable, TableError, read_table
from connectors.lineage import ALWAYS
from connectors.ticket import Path, to_us
from monitor.clock import SystemClock
from monitor.commands import CommandError, Exit
from monitor.commands._asking import moment
from monitor.commands._configured import actions_of, loaded
from monitor.commands._refusing import refused, refused_table
from monitor.commands._store import opened
from monitor.commands._taxonomy_showing import show, unmapped
from monitor.config import Config
from monitor.config.schema import emerging_name
from monitor.taxonomy_changing import (
    ARROW,
    ChangeError,
    move_change,
    renamed,
    table_change,
    told,
    undo_change,
    with_ancestors,
)

if TYPE_CHECKING:
    from monitor.storage import Store, Transaction
    from monitor.storage.taxonomy_changes import TaxonomyChange

# How long the command waits for a running monitor to count by the change, in seconds, and how often it looks.
PATIENCE: Final = 20.0
LOOK_EVERY: Final = 0.2

_MOVES: Final = {
    "rename": ("a node, with all below it, has another name from now on", "OLD", "NEW"),
    "merge": ("a node, with all below it, is counted as another one", "OLD", "INTO"),
    "adopt": ("a node that emerged from texts becomes a category of the tree", "EMERGED", "NODE"),
    "split": ("tickets of a node that are created from some time on are counted on another", "OLD", "NEW"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of every action."""
    action = actions_of(parser)

    def asks(found: argparse.ArgumentParser) -> None:
        found.add_argument("--by", metavar="NAME", help="who asks for it (default: your account)")

    for name, help_ in (
        ("show", "the tree with its tickets, and all changes with their numbers"),
        ("unmapped", "labels that the table does not know, with their tickets"),
    ):
        action(name, help_).add_argument("--json", action="store_true", help="print one JSON object")
    for name, help_ in (
        ("check", "whether a table can be imported, and what it would change"),
        ("import", "make a table the taxonomy's; a code at another path renames its node"),
    ):
        found = action(name, help_)
        found.add_argument("file", nargs="?", type=FilePath, metavar="FILE", help="default: taxonomy.file")
        if name == "import":
            asks(found)
    for name, (help_, old, new) in _MOVES.items():
        found = action(name, help_)
        found.add_argument("old", metavar=old, help='"A > B", or a JSON list of names')
        found.add_argument("new", metavar=new, help="where its tickets are counted")
        if name == "split":
            found.add_argument("--since", required=True, metavar="TIME", help="in the business zone")
        asks(found)
    undo = action("undo", "take a change back, exactly: every ticket is counted as if it had not been")
    undo.add_argument("number", type=int, metavar="N", help="its number, as `taxonomy show` tells it")
    asks(undo)


def run(args: argparse.Namespace) -> int:
    """Do what was asked."""
    config = loaded(args)
    if args.action == "show":
        return show(config, as_json=args.json)
    if args.action == "unmapped":
        return unmapped(config, as_json=args.json)
    if args.action == "check":
        return _check(config, args.file)
    with opened(config) as store:
        number, moves = _asked(store, config, args)
        if number is None:
            _print(say(config.language, "taxonomy.same"))
            return Exit.OK
        for old, new in moves:
            _print(f"{told(old)} → {told(new)}")
        key = "applied" if _applied(store, number) else "asked"
        _print(say(config.language, f"taxonomy.{key}", number=number))
    return Exit.OK


def _asked(store: Store, config: Config, args: argparse.Namespace) -> tuple[int | None, list[Any]]:
    """The change's number, None where nothing would change, and the nodes that it moves."""
    table = _table(config, args.file) if args.action == "import" else None
    now, author = to_us(SystemClock().now()), (args.by or getpass.getuser()).strip()
    with store.writing() as tx:
        changes = tx.taxonomy.all()
        try:
            body = _body(tx, changes, config, args=args, table=table)
        except TableError as error:
            raise refused_table(error, config.language) from error
        except ChangeError as error:
            raise refused(error) from error
        if body is None:
            return None, []
        kind = "table" if args.action == "import" else args.action
        return tx.taxonomy.ask(kind, body, author=author, at=now), body.get("moves", [])


def _body(
    tx: Transaction,
    changes: Sequence[TaxonomyChange],
    config: Config,
    *,
    args: argparse.Namespace,
    table: CategoryTable | None,
) -> dict[str, Any] | None:
    depth = len(config.taxonomy.levels)
    if table is not None:
        return table_change(changes, table, file=str(_file(config, args.file)), depth=depth)
    if args.action == "undo":
        return undo_change(args.number, changes)
    old = path_of(args.old)
    if args.action == "adopt" and len(old) == 1 and len(config.taxonomy.levels) > 1:
        old = (emerging_name(config), *old)
    since = moment(args.since, "--since", config.timezone) if args.action == "split" else ALWAYS
    rows = [entry.path for change in changes for entry in change.entries]
    return move_change(
        args.action,
        old,
        path_of(args.new),
        changes=changes,
        known=set(with_ancestors([*rows, *tx.nodes.paths()])),
        depth=depth,
        since=since,
    )


def path_of(text: str) -> Path:
    """A path as it was typed: `A > B`, or a JSON list."""
    if text.strip().startswith("["):
        import json

        try:
            names = json.loads(text)
        except ValueError:
            names = None
        if isinstance(names, list) and all(isinstance(name, str) for name in names):
            return tuple(name.strip() for name in names)
    return tuple(name for part in text.split(ARROW.strip()) if (name := part.strip()))


def _check(config: Config, file: FilePath | None) -> int:
    """Tell what is in a table, and what its import would change where there is a store."""
    table = _table(config, file)

    def words(key: str, **told: Any) -> None:
        _print(say(config.language, f"taxonomy.{key}", **told))

    words("entries", n=len(table.entries))
    if table.ignored:
        words("ignored", columns=", ".join(table.ignored))
    changes: list[TaxonomyChange] = []
    try:
        with opened(config) as store, store.reading() as tx:
            changes = tx.taxonomy.all()
    except CommandError:
        return Exit.OK  # no store yet, so nothing that could change
    try:
        body = table_change(changes, table, file=str(_file(config, file)), depth=len(config.taxonomy.levels))
    except TableError as error:
        raise refused_table(error, config.language, Exit.PROBLEM) from error
    if body is None:
        words("same")
        return Exit.OK
    from monitor.storage.taxonomy_changes import table_of

    for old, new in renamed(table_of(changes), table):
        _print(f"{told(old)} → {told(new)}")
    return Exit.OK


def _table(config: Config, file: FilePath | None) -> CategoryTable:
    try:
        return read_table(_file(config, file), config.taxonomy.levels)
    except TableError as error:
        raise refused_table(error, config.language) from error


def _file(config: Config, file: FilePath | None) -> FilePath:
    found = file or config.taxonomy.file
    if found is None:
        raise CommandError(Sentence("taxonomy.refused.no_file"), Exit.USAGE)
    return found


def _applied(store: Store, number: int) -> bool:
    """Wait for the monitor that runs, if one does, to count by the change: whether it has."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with store.reading() as tx:
            pending = any(c.id == number and c.applied_at is None for c in tx.taxonomy.all())
        if not pending:
            return True
        if store.holding().holder is None:
            return False
        time.sleep(LOOK_EVERY)
    return False


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
