"""From a configuration to the parts that run: the engine and its rules, over a store cut as it says."""

from __future__ import annotations

from connectors.taxonomy import Taxonomy
from connectors.ticket import to_us
from connectors.windows import Calendar
from monitor.config.schema import Config
from monitor.engine.engine import Engine
from monitor.engine.rules import Rules
from monitor.known_time import Missing
from monitor.storage.facts import Cut
from monitor.storage.store import Store


def rules_of(config: Config) -> Rules:
    """What the engine judges and decides by."""
    return Rules(
        detectors={rule.name: rule.open() for rule in config.rules},
        plan=config.plan,
        sources=tuple(source.settings.name for source in config.sources),
        gaps=gaps_of(config),
        samples=frozenset(s.settings.name for s in config.sources if s.settings.kind == "sample"),
    )


def gaps_of(config: Config) -> tuple[Missing, ...]:
    """Known missing time of all sources."""
    return tuple(
        Missing(to_us(gap.start), to_us(gap.end)) for source in config.sources for gap in source.settings.gaps
    )


def engine_of(config: Config, store: Store) -> Engine:
    """The engine over a store whose counts are cut as the configuration says."""
    with store.reading() as tx:
        taxonomy = Taxonomy(config.taxonomy.levels, tx.nodes.paths())
    return Engine(store, taxonomy=taxonomy, calendar=Calendar(config.timezone), rules=rules_of(config))


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
            raise ValueError(
                f"timezone: the store's counts are cut in {stored.zone}, and {wanted.zone} is configured; "
                "set it back, or give a new store in store.url"
            )
        elif len(stored.levels) != len(wanted.levels):
            raise ValueError(
                f"taxonomy.levels: the store counts by {len(stored.levels)} levels, and {len(wanted.levels)} "
                "are configured; set them back, or give a new store in store.url"
            )
        elif stored != wanted:
            tx.facts.save_cut(wanted.zone, wanted.levels)
