"""Whether the nodes that a plan names are there: one that is misspelled holds no ticket, and tells nobody."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from alerts.catalogue import say
from alerts.plan import ResponsePlan
from connectors.category_table import TableError, read_table
from connectors.ticket import Path
from monitor.commands import CommandError
from monitor.commands._asking import ARROW
from monitor.commands._check_findings import Area, Finding, Weight
from monitor.commands._check_sources import Trial
from monitor.commands._store import opened
from monitor.config import Config
from monitor.config.near import nearest
from monitor.config.problem import spelled
from monitor.storage import StoreError

# The tables of a plan that name nodes.
NAMING = ("departments", "exempt_events", "planned_changes", "escalation")


def nodes_checked(config: Config, trials: Iterable[Trial | BaseException]) -> list[Finding]:
    """A warning for each node that no ticket has, beside one with nearly the same name.

    A node that is like no other is left alone: a plan may well name what nobody has complained about yet.
    """
    known = [*_stored(config), *_told(config, trials)]
    return [
        Finding(Area.CONFIG, key, Weight.WARNING, say(config.language, "check.node", near=near, node=node))
        for key, node, near in unlike(config.plan, known)
    ]


def unlike(plan: ResponsePlan, known: Iterable[Path]) -> Iterator[tuple[str, str, str]]:
    """Key of a node, the node as far as it is not known, and the known one that is most like it."""
    below: dict[Path, set[str]] = {}
    for path in known:
        for depth, name in enumerate(path):
            below.setdefault(path[:depth], set()).add(name)
    for table in NAMING:
        for i, entry in enumerate(getattr(plan, table)):
            for j, node in enumerate(entry.nodes):
                if (meant := _meant(node, below)) is not None:
                    said = ARROW.join(node[: len(meant)])
                    yield spelled((table, i, "nodes", j)), said, ARROW.join(meant)


def _meant(node: Path, below: Mapping[Path, Collection[str]]) -> Path | None:
    """The path up to the first name that is not known there, with the known name that is most like it."""
    for depth, name in enumerate(node):
        beside = below.get(node[:depth], ())
        if name not in beside:
            near = nearest(name, beside)
            return None if near is None else (*node[:depth], near)
    return None


def _stored(config: Config) -> list[Path]:
    """Nodes of the store; that it cannot be read is another finding."""
    try:
        with opened(config) as store, store.reading() as tx:
            return tx.nodes.paths()
    except (StoreError, CommandError):
        return []


def _told(config: Config, trials: Iterable[Trial | BaseException]) -> Iterable[Path]:
    """Nodes of the category table, whose mistakes are another finding; without one, those of sources."""
    if config.taxonomy.file is None:
        return {path for trial in trials if isinstance(trial, Trial) for path in trial.paths}
    try:
        table = read_table(config.taxonomy.file, config.taxonomy.levels)
        return [entry.path for entry in table.entries]
    except TableError:
        return []
