"""`seasonal_surge` over a store: what a replay finds, whatever comes late, and across restarts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from followed import NOON, RULE, LiveSurge, at_times, key, nothing, of_replay, told_at
from live import sqlite
from oracle import OracleTicket
from surging import HOUR, MINUTE, TODAY, World, before, weeks

from connectors.ticket import to_us
from detectors.followers.surge import SurgeFollower
from detectors.following import Moment
from detectors.signal import Signal
from monitor.known_time import Missing

SECOND = timedelta(seconds=1)


def a_busy_day(seed: int, *, days: int) -> World:
    """Ordinary days, and a day with a surge that grows, a late flood, moved tickets and void ones."""
    world = weeks(seed, days=days)
    world.ordinary(TODAY, TODAY + 16 * HOUR)
    world.surge(TODAY + 8 * HOUR, "a/x", 12, 40 * MINUTE)
    world.surge(TODAY + 9 * HOUR, "a/x", 40, 3 * HOUR)
    for _ in range(6):
        world.add(world.within(TODAY + 4 * HOUR, 3 * HOUR), "a/y", who="one and the same")
    # A flood for an hour that has closed, and then a few more: together they would be a surge.
    for _ in range(15):
        world.add(
            world.within(TODAY + 10 * HOUR, HOUR), "b/x", seen=world.within(TODAY + 11 * HOUR, 10 * MINUTE)
        )
    world.surge(TODAY + 12 * HOUR, "b/x", 3, HOUR)
    world.surge(TODAY + 13 * HOUR, "b/x", 3, HOUR)
    random = Random(seed)
    for version in random.sample([v for v in world.versions if v.created_at >= TODAY], 12):
        if random.random() < 1 / 2:
            world.change(version, version.updated_at + timedelta(microseconds=1), complainant="somebody else")
        seen = world.within(version.updated_at + MINUTE, 3 * HOUR)
        world.change(version, seen, **random.choice([{"void": True}, {"path": ("b", "new")}]))
    return world


def peopled(versions: Sequence[OracleTicket]) -> list[OracleTicket]:
    """The same, where whoever has no complainant yet has one of two hundred."""
    return [
        replace(version, complainant=version.complainant or f"person {int(version.id[1:]) * 7919 % 200}")
        for version in versions
    ]


def test_a_surge_is_told_while_its_hour_runs_and_once(tmp_path: Path):
    world = weeks(1)
    world.surge(NOON + 20 * MINUTE, "a/x", 14, 20 * MINUTE)
    versions = world.in_order()
    live = LiveSurge(sqlite(tmp_path))
    live.import_history(before(versions, TODAY))
    live.live_through(versions, NOON + 5 * HOUR, nothing)
    [signal] = live.signals()
    [page] = live.pages
    assert signal.node == page.node == ("a", "x")
    assert NOON + 20 * MINUTE < told_at(signal) <= NOON + 41 * MINUTE
    assert signal.observed >= signal.threshold > signal.detail["expected"]
    assert [s.identity for s in page.signals] == [signal.identity]


@pytest.mark.slow
def test_the_daemon_finds_what_a_replay_finds_and_restarts_change_nothing(
    tmp_path: Path,
):
    versions = peopled(a_busy_day(2, days=15).in_order())
    replayed = [signal for signal in of_replay(versions) if told_at(signal) > TODAY]
    assert "complainant" in {signal.detail["concentrated"] for signal in replayed}
    found = []
    for name in ("steady", "restarted"):
        folder = tmp_path / name
        folder.mkdir()
        live = LiveSurge(sqlite(folder))
        live.import_history(before(versions, TODAY))
        live.live_through(versions, TODAY + 16 * HOUR, at_times(live) if name == "restarted" else nothing)
        found.append(sorted(map(key, live.signals())))
        assert len(live.pages) == len(live.signals())
    assert found[0] == found[1]
    assert found[0] == sorted(map(key, replayed))


def test_what_came_in_the_hour_in_which_a_gap_ended_is_no_surge_of_the_next():
    world = weeks(1)
    for minute in (26, 32, 38, 44, 50, 56, 61):
        world.add(NOON + minute * MINUTE - 5 * SECOND, "a/x")
    gap = Missing(to_us(TODAY + 2 * HOUR), to_us(NOON + 20 * MINUTE))
    assert not [signal for signal in of_replay(world.in_order(), missing=[gap]) if told_at(signal) > TODAY]
    assert [signal for signal in of_replay(world.in_order()) if told_at(signal) > TODAY]


@pytest.mark.slow
def test_what_is_cut_off_changes_nothing_that_was_told_before():
    versions = peopled(a_busy_day(4, days=15).in_order())
    whole = of_replay(versions)
    first = min(told_at(signal) for signal in whole if told_at(signal) > TODAY)
    after = next(k for k, version in enumerate(versions) if version.updated_at > first)
    for cut in Random(4).sample(range(after + 1, len(versions)), 3):
        known = versions[:cut]
        end = known[-1].updated_at
        earlier = [key(signal) for signal in whole if told_at(signal) <= end]
        assert earlier
        assert [key(signal) for signal in of_replay(known) if told_at(signal) <= end] == earlier


class LookingAlways:
    """A rule whose follower is asked at every minute, as the daemon asks it; counts how often."""

    def __init__(self) -> None:
        self.name, self.asked = RULE.name, 0
        self.judge, self.standing = RULE.judge, RULE.standing

    def follower(self) -> Any:
        one = RULE.follower()

        class Asked:
            close = staticmethod(one.close)

            @staticmethod
            def look(hour: int, moment: Moment) -> list[Signal]:
                self.asked += 1
                return one.look(hour, moment)

        return Asked()


def test_the_looks_that_a_replay_leaves_out_would_have_told_nothing(monkeypatch: pytest.MonkeyPatch):
    world = a_busy_day(3, days=12)
    # New nodes, while causes are open and while none is.
    for n, hour in enumerate((3, 8, 9, 10)):
        world.surge(TODAY + hour * HOUR + 20 * MINUTE, f"a/new {n}", 6, 20 * MINUTE)
    versions = world.in_order()
    always = LookingAlways()
    wanted, made = [key(signal) for signal in of_replay(versions, always)], 0
    look = SurgeFollower.look

    def counted(self: SurgeFollower, hour: int, moment: Moment) -> list[Signal]:
        nonlocal made
        made += 1
        return look(self, hour, moment)

    monkeypatch.setattr(SurgeFollower, "look", counted)
    assert [key(signal) for signal in of_replay(versions)] == wanted
    assert len(wanted) > 3
    assert made < always.asked / 2


def test_the_tickets_of_a_cause_that_was_told_are_no_second_cause_the_next_morning():
    world = weeks(7, days=20)
    world.surge(TODAY + 14 * HOUR, "a/x", 60, HOUR)
    for hour in range(30, 40):
        world.surge(TODAY + hour * HOUR, "a/x", 1, HOUR)
    told = [s for s in of_replay(world.in_order()) if told_at(s) > TODAY and s.node[:1] == ("a",)]
    assert len({s.level for s in told}) == len(told), "more than one page of a level for one cause"
