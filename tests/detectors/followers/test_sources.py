"""Hours of sources, as they closed, and the silence of one beside others."""

import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from courses import HOUR, closing, course, led, steady
from surging import DAY, TODAY

from connectors.ticket import to_us
from detectors.followers.model import MEMORY
from detectors.followers.sources import QuietSources, Records
from detectors.rules.silence import Detector, Options
from detectors.seasonal.period import HOUR as PERIOD_OF_HOURS
from detectors.seasonal.stamps import name_steps
from detectors.tree.quiet import QuietSettings, QuietTree
from monitor.replay.following import Course

RULE = Detector("quiet", (0, 1), Options(level="mild", quiet_hours=3))


def desks(silences, *, days=17, until=DAY, names=("s", "t")):
    """Sources of one path with six tickets an hour each; some bring nothing in some hours from today on."""
    found = []
    for name in names:
        hours = [(TODAY + since * HOUR, TODAY + to * HOUR) for since, to in silences.get(name, [])]
        every = steady(TODAY - days * DAY, TODAY + until, "a/x", an_hour=6, source=name)
        found += [one for one in every if not any(since <= one.created_at < to for since, to in hours)]
    return course(found)


def named(signals):
    return [
        (one.detail.get("source"), (one.crossed_at - to_us(TODAY)) // (HOUR // timedelta(microseconds=1)))
        for one in signals
    ]


def reached(records, of, hour):
    records.reach(to_us(hour), closing(of, hour)[1])
    return records


def cells(records, of):
    hour, source, count = records.cells(0, to_us(TODAY + 99 * DAY), of.step.calendar)
    return list(zip(hour.tolist(), source.tolist(), count.tolist(), strict=True))


def test_what_is_recorded_hour_by_hour_is_what_is_recorded_at_once_also_across_restarts():
    of = desks({"t": [(2, 4)]}, days=3)
    at_once, by_hour = reached(Records(), of, TODAY + 8 * HOUR), Records()
    for n in range(9):
        reached(by_hour, of, TODAY + n * HOUR)
        state, by_hour = json.loads(json.dumps(by_hour.state())), Records()
        by_hour.restore(state)
    found = cells(by_hour, of)
    assert found == cells(at_once, of)
    today = [cell for cell in found if cell[0] >= to_us(TODAY)]
    assert [count for _, _, count in today] == [6] * 14
    assert [at for at, source, _ in today if source == 1] == [
        to_us(TODAY + n * HOUR) for n in (0, 1, 4, 5, 6, 7)
    ]


def test_a_part_of_the_hours_is_cut_out_of_them():
    of = desks({}, days=3)
    hour, _, count = reached(Records(), of, TODAY + 8 * HOUR).cells(
        to_us(TODAY + 2 * HOUR), to_us(TODAY + 4 * HOUR), of.step.calendar
    )
    assert hour.tolist() == [to_us(TODAY + n * HOUR) for n in (2, 2, 3, 3)]
    assert count.tolist() == [6] * 4


def test_a_source_that_is_new_has_all_begin_anew_from_what_is_known():
    records = reached(Records(), desks({}, days=3, names=("s",)), TODAY + 4 * HOUR)
    both = desks({}, days=3)
    assert cells(reached(records, both, TODAY + 8 * HOUR), both) == cells(
        reached(Records(), both, TODAY + 8 * HOUR), both
    )


def test_no_more_is_kept_than_a_model_may_look_at():
    of = desks({}, days=3, until=80 * DAY)
    records = Records()
    for day in range(0, 80, 20):
        reached(records, of, TODAY + day * DAY + 5 * HOUR)
    end = to_us(TODAY + 60 * DAY + 5 * HOUR)
    hours = len(records.state()["counts"]["s"])
    assert of.step.calendar.day(end - MEMORY) == records.first
    assert hours == (end - records.first) // 3_600_000_000


def test_a_source_that_is_silent_while_another_goes_on_is_told_again_after_it_has_been_back():
    of = desks({"t": [(2, 5), (15, 24)]})
    assert named(led(RULE.follower(), of, TODAY, 24)) == [("t", 4), ("t", 17)]


def test_a_source_that_brings_its_first_tickets_today_is_not_judged_and_the_others_are():
    hours, past = np.datetime64("2026-03-02T00") + np.arange(18 * 24), 17 * 24
    came = np.tile(np.array([12, 6, 6], np.float32), (past, 1))
    settings = QuietSettings(2.0, expected=10.0, most=0.3, depths=(1,), quiet=12)
    everything = np.array([-1, 0, 0], np.int32)
    judge = QuietSources(QuietTree(came, name_steps(hours, PERIOD_OF_HOURS), everything, settings, origin=0))
    judge.grow(np.append(everything, np.int32(0)))
    told = []
    for new in (40, 40, 0, 0, 0, 0, 0, 0):
        told += judge.close(np.array([6 + new, 6, 0, new], np.float32), known=True)
    assert [(lull.node, lull.since - past) for lull in told] == [(2, 0)]


def test_where_all_are_silent_it_is_the_root_and_one_that_stays_away_is_told_afterwards():
    of = desks({"s": [(2, 9)], "t": [(2, 24)]})
    told = named(led(RULE.follower(), of, TODAY, 24))
    assert told[0] == (None, 3)
    # Until five, all together have brought less than three tenths of twelve hours.
    assert [one for one in told if one[0]] == [("t", 17)]


def test_a_source_alone_is_the_root_and_no_source():
    told = led(RULE.follower(), desks({"t": [(2, 9)]}, names=("t",)), TODAY, 12)
    assert named(told) == [(None, 4)]


@pytest.mark.parametrize(
    ("silent", "told_before"), [({"t": [(2, 24)]}, ("t", 4)), ({"s": [(2, 24)], "t": [(2, 24)]}, (None, 3))]
)
def test_one_that_is_restarted_goes_on_as_the_other_would_have(silent, told_before):
    of = desks(silent)
    one, other = RULE.follower(), RULE.follower()
    told = led(one, of, TODAY, 8)
    other.restore(json.loads(json.dumps(one.state())))
    assert named(told) == [told_before]
    assert led(other, of, TODAY + 8 * HOUR, 8) == led(one, of, TODAY + 8 * HOUR, 8) == []
    assert other.state() == one.state()


def test_hours_before_the_first_that_is_recorded_are_unknown_and_not_empty():
    of = desks({"t": [(2, 24)]}, days=34)
    one, other = RULE.follower(), RULE.follower()
    led(one, of, TODAY, 1)
    state = json.loads(json.dumps(one.state()))
    hours, kept = state["sources"]["hours"], 17 * 24
    hours["counts"] = {name: counts[-kept:] for name, counts in hours["counts"].items()}
    hours["first"] = hours["next"] - kept * 3_600_000_000
    other.restore(state)
    assert named(led(other, of, TODAY + HOUR, 10)) == [("t", 4)]


def test_sources_keep_their_names_in_any_order():
    of = desks({"t": [(2, 24)]})
    renamed = Course(replace(of.step, sources=("z", "t")), ())
    assert named(led(RULE.follower(), renamed, TODAY, 8)) == [("t", 4)]
