"""The lower tail: exact, also where it is tiny."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from detectors.seasonal.tail import upper_tail
from detectors.tree.quiet import lower_tail


@given(st.integers(0, 60), st.floats(0.5, 200), st.sampled_from([1.0, 1.5, 4.0]))
def test_it_is_that_of_the_negative_binomial(count, mean, dispersion):
    found = lower_tail(np.array([count * 1.0]), np.array([mean]), np.array([dispersion]))[0]
    if dispersion == 1.0:
        expected = stats.poisson.cdf(count, mean)
    else:
        expected = stats.nbinom.cdf(count, mean / (dispersion - 1), 1 / dispersion)
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    above = upper_tail(np.array([count + 1.0]), np.array([mean]), np.array([dispersion]))[0]
    np.testing.assert_allclose(found + above, 1, atol=1e-9)
