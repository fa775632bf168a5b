"""From a configuration to the parts that run: the engine and its rules, over a store cut as it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from alerts.catalogue import Sentence
from alerts.plan import ResponsePlan
from alerts.workdays import read_days
from connectors.category_table import read_table
from connectors.taxonomy import Taxonomy
from connectors.ticket import to_us
from connectors.windows import Calendar
from monitor.config.schema import Config, emerging_name
from monitor.engine.engine import Engine
from monitor.engine.rules import Rules
from monitor.known_time import Missing
from monitor.placement.classifier import Classifier, Run, beside
from monitor.placement.placing import Placing
from monitor.storage.facts import Cut
from monitor.storage.store import Store
from monitor.storage.taxonomy_changes import TaxonomyChange, lineage_of
from monitor.taxonomy_changing import table_change


def rules_of(config: Config) -> Rules:
    """What the engine judges and decides by."""
    return Rules(
        detectors={rule.name: rule.open() for rule in config.rules},
        plan=plan_of(config),
        sources=tuple(source.settings.name for source in config.sources),
        gaps=gaps_of(config),
        samples=frozenset(s.settings.name for s in config.sources if s.settings.kind == "sample"),
    )


def plan_of(config: Config) -> ResponsePlan:
    """The response plan, with the workdays of its file.

    Raises ValueError, with a sentence, where the file cannot be read.
    """
    workdays = config.plan.workdays
    if workdays.file is None:
        return config.plan
    days = {**read_days(workdays.file), **workdays.days}
    return replace(config.plan, workdays=replace(workdays, days=days))


def gaps_of(config: Config) -> tuple[Missing, ...]:
    """Known missing time of all sources."""
    return tuple(
        Missing(to_us(gap.start), to_us(gap.end)) for source in config.sources for gap in source.settings.gaps
    )


def engine_of(config: Config, store: Store) -> Engine:
    """The engine over a store whose counts are cut as the configuration says."""
    with store.reading() as tx:
        taxonomy = Taxonomy(config.taxonomy.levels, tx.nodes.paths())
        applied = [change for change in tx.taxonomy.all() if change.applied_at is not None]
    return Engine(
        store,
        taxonomy=taxonomy,
        calendar=Calendar(config.timezone),
        rules=rules_of(config),
        lineage=lineage_of(applied, depth=len(config.taxonomy.levels)),
        placing=placing_of(config, taxonomy, refit=beside),
    )


def placing_of(config: Config, taxonomy: Taxonomy, *, refit: Run) -> Placing:
    """What puts tickets without a category on a node by their text."""
    settings = config.clustering
    classifier = Classifier(
        least=settings.least_labelled,
        min_confidence=settings.min_confidence,
        refit=refit,
        encoder=settings.sentence_model,
    )
    return Placing(settings, classifier, taxonomy=taxonomy, emerging=emerging_name(config))


def adopt_cut(config: Config, store: Store) -> None:
    """Note how a new store's counts are cut, and see that an old one's are cut as the configuration says.

    Raises ValueError, with a sentence, where they are not: in another zone all windows are others, and what
    has been paged would be paged again (law 2).
    """
    wanted = Cut(config.timezone.key, config.taxonomy.levels)
    with store.writing() as tx:
        stored = tx.facts.cut()
        if stored is None:
            tx.facts.save_cut(wanted.zone, wanted.levels)
        elif stored.zone != wanted.zone:
            raise ValueError(Sentence("run.other_zone", stored=stored.zone, wanted=wanted.zone))
        elif len(stored.levels) != len(wanted.levels):
            facts = {"stored": len(stored.levels), "wanted": len(wanted.levels)}
            raise ValueError(Sentence("run.other_levels", **facts))
        elif stored != wanted:
            tx.facts.save_cut(wanted.zone, wanted.levels)


def configured_table(config: Config, changes: Sequence[TaxonomyChange]) -> dict[str, Any] | None:
    """The change that makes the configured file the category table; None where nothing changes.

    Raises TableError, a ValueError, with a sentence for each mistake.
    """
    file = config.taxonomy.file
    if file is None:
        return None
    table = read_table(file, config.taxonomy.levels)
    return table_change(changes, table, file=str(file), depth=len(config.taxonomy.levels))


def adopt_table(config: Config, store: Store, *, now: int) -> None:
    """Ask for the configured category table, unless it is the one that holds. Raises TableError."""
    with store.writing() as tx:
        body = configured_table(config, tx.taxonomy.all())
        if body is not None:
            tx.taxonomy.ask("table", body, author=config.file.name, at=now)
