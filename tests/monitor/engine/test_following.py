"""`seasonal_surge` over a store: what a replay finds, whatever comes late, and across restarts."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from engine import ticket_of
from histories import SHANGHAI
from live import Live, plan_of, sqlite
from oracle import OracleTicket
from process import PATIENCE
from surging import DAY, HOUR, MINUTE, TODAY, World, before, weeks

from alerts.rendering.sheet import sheet
from connectors.taxonomy import Taxonomy
from connectors.ticket import TicketBatch, to_us
from connectors.windows import Calendar
from detectors import silence
from detectors.followers.follower import SurgeFollower
from detectors.followers.model import Modeller
from detectors.following import Moment
from detectors.seasonal_surge import Detector, Options
from detectors.signal import Signal
from monitor.engine.rules import Rules
from monitor.history import versions_of
from monitor.known_time import Missing
from monitor.replay import replay

LEVELS = ("mild", "grave")
RULE = Detector("surge", (0, 1, 2), Options(levels=LEVELS, false_pages_per_week=2.0))
NOON = TODAY + 12 * HOUR


class LiveSurge(Live):
    """An engine that follows the clock, ticking at each full minute after something has arrived."""

    def __init__(self, url: str, rule: Any = RULE) -> None:
        self.url, self.sources, self.levels = url, ["s"], 2
        self.calendar = Calendar(ZoneInfo(SHANGHAI))
        self.rules = Rules(detectors={rule.name: rule}, plan=plan_of(LEVELS), sources=("s",))
        self.pages = []
        self.open()

    def import_history(self, versions: Sequence[OracleTicket]) -> None:
        """All that was seen before today arrives at midnight."""
        self.arrive(versions, TODAY, imported=len(versions))
        self.reach(TODAY)

    def live_through(
        self,
        versions: Sequence[OracleTicket],
        until: datetime,
        each_minute: Callable[[], None],
    ) -> None:
        """The rest arrives as it is seen."""
        waiting = [version for version in versions if version.updated_at >= TODAY]
        now = TODAY
        while now < until:
            now += MINUTE
            arrived = [version for version in waiting if version.updated_at < now]
            for version in arrived:
                self.arrive([version], version.updated_at)
            del waiting[: len(arrived)]
            if arrived or now.minute == 0:
                self.reach(now)
                each_minute()


def of_replay(
    versions: Sequence[OracleTicket],
    rule: Any = RULE,
    *,
    zone: str = SHANGHAI,
    missing: Sequence[Missing] = (),
) -> list[Signal]:
    """Signals of today, by a replay of all."""
    taxonomy = Taxonomy(["level 0", "level 1"])
    sources = sorted({version.source for version in versions})
    batches = [
        (number, TicketBatch.of(source, map(ticket_of, [v for v in versions if v.source == source])))
        for number, source in enumerate(sources)
    ]
    found = replay(
        versions_of(batches, taxonomy),
        taxonomy=taxonomy,
        calendar=Calendar(ZoneInfo(zone)),
        sources=sources,
        detectors={rule.name: rule},
        missing=missing,
    )
    return list(found.signals)


def key(signal: Signal) -> tuple[object, ...]:
    """What must be the same, however it was found."""
    return (
        signal.node,
        signal.window_start,
        signal.window_end,
        signal.level,
        signal.observed,
        signal.threshold,
        signal.crossed_at,
        tuple(sorted((name, str(value)) for name, value in signal.detail.items())),
    )


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
    assert NOON + 20 * MINUTE < at_us_of(signal) <= NOON + 41 * MINUTE
    assert signal.observed >= signal.threshold > signal.detail["expected"]
    assert [s.identity for s in page.signals] == [signal.identity]


def nothing() -> None:
    """It runs on."""


def at_times(live: Live) -> Callable[[], None]:
    """It is restarted after one tick in eight."""
    random = Random(9)
    return lambda: live.restart() if random.random() < 1 / 8 else None


def at_us_of(signal: Signal) -> datetime:
    return datetime.fromisoformat(signal.detail["detected_at"])


@pytest.mark.slow
def test_the_daemon_finds_what_a_replay_finds_and_restarts_change_nothing(
    tmp_path: Path,
):
    versions = peopled(a_busy_day(2, days=15).in_order())
    replayed = [signal for signal in of_replay(versions) if at_us_of(signal) > TODAY]
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


@pytest.mark.slow
def test_what_is_cut_off_changes_nothing_that_was_told_before():
    versions = peopled(a_busy_day(4, days=15).in_order())
    whole = of_replay(versions)
    first = min(at_us_of(signal) for signal in whole if at_us_of(signal) > TODAY)
    after = next(k for k, version in enumerate(versions) if version.updated_at > first)
    for cut in Random(4).sample(range(after + 1, len(versions)), 3):
        known = versions[:cut]
        end = known[-1].updated_at
        earlier = [key(signal) for signal in whole if at_us_of(signal) <= end]
        assert earlier
        assert [key(signal) for signal in of_replay(known) if at_us_of(signal) <= end] == earlier


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
    assert made < always.asked / 3


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
    replayed = [signal for signal in of_replay(versions, SILENCE) if at_us_of(signal) > TODAY]
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
    replayed = [signal for signal in of_replay(versions, SILENCE) if at_us_of(signal) > TODAY]
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
    told = [s for s in of_replay(versions, SILENCE) if at_us_of(s) > TODAY]
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
    whole = next(s for s in of_replay(world.in_order(), SILENCE) if s.node == () and at_us_of(s) > TODAY)
    assert whole.revised_to is not None
    assert whole.revised_to > whole.threshold >= whole.observed


def test_the_tickets_of_a_cause_that_was_told_are_no_second_cause_the_next_morning():
    world = weeks(7, days=20)
    world.surge(TODAY + 14 * HOUR, "a/x", 60, HOUR)
    for hour in range(30, 40):
        world.surge(TODAY + hour * HOUR, "a/x", 1, HOUR)
    told = [s for s in of_replay(world.in_order()) if at_us_of(s) > TODAY and s.node[:1] == ("a",)]
    assert len({s.level for s in told}) == len(told), "more than one page of a level for one cause"


def test_the_fit_of_midnight_holds_up_no_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    world = weeks(7, days=15)
    world.ordinary(TODAY, TODAY + HOUR)
    versions = world.in_order()
    live = LiveSurge(sqlite(tmp_path))
    live.import_history(before(versions, TODAY))
    now, late = TODAY + DAY + MINUTE, replace(versions[-1], id="late", updated_at=TODAY + DAY)
    live.reach(TODAY + DAY - MINUTE)
    fitted, model = [], Modeller.model

    def fit(self: Any, hour: int, moment: Moment) -> Any:
        taking = Thread(target=live.arrive, args=([late], now))
        taking.start()
        taking.join(PATIENCE)
        fitted.append((hour, taking.is_alive()))
        return model(self, hour, moment)

    monkeypatch.setattr(Modeller, "model", fit)
    live.reach(now)
    assert fitted == [(to_us(TODAY + DAY), False)], "a ticket waited for the fit, or it was fitted in a step"


def test_what_an_import_changes_meanwhile_is_fitted_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    world = weeks(7, days=15)
    versions = world.in_order()
    live = LiveSurge(sqlite(tmp_path))
    live.import_history(before(versions, TODAY))
    live.restart()
    fitted, model = 0, Modeller.model

    def fit(self: Any, hour: int, moment: Moment) -> Any:
        nonlocal fitted
        fitted += 1
        found = model(self, hour, moment)
        if fitted == 1:
            old = replace(versions[-1], id="old", created_at=TODAY - 3 * DAY)
            live.arrive([old], TODAY + MINUTE, imported=1)
        return found

    monkeypatch.setattr(Modeller, "model", fit)
    live.reach(TODAY + 2 * MINUTE)
    live.reach(TODAY + 3 * MINUTE)
    assert fitted == 2


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
    told = [s for s in of_replay(busy_days().in_order(), BY_DAY) if at_us_of(s) > TODAY]
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
    replayed = [signal for signal in of_replay(versions, BY_DAY) if at_us_of(signal) > TODAY]
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
    first = min(at_us_of(signal) for signal in whole if at_us_of(signal) > TODAY)
    after = next(k for k, version in enumerate(versions) if version.updated_at > first)
    for cut in Random(4).sample(range(after + 1, len(versions)), 2):
        end = versions[cut - 1].updated_at
        earlier = [key(signal) for signal in whole if at_us_of(signal) <= end]
        assert earlier
        assert [key(s) for s in of_replay(versions[:cut], BY_DAY) if at_us_of(s) <= end] == earlier


def test_a_day_with_an_unknown_hour_is_a_gap():
    versions = busy_days().in_order()
    gap = Missing(to_us(TODAY + 30 * HOUR), to_us(TODAY + 31 * HOUR))
    told = [s for s in of_replay(versions, BY_DAY, missing=[gap]) if at_us_of(s) > TODAY]
    assert min(signal.crossed_at for signal in told) == to_us(TODAY + 3 * DAY)
    assert told[0].observed < 35, "the day before counts with it"


def test_a_week_begins_on_monday_and_is_judged_on_the_next_one():
    world = weeks(3, days=51 * 7)
    world.ordinary(TODAY, TODAY + 8 * DAY)
    for hour in range(0, 168, 4):
        world.surge(TODAY + hour * HOUR, "a/x", 3, 4 * HOUR)
    by_week = replace(BY_DAY, options=replace(BY_DAY.options, period="week"))
    [signal] = [s for s in of_replay(world.in_order(), by_week) if at_us_of(s) > TODAY + DAY]
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


class Failing:
    """A rule whose follower cannot go on."""

    def judge(self, step: object) -> list[Signal]:
        del step
        return []

    def standing(self, signals: Sequence[Signal], *_: object) -> list[int | None]:
        return [None for _ in signals]

    def follower(self) -> Any:
        return self

    def state(self) -> dict[str, Any]:
        return {}

    def restore(self, state: object) -> None:
        del state

    def close(self, hour: int, moment: object) -> list[Signal]:
        raise ZeroDivisionError(hour, moment)

    look = close


def test_a_rule_that_fails_holds_up_neither_the_hours_nor_the_other_rules(tmp_path: Path):
    world = weeks(1, days=20)
    world.surge(NOON + 20 * MINUTE, "a/x", 14, 20 * MINUTE)
    versions = world.in_order()
    live = LiveSurge(sqlite(tmp_path))
    live.rules = replace(live.rules, detectors={"failing": Failing(), **live.rules.detectors})
    live.restart()
    live.import_history(before(versions, TODAY))
    live.live_through(versions, NOON + 2 * HOUR, nothing)
    assert [signal.node for signal in live.signals()] == [("a", "x")]
    with live.store.reading() as tx:
        assert tx.facts.closed_until() == to_us(NOON + 2 * HOUR)


def test_a_state_that_cannot_be_read_is_dropped(tmp_path: Path):
    world = weeks(1, days=20)
    world.surge(NOON + 20 * MINUTE, "a/x", 14, 20 * MINUTE)
    versions = world.in_order()
    live = LiveSurge(sqlite(tmp_path))
    live.import_history(before(versions, TODAY))
    with live.store.writing() as tx:
        tx.facts.save("follower surge", '{"open": [{"node": ["a"], "of": "another program"}]}')
    live.restart()
    live.live_through(versions, NOON + HOUR, nothing)
    assert [signal.node for signal in live.signals()] == [("a", "x")]
