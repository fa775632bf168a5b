"""Incidents in the store are what was decided, event by event."""

from alerting import BILLING, NOW, plan, signal, surge
from incidents import acknowledgement, event

from alerts.incidents.event import Event, Kind
from alerts.incidents.incident import State
from alerts.respond import respond
from connectors.ticket import to_us


def decided(store, *signals, before=None):
    with store.writing() as tx:
        book = tx.incidents.book(before)
        respond(signals, plan=plan(), now=NOW, book=book)
        tx.incidents.save(book.taken())
    return book


def test_an_incident_comes_back_as_it_was_decided(store):
    book = decided(store, signal())
    with store.reading() as tx:
        assert tx.incidents.get(1) == book[1]
        assert tx.incidents.get(2) is None


def test_it_goes_on_where_it_was_and_reads_only_what_others_changed(store):
    before = decided(store, surge())
    with store.writing() as tx:
        book = tx.incidents.book()
        book.tell(1, acknowledgement())
        tx.incidents.save(book.taken())
    book = decided(store, signal(), before=before)
    assert book[1].level == "三级预警"
    assert Kind.LAPSED in [one.kind for one in book[1].log]
    with store.reading() as tx:
        assert tx.incidents.get(1) == book[1]


def test_the_book_of_a_decision_before_goes_on_while_nobody_else_changes_anything(store):
    before = decided(store, signal())
    assert decided(store, signal(node=BILLING), before=before) is before
    assert [one.id for one in before.open] == [1, 2]
    with store.writing() as tx:
        tx.incidents.save(book_with(tx, 2, event(Kind.RESOLVED), event(Kind.CLOSED, 2)).taken())
    book = decided(store, before=before)
    assert book is not before
    assert [one.id for one in book.all] == [1]
    book = decided(store, signal(node=("a",)), before=book)
    assert [one.id for one in book.all] == [1, 3]


def test_a_book_without_those_that_others_opened_does_not_go_on(store):
    before = decided(store)
    decided(store, signal())
    book = decided(store, signal(node=BILLING), before=before)
    assert [one.id for one in book.all] == [1, 2]


def book_with(tx, id, *events):
    book = tx.incidents.book()
    book.tell(id, *events)
    return book


def test_what_is_over_is_found_and_not_in_the_book(store):
    decided(store, signal())
    with store.writing() as tx:
        book = tx.incidents.book()
        book.tell(1, event(Kind.RESOLVED))
        tx.incidents.save(book.taken())
    with store.reading() as tx:
        assert tx.incidents.book().open == ()
        assert [one.id for one in tx.incidents.book().live] == [1]
        assert tx.incidents.book().next_id == 2
        assert [one.state for one in tx.incidents.find()] == [State.RESOLVED]
        assert tx.incidents.find(only_open=True) == []
        assert tx.incidents.find(start=to_us(NOW) + 1) == []


def test_what_is_closed_is_not_looked_at_any_more(store):
    decided(store, signal())
    with store.writing() as tx:
        book = tx.incidents.book()
        book.tell(1, event(Kind.RESOLVED), event(Kind.CLOSED, 2))
        tx.incidents.save(book.taken())
    with store.reading() as tx:
        assert tx.incidents.book().live == ()
        assert tx.incidents.book().next_id == 2


def test_clocks_run_on_what_is_over(store):
    decided(store, signal())
    with store.writing() as tx:
        book = tx.incidents.book()
        book.tell(1, event(Kind.DUE, facts=(("deadline", "report"), ("due_at", "5"))), event(Kind.RESOLVED))
        tx.incidents.save(book.taken())
    with store.reading() as tx:
        (live,) = tx.incidents.book().live
        assert live.deadline("report").running


def test_names_that_no_database_takes_are_kept(store):
    decided(store, signal())
    strange = Event("k", Kind.NOTED, 5, by="a\0b", why="half a pair: \ud83d")
    with store.writing() as tx:
        book = tx.incidents.book()
        book.tell(1, strange)
        tx.incidents.save(book.taken())
    with store.reading() as tx:
        assert tx.incidents.get(1).log[-1] == strange
