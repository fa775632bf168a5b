"""A page that did not arrive is tried again until it does, and holds up no other."""

from dataclasses import replace
from datetime import timedelta

import pytest
from alerting import NOW, signal, surge
from delivering import (
    LATE,
    MINUTE,
    SECOND,
    Channels,
    Recorder,
    company,
    decide,
    delivery,
    figures,
    passing,
    rows,
    slack_notifier,
    two_channels,
)

from alerts.incidents.book import Changed
from alerts.incidents.event import Event, Kind
from alerts.incidents.transitions import after
from alerts.plan import Contact
from alerts.respond import respond
from alerts.retry import FIRST_DELAY, PROBE_EVERY
from alerts.testing.slack_api import answer_lost, broken, throttled
from connectors.ticket import to_us
from monitor.storage.outbox import State


def test_a_page_is_tried_again_later_and_later_until_it_arrives(store, clock):
    recorder = Recorder(*[passing(f"failure {i}") for i in range(3)])
    delivering = delivery(store, clock, Channels(slack=recorder, mail=Recorder()), company(boss="C1"))
    decide(store, plan=company(boss="C1"))
    waited = []
    while rows(store, "slack")[0].state is State.PENDING:
        delivering.deliver_due()
        row = rows(store, "slack")[0]
        waited.append(row.next_at - to_us(clock.now()))
        clock.advance(timedelta(microseconds=max(0, waited[-1])))
    assert waited[:3] == [FIRST_DELAY // timedelta(microseconds=1) * factor for factor in (1, 2, 4)]
    assert row.attempts == 4
    assert row.last_error is None
    assert len({message.key for message in recorder.messages}) == 1


def test_one_address_that_fails_holds_up_no_other(store, clock):
    recorder = Recorder(passing())
    delivering = delivery(store, clock, Channels(slack=recorder, mail=Recorder()))
    decide(store)
    delivering.deliver_due()
    assert [message.address for message in recorder.messages] == ["U1", "C1"]
    assert figures(store) == {"pending": 1, "sent": 2}


def test_what_slack_asks_for_holds_for_its_whole_channel_and_for_no_other(store, clock, fake_slack):
    recorder = Recorder()
    delivering = delivery(store, clock, Channels(slack=slack_notifier(fake_slack), mail=recorder))
    fake_slack.fail_next(throttled(seconds=30))
    decide(store)
    delivering.deliver_due()
    assert len(fake_slack.requests) == 1
    assert len(recorder.messages) == 1
    clock.advance(29 * SECOND)
    decide(store, surge(), now=clock.now())
    assert delivering.deliver_due() == 0
    clock.advance(SECOND)
    assert delivering.deliver_due() == 3
    assert len(fake_slack.texts("C1")) == 2


def test_after_a_lost_answer_slack_is_looked_at_before_it_is_told_again(store, clock, fake_slack):
    delivering = delivery(store, clock, Channels(slack=slack_notifier(fake_slack), mail=Recorder()))
    fake_slack.fail_next(answer_lost())
    decide(store)
    delivering.deliver_due()
    assert figures(store) == {"pending": 1, "sent": 2}
    clock.advance(MINUTE)
    delivering.deliver_due()
    assert len(fake_slack.posts) == 2
    assert [row.receipt.get("repeated") for row in rows(store, "slack")] == [True, None]


def test_of_several_people_behind_an_address_only_those_who_have_not_got_it_are_told_again(
    store, clock, mail_notifier, inbox
):
    inbox.refuse["deputy@example.com"] = "451 try later"
    told = replace(company(), levels=company().levels)
    decide(store, plan=told)
    delivery(store, clock, Channels(slack=Recorder(), mail=mail_notifier)).deliver_due()
    inbox.refuse.clear()
    clock.advance(MINUTE)
    # A new process knows it too.
    delivery(store, clock, Channels(slack=Recorder(), mail=mail_notifier)).deliver_due()
    assert [to for to, _ in inbox.letters] == [["wang@example.com"], ["deputy@example.com"]]
    assert len({letter["Message-ID"] for _, letter in inbox.letters}) == 1
    assert figures(store) == {"sent": 3}


def test_a_notifier_that_breaks_its_promise_loses_nothing(store, clock):
    recorder = Recorder(KeyError("oops"))
    delivering = delivery(store, clock, Channels(slack=recorder, mail=Recorder()))
    decide(store)
    delivering.deliver_due()
    (row,) = [row for row in rows(store) if row.state is State.PENDING]
    assert row.last_error.startswith("channel slack failed in a way that it must not (KeyError)")
    clock.advance(MINUTE)
    delivering.deliver_due()
    assert recorder.messages[-1].uncertain
    assert figures(store) == {"sent": 3}


def test_a_page_that_this_version_cannot_read_waits_and_others_go_on(store, clock):
    decide(store)
    with store.writing() as tx:
        tx.connection.exec_driver_sql("""UPDATE pages SET body = '{"format": 99}'""")
    delivering = delivery(store, clock, Channels(slack=Recorder(), mail=Recorder()))
    decide(store, surge())
    delivering.deliver_due()
    assert figures(store) == {"pending": 3, "sent": 1}
    assert "later version of complaint-monitor wrote this page" in rows(store)[0].last_error
    clock.advance(2 * LATE)
    delivering.deliver_due()
    assert len(rows(store)) == 4


# -- a long outage ---------------------------------------------------------------------------------------


def only_on_slack_and_mail():
    """The executive has Slack and mail, and nobody reads the console."""
    known = company()
    boss = Contact("张伟", {"slack": "U1", "mail": "zhang@example.com"}, "en")
    return replace(known, contacts=(boss, *known.contacts[1:3], Contact("值班", {"slack": "C2"})))


@pytest.fixture
def outage(fake_slack, inbox, mail_notifier):
    """Slack is down, and the mail server takes nothing for now."""
    fake_slack.down, inbox.refuse = broken(503), {"*": "451 try later"}
    return inbox, mail_notifier


@pytest.mark.parametrize("first", ["slack", "mail"])
def test_slack_and_mail_fail_for_two_hours_and_the_first_to_work_is_heard_within_five_minutes(
    store, clock, fake_slack, outage, first
):
    told = only_on_slack_and_mail()
    inbox, mail_notifier = outage
    delivering = delivery(store, clock, Channels(slack=slack_notifier(fake_slack), mail=mail_notifier), told)
    decide(store, plan=told)

    def known():
        return bool(fake_slack.texts("U1")) or any(to == ["zhang@example.com"] for to, _ in inbox.letters)

    while clock.now() < NOW + 120 * MINUTE:
        delivering.deliver_due()
        clock.advance(MINUTE)
    assert not known()
    if first == "slack":
        fake_slack.down = None
    else:
        inbox.refuse.clear()
    mended = clock.now()
    while not known():
        delivering.deliver_due()
        clock.advance(15 * SECOND)
        assert clock.now() - mended <= 2 * MINUTE


def many(store, told, count=20):
    """Pages for the supervisor's channel, each about a leaf of its own."""
    for n in range(count):
        decide(store, signal(node=("移动业务", "5G套餐", "网络质量", f"叶{n}")), plan=told)


def test_a_channel_that_fails_is_probed_by_one_page_and_all_follow_the_first_that_arrives(store, clock):
    told = replace(company(), contacts=(Contact("李娜", {"slack": "C1"}),))
    recorder = Recorder(*[passing()] * 10_000)
    delivering = delivery(store, clock, Channels(slack=recorder, mail=Recorder()), told)
    many(store, told)
    while clock.now() < NOW + 20 * MINUTE:
        delivering.deliver_due()
        clock.advance(5 * SECOND)
    # Each was tried when it was decided; from then on one at a time.
    assert 60 < len(recorder.messages) <= 20 + 20 * MINUTE / PROBE_EVERY + 3
    recorder.failures.clear()
    clock.advance(PROBE_EVERY)
    assert delivering.deliver_due() == 20
    assert figures(store) == {"sent": 20}


def test_a_new_page_does_not_wait_for_the_probe_of_an_address_that_fails(store, clock):
    told = company()
    recorder = Recorder(*[passing()] * 2)
    delivering = delivery(store, clock, Channels(slack=recorder, mail=Recorder()), told)
    decide(store)
    delivering.deliver_due()
    decide(store, surge())
    delivering.deliver_due()
    assert recorder.messages[-1].page.level == "一级预警"
    assert figures(store)["sent"] == 2


def test_after_an_outage_a_page_that_its_reader_knows_from_elsewhere_follows_at_once_too(store, clock):
    told = two_channels()
    recorder = Recorder(*[passing()] * 10_000)
    delivering = delivery(store, clock, Channels(slack=recorder, mail=Recorder()), told)
    decide(store, plan=told)
    while clock.now() < NOW + 120 * MINUTE:
        delivering.deliver_due()
        clock.advance(MINUTE)
    # Whoever does not know is tried for each minute, who does a few times an hour.
    tried = {row.told.address: row.attempts for row in rows(store, "slack")}
    assert tried["C1"] > 60
    assert tried["U1"] < 20
    recorder.failures.clear()
    clock.advance(MINUTE)
    delivering.deliver_due()
    assert figures(store).keys() == {"sent"}


def test_what_a_channel_asks_for_is_obeyed_also_for_a_page_that_nobody_knows(store, clock):
    recorder = Recorder(passing(retry_after=30 * MINUTE))
    told = company(boss="C1")
    delivering = delivery(store, clock, Channels(slack=recorder, mail=Recorder()), told)
    decide(store, plan=told)
    while clock.now() < NOW + 30 * MINUTE:
        delivering.deliver_due()
        clock.advance(MINUTE)
    assert len(recorder.messages) == 1
    delivering.deliver_due()
    assert len(recorder.messages) == 2


def test_what_somebody_has_answered_for_is_tried_for_politely(store, clock):
    told = company(boss="C1")
    recorder = Recorder(*[passing()] * 10_000)
    delivering = delivery(store, clock, Channels(slack=recorder, mail=Recorder()), told)
    with store.writing() as tx:
        book = tx.incidents.book()
        response = respond([signal()], plan=told, now=NOW, book=book)
        tx.incidents.save(book.taken())
        tx.outbox.save(response.pages)
        incident = tx.incidents.get(1)
        answer = Event("click", Kind.ACKNOWLEDGED, to_us(NOW), by="王强")
        tx.incidents.save([Changed(after(incident, answer), (answer,))])
    while clock.now() < NOW + 120 * MINUTE:
        delivering.deliver_due()
        clock.advance(MINUTE)
    assert len(recorder.messages) < 20
