"""`seasonal_surge` by days and weeks over a store: whole windows, gaps, changes of the clock."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest
from followed import LEVELS, LiveSurge, at_times, key, nothing, of_replay, told_at
from live import sqlite
from surging import DAY, HOUR, MINUTE, TODAY, World, before, weeks

from connectors.ticket import to_us
from detectors.rules.seasonal_surge import Detector, Options
from monitor.known_time import Missing

BY_DAY = Detector(
    "by day", (0, 1, 2), Options(levels=LEVELS, false_pages_per_week=2.0, period="day", country="CN")
)


def busy_days(seed: int = 11) -> World:
    """Four days, of which two bring three tickets more every three hours; late, moved and void ones."""
    world = weeks(seed, days=140)
    world.ordinary(TODAY, TODAY + 4 * DAY)
    for hour in range(24, 72, 3):
        world.surge(TODAY + hour * HOUR, "a/x", 3, 3 * HOUR)
    # A flood for a day that has closed, and then a few more: together they would be a surge.
    for _ in range(25):
        world.add(world.within(TODAY + DAY, DAY), "b/x", seen=world.within(TODAY + 49 * HOUR, HOUR))
    world.surge(TODAY + 50 * HOUR, "b/x", 3, HOUR)
    random = Random(seed)
    for version in random.sample([v for v in world.versions if v.created_at >= TODAY], 12):
        seen = world.within(version.updated_at + MINUTE, 30 * HOUR)
        world.change(version, seen, **random.choice([{"void": True}, {"path": ("b", "new")}]))
    return world


def test_a_day_is_judged_when_it_closes_and_names_its_whole_days():
    told = [s for s in of_replay(busy_days().in_order(), BY_DAY) if told_at(s) > TODAY]
    first = told[0]
    assert {signal.node for signal in told} == {("a", "x")}
    assert (first.window_start, first.window_end) == (to_us(TODAY + DAY), to_us(TODAY + 2 * DAY))
    assert first.crossed_at == first.window_end
    assert first.detail["days"] == 1
    assert first.detail["hours"] is first.detail["minutes"] is None
    assert first.observed >= 20 > 2 * first.detail["expected"]


@pytest.mark.slow
def test_days_are_found_by_the_daemon_as_by_a_replay_and_restarts_change_nothing(tmp_path: Path):
    versions = [version for version in busy_days().in_order() if version.updated_at < TODAY + 4 * DAY]
    replayed = [signal for signal in of_replay(versions, BY_DAY) if told_at(signal) > TODAY]
    assert replayed
    found = []
    for name in ("steady", "restarted"):
        folder = tmp_path / name
        folder.mkdir()
        live = LiveSurge(sqlite(folder), BY_DAY)
        live.import_history(before(versions, TODAY))
        live.live_through(versions, TODAY + 4 * DAY, at_times(live) if name == "restarted" else nothing)
        found.append(sorted(map(key, live.signals())))
    assert found[0] == found[1] == sorted(map(key, replayed))


@pytest.mark.slow
def test_what_is_cut_off_changes_no_day_that_was_told_before():
    versions = busy_days().in_order()
    whole = of_replay(versions, BY_DAY)
    first = min(told_at(signal) for signal in whole if told_at(signal) > TODAY)
    after = next(k for k, version in enumerate(versions) if version.updated_at > first)
    for cut in Random(4).sample(range(after + 1, len(versions)), 2):
        end = versions[cut - 1].updated_at
        earlier = [key(signal) for signal in whole if told_at(signal) <= end]
        assert earlier
        assert [key(s) for s in of_replay(versions[:cut], BY_DAY) if told_at(s) <= end] == earlier


def test_a_day_with_an_unknown_hour_is_a_gap():
    versions = busy_days().in_order()
    gap = Missing(to_us(TODAY + 30 * HOUR), to_us(TODAY + 31 * HOUR))
    told = [s for s in of_replay(versions, BY_DAY, missing=[gap]) if told_at(s) > TODAY]
    assert min(signal.crossed_at for signal in told) == to_us(TODAY + 3 * DAY)
    assert told[0].observed < 35, "the day before counts with it"


def test_a_week_begins_on_monday_and_is_judged_on_the_next_one():
    world = weeks(3, days=51 * 7)
    world.ordinary(TODAY, TODAY + 8 * DAY)
    for hour in range(0, 168, 4):
        world.surge(TODAY + hour * HOUR, "a/x", 3, 4 * HOUR)
    by_week = replace(BY_DAY, options=replace(BY_DAY.options, period="week"))
    [signal] = [s for s in of_replay(world.in_order(), by_week) if told_at(s) > TODAY + DAY]
    assert (signal.window_start, signal.window_end) == (to_us(TODAY), to_us(TODAY + 7 * DAY))
    assert signal.node == ("a", "x")
    assert signal.detail["days"] == 7


def test_a_day_of_23_hours_is_a_window_of_23_hours():
    berlin = ZoneInfo("Europe/Berlin")
    short = datetime(2026, 3, 29, tzinfo=berlin)
    world = World(Random(3))
    world.ordinary(TODAY - 150 * DAY, TODAY - 25 * DAY)
    world.surge(short.astimezone(UTC), "a/x", 30, 23 * HOUR)
    [first, *_] = [
        s
        for s in of_replay(world.in_order(), BY_DAY, zone="Europe/Berlin")
        if s.window_end > to_us(short.astimezone(UTC))
    ]
    assert (first.window_end - first.window_start) == 23 * HOUR // timedelta(microseconds=1)
    assert first.detail["days"] == 1
