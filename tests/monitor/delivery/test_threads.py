"""Each channel has a thread of its own: a hung one delays no other, and a stop ends them all."""

import threading
from dataclasses import replace
from datetime import timedelta

from alerting import SHANGHAI, escalations, signal, surge
from delivering import (
    LATE,
    MINUTE,
    SECOND,
    Channels,
    Hanging,
    Recorder,
    company,
    decide,
    delivery,
    figures,
    passing,
    rows,
)
from process import PATIENCE, eventually

from alerts import slack
from alerts.plan import Channel, Contact
from connectors.options import Secret
from monitor.storage import LeaseLostError, StoreBusyError
from monitor.storage.outbox import State


def test_a_hung_slack_delays_neither_mail_nor_console(store, clock, running):
    hanging, other = Hanging(), Recorder()
    delivering = delivery(store, clock, Channels(slack=hanging, mail=other))
    running += [hanging, delivering]
    delivering.start()
    decide(store)
    delivering.wake()
    eventually(lambda: figures(store).get("sent") == 1)
    assert hanging.called.wait(PATIENCE)
    assert len(other.messages) == 1
    hanging.let_go.set()
    eventually(lambda: figures(store) == {"sent": 3})


def test_new_pages_go_out_when_the_daemon_says_so_without_waiting_for_the_clock(store, clock, running):
    recorder = Recorder()
    delivering = delivery(store, clock, Channels(slack=recorder, mail=Recorder()))
    running.append(delivering)
    delivering.start()
    for number, one in enumerate([signal(), surge(), escalations()], start=1):
        decide(store, one)
        delivering.wake()
        eventually(lambda number=number: [m.address for m in recorder.messages].count("C1") == number)


def test_a_channel_without_an_answer_is_left_behind_and_opened_anew(store, clock, running):
    hanging, fresh = Hanging(), Recorder()
    channels = Channels(slack=hanging, mail=Recorder())
    delivering = delivery(store, clock, channels, company(boss="C1"), time_limit=MINUTE)
    running += [hanging, delivering]
    delivering.start()
    decide(store, plan=company(boss="C1"))
    delivering.wake()
    assert hanging.called.wait(PATIENCE)
    channels.notifiers["slack"] = fresh
    clock.advance(MINUTE)
    eventually(lambda: rows(store, "slack")[0].attempts == 1)
    assert delivering.hung == ("slack",)
    assert "has not answered for 60 s" in rows(store, "slack")[0].last_error
    clock.advance(MINUTE)
    eventually(lambda: figures(store) == {"sent": 3})
    (again,) = fresh.messages
    assert again.uncertain
    hanging.let_go.set()
    eventually(lambda: delivering.hung == ())
    assert hanging.messages[0].key == again.key
    assert figures(store) == {"sent": 3}


def test_a_late_answer_of_a_channel_that_was_left_behind_is_still_an_answer(store, clock, running):
    hanging = Hanging()
    channels = Channels(slack=hanging, mail=Recorder())
    delivering = delivery(store, clock, channels, company(boss="C1"), time_limit=MINUTE)
    running += [hanging, delivering]
    delivering.start()
    decide(store, plan=company(boss="C1"))
    delivering.wake()
    assert hanging.called.wait(PATIENCE)
    channels.notifiers["slack"] = Recorder(*[passing()] * 99)
    clock.advance(MINUTE)
    eventually(lambda: rows(store, "slack")[0].attempts == 1)
    hanging.let_go.set()
    eventually(lambda: figures(store) == {"sent": 3})


def test_a_channel_that_hangs_again_and_again_costs_a_bounded_number_of_threads(store, clock, running):
    hanging = [Hanging() for _ in range(5)]
    left = list(hanging)
    delivering = delivery(
        store,
        clock,
        lambda channel: left.pop(0) if channel.name == "slack" else Recorder(),
        company(boss="C1"),
        time_limit=MINUTE,
    )
    running += [*hanging, delivering]
    delivering.start()
    decide(store, plan=company(boss="C1"))
    delivering.wake()
    for number in range(3):
        assert hanging[number].called.wait(PATIENCE)
        clock.advance(MINUTE)
        eventually(lambda number=number: rows(store, "slack")[0].attempts == number + 1)
        clock.advance(MINUTE / 2)
    assert not hanging[3].called.wait(0.1)
    hanging[0].let_go.set()
    eventually(lambda: figures(store) == {"sent": 3})


def test_a_hung_channel_is_told_to_the_operator_on_another_one(store, clock, running):
    hanging = Hanging()
    channels = Channels(slack=hanging, mail=Recorder())
    delivering = delivery(store, clock, channels, time_limit=timedelta.max)
    running += [hanging, delivering]
    delivering.start()
    decide(store)
    delivering.wake()
    assert hanging.called.wait(PATIENCE)

    def told_later():
        # The watch looks twice: it has to see the page wait before it is late.
        clock.advance(LATE)
        return "尚无应答；仍在重试" in channels.screen.getvalue()

    eventually(told_later)


def test_a_stop_waits_for_what_is_being_sent_and_begins_nothing_more(store, clock, running):
    hanging = Hanging()
    delivering = delivery(store, clock, Channels(slack=hanging, mail=Recorder()))
    running += [hanging, delivering]
    delivering.start()
    decide(store)
    delivering.wake()
    assert hanging.called.wait(PATIENCE)

    def answer_once_it_stops():
        eventually(lambda: all(thread.ends for thread in list(delivering._threads)))
        hanging.let_go.set()

    answering = threading.Thread(target=answer_once_it_stops)
    answering.start()
    assert delivering.stop(PATIENCE * SECOND) == ()
    answering.join()
    assert len(hanging.messages) == 1
    assert [row.state for row in rows(store, "slack")] == [State.SENT, State.PENDING]


def test_a_stop_does_not_wait_beyond_its_deadline_and_names_who_had_not_finished(store, clock, running):
    hanging = Hanging()
    delivering = delivery(store, clock, Channels(slack=hanging, mail=Recorder()))
    running += [hanging, delivering]
    delivering.start()
    decide(store)
    delivering.wake()
    assert hanging.called.wait(PATIENCE)
    # The other channels have nothing to wait for, and end when this machine lets them.
    eventually(lambda: delivering.stop(SECOND / 20) == ("slack",))


def test_a_new_configuration_opens_what_changed_and_sends_nothing_again(store, clock, running):
    channels = Channels(slack=Recorder(), mail=Recorder(), pager=Recorder())
    delivering = delivery(store, clock, channels)
    running.append(delivering)
    delivering.start()
    decide(store)
    delivering.wake()
    eventually(lambda: figures(store) == {"sent": 3})
    old, channels.notifiers["slack"] = channels.notifiers["slack"], Recorder()
    changed = company(
        Channel("slack", "slack", slack.Options(Secret("env:OTHER"))),
        Channel("mail", "email"),
        Channel("pager", "x"),
    )
    changed = replace(changed, contacts=(*changed.contacts[1:], Contact("张伟", {"pager": "1"})))
    delivering.configure(plan=changed, language="en", zone=SHANGHAI)
    assert channels.opened == ["slack", "mail", "console", "slack", "pager"]
    decide(store, escalations(), plan=changed)
    delivering.wake()
    eventually(lambda: figures(store) == {"sent": 6})
    assert len(old.messages) == 2
    (message,) = channels.notifiers["slack"].messages
    assert message.language == "en"
    assert len(channels.notifiers["pager"].messages) == 1


def test_an_instance_that_lost_its_lease_delivers_nothing_more(store, clock, running, monkeypatch):
    recorder = Recorder()
    delivering = delivery(store, clock, Channels(slack=recorder, mail=Recorder()))
    running.append(delivering)
    decide(store)
    monkeypatch.setattr(store, "writing", lambda: (_ for _ in ()).throw(LeaseLostError("b took over")))
    delivering.start()
    eventually(lambda: delivering.lost is not None)
    delivering.stop(PATIENCE * SECOND)
    assert len(recorder.messages) <= 1


def test_threads_outlive_a_store_that_fails_for_a_while(store, clock, running, monkeypatch):
    real, failing, refused = store.reading, [True], set()

    def reading():
        if failing:
            refused.add(threading.current_thread().name)
            raise StoreBusyError("locked")
        return real()

    recorder = Recorder()
    delivering = delivery(store, clock, Channels(slack=recorder, mail=Recorder()))
    running.append(delivering)
    decide(store)
    monkeypatch.setattr(store, "reading", reading)
    delivering.start()
    clock.advance(MINUTE)
    eventually(lambda: refused == {f"delivery-{name}" for name in ("slack", "mail", "console", "watch")})
    assert recorder.messages == []
    failing.clear()
    delivering.wake()
    eventually(lambda: figures(store) == {"sent": 3})
