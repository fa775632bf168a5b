"""In which zone an account's questions are read is found out by asking, wherever that is."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from connectors.services.zones import AccountZone

CHANGED = datetime(2026, 3, 10, 12, 0, 7, tzinfo=UTC)


def asking(zone, changed=CHANGED):
    """Whether a question for a ticket that changed then finds it, where a service reads it in this zone."""

    def finds(literal):
        finds.asked += 1
        return changed >= literal.replace(tzinfo=zone)

    finds.asked = 0
    return finds


@pytest.mark.parametrize("name", sorted(available_timezones())[::12])
def test_every_zone_is_found(name):
    zone, account = ZoneInfo(name), AccountZone()
    local = CHANGED.astimezone(zone)
    assert account.measure(CHANGED, asking(zone))
    assert account.offset == local.utcoffset()
    assert account.clock(CHANGED).replace(tzinfo=None) == local.replace(tzinfo=None)


def test_what_is_known_is_confirmed_with_two_questions():
    account, finds = AccountZone(), asking(ZoneInfo("Asia/Kathmandu"))
    account.measure(CHANGED, finds)
    first, finds.asked = finds.asked, 0
    account.measure(CHANGED, finds)
    assert (finds.asked, first <= 12) == (2, True)


def test_across_a_change_of_the_clock_it_begins_before_and_never_after():
    zone, account = ZoneInfo("America/New_York"), AccountZone()
    account.measure(CHANGED, asking(zone))
    for days in range(-400, 400, 7):
        instant = CHANGED + timedelta(days=days)
        begun = account.clock(instant).replace(tzinfo=zone)
        assert begun <= instant
        assert instant - begun <= timedelta(hours=2)


def test_a_service_that_finds_nothing_is_no_zone_and_what_was_known_stays():
    account = AccountZone()
    assert not account.measure(CHANGED, lambda literal: False)
    assert (account.known, account.offset) == (False, timedelta(0))
    account.measure(CHANGED, asking(ZoneInfo("Asia/Shanghai")))
    assert not account.measure(CHANGED, lambda literal: False)
    assert (account.known, account.offset) == (True, timedelta(hours=8))
