"""A replay leaves out hours that can tell nothing; it finds what walking through all of them finds."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from engine import ticket_of
from histories import NEW_YORK, at
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import OracleTicket
from surging import DAY, HOUR, PATHS, World

from connectors.taxonomy import Taxonomy
from connectors.ticket import TicketBatch
from connectors.windows import Calendar
from detectors.following import Follower, State
from detectors.rules import river, seasonal_surge, silence
from detectors.signal import Signal
from monitor.replay.history import versions_of
from monitor.replay.replay import replay

SURGES = seasonal_surge.Detector(
    "surge", (0, 1, 2), seasonal_surge.Options(levels=("mild", "grave"), false_pages_per_week=20.0)
)
DAYS = replace(SURGES, options=replace(SURGES.options, period="day"))
SILENCES = silence.Detector(
    "quiet", (0, 1, 2), silence.Options(level="mild", min_expected=3.0, false_pages_per_week=500.0)
)
RIVER = river.Detector(
    "river",
    (0, 1, 2),
    river.Options(
        "river.anomaly.GaussianScorer", {"grace_period": 24}, "mild", min_count=3, false_pages_per_week=20
    ),
)
START = at("2025-09-01T00:00")


class Asked:
    """A follower that notes about which hours it is asked, and says of none that it may be left out."""

    def __init__(self, follower: Follower) -> None:
        self.follower = follower
        self.hours: list[int] = []

    def close(self, hour: int, moment: Any) -> list[Signal]:
        self.hours.append(hour)
        return self.follower.close(hour, moment)

    def look(self, hour: int, moment: Any) -> list[Signal]:
        return self.follower.look(hour, moment)

    def state(self) -> State:
        return self.follower.state()

    def restore(self, state: State) -> None:
        self.follower.restore(state)

    def prepare(self, hour: int, moment: Any) -> None:
        self.follower.prepare(hour, moment)


class Leaving(Asked):
    """The same, and it says how far it remembers, as the follower does."""

    def memory(self) -> int:
        return self.follower.memory()  # type: ignore[attr-defined,no-any-return]


@dataclass
class Noted:
    """A rule whose follower notes what it is asked."""

    rule: Any
    of: type[Asked]
    followers: list[Asked] = field(default_factory=list)

    def judge(self, step: object) -> list[Signal]:
        del step
        return []

    def standing(self, signals: Sequence[Signal], counts: Any, place: Any) -> list[int | None]:
        found: list[int | None] = self.rule.standing(signals, counts, place)
        return found

    def follower(self) -> Follower:
        self.followers.append(self.of(self.rule.follower()))
        return self.followers[-1]


def found(
    rule: Any, versions: Sequence[OracleTicket], of: type[Asked]
) -> tuple[tuple[Signal, ...], State, list[int]]:
    """Signals, the state at the end, and the hours that were asked about."""
    taxonomy = Taxonomy(["level 0", "level 1"])
    sources = sorted({version.source for version in versions})
    batches = [
        (number, TicketBatch.of(source, map(ticket_of, [v for v in versions if v.source == source])))
        for number, source in enumerate(sources)
    ]
    noted = Noted(rule, of)
    told = replay(
        versions_of(batches, taxonomy),
        taxonomy=taxonomy,
        calendar=Calendar(ZoneInfo(NEW_YORK)),
        sources=sources,
        detectors={rule.name: noted},
    )
    [follower] = noted.followers
    return told.signals, follower.state(), follower.hours


def weeks_apart(random: Random, gap: timedelta, *, weeks: int = 2) -> World:
    """A lone ticket, nothing, weeks with a surge at their end, nothing, and weeks again; from two desks."""
    world = World(random)
    world.add(START - gap, "b/x")
    begin = START
    for _ in range(2):
        end = begin + timedelta(weeks=weeks)
        world.ordinary(begin, end)
        world.surge(end - 6 * HOUR, "a/x", 14, HOUR)
        begin = end + gap
    # Seen long after it was created, and moved away; and one that was moved into the quiet time.
    late = world.add(START + timedelta(weeks=weeks) + 2 * DAY, "a/y", seen=begin - gap + 2 * HOUR)
    world.change(late, begin - gap + 3 * HOUR, path=("b", "x"))
    world.versions = [
        replace(version, source="phone") if random.random() < 0.4 else version for version in world.versions
    ]
    return world


@pytest.mark.slow
@pytest.mark.parametrize("rule", [SURGES, SILENCES, RIVER], ids=lambda rule: str(rule.name))
def test_what_follows_the_hours_tells_the_same_over_empty_months(rule: Any):
    versions = weeks_apart(Random(5), 75 * DAY).in_order()
    walked, state, all_hours = found(rule, versions, Asked)
    told, same, asked = found(rule, versions, Leaving)
    assert walked
    assert told == walked
    assert same == state
    assert len(asked) < len(all_hours) - 24 * 25
    assert set(asked) < set(all_hours)


@pytest.mark.slow
def test_what_follows_the_days_tells_the_same_over_empty_years():
    versions = weeks_apart(Random(5), 400 * DAY, weeks=10).in_order()
    walked, state, all_hours = found(DAYS, versions, Asked)
    told, same, asked = found(DAYS, versions, Leaving)
    assert walked
    assert told == walked
    assert same == state
    assert len(asked) < len(all_hours) - 24 * 20


@st.composite
def scattered(draw: st.DrawFn) -> list[OracleTicket]:
    """A few days of tickets, each days or months after the one before it."""
    world = World(Random(draw(st.integers(0, 9))))
    day = START
    for gap in draw(st.lists(st.sampled_from([1, 55, 57, 59, 62]), min_size=1, max_size=2)):
        for _ in range(draw(st.integers(1, 3))):
            hour = draw(st.integers(0, 23))
            seen = draw(st.sampled_from([None, 0, 30, 58]))
            created = world.within(day + hour * HOUR, HOUR)
            path = draw(st.sampled_from(PATHS))
            world.add(created, path, seen=None if seen is None else created + seen * DAY)
        day += gap * DAY
    world.surge(day, "a/x", 6, HOUR)
    return world.in_order()


@pytest.mark.slow
@settings(max_examples=3)
@given(versions=scattered())
def test_lone_tickets_tell_the_same_however_far_apart(versions: list[OracleTicket]):
    walked, state, _ = found(SURGES, versions, Asked)
    assert found(SURGES, versions, Leaving)[:2] == (walked, state)


@pytest.mark.parametrize("rule", [SURGES, DAYS, SILENCES], ids=["hours", "days", "silence"])
def test_a_history_that_begins_before_1970_is_followed(rule: Any):
    world = World(Random(1))
    for days in (0, 70, 71):
        world.add(datetime.fromisoformat("1899-12-30T00:00:00+00:00") + days * DAY, "b/x")
    world.ordinary(START, START + DAY)
    _, _, asked = found(rule, world.in_order(), Leaving)
    assert asked


def test_one_date_that_is_wrong_by_decades_costs_no_decades():
    world = World(Random(1))
    world.add(datetime.fromisoformat("1990-02-03T04:05:06+00:00"), "b/x")
    world.ordinary(START, START + 3 * DAY)
    _, _, asked = found(SURGES, world.in_order(), Leaving)
    assert len(asked) < 24 * (60 + 5)
