"""Whoever believes that an incident is in hand hears that it is not, whatever the level of the signal."""

from datetime import timedelta

from alerting import NO_SIGNAL, NOW, plan, signal, surge

from alerts.incidents.book import Book
from alerts.incidents.event import Event, Kind, event_key
from alerts.incidents.incident import State
from alerts.page import Reason
from alerts.plan import Contact
from alerts.respond import Context, respond
from alerts.silences import Silence
from connectors.ticket import HOUR, to_us

DROPPED = (*NO_SIGNAL[:4], "掉话")
MINUTE = 60_000_000
START = to_us(NOW)
OUTSIDER = Contact("钱多", {"console": "钱多"})
PLAN = plan(contacts=(*plan().contacts, OUTSIDER))


def told(book, *signals, minutes=0, silences=()):
    now = NOW + timedelta(minutes=minutes)
    context = Context(silences=silences)
    return respond(signals, plan=PLAN, now=now, book=book, context=context).pages


def answered(kind, by):
    """An incident of the highest level that somebody has acknowledged, or handled."""
    book = Book()
    told(book, signal())
    book.tell(1, Event(event_key(book[1].key, kind, 1), kind, START + MINUTE, by=by))
    return book


def people(page):
    return {one.contact for one in page.told}


def test_a_lower_signal_that_reopens_it_tells_those_of_the_incidents_level_and_who_handled_it():
    book = answered(Kind.HANDLED, "钱多")
    spread, reopened = told(book, surge(node=DROPPED), minutes=5)
    assert book[1].state is State.REOPENED
    assert (spread.level, people(spread)) == ("一级预警", {"李娜"})
    assert (reopened.reason, reopened.level, reopened.signals) == (Reason.REOPENED, "三级预警", ())
    assert people(reopened) == {"钱多", "张伟", "王强"}
    assert [one.node for one in reopened.about] == [DROPPED]


def test_who_acknowledged_it_hears_that_the_acknowledgement_has_ended():
    book = answered(Kind.ACKNOWLEDGED, "钱多")
    _, ended = told(book, surge(node=DROPPED), minutes=5)
    assert (ended.reason, ended.fact("who")) == (Reason.LAPSED, "钱多")
    assert "钱多" in people(ended)


def test_nobody_gets_two_pages_and_where_all_are_told_there_is_no_second():
    book = answered(Kind.HANDLED, "李娜")
    (page,) = told(book, signal(node=DROPPED), minutes=5)
    assert people(page) == {"张伟", "王强", "李娜"}


def test_a_signal_that_reopens_nothing_tells_its_own_level_alone():
    book = answered(Kind.HANDLED, "钱多")
    (page,) = told(book, surge(), minutes=5)
    assert book[1].state is State.HANDLED
    assert people(page) == {"李娜"}


def test_what_is_silenced_by_an_approver_calls_nobody():
    book = answered(Kind.HANDLED, "钱多")
    quiet = Silence((), START, START + HOUR, "张伟", "割接", id=1, approver="张伟")
    pages = told(book, surge(node=DROPPED), minutes=5, silences=(quiet,))
    assert [people(page) for page in pages] == [set()]
