"""What becomes of incidents is told where they were paged: once, in time, by channels that can show it."""

import shutil
from datetime import timedelta

import pytest
from alerting import NOW, SHANGHAI, plan, signal

from alerts import notices
from alerts.incidents.book import Book, Changed
from alerts.incidents.event import Event, Kind
from alerts.incidents.transitions import after
from alerts.notifier import BusyError, DeliveryError, Receipt
from alerts.plan import Channel, Contact, Level, Role
from alerts.respond import respond
from connectors.ticket import to_us
from monitor.clock import ManualClock
from monitor.delivery import Delivery
from monitor.delivery.updating import LEAST_GAP
from monitor.storage import Store

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def company():
    return plan(
        levels=(Level("三级预警", ("executive",)),),
        roles=(Role("executive", contacts=("张伟",)),),
        contacts=(Contact("张伟", {"show": "U1"}),),
        channels=(Channel("show", "show"),),
    )


class Showing:
    """A notifier that shows incidents, and fails as it is told."""

    def __init__(self):
        self.failures, self.updates, self.pages = [], [], []

    def deliver(self, message):
        self.pages.append(message.page)
        return Receipt("place/1")

    def follow(self, update):
        self.updates.append(update)
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure

    def examine(self):
        return []


class World:
    def __init__(self, store):
        self.store, self.clock, self.showing = store, ManualClock(NOW), Showing()
        self.delivery = self.start()
        with store.writing() as tx:
            book = Book()
            response = respond([signal()], plan=company(), now=NOW, book=book)
            tx.incidents.save(book.taken())
            tx.outbox.save(response.pages)
        self.delivery.deliver_due()
        self.pass_time(MINUTE)
        self.showing.updates.clear()

    def start(self):
        told = {"plan": company(), "language": "zh", "zone": SHANGHAI}
        return Delivery(self.store, self.clock, opener=lambda _: self.showing, **told)

    def happens(self, key):
        with self.store.writing() as tx:
            incident = tx.incidents.get(1)
            event = Event(key, Kind.NOTED, to_us(self.clock.now()), by="李娜")
            tx.incidents.save([Changed(after(incident, event), (event,))])

    def pass_time(self, by):
        self.clock.advance(by)
        self.delivery.deliver_due()

    def told(self):
        return [[event.key for event in update.news] for update in self.showing.updates]


@pytest.fixture
def world(sqlite_template, tmp_path):
    shutil.copy(sqlite_template, tmp_path / "store.db")
    store = Store.open(f"sqlite:///{tmp_path}/store.db")
    yield World(store)
    store.close()


def test_what_happens_together_is_told_together_and_once(world):
    world.happens("a")
    world.happens("b")
    world.pass_time(SECOND)
    world.pass_time(MINUTE)
    assert world.told() == [["a", "b"]]
    assert world.showing.updates[0].reference == "place/1"


def test_one_place_is_told_at_most_every_few_seconds(world):
    world.happens("a")
    world.pass_time(SECOND)
    world.happens("b")
    world.pass_time(LEAST_GAP / 2)
    assert world.told() == [["a"]]
    world.pass_time(LEAST_GAP)
    assert world.told() == [["a"], ["b"]]


def test_what_failed_is_told_again_with_what_came_meanwhile_and_is_called_uncertain(world):
    world.showing.failures = [DeliveryError("not now", retryable=True)]
    world.happens("a")
    world.pass_time(SECOND)
    world.happens("b")
    world.pass_time(MINUTE)
    assert world.told() == [["a"], ["a", "b"]]
    assert [update.uncertain for update in world.showing.updates] == [False, True]


def test_a_channel_that_asks_to_wait_is_told_less_often(world):
    world.showing.failures = [DeliveryError("wait", retryable=True, retry_after=20 * SECOND)]
    world.happens("a")
    world.pass_time(SECOND)
    world.pass_time(19 * SECOND)
    assert len(world.told()) == 1
    world.pass_time(SECOND)
    assert world.told() == [["a"], ["a"]]


def test_a_busy_place_is_no_failure(world):
    world.showing.failures = [BusyError(SECOND)]
    world.happens("a")
    world.pass_time(SECOND)
    world.pass_time(SECOND)
    assert world.told() == [["a"], ["a"]]
    assert not world.showing.updates[1].uncertain


def test_of_a_story_that_was_told_in_part_the_rest_is_told_after_the_pages_that_came_meanwhile(world):
    with world.store.reading() as tx:
        known = len(tx.incidents.get(1).log)
    world.showing.failures = [BusyError(2 * SECOND, seen=known + 1)]
    world.happens("a")
    world.happens("b")
    world.pass_time(SECOND)
    with world.store.writing() as tx:
        tx.outbox.save([notices.trial("executive", plan=company(), now=world.clock.now())])
    world.pass_time(SECOND)
    assert world.showing.pages[-1].at == to_us(world.clock.now() - SECOND)
    assert world.told() == [["a", "b"]]
    world.pass_time(SECOND)
    assert world.told() == [["a", "b"], ["b"]]
    assert not world.showing.updates[1].uncertain


def test_what_can_never_be_shown_is_given_up_and_what_comes_later_is_tried(world):
    world.showing.failures = [DeliveryError("gone", retryable=False)]
    world.happens("a")
    world.pass_time(SECOND)
    world.pass_time(MINUTE)
    world.happens("b")
    world.pass_time(MINUTE)
    assert world.told() == [["a"], ["b"]]


def test_a_notifier_that_breaks_its_promise_loses_nothing(world):
    world.showing.failures = [KeyError("oops")]
    world.happens("a")
    world.pass_time(SECOND)
    world.pass_time(MINUTE)
    assert world.told() == [["a"], ["a"]]


def test_another_process_goes_on_where_this_one_ended_and_looks_first(world):
    world.happens("a")
    world.delivery = world.start()
    world.pass_time(SECOND)
    assert world.told() == [["a"]]
    assert world.showing.updates[0].uncertain
