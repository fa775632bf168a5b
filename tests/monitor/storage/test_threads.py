"""Where incidents were told, and what is still to be told there."""

import pytest

from alerts.incidents.book import Changed
from alerts.incidents.event import Event, Kind
from alerts.incidents.transitions import after, opened
from alerts.page import Page, Reason
from monitor.storage.threads import Thread

FIRST = Event("e0", Kind.OPENED, 10, level="三级预警", node=("mobile",))
INCIDENT = opened(FIRST, id=1)
THREAD = Thread(1, "slack", "C1", "C1/1.0", "p1", "zh", 1, 0)


@pytest.fixture
def told(store):
    with store.writing() as tx:
        tx.incidents.save([Changed(INCIDENT, (FIRST,))])
        tx.outbox.save([Page("p1", 10, Reason.TEST), Page("p2", 20, Reason.TEST)])
        tx.threads.told(THREAD, at=10)
    return store


def happens(store, incident, key, kind=Kind.NOTED):
    event = Event(key, kind, 20, by="李娜")
    changed = after(incident, event)
    with store.writing() as tx:
        tx.incidents.save([Changed(changed, (event,))])
    return changed


def test_nothing_is_due_until_something_happens_and_then_it_is_once(told):
    with told.reading() as tx:
        assert (tx.threads.due("slack", 99), tx.threads.next_due("slack")) == (None, None)
    incident = happens(told, INCIDENT, "e1")
    with told.writing() as tx:
        assert tx.threads.due("slack", 99) == THREAD
        assert tx.threads.due("mail", 99) is None
        assert tx.threads.next_due("slack") == 10
        tx.threads.shown(THREAD, seen=2, next_at=50)
        assert tx.threads.due("slack", 99) is None
    happens(told, incident, "e2")
    with told.reading() as tx:
        assert tx.threads.due("slack", 49) is None
        assert tx.threads.due("slack", 50).seen == 2


def test_what_failed_waits_and_says_how_often(told):
    happens(told, INCIDENT, "e1")
    with told.writing() as tx:
        tx.threads.failed(THREAD, next_at=70)
        assert tx.threads.due("slack", 69) is None
        assert tx.threads.due("slack", 70).attempts == 1


def test_a_later_page_leaves_the_first_message_the_first(told):
    with told.writing() as tx:
        tx.threads.told(Thread(1, "slack", "C1", "C1/2.0", "p2", "zh", 5, 0), at=30)
        found = tx.threads.find(1, "slack", "C1")
    assert (found.reference, found.page_key, found.seen) == ("C1/1.0", "p2", 1)
