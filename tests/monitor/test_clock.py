import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from process import PATIENCE

from monitor.clock import ManualClock, SystemClock

START = datetime(2026, 5, 9, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("clock", [SystemClock(), ManualClock(START)])
def test_every_clock_tells_an_aware_time_in_utc(clock):
    assert clock.now().utcoffset() == timedelta(0)


@pytest.mark.parametrize("clock", [SystemClock(), ManualClock(START)])
def test_no_clock_waits_for_a_time_that_has_passed_or_an_event_that_is_set(clock):
    event = threading.Event()
    assert not clock.wait(event, until=clock.now() - HOUR)
    event.set()
    assert clock.wait(event, until=clock.now() + 10_000 * HOUR)


def test_the_system_clock_waits_until_the_time_has_come():
    clock = SystemClock()
    until = clock.now() + timedelta(milliseconds=20)
    assert not clock.wait(threading.Event(), until=until)
    assert clock.now() >= until - timedelta(milliseconds=5)


def test_a_manual_clock_stands_still_until_it_is_moved_and_shows_utc():
    clock = ManualClock(START.astimezone(timezone(8 * HOUR)))
    assert clock.now() == START
    assert clock.now().tzinfo is UTC
    clock.advance(HOUR)
    assert clock.now() == START + HOUR
    clock.set(START)
    assert clock.now() == START


def test_moving_a_manual_clock_lets_go_who_waits_for_that_time():
    clock, seen = ManualClock(START), []
    event = threading.Event()
    waiting = threading.Thread(target=lambda: seen.append(clock.wait(event, until=START + HOUR)))
    waiting.start()
    clock.advance(HOUR / 2)
    waiting.join(0.05)
    assert waiting.is_alive()
    clock.advance(HOUR / 2)
    waiting.join(PATIENCE)
    assert seen == [False]


def test_an_event_lets_go_who_waits_on_a_manual_clock_that_stands_still():
    clock, event, seen = ManualClock(START), threading.Event(), []
    waiting = threading.Thread(target=lambda: seen.append(clock.wait(event, until=START + HOUR)))
    waiting.start()
    event.set()
    waiting.join(PATIENCE)
    assert seen == [True]


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="has no zone"):
        ManualClock(START.replace(tzinfo=None))
