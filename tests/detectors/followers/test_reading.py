"""Single tickets of a branch, in steps of hours and columns."""

from datetime import timedelta

import numpy as np
import pytest
from courses import HOUR, course, steady
from surging import TODAY

from connectors.ticket import Ticket, to_us
from detectors.followers.nodes import Nodes
from detectors.followers.reading import Reading
from monitor.replay.following import HistoryMoment

ORIGIN = 5000
MINUTE = timedelta(minutes=1)


def came(minutes, path, **told):
    at = TODAY + minutes * MINUTE
    return Ticket("s", "", at, at, path, **told)


def read(node, since, *, now=10 * HOUR, deepest=1):
    of = course([
        *steady(TODAY - 2 * HOUR, TODAY, "z/z", an_hour=1),
        came(30, ("a", "x"), region="north", channel="web", complainant="Li"),
        came(75, ("a", "y"), region="south", complainant="Li"),
        came(120, ("b", "x"), channel="phone"),
        came(240, ("a",)),
    ])  # fmt: skip
    tree = of.step.taxonomy
    nodes = Nodes(tree, deepest=deepest, leaves=np.unique(of.step.versions.node))
    hours = of.step.hours[of.step.hours >= to_us(TODAY)]
    moment = HistoryMoment(of, to_us(TODAY + now), to_us(TODAY + now), len(of.step.versions))
    marks = Reading(moment, nodes, hours, ORIGIN).branch(nodes.column(node), since)
    return marks, [nodes.numbers[column] for column in marks.node.tolist()], tree


def test_a_ticket_stands_at_its_part_of_the_hour():
    marks, _, _ = read((), ORIGIN)
    assert marks.at.tolist() == pytest.approx([ORIGIN + 0.5, ORIGIN + 1.25, ORIGIN + 2, ORIGIN + 4])


def test_only_the_branch_is_read_and_only_from_the_step_up_to_now():
    assert len(read(("a",), ORIGIN)[0]) == 3
    assert read(("a",), ORIGIN + 1)[0].at.tolist() == [ORIGIN + 1.25, ORIGIN + 4]
    assert read((), ORIGIN, now=2 * HOUR)[0].at.tolist() == [ORIGIN + 0.5, ORIGIN + 1.25]


def test_a_step_before_the_first_hour_is_the_first_hour():
    assert len(read((), ORIGIN - 300)[0]) == 4


@pytest.mark.parametrize("deepest", [1, 2])
def test_a_ticket_is_of_the_deepest_node_that_is_followed(deepest):
    _, numbers, tree = read((), ORIGIN, deepest=deepest)
    full = [("a", "x"), ("a", "y"), ("b", "x"), ("a",)]
    assert [tree.paths[number] for number in numbers] == [path[:deepest] for path in full]


def test_equal_values_have_equal_numbers_and_unknown_ones_none():
    region, channel, complainant = read((), ORIGIN)[0].code.tolist()
    assert region == [0, 1, -1, -1]
    assert channel == [0, -1, 1, -1]
    assert complainant == [0, 0, -1, -1]
