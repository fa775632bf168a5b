"""When the seasonal part is fitted anew."""

import pytest

from detectors.seasonal.period import HOUR, PERIODS


@pytest.mark.parametrize("period", PERIODS.values(), ids=PERIODS)
def test_the_next_fit_is_after_whole_blocks_and_later_the_longer_the_history_is(period):
    waits = [period.steps_until_refit(now) for now in range(0, 60 * period.cycle, 3)]
    assert all(wait % period.refit == 0 for wait in waits)
    assert waits[0] == period.refit
    assert waits == sorted(waits)


def test_it_waits_for_about_eight_parts_of_a_hundred_more():
    assert HOUR.steps_until_refit(24) == 12
    assert HOUR.steps_until_refit(1000) == 72
    assert HOUR.steps_until_refit(10_000) == 792
