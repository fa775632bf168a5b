"""One instance writes; who was replaced cannot write any more."""

from datetime import timedelta

import pytest
from storing import NOON, fed, stored_counts, ticket

from connectors.ticket import SECOND, to_us
from monitor.storage import LeaseLostError, LeaseTakenError, Store

NOW = to_us(NOON)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def other(url):
    opened = Store.open(url)
    yield opened
    opened.close()


def test_a_second_instance_is_told_who_writes(store, other):
    store.acquire("host-a:17", ttl=MINUTE, now=NOW)
    with pytest.raises(LeaseTakenError, match=r"host-a:17 already writes .* until 2026-05-09 04:01:00 UTC"):
        other.acquire("host-b:3", ttl=MINUTE, now=NOW + 59 * SECOND)
    assert store.holding().holder == "host-a:17"


def test_a_renewed_lease_lasts(store, other):
    store.acquire("a", ttl=MINUTE, now=NOW)
    store.renew(ttl=MINUTE, now=NOW + 50 * SECOND)
    with pytest.raises(LeaseTakenError):
        other.acquire("b", ttl=MINUTE, now=NOW + 100 * SECOND)


def test_who_hung_past_the_lease_cannot_write_when_it_comes_back(store, other):
    store.acquire("a", ttl=MINUTE, now=NOW)
    fed(store, ticket("1"))
    other.acquire("b", ttl=MINUTE, now=NOW + 60 * SECOND)
    with pytest.raises(LeaseLostError, match="b took over the store"):
        fed(store, ticket("2"))
    with pytest.raises(LeaseLostError):
        store.renew(ttl=MINUTE, now=NOW + 61 * SECOND)
    fed(other, ticket("3"))
    assert stored_counts(other)[0].total() == 2


def test_a_holder_that_nobody_replaced_may_go_on_after_its_time(store):
    store.acquire("a", ttl=MINUTE, now=NOW)
    store.renew(ttl=MINUTE, now=NOW + 3600 * SECOND)
    fed(store, ticket("1"))


def test_a_released_lease_is_free_at_once(store, other):
    store.acquire("a", ttl=MINUTE, now=NOW)
    store.release()
    assert store.holding().holder is None
    other.acquire("b", ttl=MINUTE, now=NOW)


def test_a_holder_that_is_known_to_have_ended_is_replaced_at_once(store, other):
    store.acquire("host:17", ttl=MINUTE, now=NOW)
    other.acquire("host:18", ttl=MINUTE, now=NOW, gone=lambda holder: holder == "host:17")
    with pytest.raises(LeaseLostError):
        fed(store, ticket("1"))


def test_the_same_holder_gets_its_lease_again_with_a_new_token(store, other):
    store.acquire("a", ttl=MINUTE, now=NOW)
    other.acquire("a", ttl=MINUTE, now=NOW)
    with pytest.raises(LeaseLostError):
        fed(store, ticket("1"))


def test_a_release_after_the_loss_takes_nothing_from_the_new_holder(store, other):
    store.acquire("a", ttl=MINUTE, now=NOW)
    other.acquire("b", ttl=MINUTE, now=NOW + 60 * SECOND)
    store.release()
    assert other.holding().holder == "b"


def test_a_command_beside_the_daemon_may_write_without_the_lease(store, other):
    store.acquire("daemon", ttl=MINUTE, now=NOW)
    with other.writing() as tx:
        tx.trend.sign([NOW], by="Li", remark="read", at=NOW)
    fed(store, ticket("1"))
