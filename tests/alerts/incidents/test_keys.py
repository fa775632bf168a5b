from hypothesis import given
from hypothesis import strategies as st

from alerts.incidents.keys import Keys


@given(st.integers(0, 400))
def test_it_holds_what_it_was_given_and_nothing_else_and_earlier_ones_stay_as_they_were(number):
    grown = [Keys()]
    for n in range(number):
        grown.append(grown[-1].and_(str(n)))
    for size, keys in ((size, grown[size]) for size in {0, number // 2, number}):
        assert [n for n in range(number + 1) if str(n) in keys] == list(range(size))
