"""A configuration's whole history, read, judged and paged: what `replay`, `backtest` and `tune` share."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from alerts.catalogue import in_language, say
from alerts.incidents.book import Book
from alerts.page import Page
from alerts.rendering.phrases import whole_path
from alerts.rendering.widths import clean
from alerts.respond import respond
from connectors.category_table import TableError
from connectors.counting import Versions
from connectors.lineage import Lineage
from connectors.said import of_error
from connectors.source import Quarantined
from connectors.taxonomy import Taxonomy
from connectors.ticket import HOUR, MICROSECOND, TicketBatch, at_us
from connectors.windows import Calendar
from detectors.following import Followed
from detectors.signal import Signal
from monitor.commands import CommandError
from monitor.commands._progress import Report
from monitor.commands._refusing import refused_secret, refused_table
from monitor.commands._store import opened
from monitor.config import Config
from monitor.placement.classifier import at_once
from monitor.placement.replaying import placed_history
from monitor.privacy import Prepare, configured_key, passing_key, preparing
from monitor.replay.history import BatchOf, versions_of
from monitor.replay.lateness import USUAL, late_tickets
from monitor.replay.polling_delays import as_polled
from monitor.replay.replay import Replayed, moments, replay
from monitor.storage.errors import StoreError
from monitor.storage.looking import NoStoreError
from monitor.storage.taxonomy_changes import TaxonomyChange, lineage_of
from monitor.wiring import configured_table, gaps_of, placing_of

# Told of each poll's source and rows that could not become tickets.
SetAside = Callable[[str, Sequence[Quarantined]], None]


def read(config: Config, report: Report, set_aside: SetAside, *, now: datetime) -> Iterator[BatchOf]:
    """All batches with their source's number, in the order of the configuration; bad rows are set aside."""
    try:
        # What the daemon does to batches; without a configured key, hashes are of this run alone.
        prepare = preparing(config.privacy, configured_key(config.privacy) or passing_key())
    except (LookupError, ValueError) as error:
        raise refused_secret("privacy.key", error) from error
    lineage = _lineage(config)
    batches = _placed(config, _prepared(config, prepare, report, set_aside, now=now), lineage)
    followed = _followed(config)
    for number, batch in batches:
        yield number, _counted(lineage, _judged_columns(batch, followed=followed))


def _prepared(
    config: Config, prepare: Prepare, report: Report, set_aside: SetAside, *, now: datetime
) -> Iterator[BatchOf]:
    """All batches as they were read, without what must not be kept."""
    for number, source in enumerate(config.sources):
        name, done = source.settings.name, 0
        text = say(config.language, "replay.reading", source=name)
        report(text, done)
        for poll in source.open().history(now):
            set_aside(name, poll.quarantined)
            done += len(poll.batch)
            report(text, done)
            yield number, prepare(poll.batch)


def _placed(config: Config, batches: Iterator[BatchOf], lineage: Lineage) -> Iterator[BatchOf]:
    """The batches with the tickets that have a text and no category where the daemon would have put them."""
    if not (config.privacy.keep_text and config.clustering.enabled):
        return batches
    taxonomy = Taxonomy(config.taxonomy.levels)
    placing = placing_of(config, taxonomy, refit=at_once)
    placing.follow(lineage)
    return placed_history(list(batches), placing, taxonomy=taxonomy, calendar=Calendar(config.timezone))


class Histories:
    """The histories of several configurations; those that read the same are read once."""

    def __init__(self, report: Report, set_aside: SetAside, *, now: datetime) -> None:
        self._report, self._set_aside, self._now = report, set_aside, now
        self._read: list[tuple[Config, Versions, Taxonomy]] = []

    def of(self, config: Config) -> tuple[Versions, Taxonomy]:
        """All versions in order of arrival, and their tree."""
        for other, versions, taxonomy in self._read:
            if reads_the_same(config, other):
                return versions, taxonomy
        taxonomy = Taxonomy(config.taxonomy.levels)
        batches = read(config, self._report, self._set_aside, now=self._now)
        versions = versions_of(batches, taxonomy)
        self._read.append((config, versions, taxonomy))
        return versions, taxonomy


@dataclass(frozen=True)
class Arrived:
    """A history as the monitor saw it; `polled` versions have the delays that the store knows."""

    versions: Versions
    taxonomy: Taxonomy
    polled: int


class Arrivals:
    """The histories of several configurations, each version seen when the monitor saw it."""

    def __init__(self, report: Report, *, now: datetime) -> None:
        self._report = report
        self._histories = Histories(report, lambda _source, _rows: None, now=now)

    def of(self, config: Config) -> Arrived:
        """All versions in the order in which they were seen, as far as the configuration's store knows it."""
        versions, taxonomy = self._histories.of(config)
        self._report(say(config.language, "backtest.reading_delays"), 0)
        try:
            with opened(config) as store, store.reading() as tx:
                polled = tx.ticket_reads.polled()
        except (NoStoreError, StoreError):
            polled = []
        names = [source.settings.name for source in config.sources]
        arrived, number = as_polled(versions, names, polled)
        say_late(config, arrived)
        return Arrived(arrived, taxonomy, number)


def reads_the_same(one: Config, other: Config) -> bool:
    """Both configurations make the same history of the same sources."""
    parts = ("sources", "taxonomy", "privacy", "clustering", "language", "store", "timezone")
    return _followed(one) == _followed(other) and all(
        getattr(one, part) == getattr(other, part) for part in parts
    )


def _followed(config: Config) -> bool:
    """Some rule follows the clock, and tells of regions and channels, which are kept for it."""
    return any(isinstance(rule.open(), Followed) for rule in config.rules)


def say_late(config: Config, versions: Versions) -> None:
    """Say so where rules that follow the clock are to judge tickets that came when it had passed them."""
    if not _followed(config):
        return
    late, tickets = late_tickets(versions)
    if late > USUAL * tickets:
        sys.stderr.write(f"{say(config.language, 'replay.late', late=late, n=tickets)}\n")


def _lineage(config: Config) -> Lineage:
    """Where labels are counted: by the changes of the store, if there is one, and the configured table."""
    changes: list[TaxonomyChange] = []
    try:
        with opened(config) as store, store.reading() as tx:
            changes = tx.taxonomy.all()
    except NoStoreError:
        pass
    except (CommandError, StoreError) as error:
        said = in_language(of_error(error), config.language)
        sys.stderr.write(f"{said}\n{say(config.language, 'taxonomy.no_changes')}\n")
    depth = len(config.taxonomy.levels)
    try:
        body = configured_table(config, changes)
    except TableError as error:
        raise refused_table(error, config.language) from error
    if body is not None:
        changes.append(TaxonomyChange(len(changes) + 1, 0, "", "table", body, None))
    return lineage_of(changes, depth=depth)


def _counted(lineage: Lineage, batch: TicketBatch) -> TicketBatch:
    """The batch with every ticket on the path where it is counted."""
    if not lineage:
        return batch
    paths, category = lineage.counted(batch.paths, batch.category, batch.created)
    return replace(batch, paths=paths, category=category)


def judged(config: Config, versions: Versions, taxonomy: Taxonomy) -> Replayed:
    """The versions, in order of arrival, judged by the configuration's rules; what could not be is said."""
    replayed = replay(
        versions,
        taxonomy=taxonomy,
        calendar=Calendar(config.timezone),
        sources=[source.settings.name for source in config.sources],
        detectors={rule.name: rule.open() for rule in config.rules},
        missing=gaps_of(config),
    )
    number = Counter(rule for rule, _ in replayed.failures)
    for rule, n in number.items():
        node, error = next((node, said) for (of, node), said in replayed.failures.items() if of == rule)
        where = whole_path(node, config.language)
        said = say(config.language, "replay.failed", rule=rule, node=where, error=clean(error), n=n)
        sys.stderr.write(f"{said}\n")
    return replayed


def pages_of(config: Config, signals: Iterable[Signal]) -> list[Page]:
    """The pages that the signals of a replay make, in order of time."""
    return responses(config, signals).pages


@dataclass(frozen=True)
class Responses:
    """Pages in order of time, and the incident that explains each signal in the end, by identity."""

    pages: list[Page]
    incidents: Mapping[str, int]


def responses(config: Config, signals: Iterable[Signal]) -> Responses:
    """What the signals of a replay lead to. Nobody acknowledges anything, and silence ends an incident."""
    book, tidied = Book(), 0
    pages: list[Page] = []
    for moment, together in moments(list(signals)):
        if moment - tidied >= HOUR:
            book.subside(moment, after=config.plan.incidents.subsided_for // MICROSECOND)
            tidied = moment
        pages += respond(together, plan=config.plan, now=at_us(moment), book=book).pages
    return Responses(pages, book.explained())


def _judged_columns(batch: TicketBatch, *, followed: bool) -> TicketBatch:
    """The batch without what no rule asks for, which would fill the memory."""
    return replace(batch, text=None) if followed else replace(batch, text=None, region=None, channel=None)
