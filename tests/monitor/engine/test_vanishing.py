"""Tickets that a source lists no more stop counting, unless so many are gone that something else is wrong."""

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from storing import LEVELS, NOON, SHANGHAI, fed, later, stored_counts, ticket

from connectors.source import SourceError, SourceSettings
from connectors.taxonomy import Taxonomy
from monitor.clock import ManualClock
from monitor.engine.engine import Engine
from monitor.engine.rules import Rules
from monitor.engine.vanishing import Vanishing
from monitor.storage import Store
from monitor.storage.recount import recount


class Listing:
    """A source that holds some tickets; it remembers what it was asked for."""

    def __init__(self, *there: str) -> None:
        self.there, self.asked = set(there), []

    def gone(self, ids) -> Iterator[set[str]]:
        self.asked.append(sorted(ids))
        for ident in ids:
            yield {ident} - self.there


@pytest.fixture
def store(tmp_path):
    opened = Store.open(f"sqlite:///{tmp_path}/complaints.db")
    yield opened
    opened.close()


def vanishing(store, source, clock=None) -> Vanishing:
    with store.reading() as tx:
        taxonomy = Taxonomy(LEVELS, tx.nodes.paths())
    rules = Rules(detectors={}, plan=None, sources=("desk",))
    engine = Engine(store, taxonomy=taxonomy, calendar=SHANGHAI, rules=rules)
    settings = SourceSettings(name="desk", kind="redmine", timezone=ZoneInfo("UTC"))
    return Vanishing(engine, settings, source, clock or ManualClock(NOON))


def counted(store) -> int:
    with store.reading() as tx:
        assert len(recount(tx, SHANGHAI)) == 0
    return stored_counts(store)[0].total()


def test_a_ticket_that_is_gone_is_void_and_the_others_count(store):
    fed(store, *(ticket(str(n)) for n in range(4)), ticket("2", source="other"))
    done = vanishing(store, Listing("0", "1", "3")).look(lambda: True)
    assert (done.versions, counted(store)) == (1, 4)


def test_one_that_is_told_again_counts_again(store):
    fed(store, ticket("1"), ticket("2"))
    vanishing(store, Listing("2")).look(lambda: True)
    assert counted(store) == 1
    fed(store, ticket("1"))
    assert counted(store) == 2


def test_it_is_asked_for_the_months_tickets_that_count_and_only_now_and_then(store):
    fed(store, ticket("1"), later(ticket("2"), void=True), ticket("3", created_at=NOON - timedelta(days=40)))
    clock, source = ManualClock(NOON), Listing("1")
    look = vanishing(store, source, clock).look
    assert (look(lambda: True), look(lambda: True)) == (None, None)
    clock.advance(timedelta(minutes=15))
    look(lambda: True)
    assert source.asked == [["1"], ["1"]]


def test_once_a_day_it_is_asked_for_last_months_tickets_too(store):
    last_month = NOON.replace(day=1) - timedelta(days=9)
    fed(store, ticket("1"), ticket("2", created_at=last_month))
    clock, source = ManualClock(NOON), Listing("1", "2")
    look = vanishing(store, source, clock).look
    for _ in range(3):
        look(lambda: True)
        clock.advance(timedelta(hours=9))
    assert source.asked == [["1", "2"], ["1"], ["1", "2"]]
    source.there.discard("2")
    clock.advance(timedelta(hours=24))
    assert look(lambda: True).versions == 1
    assert counted(store) == 1


def test_a_look_back_that_failed_is_made_up_for_at_the_next_question(store):
    fed(store, ticket("1"), ticket("2", created_at=NOON.replace(day=1) - timedelta(days=9)))
    clock, source = ManualClock(NOON), Listing("1", "2")
    look = vanishing(store, source, clock).look
    look(lambda: False)
    clock.advance(timedelta(minutes=15))
    look(lambda: True)
    assert source.asked == [["1", "2"], ["1", "2"]]


def test_when_most_are_gone_at_once_nothing_is_void_and_somebody_is_told(store):
    fed(store, *(ticket(str(n)) for n in range(30)))
    with pytest.raises(SourceError, match="permission taken from the account"):
        vanishing(store, Listing("1")).look(lambda: True)
    assert counted(store) == 30


def test_an_answer_that_nobody_awaits_any_more_changes_nothing(store):
    fed(store, ticket("1"), ticket("2"))
    assert vanishing(store, Listing()).look(lambda: False) is None
    assert counted(store) == 2
