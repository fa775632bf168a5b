"""Answers that were lost: a page is looked for where it may have arrived, before it is sent again."""

from dataclasses import replace
from datetime import timedelta

import pytest
from alerting import SHANGHAI
from delivering import failure
from slack_messages import message, notifier

from alerts.incidents.event import Event, Kind
from alerts.incidents.transitions import opened
from alerts.notifier import Message
from alerts.testing import slack_api
from alerts.testing.slack_api import FakeSlack


@pytest.mark.parametrize(
    "lost",
    [slack_api.answer_lost(), slack_api.cut(), slack_api.broken(503), slack_api.hanging(3, posted=True)],
    ids=["answer lost", "reset", "503", "hang"],
)
def test_a_lost_answer_is_uncertain_and_the_page_still_arrives_once(slack, lost):
    slack.fail_next(lost)
    error = failure(lambda: notifier(slack, timeout=timedelta(seconds=1)).deliver(message()))
    assert (error.retryable, error.uncertain) == (True, True)
    # Whoever does not wait for an answer may ask again before the request has even been read.
    slack.wait_for(lambda: slack.requests)
    receipt = notifier(slack).deliver(message(uncertain=True))
    assert len(slack.posts) == 1
    assert receipt.repeated == lost.posted
    assert receipt.reference == f"C1/{slack.posts[0]['ts']}"


def test_a_lost_answer_of_a_person_is_looked_for_in_their_conversation(slack):
    slack.fail_next(slack_api.answer_lost())
    failure(lambda: notifier(slack).deliver(message("U1")))
    assert notifier(slack).deliver(message("U1", uncertain=True)).repeated
    assert len(slack.posts) == 1


def test_a_lost_message_is_found_behind_many_others():
    with FakeSlack(page_size=20) as slack:
        slack.fail_next(slack_api.answer_lost())
        failure(lambda: notifier(slack).deliver(message()))
        slack.posts.extend({"channel": "C1", "ts": f"9999999999.{i:06}", "text": "chat"} for i in range(70))
        assert notifier(slack).deliver(message(uncertain=True)).repeated
        assert sum(post["text"] != "chat" for post in slack.posts) == 1


def test_another_page_in_the_channel_is_not_taken_for_this_one(slack):
    notifier(slack).deliver(Message("other", message().page, "slack", "C1", "zh", SHANGHAI))
    assert not notifier(slack).deliver(message(uncertain=True)).repeated
    assert len(slack.posts) == 2


def test_a_storm_that_broke_off_in_its_thread_goes_on_where_it_was(slack):
    calls = []

    def break_off(_):
        calls.append(1)
        if len(calls) == 2:
            slack.fail_next(slack_api.throttled(1))

    sender = notifier(slack)
    sender._sleep = break_off
    error = failure(lambda: sender.deliver(message(signals=400)))
    assert error.uncertain
    before = len(slack.posts)
    notifier(slack).deliver(message(signals=400, uncertain=True))
    parts = [post["metadata"]["event_payload"]["part"] for post in slack.posts]
    assert before < len(parts)
    assert sorted(parts) == list(range(len(parts)))


def test_a_token_that_may_not_look_sends_again_with_the_same_key():
    with FakeSlack(scopes=frozenset({"chat:write"})) as slack:
        slack.fail_next(slack_api.answer_lost())
        failure(lambda: notifier(slack).deliver(message()))
        notifier(slack).deliver(message(uncertain=True))
        assert len({post["client_msg_id"] for post in slack.posts}) == 1
        assert len(slack.posts) == 2


def test_trouble_while_looking_sends_nothing(slack):
    slack.fail_next(slack_api.throttled(3))
    error = failure(lambda: notifier(slack).deliver(message(uncertain=True)))
    assert (error.uncertain, error.retry_after) == (True, timedelta(seconds=3))
    assert slack.posts == []


def test_a_later_page_of_an_incident_stands_in_its_thread_and_is_found_there_after_a_lost_answer(slack):
    incident = opened(Event("e0", Kind.OPENED, 1, level="三级预警", node=("a",)), id=1)
    sender = notifier(slack)
    root = sender.deliver(replace(message(), standing=incident)).reference
    later = replace(message(), key="j" * 20, standing=incident, thread=root)
    slack.fail_next(slack_api.answer_lost())
    failure(lambda: sender.deliver(later))
    assert sender.deliver(replace(later, uncertain=True)).repeated
    (reply,) = slack.replies("C1")
    assert str(reply["reply_broadcast"]).lower() in {"true", "1"}
