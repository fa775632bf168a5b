from datetime import timedelta

import pytest
from alerting import NOW

from alerts.notifier import DeliveryError
from alerts.retry import LONGEST_DELAY, next_attempt


def failed(*, retryable=True, after=None):
    wait = None if after is None else timedelta(seconds=after)
    return DeliveryError("Slack has trouble", retryable=retryable, retry_after=wait)


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 5), (2, 10), (3, 20), (4, 40), (8, 640), (9, 900), (10, 900), (10**6, 900)]
)
def test_delays_grow_to_a_quarter_of_an_hour_and_never_end(attempts, seconds):
    assert next_attempt(failed(), attempts=attempts, now=NOW) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 5), (4, 40), (5, 60), (10**6, 60)])
def test_a_page_whose_reader_does_not_know_waits_for_a_minute_at_most(attempts, seconds):
    again = next_attempt(failed(), attempts=attempts, now=NOW, urgent=True)
    assert again == NOW + timedelta(seconds=seconds)


def test_what_no_repetition_can_mend_is_undeliverable_at_once():
    assert next_attempt(failed(retryable=False), attempts=1, now=NOW) is None


def test_a_channel_that_asks_to_wait_is_not_asked_earlier_nor_later():
    assert next_attempt(failed(after=3), attempts=1, now=NOW) == NOW + timedelta(seconds=3)
    assert next_attempt(failed(after=3600), attempts=1, now=NOW) == NOW + timedelta(hours=1)
    assert next_attempt(failed(after=3600), attempts=9, now=NOW, urgent=True) == NOW + timedelta(hours=1)


def test_a_channel_that_always_asks_for_a_second_is_not_believed_for_ever():
    assert next_attempt(failed(after=1), attempts=20, now=NOW) == NOW + LONGEST_DELAY
