"""A kill, or a store that fails, loses nothing and makes nobody be told twice."""

import pytest
from delivering import MINUTE, Channels, Recorder, decide, delivery, figures, slack_notifier

from monitor.storage import StoreBusyError


class Killed(BaseException):
    """Nothing is caught in a process that is killed."""


def test_a_kill_between_send_and_mark_leads_to_a_second_send_with_the_same_key(store, clock, monkeypatch):
    decide(store)
    recorder = Recorder()
    first = delivery(store, clock, Channels(slack=recorder, mail=Recorder()))
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(store, "writing", lambda: (_ for _ in ()).throw(Killed))
        first.deliver_due()
    assert len(recorder.messages) == 1
    assert figures(store) == {"pending": 3}
    second = delivery(store, clock, Channels(slack=recorder, mail=Recorder()))
    second.deliver_due()
    assert figures(store) == {"sent": 3}
    before, after = [message for message in recorder.messages if message.address == "U1"]
    assert before.key == after.key
    assert after.uncertain


def test_slack_shows_a_page_once_although_a_kill_made_it_be_sent_twice(store, clock, fake_slack, monkeypatch):
    decide(store)

    def channels():
        return Channels(slack=slack_notifier(fake_slack), mail=Recorder())

    first = delivery(store, clock, channels())
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(store, "writing", lambda: (_ for _ in ()).throw(Killed))
        first.deliver_due()
    delivery(store, clock, channels()).deliver_due()
    assert len(fake_slack.texts("U1")) == 1
    assert len(fake_slack.texts("C1")) == 1


def test_what_is_decided_in_this_process_is_not_looked_for_first(store, clock, fake_slack):
    delivering = delivery(store, clock, Channels(slack=slack_notifier(fake_slack), mail=Recorder()))
    decide(store)
    delivering.deliver_due()
    assert {method for method, _ in fake_slack.requests} == {"chat.postMessage"}


def test_while_the_store_cannot_be_written_what_was_sent_is_remembered_and_not_sent_again(
    store, clock, monkeypatch
):
    recorder = Recorder()
    delivering = delivery(store, clock, Channels(slack=recorder, mail=Recorder()))
    decide(store)
    with monkeypatch.context() as patch:
        patch.setattr(store, "writing", lambda: (_ for _ in ()).throw(StoreBusyError("the disk is full")))
        for _ in range(3):
            clock.advance(MINUTE)
            with pytest.raises(StoreBusyError):
                delivering.deliver_due()
    assert len(recorder.messages) == 1
    assert figures(store) == {"pending": 3}
    delivering.deliver_due()
    assert figures(store) == {"sent": 3}
    assert len(recorder.messages) == 2
