"""How much a step still counts after so many others."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.seasonal.fading import fading, fadings


@given(st.lists(st.floats(0.05, 1), min_size=1, max_size=3).map(tuple), st.integers(0, 70))
def test_each_step_counts_by_its_age_and_the_last_in_full(keeps, steps):
    found = fadings(keeps, steps)
    assert found == pytest.approx(np.array(keeps)[:, None] ** np.arange(steps)[::-1])
    assert fading(keeps[0], steps) == pytest.approx(found[0])


def test_what_is_kept_in_mind_cannot_be_changed_by_who_asked():
    with pytest.raises(ValueError, match="read-only"):
        fading(0.5, 4)[0] = 7
