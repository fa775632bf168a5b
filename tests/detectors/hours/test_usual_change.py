"""`hour_over_hour` with `seasonal`: the rise that always comes is silent, the unusual one is not."""

import csv
import gzip
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from engine import ticket_of
from histories import SHANGHAI, at, burst, later
from hypothesis import given, settings
from hypothesis import strategies as st
from live import Live, plan_of, sqlite
from realdata import NYC311, needs

from connectors.counting import Versions
from connectors.taxonomy import Taxonomy
from connectors.ticket import NEVER, TicketBatch, to_us
from connectors.windows import Calendar
from detectors.hours.usual_change import Usual, comparable, usual
from detectors.rules.hour_over_hour import Detector, Options
from monitor.engine.rules import Rules
from monitor.replay.history import versions_of
from monitor.replay.replay import replay

NEW_YORK = ZoneInfo("America/New_York")
NOISE = "Noise - Residential"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
COUNTS = st.integers(0, 400)


# What is usual


@settings(deadline=None)
@given(st.lists(st.tuples(COUNTS, COUNTS), max_size=14), st.tuples(COUNTS, COUNTS))
def test_what_is_usual_never_makes_an_hour_fire_that_would_not_without_it(mine, everything):
    found = usual(mine, [everything])
    assert found.ratio >= 1
    assert found.spread >= 1
    for previous in (0, 3, 40, 300):
        plain = Usual().least(previous, factor=1.2, alpha=0.001, floor=10)
        assert found.least(previous, factor=1.2, alpha=0.001, floor=plain) >= plain


@given(st.floats(1, 30), st.floats(1, 30), COUNTS, st.sampled_from([0.1, 0.001, 1e-6]))
def test_the_least_count_fires_and_one_less_does_not(ratio, spread, previous, alpha):
    some = Usual(ratio, spread)
    least = some.least(previous, factor=1.2, alpha=alpha, floor=1)

    def fires(count):
        return count >= 1.2 * ratio * previous - 1e-9 and some.chance(count, previous) <= alpha

    assert fires(least)
    assert least == 1 or not fires(least - 1)


def test_with_less_than_three_comparable_hours_nothing_is_usual():
    assert usual([(500, 10)] * 2, [(500, 10)] * 2) == Usual()


def test_one_outbreak_does_not_become_usual():
    ordinary = [(100, 100)] * 7
    assert usual([*ordinary, (900, 100)], [(1000, 1000)]).ratio < 1.05


def test_comparable_hours_keep_to_the_clock_when_it_changes():
    calendar = Calendar(NEW_YORK)
    hour = to_us(datetime(2026, 3, 10, 22, tzinfo=NEW_YORK))
    weeks, days = comparable(calendar, hour)
    assert [calendar.iso(start)[:16] for start in weeks[:2].tolist()] == [
        "2026-03-03T22:00",
        "2026-02-24T22:00",
    ]
    assert [calendar.iso(start)[:16] for start in days[:3].tolist()] == [
        "2026-03-09T22:00",
        "2026-03-08T22:00",
        "2026-03-07T22:00",
    ]


# Real hours


def real_days():
    """Tickets by (day, hour, type) of days that are whole, and their dates."""
    with gzip.open(NYC311.path, "rt", encoding="utf-8") as stream:
        rows = [(row["created_date"], row["complaint_type"]) for row in csv.DictReader(stream)]
    cells = Counter((created[:10], int(created[11:13]), name) for created, name in rows)
    hours = {day: {h for d, h, _ in cells if d == day} for day in {d for d, _, _ in cells}}
    return cells, sorted(day for day, seen in hours.items() if len(seen) == 24)


def eight_weeks(seed, *, whole_days, surge):
    """Hours of eight weeks, like those of a real day or of their mean; in the last night perhaps a surge."""
    cells, days = real_days()
    chance = np.random.default_rng(seed)
    types = [name for name, _ in Counter(name for _, _, name in cells.elements()).most_common(6)]
    assert NOISE in types
    taxonomy, created, nodes = Taxonomy(["type"]), [], []
    for number in range(57):
        day = str(chance.choice(days))
        date = datetime(2026, 3, 2, tzinfo=NEW_YORK) + number * DAY
        for hour in range(24):
            for name in types:
                mean = np.mean([cells[one, hour, name] for one in days])
                count = cells[day, hour, name] if whole_days else int(chance.poisson(mean))
                if surge and (number, hour, name) == (55, 22, NOISE):
                    count *= 3
                start = to_us(date.replace(hour=hour))
                created.append(start + np.sort(chance.integers(0, 3600, count)) * 1_000_000)
                nodes.append(np.full(count, taxonomy.node((name,)), np.int32))
    at_, node = np.concatenate(created), np.concatenate(nodes)
    order = np.argsort(at_, kind="stable")
    at_, node, n = at_[order], node[order], len(order)
    never = np.full(n, NEVER)
    ids, source, void = np.arange(n), np.zeros(n, np.int32), np.zeros(n, bool)
    return Versions(ids, source, node, at_, at_, never, never, void, at_, ids=ids), taxonomy


def evenings(versions, taxonomy, *, seasonal):
    """Signals of residential noise at 22:00 in the last week."""
    calendar = Calendar(NEW_YORK)
    rule = Detector("hour", (1,), Options(level="low", factor=1.2, seasonal=seasonal))
    found = replay(versions, taxonomy=taxonomy, calendar=calendar, sources=["s"], detectors={"hour": rule})
    since = to_us(datetime(2026, 4, 20, tzinfo=NEW_YORK))
    return [
        signal
        for signal in found.signals
        if signal.node == (NOISE,) and signal.window_start >= since
        if calendar.iso(signal.window_start)[11:13] == "22"
    ]


@pytest.mark.slow
@needs(NYC311)
@pytest.mark.parametrize("whole_days", [True, False], ids=["whole days", "drawn hours"])
def test_new_york_is_silent_at_ten_in_the_evening_and_a_threefold_surge_is_found(
    whole_days,
):
    world = eight_weeks(11, whole_days=whole_days, surge=False)
    assert len(evenings(*world, seasonal=False)) >= 1, "without seasonal it would cry"
    assert evenings(*world, seasonal=True) == []
    [signal] = evenings(*eight_weeks(11, whole_days=whole_days, surge=True), seasonal=True)
    assert signal.observed >= signal.threshold > signal.detail["previous"]
    assert 1 < signal.detail["usual"] < 2


# The daemon


def some_evenings():
    """Ten evenings that double at 22:00; the ninth is five times as busy, and on the tenth some are late."""
    versions = burst(3, at("2026-05-01T12:00"), "b", prefix="first")
    for n in range(10):
        nine = at(f"2026-05-{n + 2:02}T21:00")
        versions += burst(8, nine, prefix=f"early{n}-", step=timedelta(minutes=3))
        versions += burst(40 if n == 8 else 16, nine + HOUR, prefix=f"late{n}-", step=timedelta(seconds=80))
    versions += burst(12, at("2026-05-11T22:30"), prefix="tardy", updated_at=at("2026-05-11T23:30"))
    versions.append(later(versions[8], at("2026-05-09T12:00"), path=("b",)))
    return sorted(versions, key=lambda version: version.updated_at)


RULE = Detector("hour", (0, 1), Options(level="low", factor=1.2, min_count=5, alpha=0.05, seasonal=True))


class LiveHours(Live):
    def __init__(self, url, rule):
        self.url, self.sources, self.levels, self.pages = url, ["s"], 1, []
        self.calendar = Calendar(ZoneInfo(SHANGHAI))
        self.rules = Rules(detectors={rule.name: rule}, plan=plan_of(["low"]), sources=("s",))
        self.open()


def of_replay(versions, rule):
    taxonomy = Taxonomy(["level"])
    batch = TicketBatch.of("s", map(ticket_of, versions))
    found = replay(
        versions_of([(0, batch)], taxonomy),
        taxonomy=taxonomy,
        calendar=Calendar(ZoneInfo(SHANGHAI)),
        sources=["s"],
        detectors={rule.name: rule},
    )
    return found.signals


def key(signal):
    detail = {name: round(value, 6) for name, value in signal.detail.items()}
    return (signal.node, signal.window_start, signal.observed, signal.threshold, signal.revised_to, detail)


def test_the_daemon_finds_what_a_replay_finds(tmp_path: Path):
    versions = some_evenings()
    live = LiveHours(sqlite(tmp_path), RULE)
    live.run(versions)
    live.finish(versions)
    replayed = of_replay(versions, RULE)
    assert sorted(map(str, map(key, live.signals()))) == sorted(map(str, map(key, replayed)))

    def days(signals):
        return {datetime.fromtimestamp(s.window_start / 1e6, ZoneInfo(SHANGHAI)).day for s in signals}

    # The first two evenings have nothing to be compared with.
    assert days(replayed) == {2, 3, 10}
    plain = replace(RULE, options=replace(RULE.options, seasonal=False))
    assert days(of_replay(versions, plain)) == set(range(2, 12))


def test_a_signal_that_is_no_longer_unusual_is_marked_as_revised():
    versions = some_evenings()
    gone = [later(v, at("2026-05-12T10:00"), void=True) for v in versions if v.id.startswith("late8-")][:20]
    [revised] = [
        s for s in of_replay([*versions, *gone], RULE) if s.node == ("a",) and s.revised_to is not None
    ]
    assert (revised.observed, revised.revised_to) == (40, 20)
    assert revised.revised_to >= RULE.least(8), "it would still fire if nothing were usual"
