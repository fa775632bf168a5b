"""Surges hour by hour and look by look: what is kept, and what makes a model anew."""

import json
from datetime import timedelta
from random import Random

import pytest
from courses import HOUR, closing, course, led, steady
from surging import DAY, TODAY

from connectors.ticket import Ticket, to_us
from detectors.rules.seasonal_surge import Detector, Options
from monitor.known_time import Missing
from monitor.replay.following import HistoryMoment

RULE = Detector("surge", (0, 1, 2), Options(levels=("mild", "grave")))
MINUTE = timedelta(minutes=1)
EIGHT = TODAY + 8 * HOUR


def by_chance(start, end, path, *, an_hour, seed):
    """So many tickets an hour on average."""
    random, at, found = Random(seed), start, []
    while (at := at + HOUR * random.expovariate(an_hour)) < end:
        found.append(Ticket("s", "", at, at, tuple(path.split("/"))))
    return found


def surging(since=EIGHT, *, an_hour=60.0, minutes=60, missing=(), more=()):
    """Three weeks of two branches, and one ticket a minute of a/x for some minutes."""
    found = [
        one
        for seed, path in enumerate(("a/x", "a/y", "b/x"))
        for one in by_chance(TODAY - 21 * DAY, TODAY + DAY, path, an_hour=2, seed=seed)
    ]
    found += steady(since, since + minutes * MINUTE, "a/x", an_hour=an_hour)
    return course([*found, *more], missing=missing)


def moment(of, hour, now):
    """What had been seen of an hour before a minute."""
    seen = int((of.step.versions.seen < to_us(now)).sum())
    return to_us(hour), HistoryMoment(of, to_us(now), to_us(hour), seen)


def looks(follower, of, hour, minutes):
    return [
        (minute, signal)
        for minute in minutes
        for signal in follower.look(*moment(of, hour, hour + minute * MINUTE))
    ]


def test_a_running_hour_is_judged_by_the_part_of_it_that_is_over():
    of = surging(minutes=20)
    [(minute, signal)] = looks(RULE.follower(), of, EIGHT, range(1, 60))
    assert minute <= 10
    assert signal.crossed_at == to_us(EIGHT + minute * MINUTE)
    assert signal.detail["expected"] <= 2 * minute / 60 + 0.1
    assert (signal.detail["minutes"], signal.detail["hours"]) == (minute, None)


def test_an_hour_is_told_by_its_end_however_late_it_is_looked_at():
    of = surging()
    hour, _ = closing(of, EIGHT)
    late = HistoryMoment(of, to_us(EIGHT + 5 * HOUR), hour, len(of.step.versions))
    [signal] = RULE.follower().close(hour, late)
    assert signal.crossed_at == to_us(EIGHT + HOUR)


def test_minutes_before_the_hour_count_with_those_in_it_unless_they_are_unknown():
    since = EIGHT - 10 * MINUTE

    def found(missing):
        of = surging(since, minutes=12, missing=missing)
        follower = RULE.follower()
        led(follower, of, EIGHT - HOUR, 0 if missing else 1)
        follower.restore({"open": []})
        return [signal.detail["minutes"] for _, signal in looks(follower, of, EIGHT, range(1, 4))]

    assert found(())[0] >= 10
    assert found([Missing(to_us(EIGHT - HOUR), to_us(EIGHT - 59 * MINUTE))]) == []


def test_nothing_is_told_of_an_hour_that_is_unknown():
    of = surging(missing=[Missing(to_us(EIGHT), to_us(EIGHT + MINUTE))])
    follower = RULE.follower()
    assert looks(follower, of, EIGHT, range(1, 60, 7)) == []
    assert led(follower, of, EIGHT, 1) == []


def test_looks_left_out_beforehand_would_have_told_nothing():
    of, one, other = (
        surging(more=steady(EIGHT + 30 * MINUTE, EIGHT + HOUR, "c/new", an_hour=40)),
        RULE.follower(),
        RULE.follower(),
    )
    for n in range(7, 10):
        running, end = of.hour(of.step.hours.tolist().index(to_us(TODAY + n * HOUR)))
        every = [signal for at in running.moments for signal in one.look(end.hour, at)]
        assert other.look_through(end.hour, running) == every
        assert other.close(end.hour, end) == one.close(end.hour, end)
        assert len(every) == {7: 0, 8: 2, 9: 0}[n]


@pytest.mark.parametrize(("an_hour", "told"), [(7, 0), (40, 1)])
def test_a_node_whose_only_ticket_has_moved_before_its_hour_closed_was_never_there(an_hour, told):
    at = EIGHT + 2 * MINUTE
    wrong = Ticket("s", "moves", at, at, ("c", "wrong"))
    right = Ticket("s", "moves", at, at + 28 * MINUTE, ("a", "x"))
    later = steady(EIGHT + 2 * HOUR, EIGHT + 3 * HOUR, "c/new", an_hour=an_hour)
    of, looked, slept = (
        surging(TODAY + 23 * HOUR, more=[wrong, right, *later]),
        RULE.follower(),
        RULE.follower(),
    )
    assert looks(looked, of, EIGHT, [5]) == []
    signals = led(looked, of, EIGHT, 4)
    assert len(signals) == told
    assert signals == led(slept, of, EIGHT, 4)


def test_tickets_of_the_past_that_change_in_the_day_change_nothing_that_was_learned_at_midnight():
    of = surging()
    one, other, unlearned = RULE.follower(), RULE.follower(), RULE.follower()
    led(one, of, TODAY, 8)
    state = json.loads(json.dumps(one.state()))
    assert state["learned"]["of"][1] == 21 * 24 - 1
    changed = dulled(state)
    other.restore(changed)
    unlearned.restore({"open": []})
    assert led(unlearned, of, EIGHT, 1) != []
    assert led(other, of, EIGHT, 1) == [], "it goes by what it was told that was learned"
    assert other.state()["learned"] == changed["learned"]


def dulled(state):
    """As if the weeks had taught that nothing is strange."""
    what = state["learned"]["what"]
    dull = {**what, "thresholds": [1e9 for _ in what["thresholds"]]}
    return {**state, "learned": {**state["learned"], "what": dull}}


def test_what_was_learned_is_of_its_day():
    of, one = surging(TODAY + 20 * HOUR), RULE.follower()
    led(one, of, TODAY - HOUR, 1)
    one.restore(dulled(one.state()))
    assert led(one, of, TODAY + 20 * HOUR, 1) != []


@pytest.mark.parametrize("hours", [1, 5])
def test_one_that_is_restarted_tells_what_the_other_tells(hours):
    of = surging(TODAY + 3 * HOUR, minutes=180, an_hour=20)
    one, other = RULE.follower(), RULE.follower()
    led(one, of, TODAY, hours)
    other.restore(json.loads(json.dumps(one.state())))
    rest = led(one, of, TODAY + hours * HOUR, 4)
    assert rest == led(other, of, TODAY + hours * HOUR, 4)
    assert bool(rest) == (hours == 1)
    assert other.state() == one.state()
