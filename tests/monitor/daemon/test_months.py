"""Months of real tickets, dropped as files into the folder of a daemon whose clock runs through them."""

import gzip
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from dropping import World, drop_bytes
from engine import signal_record
from oracle import OracleRule, identity, lasting
from realdata import COUNCIL, INCIDENTS, NYC311, RealSet, default_rules, needs, source_toml, wide_rules
from simulating import Simulation

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Export:
    """The rows of a set as they stand, each with the version it is."""

    def __init__(self, real: RealSet) -> None:
        with gzip.open(real.path, "rb") as file:
            self.header, *self.rows = file.readlines()
        self.versions = real.versions()
        # So that a line is a row, and every row a version.
        assert len(self.rows) == len(self.versions)

    def table(self, rows: Sequence[int]) -> bytes:
        """A file of these rows."""
        return b"".join([self.header, *(self.rows[row] for row in rows)])


def by_time(
    rows: Sequence[int], stamps: Sequence[datetime], every: timedelta
) -> Iterator[tuple[datetime, list[int]]]:
    """(end, rows) of each piece of time that holds some, rows by their stamps, then as they stood."""
    start = datetime(2000, 1, 1, tzinfo=UTC)

    def end(row: int) -> datetime:
        return start + ((stamps[row] - start) // every + 1) * every

    for at, together in groupby(sorted(rows, key=lambda row: stamps[row]), key=end):
        yield at, list(together)


def world_of(real: RealSet, rules: Sequence[OracleRule], folder: Path) -> World:
    world = World(
        folder,
        f"sqlite:///{folder}/complaints.db",
        rules,
        zone=real.zone,
        levels=len(real.levels),
        sources=(),
    )
    inbox = folder / "inbox"
    inbox.mkdir()
    head, _, fields = source_toml(real.mapping, "inbox", real.local_gaps).partition("[sources.fields]")
    # Some tickets were created hours after their own updated_at: no reason to refuse them here.
    more = 'settle = "0s"\nclock_tolerance = "3650d"\n'
    world.sources_toml = f"{head}{more}[sources.fields]{fields}"
    world.write()
    return world


def drop_and_reach(simulation: Simulation, file: Path, content: bytes, now: datetime) -> None:
    """A file appears, is read, and is moved away once it has been, as tidy exports are."""
    drop_bytes(file, content)
    simulation.reach(now)
    file.unlink()


def comparable(record: dict[str, Any]) -> dict[str, Any]:
    """What does not depend on when the daemon looked; which ticket made an hour's count matters to none."""
    apart = {"crossed_at", "late_seconds"} | ({"created_at"} if record["kind"] == "hour_over_hour" else set())
    return {name: value for name, value in record.items() if name not in apart}


@dataclass(frozen=True)
class Months:
    """A set, the part of it that is fed, in which pieces, and what it is judged by.

    Where tickets change after their hour, only hourly pieces show the daemon what the brute force sees at the
    end of each hour; a day's and a month's counts do not mind.
    """

    real: RealSet
    rules: tuple[OracleRule, ...]
    every: timedelta
    until: datetime = datetime(2100, 1, 1, tzinfo=UTC)


def by_hours(levels: int) -> tuple[OracleRule, ...]:
    """The default plan, and steps below it, so that more fires."""
    low = OracleRule("low volume", "daily_threshold", tuple(range(levels + 1)), {"一级预警": 40})
    return (*default_rules(levels), low)


MONTHS = [
    Months(INCIDENTS, by_hours(3), HOUR, until=datetime(2016, 3, 19, tzinfo=UTC)),
    Months(INCIDENTS, tuple(wide_rules(3)[:2]), 7 * DAY),
    Months(NYC311, by_hours(4), DAY),
    Months(COUNCIL, tuple(default_rules(4)), 14 * DAY, until=datetime(2016, 1, 1, tzinfo=UTC)),
]


@pytest.mark.slow
@pytest.mark.parametrize(
    "months",
    [
        pytest.param(one, marks=needs(one.real), id=f"{one.real.name}-{one.every // HOUR}-hourly")
        for one in MONTHS
    ],
)
def test_tickets_dropped_in_their_order_fire_what_the_brute_force_fires_each_paged_once(
    months: Months, tmp_path: Path
) -> None:
    real, every = months.real, months.every
    export = Export(real)
    stamps = [version.updated_at for version in export.versions]
    rows = [row for row, at in enumerate(stamps) if at < months.until]
    simulation = Simulation(world_of(real, months.rules, tmp_path).config, min(stamps) - DAY)
    for now, together in by_time(rows, stamps, every):
        simulation.run(now - every, DAY)
        file = tmp_path / "inbox" / f"{now:%Y%m%dT%H%M}.csv"
        drop_and_reach(simulation, file, export.table(together), now)
    simulation.finish_day()

    fed = [export.versions[row] for row in rows]
    expected = {identity(signal): signal for signal in real.run(months.rules, fed).signals}
    found = {identity(record): record for record in map(signal_record, simulation.signals())}
    assert {key: comparable(one) for key, one in found.items()} == {
        key: comparable(one) for key, one in expected.items()
    }
    assert len(expected) > 20
    for key, one in found.items():
        assert timedelta(0) <= one["crossed_at"] - expected[key]["crossed_at"] <= every
    assert_each_signal_is_paged_once(simulation)
    simulation.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("real", "rules"),
    [
        pytest.param(INCIDENTS, default_rules(3), marks=needs(INCIDENTS), id="incidents"),
        pytest.param(NYC311, default_rules(4), marks=needs(NYC311), id="nyc311"),
    ],
)
def test_tickets_dropped_late_and_out_of_order_end_with_a_signal_for_each_group_that_meets_its_threshold(
    real: RealSet, rules: list[OracleRule], tmp_path: Path
) -> None:
    """Each row comes up to ten days late, with others in any order; at times the daemon restarts."""
    export, dice = Export(real), random.Random(7)
    arrivals = [version.updated_at + dice.random() ** 3 * 10 * DAY for version in export.versions]
    simulation = Simulation(world_of(real, rules, tmp_path).config, min(arrivals) - DAY)
    for now, rows in by_time(range(len(arrivals)), arrivals, 2 * DAY):
        dice.shuffle(rows)
        if dice.random() < 0.2:
            simulation.restart()
        drop_and_reach(simulation, tmp_path / "inbox" / f"{now:%Y%m%dT%H%M}.csv", export.table(rows), now)
    simulation.finish_day()

    standing = [
        identity(signal_record(signal)) for signal in simulation.signals() if signal.revised_to is None
    ]
    assert Counter(standing) == Counter(lasting(real.run(rules, export.versions)))
    assert_each_signal_is_paged_once(simulation)
    simulation.close()


def assert_each_signal_is_paged_once(simulation: Simulation) -> None:
    fired = Counter(signal.identity for signal in simulation.signals())
    assert set(fired.values()) == {1}
    assert Counter(simulation.paged()) == fired
    assert len(simulation.reader.sent) == len(simulation.pages())
