from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from alerting import SHANGHAI, at
from hypothesis import given
from hypothesis import strategies as st

from alerts.incident_plan import Override, Rotation, Schedule
from alerts.oncall import Gap, gaps, on_call

MONDAY = at("2026-11-02 09:00")


def weekly(**changes):
    return Rotation(**{"contacts": ("李娜", "王强"), "from_": MONDAY, **changes})


def schedule(*rotations, overrides=()):
    return Schedule("duty", rotations or (weekly(),), overrides)


def test_people_take_turns_from_week_to_week():
    turns = [on_call(schedule(), MONDAY + timedelta(days=days), zone=SHANGHAI) for days in (0, 6.9, 7, 14)]
    assert turns == [("李娜",), ("李娜",), ("王强",), ("李娜",)]
    assert on_call(schedule(), MONDAY - timedelta(seconds=1), zone=SHANGHAI) == ()


def test_who_stands_in_replaces_everybody():
    override = Override("赵敏", MONDAY + timedelta(days=1), MONDAY + timedelta(days=2))
    covered = schedule(overrides=(override,))
    assert on_call(covered, MONDAY + timedelta(days=1), zone=SHANGHAI) == ("赵敏",)
    assert on_call(covered, MONDAY + timedelta(days=2), zone=SHANGHAI) == ("李娜",)
    assert on_call(schedule(), override.from_, zone=SHANGHAI, overrides=[override]) == ("赵敏",)


def test_a_turn_changes_at_the_same_hour_though_the_clocks_go_back():
    berlin = ZoneInfo("Europe/Berlin")
    rotation = weekly(from_=datetime(2026, 10, 19, 9, tzinfo=berlin))
    before = datetime(2026, 10, 26, 8, 59, tzinfo=berlin)
    assert on_call(schedule(rotation), before, zone=berlin) == ("李娜",)
    assert on_call(schedule(rotation), before + timedelta(minutes=1), zone=berlin) == ("王强",)


def test_nights_and_weekends_that_nobody_covers_are_found_in_advance():
    nights = weekly(start=time(18), end=time(9), days=("mon", "tue", "wed", "thu", "fri"))
    days = weekly(start=time(9), end=time(18), days=("mon", "tue", "wed", "thu", "fri"))
    found = gaps(schedule(nights, days), MONDAY, MONDAY + timedelta(days=7), zone=SHANGHAI)
    # From the end of Friday's night to Monday's morning.
    assert found == [Gap(at("2026-11-07 09:00"), at("2026-11-09 09:00"))]


def test_an_override_closes_a_gap():
    office = weekly(start=time(9), end=time(18))
    night = Override("赵敏", at("2026-11-02 18:00"), at("2026-11-03 09:00"))
    assert gaps(schedule(office), MONDAY, at("2026-11-03 09:00"), zone=SHANGHAI)
    assert not gaps(schedule(office, overrides=(night,)), MONDAY, at("2026-11-03 09:00"), zone=SHANGHAI)


clocks = st.sampled_from([None, time(0), time(9), time(18), time(23, 30)])


@given(
    st.lists(
        st.builds(
            weekly,
            start=clocks,
            end=clocks,
            days=st.lists(st.sampled_from(["mon", "wed", "sun"]), unique=True).map(tuple),
            every=st.sampled_from([timedelta(hours=12), timedelta(days=7)]),
        ),
        min_size=1,
        max_size=3,
    ),
    st.integers(0, 14 * 24 * 4),
)
def test_nobody_is_on_call_exactly_in_the_gaps(rotations, quarter):
    one = schedule(*rotations)
    instant = MONDAY + quarter * timedelta(minutes=15)
    found = gaps(one, MONDAY, MONDAY + timedelta(days=15), zone=SHANGHAI)
    assert bool(on_call(one, instant, zone=SHANGHAI)) != any(gap.start <= instant < gap.end for gap in found)
