"""A model along the clock: what its judge is shown, and when it no longer stands."""

from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
import pytest
from courses import HOUR, closing, course, steady
from surging import DAY, TODAY

from connectors.ticket import Ticket, to_us
from detectors.followers.hourly import HourlyFollower
from detectors.followers.model import MEMORY, Modeller
from monitor.known_time import Missing


@dataclass
class Shown:
    """A judge that writes down what it is shown, and tells once where there are ten in a known hour."""

    past: np.ndarray
    parents: np.ndarray
    origin: int
    hours: list = field(default_factory=list)
    told: list = field(default_factory=list)

    def close(self, count, *, known):
        self.hours.append((count.tolist(), known))
        found = [
            node for node in range(1, len(count)) if known and count[node] >= 10 and node not in self.told
        ]
        self.told += found
        return found

    def grow(self, parents):
        self.parents = parents

    def state(self):
        return {"open": [{"node": node} for node in self.told]}

    def restore(self, state):
        self.told = [row["node"] for row in state["open"]]


def started(count, stamps, parents, origin, model):
    return Shown(count, parents, origin)


def model(of, hour, *, deepest=2):
    return Modeller(started, deepest, None).model(*closing(of, hour))


def follower():
    return HourlyFollower(
        Modeller(started, 2, None),
        lambda node, model, hour, moment: moment.taxonomy.paths[model.nodes.numbers[node]],
    )


def led(one, of, hours):
    return [told for n in hours for told in one.close(*closing(of, TODAY + n * HOUR))]


def come(path, at, number=1):
    return [Ticket("s", "", at, at + timedelta(minutes=1), path)] * number


DAYS = steady(TODAY - 4 * DAY, TODAY + DAY, "a/x", an_hour=2)
MORE = steady(TODAY + 2 * HOUR, TODAY + 4 * HOUR, "a/x", an_hour=9)


def test_a_judge_is_shown_the_hours_before_midnight_and_then_those_that_have_closed():
    shown = model(course(DAYS), TODAY + 5 * HOUR).judge
    assert shown.past.shape == (4 * 24 - 1, 3), "the hour of the first ticket is unknown"
    assert (shown.past == 2).all()
    assert shown.hours == [([2, 2, 2], True)] * 5
    assert shown.origin == to_us(TODAY - 4 * DAY + HOUR) // to_us_of(HOUR)


def to_us_of(span):
    return span // timedelta(microseconds=1)


def test_only_eight_weeks_are_shown_and_only_as_deep_as_they_are_asked_for():
    long = course(steady(TODAY - 70 * DAY, TODAY + DAY, "a/x", an_hour=1))
    assert model(long, TODAY).judge.past.shape == (56 * 24, 3)
    assert model(long, TODAY, deepest=1).judge.past.shape == (56 * 24, 2)


def test_an_hour_that_is_unknown_is_no_number_and_is_told_to_be_unknown():
    gaps = [
        Missing(to_us(TODAY - 10 * HOUR), to_us(TODAY - 8 * HOUR)),
        Missing(to_us(TODAY + 2 * HOUR), to_us(TODAY + 3 * HOUR)),
    ]
    shown = model(course(DAYS, missing=gaps), TODAY + 5 * HOUR).judge
    unknown = np.isnan(shown.past).all(axis=1)
    assert np.flatnonzero(unknown[::-1]).tolist() == [8, 9]
    assert [known for _, known in shown.hours] == [True, True, False, True, True]


@pytest.mark.parametrize(("hours", "judged"), [(60, False), (61, True)])
def test_with_less_than_sixty_known_hours_before_the_day_nobody_judges(hours, judged):
    of = course(steady(TODAY - hours * HOUR, TODAY + DAY, "a/x", an_hour=1))
    assert (model(of, TODAY).judge is not None) == judged


def test_a_node_that_is_new_today_is_shown_behind_the_others_with_its_parent():
    of = course([*DAYS, *come(("b", "new"), TODAY + 90 * timedelta(minutes=1), 3)])
    found = model(of, TODAY + 3 * HOUR)
    assert found.judge.parents.tolist() == [-1, 0, 1, 0, 3]
    assert [count for count, _ in found.judge.hours] == [[2, 2, 2], [5, 2, 2, 3, 3], [2, 2, 2, 0, 0]]
    assert found.nodes.column(("b", "new")) == 4


def test_a_model_stands_for_its_next_hour_on_its_day_while_what_is_known_is_the_same():
    found, calendar = model(course(DAYS), TODAY + 5 * HOUR), course(DAYS).step.calendar
    day, five = calendar.day(to_us(TODAY)), to_us(TODAY + 5 * HOUR)

    def known(hours):
        return np.ones(len(hours), bool)

    assert found.stands(five, day, known)
    assert not found.stands(five + to_us_of(HOUR), day, known)
    assert not found.stands(five, day + to_us_of(DAY), known)
    for late in (to_us(TODAY - 3 * DAY), to_us(TODAY + 4 * HOUR)):
        assert not found.stands(five, day, lambda hours, late=late: hours != late)
    assert found.stands(five, day, lambda hours: hours != five)
    assert found.step_of(found.origin + 7) == to_us(TODAY - 4 * DAY + 8 * HOUR)


def test_nodes_that_came_with_tickets_that_went_again_leave_the_model_unsure():
    of = course(DAYS)
    tree, cells = of.step.taxonomy, of.at_closing(to_us(TODAY), to_us(TODAY + HOUR))
    new = np.array([tree.node(("b", "new"))], np.int32)
    for stays in (True, False):
        found = model(of, TODAY)
        found.count(new, np.ones(1, np.int64))
        if stays:
            cells = type(cells)(
                np.append(cells.hour, cells.hour[:1]), np.append(cells.node, new), np.append(cells.count, 1)
            )
            assert found.close(cells, to_us(TODAY + HOUR), known=True)[1]
        else:
            here = of.at_closing(to_us(TODAY), to_us(TODAY + HOUR))
            assert not found.close(here, to_us(TODAY + HOUR), known=True)[1]
            next_hour = of.at_closing(to_us(TODAY + HOUR), to_us(TODAY + 2 * HOUR))
            assert found.close(next_hour, to_us(TODAY + 2 * HOUR), known=True)[1]


def test_a_follower_tells_once_while_it_goes_on_also_beyond_midnight_and_a_restart():
    more = steady(TODAY + 2 * HOUR, TODAY + 2 * DAY, "a/x", an_hour=9)
    of = course([*steady(TODAY - 4 * DAY, TODAY + 2 * DAY, "a/x", an_hour=2), *more])
    one = follower()
    assert led(one, of, range(30)) == [("a",), ("a", "x")]
    assert one.state() == {"open": [{"node": ["a"]}, {"node": ["a", "x"]}]}
    other = follower()
    other.restore(one.state())
    assert led(other, of, range(30, 34)) == []
    assert led(follower(), of, range(30, 34)) == [("a",), ("a", "x")], "it has told nothing"


def test_what_was_told_is_kept_while_there_is_too_little_history_to_judge():
    of, one = course(steady(TODAY - 30 * HOUR, TODAY + DAY, "a/x", an_hour=2)), follower()
    one.restore({"open": [{"node": ["a"]}]})
    assert led(one, of, range(3)) == []
    assert one.state() == {"open": [{"node": ["a"]}]}


def test_one_that_is_restored_while_it_runs_goes_by_what_it_is_given():
    of, one = course([*DAYS, *MORE]), follower()
    assert led(one, of, range(3)) == [("a",), ("a", "x")]
    one.restore({"open": []})
    assert led(one, of, [3]) == [("a",), ("a", "x")]


def test_what_it_remembers_reaches_back_to_the_first_hour_of_its_model_and_no_further():
    later = TODAY + DAY - HOUR
    hours = model(course(steady(TODAY - 70 * DAY, TODAY + DAY, "a", an_hour=1)), later).steps
    assert to_us(later + HOUR) - hours[0] <= follower().memory() == MEMORY
    assert MEMORY - (to_us(later + HOUR) - hours[0]) <= 2 * to_us_of(DAY)


def test_what_is_prepared_is_fitted_once_and_changes_no_answer():
    of, fitted = course([*DAYS, *MORE]), []

    def starting(*told):
        fitted.append(told)
        return started(*told)

    prepared = HourlyFollower(Modeller(starting, 2, None), lambda node, *_: node)
    prepared.prepare(*closing(of, TODAY + HOUR))
    assert len(fitted) == 1
    assert led(prepared, of, range(1, 6)) == [1, 2]
    assert len(fitted) == 1


def test_an_hour_that_is_unknown_tells_nothing():
    gap = [Missing(to_us(TODAY + 2 * HOUR), to_us(TODAY + 4 * HOUR))]
    assert led(follower(), course([*DAYS, *MORE]), range(6)) == [("a",), ("a", "x")]
    assert led(follower(), course([*DAYS, *MORE], missing=gap), range(6)) == []
