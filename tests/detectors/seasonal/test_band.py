"""The band of ordinary counts holds what it says it holds."""

import numpy as np
import pytest
from scipy import stats

from detectors.seasonal.band import band


@pytest.mark.parametrize("dispersion", [1.0, 1.5, 6.0])
@pytest.mark.parametrize("coverage", [0.5, 0.95])
def test_at_most_so_many_lie_beyond_each_edge_and_more_would_one_count_further_in(dispersion, coverage):
    mean = np.array([0.3, 4.0, 60.0, 900.0])
    low, high = band(mean, np.full(4, dispersion), coverage=coverage)
    law = stats.poisson(mean) if dispersion == 1 else stats.nbinom(mean / (dispersion - 1), 1 / dispersion)
    part = (1 - coverage) / 2
    assert (law.cdf(low - 1) < part).all()
    assert (law.cdf(low) >= part).all()
    assert (law.sf(high) <= part).all()
    assert (law.sf(high - 1) > part).all()
