"""Evidence for a surge that is going on, beside the sum over all the ways in which one can have gone on."""

from itertools import pairwise, product

import numpy as np
import pytest

from detectors.seasonal.scan import (
    ONSET,
    REST,
    STRENGTHS,
    Scan,
    beside_bursts,
    chance,
    log_ratios,
    odds,
)
from detectors.seasonal.tail import log_ratio

END, K = 0.3, len(STRENGTHS)


def followed(ratios, *, known=None, cold=None, overlap=1.0):
    steps = len(ratios)
    ratios = np.asarray(ratios, float)[:, :, None]
    known = np.ones((steps, 1), bool) if known is None else np.array(known)[:, None]
    cold = np.zeros((steps, 1), bool) if cold is None else np.array(cold)[:, None]
    return Scan(1, END).follow(ratios, known, cold=cold, overlap=np.full(1, overlap))[:, 0]


def by_hand(ratios):
    """Posterior odds of a surge at the last step, over all courses of none or one of the strengths."""
    totals = {False: 0.0, True: 0.0}
    for course in product(range(-1, K), repeat=len(ratios)):
        weight = 1 - ONSET if course[0] < 0 else ONSET / K
        for before, now in pairwise(course):
            if before < 0:
                weight *= 1 - ONSET if now < 0 else ONSET / K
            else:
                weight *= END if now < 0 else (1 - END) * (now == before)
        for step, now in enumerate(course):
            weight *= 1 if now < 0 else np.exp(ratios[step][now])
        totals[course[-1] >= 0] += weight
    return np.log(totals[True] / totals[False])


def test_the_first_step_is_judged_by_the_chance_of_an_onset_and_its_likelihood():
    ratios = [[1.0, 2.0, 3.0, 2.0, -1.0]]
    assert followed(ratios)[0] == pytest.approx(by_hand(ratios))


@pytest.mark.parametrize("seed", range(3))
def test_later_steps_are_judged_as_all_courses_together(seed):
    ratios = np.random.default_rng(seed).normal(1, 2, (4, K))
    assert followed(ratios)[-1] == pytest.approx(by_hand(ratios), abs=0.02)


def test_an_unknown_step_tells_neither_for_nor_against():
    high = [3.0] * K
    odd = followed([high, [np.nan] * K, high], known=[True, False, True])
    assert odd[1] == pytest.approx(followed([high, [0.0] * K])[1])
    assert np.isfinite(odd).all()


def test_of_what_is_cold_nothing_is_said_or_carried_on():
    high = [9.0] * K
    found = followed([high, high, high], cold=[True, True, False])
    assert found[:2].tolist() == [REST, REST]
    assert found[2] == pytest.approx(followed([high])[0])


def test_errors_that_tell_the_same_carry_on_less_and_evidence_stays_finite():
    high = [4.0] * K
    assert followed([high] * 4, overlap=5.0)[-1] < followed([high] * 4)[-1] - 3
    assert followed([[1e9] * K] * 3).max() <= 300 + np.log(K) + 1e-9


def test_strengths_are_standard_deviations_also_where_hardly_anything_is_expected():
    for expected, sd in ((9.0, np.sqrt(18)), (0.001, np.sqrt(0.1))):
        count, due, spread = np.array([[12.0]]), np.array([[expected]]), np.array([[2.0]])
        mine = log_ratio(count[0], due[0], due[0] + STRENGTHS * sd, spread[0])
        assert log_ratios(count, due, spread)[0] == pytest.approx(mine)


def test_beside_bursts_a_ratio_counts_in_full_up_to_their_rarity_and_little_beyond():
    bursts = np.array([1e-4])
    edge = -np.log(1e-4)
    assert beside_bursts(np.array([[-3.0], [edge]]), bursts)[:, 0] == pytest.approx([-3.0, edge])
    more = beside_bursts(np.array([[edge + 99]]), bursts)[0, 0]
    assert more == pytest.approx(edge + np.log(100) + 0.02 * 99)


def test_chance_and_odds_are_the_same_said_twice():
    log_odds = np.array([-700.0, -2.0, 0.0, 3.0, 700.0])
    assert np.log(chance(log_odds[1:4]) / (1 - chance(log_odds[1:4]))) == pytest.approx(log_odds[1:4])
    assert chance(log_odds)[[0, 2, 4]].tolist() == pytest.approx([0.0, 0.5, 1.0])
    assert odds(np.log([[1.0], [2.0]])) == pytest.approx(np.log(3))
