"""Counting by key says the same whichever of its two ways is the cheaper one."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.columns import Tally, count_by, look_up, paired, rows_among, sum_by

# Few different keys make a dense table, far-apart ones a sort.
KEYS = st.lists(st.integers(0, 6), max_size=30) | st.lists(
    st.sampled_from([0, 3, 10**6, 2**31 - 1]), max_size=9
)
NARROW = st.sampled_from([np.int32, np.int64])
QUICKLY = settings(deadline=None, max_examples=60)


@QUICKLY
@given(KEYS, NARROW, st.integers(-1, 4))
def test_keys_are_counted_as_a_plain_counter_counts_them(keys, dtype, least):
    plain = Counter(keys)
    tally = Tally(np.array(keys, dtype=dtype))
    assert tally.reaching(least).tolist() == sorted(key for key, n in plain.items() if n >= least)
    asked = np.array([*sorted(plain), -1, 5, 2**31 - 1], dtype=np.int64)
    assert tally.of(asked).tolist() == [plain[key] for key in asked.tolist()]
    distinct, count = count_by(np.array(keys, dtype=dtype))
    assert dict(zip(distinct.tolist(), count.tolist(), strict=True)) == plain


@QUICKLY
@given(st.data(), KEYS, NARROW)
def test_values_are_summed_by_key_and_a_sum_of_nothing_is_kept(data, keys, dtype):
    values = data.draw(st.lists(st.integers(-3, 3), min_size=len(keys), max_size=len(keys)))
    plain: dict[int, int] = {}
    for key, value in zip(keys, values, strict=True):
        plain[key] = plain.get(key, 0) + value
    columns = np.array(keys, dtype=dtype), np.array(values, dtype=np.int64)
    found = sum_by(*columns)
    assert dict(zip(found[0].tolist(), found[1].tolist(), strict=True)) == plain
    assert found[0].tolist() == sorted(plain)
    tally = Tally(*columns)
    assert tally.reaching(1).tolist() == sorted(key for key, total in plain.items() if total >= 1)
    assert tally.of(np.array([7, *plain], dtype=np.int64)).tolist() == [plain.get(7, 0), *plain.values()]


@QUICKLY
@given(KEYS, KEYS, NARROW)
def test_rows_are_those_whose_key_is_wanted(keys, wanted, dtype):
    wanted = sorted(set(wanted) & set(keys))
    rows = rows_among(np.array(keys, dtype=dtype), np.array(wanted, dtype=np.int64))
    assert rows.tolist() == [row for row, key in enumerate(keys) if key in wanted]


@pytest.mark.parametrize(("highs", "dtype"), [(10, np.int32), (2**31, np.int64)])
def test_a_pair_of_keys_is_one_key_as_narrow_as_it_fits(highs, dtype):
    high, low = np.array([0, 1, 9], dtype=np.int32), np.array([4, 0, 2], dtype=np.int32)
    keys = paired(high, low, highs=highs, lows=5)
    assert keys.tolist() == [4, 5, 47]
    assert keys.dtype == dtype


def test_a_pair_of_large_keys_does_not_overflow():
    largest = np.array([99_999], dtype=np.int32)
    assert paired(largest, largest, highs=100_000, lows=100_000).tolist() == [100_000**2 - 1]


def test_what_is_missing_is_looked_up_as_zero():
    keys, values = np.array([2, 5]), np.array([20, 50])
    assert look_up(keys, values, np.array([1, 2, 3, 5, 9])).tolist() == [0, 20, 0, 50, 0]
    none = np.empty(0, dtype=np.int64)
    assert look_up(none, none, np.array([1])).tolist() == [0]
