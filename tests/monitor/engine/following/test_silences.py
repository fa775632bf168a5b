"""`silence` over a store: nodes and sources, told once, also across restarts."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from random import Random

import pytest
from followed import LiveSurge, at_times, key, nothing, of_replay, told_at
from live import sqlite
from oracle import OracleTicket
from surging import DAY, HOUR, MINUTE, TODAY, World, before

from alerts.rendering.sheet import sheet
from connectors.ticket import to_us
from detectors.rules import silence

SILENCE = silence.Detector(
    "silence", (0, 1, 2), silence.Options(level="mild", false_pages_per_week=2.0, quiet_hours=6)
)


def a_silent_day() -> World:
    """Weeks of two branches; today one of them falls silent at eight, and everything from noon to five."""
    world = World(Random(5))
    for _ in range(4):
        world.ordinary(TODAY - 56 * DAY, TODAY + 8 * HOUR)
    rest = World(Random(6))
    for _ in range(4):
        rest.ordinary(TODAY + 8 * HOUR, TODAY + 20 * HOUR)
    for version in rest.versions:
        after = version.created_at - TODAY
        whole, branch = 12 * HOUR <= after < 17 * HOUR, version.path[0] == "b" and after < 17 * HOUR
        if not whole and not branch:
            world.add(version.created_at, "/".join(version.path))
    return world


@pytest.mark.slow
def test_a_branch_that_falls_silent_is_told_once_and_then_all_of_it_also_across_restarts(tmp_path: Path):
    versions = a_silent_day().in_order()
    replayed = [signal for signal in of_replay(versions, SILENCE) if told_at(signal) > TODAY]
    assert [signal.node for signal in replayed] == [("b",), ()]
    for signal in replayed:
        assert signal.observed <= 0.3 * signal.detail["expected"]
        assert signal.observed <= signal.threshold < signal.detail["expected"]
    found = []
    for name in ("steady", "restarted"):
        folder = tmp_path / name
        folder.mkdir()
        live = LiveSurge(sqlite(folder), SILENCE)
        live.import_history(before(versions, TODAY))
        live.live_through(versions, TODAY + 20 * HOUR, at_times(live) if name == "restarted" else nothing)
        found.append(sorted(map(key, live.signals())))
        assert len(live.pages) == 2
    assert found[0] == found[1] == sorted(map(key, replayed))


def two_sources(*, until: datetime, both_from: datetime = TODAY + 16 * HOUR) -> list[OracleTicket]:
    """Weeks of two sources; "t" brings nothing from eight on, and "s" nothing from `both_from` to seven."""
    told = []
    for source, seed in (("s", 11), ("t", 12)):
        world = World(Random(seed))
        for _ in range(4):
            world.ordinary(TODAY - 56 * DAY, until)
        told += [replace(version, source=source) for version in world.in_order()]
    silent = {"t": (TODAY + 8 * HOUR, until), "s": (both_from, TODAY + 19 * HOUR)}
    return sorted(
        (v for v in told if not silent[v.source][0] <= v.created_at < silent[v.source][1]),
        key=lambda version: version.updated_at,
    )


@pytest.mark.slow
def test_a_source_that_falls_silent_while_another_goes_on_is_named_once_also_across_restarts(
    tmp_path: Path,
):
    until = TODAY + 20 * HOUR
    versions = two_sources(until=until, both_from=until)
    replayed = [signal for signal in of_replay(versions, SILENCE) if told_at(signal) > TODAY]
    [signal] = [signal for signal in replayed if "source" in signal.detail]
    assert signal.detail["source"] == "t"
    assert signal.observed <= 0.3 * signal.detail["expected"]
    assert (signal.node, signal.exact, signal.revised_to) == ((), True, None)
    found = []
    for name in ("steady", "restarted"):
        folder = tmp_path / name
        folder.mkdir()
        live = LiveSurge(sqlite(folder), SILENCE)
        live.sources, live.rules = ["s", "t"], replace(live.rules, sources=("s", "t"))
        live.open()
        for source in live.sources:
            past = [version for version in before(versions, TODAY) if version.source == source]
            live.arrive(past, TODAY, imported=len(past))
        live.reach(TODAY)
        live.live_through(versions, until, at_times(live) if name == "restarted" else nothing)
        found.append(sorted(map(key, live.signals())))
        [page] = [page for page in live.pages if "source" in page.signals[0].detail]
        assert "Source t: only" in sheet(page, language="en", zone=live.calendar.zone).headline
        assert "数据源 t" in sheet(page, language="zh", zone=live.calendar.zone).headline
    assert found[0] == found[1] == sorted(map(key, replayed))


def test_where_all_sources_fall_silent_none_is_told_and_the_one_that_stays_away_afterwards_is():
    versions = two_sources(until=TODAY + 3 * DAY, both_from=TODAY + 8 * HOUR)
    told = [s for s in of_replay(versions, SILENCE) if told_at(s) > TODAY]
    assert told[0].node == ()
    assert "source" not in told[0].detail
    named = [signal for signal in told if "source" in signal.detail]
    assert [signal.detail["source"] for signal in named] == ["t"]
    assert named[0].crossed_at > to_us(TODAY + 19 * HOUR)


def test_one_source_alone_and_a_rule_that_leaves_sources_out_tell_of_nodes_only():
    alone = [version for version in two_sources(until=TODAY + 20 * HOUR) if version.source == "t"]
    without = replace(SILENCE, options=replace(SILENCE.options, sources=False))
    for versions, rule in ((alone, SILENCE), (two_sources(until=TODAY + 20 * HOUR), without)):
        assert not [signal for signal in of_replay(versions, rule) if "source" in signal.detail]


def test_a_silence_that_later_tickets_fill_is_marked_as_revised():
    world = a_silent_day()
    for n in range(40):
        world.add(TODAY + 12 * HOUR + n * 7 * MINUTE, "a/x", seen=TODAY + 19 * HOUR + n * MINUTE)
    whole = next(s for s in of_replay(world.in_order(), SILENCE) if s.node == () and told_at(s) > TODAY)
    assert whole.revised_to is not None
    assert whole.revised_to > whole.threshold >= whole.observed
