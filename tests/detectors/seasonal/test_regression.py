"""Coefficients of many series: the truth where there is evidence, the prior where there is none."""

import numpy as np
import pytest

from detectors.seasonal.regression import fit, rate

X = np.stack([np.ones(40), np.linspace(-1, 1, 40)], axis=1)
TRUE = np.array([[3.0, 0.5], [6.0, -1.0], [-1.0, 0.0]])


def fitted(count, exposure=None, *, weight=None, start=0.0, dispersion=1.0, **chosen):
    n = len(count)
    return fit(
        count, np.ones(count.shape) if exposure is None else exposure, features=X,
        precision=np.array(chosen.get("precision", (1e-9, 1e-9))), dispersion=np.full(n, dispersion),
        weight=np.ones(40) if weight is None else weight, start=np.full((n, 2), start),
        iterations=chosen.get("iterations", 30),
    )  # fmt: skip


def test_it_finds_what_the_rates_were_made_of_from_far_away():
    for start in (0.0, 12.0):
        assert fitted(rate(TRUE, X), start=start)[0] == pytest.approx(TRUE, abs=1e-6)


def test_what_is_known_for_half_of_the_time_counts_half_and_what_is_not_known_not_at_all():
    count, exposure = rate(TRUE, X), np.ones((3, 40))
    exposure[:, ::2] = 0.5
    exposure[:, 5] = 0
    assert fitted(count * exposure, exposure)[0] == pytest.approx(TRUE, abs=1e-6)
    odd, weight = count.copy(), np.ones(40)
    odd[:, 7], weight[7] = 1e4, 0
    assert fitted(odd, weight=weight)[0] == pytest.approx(TRUE, abs=1e-6)


def test_the_information_is_that_of_poisson_by_dispersion_and_the_prior():
    found, information = fitted(rate(TRUE, X), precision=(0.0, 2.0), dispersion=4.0, iterations=60)
    for series in range(3):
        mean = rate(found, X)[series]
        assert information[series] == pytest.approx(
            (X * mean[:, None]).T @ X / 4 + np.diag([0, 2.0]), rel=1e-4
        )
        slope = (rate(TRUE, X)[series] - mean) @ X / 4 - found[series] * [0, 2.0]
        assert slope == pytest.approx(0, abs=1e-4), "it is the likeliest"


def test_bins_that_count_half_tell_half():
    half = fitted(rate(TRUE, X), weight=np.full(40, 0.5))
    assert half[0] == pytest.approx(TRUE, abs=1e-6)
    assert half[1] == pytest.approx(fitted(rate(TRUE, X))[1] / 2, rel=1e-4)


def test_without_evidence_the_prior_holds():
    nothing = fitted(np.zeros((1, 40)), np.zeros((1, 40)), precision=(1.0, 1.0), start=1.0)[0]
    assert nothing == pytest.approx(0, abs=1e-9)


def test_no_iteration_goes_further_than_two():
    once = fitted(rate(np.array([[9.0, 0.0]]), X), iterations=1)[0]
    assert once[0].tolist() == [2.0, pytest.approx(0, abs=1e-9)]
