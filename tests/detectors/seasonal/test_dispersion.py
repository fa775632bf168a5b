"""How much more than chance a node varies, as far as its ordinary steps have shown it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.seasonal.dispersion import Dispersion
from detectors.seasonal.period import DAY


def learned(count, expected, *, weight=1.0, warm=True, blocks=1):
    """What is believed after these steps of one node."""
    count = np.asarray(count, float)[:, None]
    full = [np.broadcast_to(np.asarray(of, float), len(count)) for of in (expected, weight, warm)]
    belief = Dispersion(1, DAY)
    for part in np.array_split(np.arange(len(count)), blocks):
        due, worth, after = (of[part] for of in full)
        belief.learn(count[part], due[:, None], weight=worth[:, None], warm=after > 0)
    return float(belief.value[0])


def varying(times, mean, steps=500, seed=3):
    """Counts whose variance is so many times their mean."""
    rng = np.random.default_rng(seed)
    if times < 1:
        return np.round(rng.normal(mean, np.sqrt(times * mean), steps))
    if times == 1:
        return rng.poisson(mean, steps)
    return rng.poisson(rng.gamma(mean / (times - 1), times - 1, steps))


UNSEEN = learned([], [])


def test_a_node_that_has_shown_nothing_is_taken_to_vary_half_as_much_again_as_chance():
    assert pytest.approx(1.5, rel=0.1) == UNSEEN


@pytest.mark.parametrize("times", [0.1, 0.4, 1.0, 4.0, 30.0])
def test_how_much_a_busy_node_varies_is_found_as_it_is(times):
    assert learned(varying(times, 400.0), 400.0) == pytest.approx(times, rel=0.3)


def test_also_at_passengers_by_the_ten_thousand():
    assert learned(varying(12_000.0, 40_000.0), 40_000.0) == pytest.approx(12_000, rel=0.3)


def test_a_few_steps_do_not_overturn_what_is_usual():
    assert learned([40.0] * 5, 40.0) > 0.5 * UNSEEN
    assert learned([9.0, 30.0], 18.0) < 2 * UNSEEN


def test_an_outbreak_now_and_then_is_not_how_a_node_varies():
    counts = varying(1.5, 20.0)
    calm = learned(counts, 20.0)
    counts[10::20] = 100
    assert learned(counts, 20.0) == pytest.approx(calm, rel=0.15)
    counts[::2] = 100
    assert learned(counts, 20.0) > 10 * calm, "each other day is no exception"


def test_where_hardly_anything_is_expected_the_rare_tickets_say_nothing_new():
    quiet = np.random.default_rng(4).poisson(0.02, 1000)
    assert learned(quiet, 0.02) == pytest.approx(UNSEEN, rel=0.4)
    assert np.isfinite(learned([0.0, 3.0, 0.0], 0.0))


def test_an_unknown_step_teaches_nothing_and_a_doubtful_one_little():
    odd = np.append(varying(1.5, 20.0, 30), [45, 3, 40] * 10)
    unknown, doubtful, sure = (learned(odd, 20.0, weight=[1.0] * 30 + [of] * 30) for of in (0.0, 0.1, 1.0))
    assert unknown == pytest.approx(learned(odd[:30], 20.0), rel=0.02)
    assert unknown < doubtful < sure / 3


def test_ten_steps_before_there_was_a_baseline_worth_the_name_tell_as_much_as_one_after():
    once = [200.0, 20.0, 90.0, 10.0]
    cold, warm = learned(np.repeat(once, 10), 60.0, warm=False), learned(once, 60.0)
    assert cold == pytest.approx(warm, rel=0.05)
    assert warm < 0.5 * learned(np.repeat(once, 10), 60.0)


def test_a_node_that_has_calmed_down_is_believed_within_years_and_not_at_once():
    wild, calm = varying(12.0, 50.0, 700), varying(1.0, 50.0, 1400)
    after = [learned(np.concatenate([wild, calm[:days]]), 50.0) for days in (0, 60, 1400)]
    assert after[0] > 8
    assert after[1] > 5
    assert after[2] < 1.5


@given(st.lists(st.integers(0, 60), min_size=4, max_size=40), st.integers(1, 4))
@settings(max_examples=25)
def test_in_whatever_blocks_steps_are_taken_in_they_teach_the_same(counts, blocks):
    warm = np.arange(len(counts)) > 3
    taught = [learned(counts, 15.0, warm=warm, blocks=some) for some in (1, blocks)]
    assert taught[1] == pytest.approx(taught[0], rel=1e-4)
