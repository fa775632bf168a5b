"""Windows that end now: which of them tells most, and how sure their expectation is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.seasonal.period import DAY, HOUR, WEEK
from detectors.seasonal.stamps import name_steps
from detectors.seasonal.tail import lower_tail
from detectors.tree.absurd import Sifted
from detectors.tree.branches import Branches
from detectors.tree.clumps import Clumps
from detectors.tree.likelihood import StepByStep, Windows, even, log_likelihood_ratio
from detectors.tree.outlook import COURSE, MISSHAPEN, Outlook
from detectors.tree.trailing import BUSIER, Trailing

PAST = 8 * 168
FIRST = np.datetime64("2026-01-05T00", "h")
ROOT, BUSY, QUIET = 0, 1, 2


@pytest.fixture(scope="module")
def outlook():
    """A root with a busy leaf and a quiet one."""
    rng = np.random.default_rng(4)
    leaves = rng.poisson([6.0, 0.2], (PAST, 2))
    count = np.concatenate((leaves.sum(axis=1)[:, None], leaves), axis=1).astype(np.float32)
    tree = Branches(np.array([-1, 0, 0], np.int32))
    return Outlook(Sifted(count, count), name_steps(FIRST + np.arange(PAST + 48), HOUR), tree)


def weighed(outlook, window, windows):
    """The score of twenty tickets of the quiet leaf, where two were to come, in one window alone."""
    came, due = np.zeros((windows, 1), np.float32), np.full((windows, 1), 2, np.float32)
    came[window] = 20
    seen = Windows(came, due, lambda some: evenly(24 + windows - 6, len(some)))
    return outlook.trailing.strongest(np.array([QUIET]), seen, fewest=5)[1].score[0]


def evenly(steps, nodes):
    """Some tickets in each step."""
    count = np.full((steps, nodes), 20, np.float32)
    return StepByStep(count, count, np.full((steps, nodes), 0.5, np.float32), np.ones(nodes))


def likelier(outlook, window):
    """Log10 of the mean of the ratios of tickets and occasions, before the window is weighed."""
    trailing = outlook.trailing
    steps = trailing.lengths[window] if window < len(trailing.lengths) else 1
    count, of = np.full(steps, 20.0), np.zeros(steps, int)
    usual, part = np.full(steps, 2 / steps), np.full(steps, 1 / steps)
    relative, clumps = trailing.relative[QUIET], trailing.clumps
    ratio, varied = clumps.ratio[QUIET], clumps.dispersion[QUIET]
    both = [
        log_likelihood_ratio(count, due, np.full(steps, dispersion), even(count, due, part, of), of)
        for due, dispersion in (
            (usual, trailing.own[QUIET] + relative * 2),
            (usual * ratio, varied + relative * 2 * ratio),
        )
    ]
    return float(np.logaddexp(*both)[0] - np.log(2)) / np.log(10)


@given(st.integers(1, 2000), st.floats(0, 1), st.floats(0.05, 200))
def test_what_passes_the_gate_is_as_rare_as_one_in_ten(tickets, part, dispersion):
    one, none = np.ones(1, np.float32), np.zeros((1, 1), np.float32)
    clumps = Clumps(Branches(np.array([-1], np.int32)), one > 1, one, one, one / 2)
    trailing = Trailing((1,), (1.0,), none, none, clumps=clumps, own=dispersion * one, relative=0 * one)
    came, due = tickets * one, tickets * part * one
    if trailing.gate(np.array([0]), came, due)[0]:
        assert 1 - lower_tail(came - 1, due, trailing.own)[0] < 0.1


@given(st.integers(0, 2**32), st.sampled_from([0.0, 0.3, 40.0, 1e5]), st.integers(1, 12))
def test_with_fewer_tickets_than_the_least_no_window_passes_the_gate(seed, usual, fewest):
    """However much of the running step is over; and with so many, at its beginning, one does."""
    rng, nodes, lengths = np.random.default_rng(seed), 40, (1, 3, 6)
    due = (usual * rng.gamma(1, 1, (5, nodes))).astype(np.float32)
    tree = Branches(np.full(nodes, -1, np.int32))
    one = np.ones(nodes, np.float32)
    clumps = Clumps(tree, np.zeros(nodes, bool), one, one, one / 2)
    trailing = Trailing(
        lengths, (1.0,) * 3, rng.poisson(due).astype(np.float32), due, clumps=clumps,
        own=rng.uniform(0.5, 4, nodes), relative=rng.uniform(0, 0.1, nodes),
    )  # fmt: skip
    least = trailing.least(fewest=fewest)
    fewer, running = np.ceil(least) - 1, usual * rng.uniform(0, 1, nodes).astype(np.float32)

    def passing(count, running):
        came = trailing.came + count.astype(np.float32)
        through = trailing.gate(np.arange(nodes), came, trailing.due + running.astype(np.float32))
        return (through & (came >= fewest)).any(axis=0)

    assert not passing(fewer, running).any()
    assert not passing(fewer, 0 * running).any()
    assert passing(np.ceil(least * 1.001 + 0.001 * usual) + 1, 0 * running).all()


@pytest.mark.parametrize("short", [0, 6, 7, 8])
def test_what_comes_within_an_hour_weighs_a_third_of_what_lasts(outlook, short):
    part = [weighed(outlook, window, 9) - likelier(outlook, window) for window in range(9)]
    assert part[1:6] == pytest.approx([part[1]] * 5, abs=1e-4)
    assert part[1] - part[short] == pytest.approx(np.log10(3), abs=1e-4)


@pytest.mark.parametrize("windows", [6, 9])
def test_windows_share_the_chance_of_a_surge(outlook, windows):
    """So the mean over them is one of one likelihood ratio, of what may be in any of them."""
    part = [weighed(outlook, window, windows) - likelier(outlook, window) for window in range(windows)]
    busy = (1 + 2 / 24) ** BUSIER
    assert (10 ** np.array(part)).sum() / busy == pytest.approx(1, abs=1e-4)


def test_the_course_of_a_week_is_the_less_certain_the_fewer_tickets_showed_it(outlook):
    relative = outlook.trailing.relative
    least, most = MISSHAPEN["hour"]
    added = np.clip(COURSE["hour"] / outlook.total, least, most)
    assert added[QUIET] == most
    assert added[ROOT] == added[BUSY] == least
    due = outlook.baseline.expect()
    level = (due.dispersion - due.own) / due.expected
    assert relative == pytest.approx(level + added, rel=1e-5)


@pytest.mark.parametrize("period", [DAY, WEEK])
def test_days_and_weeks_weigh_alike(period):
    count = np.ones((60, 1), np.float32)
    step = np.timedelta64(1 if period is DAY else 7, "D")
    stamps = name_steps(np.datetime64("2025-01-06", "D") + np.arange(70) * step, period)
    outlook = Outlook(Sifted(count, count), stamps, Branches(np.array([-1], np.int32)))
    assert set(outlook.trailing.weights) == {1.0}
