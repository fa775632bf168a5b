"""A history in the order in which the monitor saw it."""

from datetime import timedelta

from lived import BILL
from storing import LEVELS, NOON, later, ticket

from connectors.taxonomy import Taxonomy
from connectors.ticket import HOUR, TicketBatch, to_us
from monitor.replay.history import versions_of
from monitor.replay.polling_delays import as_polled

NOW = to_us(NOON)
MINUTE = HOUR // 60


def history(*tickets):
    batch = TicketBatch.of("desk", list(tickets))
    return versions_of([(0, batch)], Taxonomy(LEVELS))


def at(id, minutes):
    return ticket(id, path=BILL, created_at=NOON + timedelta(minutes=minutes))


def seen(versions):
    return [
        (str(id), (at - NOW) // MINUTE) for id, at in zip(versions.ids, versions.seen.tolist(), strict=True)
    ]


def polled(id, minutes, delay):
    return ("desk", id, NOW + minutes * MINUTE, NOW + (minutes + delay) * MINUTE)


def test_without_a_store_a_version_is_seen_when_it_was_updated():
    versions = history(at("1", 0), at("2", 5))
    assert as_polled(versions, ["desk"], []) == (versions, 0)


def test_a_version_is_seen_when_it_was_seen_and_they_come_in_that_order():
    versions = history(at("1", 0), at("2", 5), at("3", 6))
    arrived, known = as_polled(versions, ["desk"], [polled("1", 0, 30), polled("2", 5, 1), polled("3", 6, 2)])
    assert seen(arrived) == [("2", 6), ("3", 8), ("1", 30)]
    assert known == 3
    assert arrived.updated.tolist() == [NOW + m * MINUTE for m in (5, 6, 0)]


def test_what_came_as_history_has_no_delay_and_what_the_store_has_lost_the_usual_one():
    first = at("2", 10)
    versions = history(at("old", -600), first, later(first, minutes=20), at("gone", 40))
    arrived, known = as_polled(
        versions, ["desk", "other"], [polled("2", 30, 5), polled("3", 10, 7), polled("4", 10, 6)]
    )
    assert seen(arrived) == [("old", -600), ("2", 16), ("2", 35), ("gone", 46)]
    assert known == 1


def test_an_earlier_version_is_not_seen_after_the_one_that_replaced_it():
    first = at("2", 10)
    versions = history(first, later(first, minutes=1))
    arrived, _ = as_polled(versions, ["desk"], [polled("2", 11, 1), polled("3", 10, 60), polled("4", 10, 60)])
    assert seen(arrived) == [("2", 12), ("2", 12)]
    assert arrived.updated.tolist() == sorted(arrived.updated.tolist())
