"""Products of few rows with many."""

from __future__ import annotations

import numpy as np
import pytest

from connectors.clustering.products import BLOCK, FEW, STRETCH, against, picked


@pytest.mark.parametrize("count", [0, 1, 2, 7, FEW, FEW + 1])
@pytest.mark.parametrize("others", [1, BLOCK - 1, BLOCK, 3 * BLOCK + 5])
@pytest.mark.parametrize("turned", [False, True])
def test_few_rows_or_many_have_the_same_products(count, others, turned):
    draw = np.random.default_rng(count)
    rows = draw.normal(size=(count, 40)).astype(np.float32)
    many = draw.normal(size=(40, others)).astype(np.float32).T if turned else None
    if many is None:
        many = draw.normal(size=(others, 40)).astype(np.float32)
    exact = rows.astype(np.float64) @ many.T.astype(np.float64)
    found = against(rows, many)
    assert found.dtype == np.float32
    assert found == pytest.approx(exact, abs=1e-4)


@pytest.mark.parametrize("count", [0, 1, 7])
@pytest.mark.parametrize("others", [1, STRETCH, 2 * STRETCH + 5])
@pytest.mark.parametrize("said", [[], [3], [0, 5, 39]])
def test_what_rows_do_not_have_need_not_be_multiplied(count, others, said):
    draw = np.random.default_rng(count)
    rows = np.zeros((count, 40), dtype=np.float32)
    rows[:, said] = draw.normal(size=(count, len(said)))
    turned = draw.normal(size=(40, others)).astype(np.float32)
    found = picked(rows, np.array(said, dtype=np.intp), turned)
    assert found.dtype == np.float32
    assert found == pytest.approx(rows @ turned, abs=1e-4)
