"""The notifier with the real slack-sdk against a fake Web API on a local port."""

from dataclasses import replace
from datetime import timedelta

import pytest
from alerting import SHANGHAI
from slack_messages import message, notifier

from alerts.incidents.event import Event, Kind
from alerts.incidents.transitions import apply, opened
from alerts.notifier import BusyError, Update
from alerts.slack import Notifier, Options
from alerts.testing import slack_api
from alerts.testing.slack_api import FakeSlack
from connectors.options import Secret


def test_a_page_is_posted_with_its_first_line_as_text_and_its_key():
    with FakeSlack() as slack:
        receipt = notifier(slack).deliver(message())
        (post,) = slack.posts
    assert post["text"] == "【三级预警】网络质量 > 细目 0000 今日104件（门限100）"
    assert post["client_msg_id"] == message().uuid()
    assert post["metadata"] == {"event_type": "complaint_page", "event_payload": {"key": "k" * 20, "part": 0}}
    assert receipt.reference == f"C1/{post['ts']}"
    assert not receipt.repeated


def test_a_person_is_told_in_their_own_conversation(slack):
    assert notifier(slack).deliver(message("U1")).reference.startswith("D1/")


def test_a_storm_goes_on_in_the_thread(slack):
    notifier(slack).deliver(message(signals=400))
    assert len(slack.texts("C1")) == 1
    replies = slack.replies("C1")
    assert len(replies) > 1
    assert {reply["thread_ts"] for reply in replies} == {slack.posts[0]["ts"]}


def test_one_message_a_second_and_channel(slack):
    clock = [100.0]
    waits = []

    def sleep(seconds):
        waits.append(seconds)
        clock[0] += seconds

    options = Options(token=Secret("env:SLACK_BOT_TOKEN"), base_url=slack.url)
    sender = Notifier("slack", options, sleep=sleep, monotonic=lambda: clock[0])
    sender.deliver(message("C1"))
    sender.deliver(message("C2"))
    clock[0] += 0.25
    sender.deliver(message("C1"))
    assert waits == [0.75]


def test_an_update_does_not_wait_for_its_pace_but_says_so(slack):
    clock = [100.0]
    options = Options(token=Secret("env:SLACK_BOT_TOKEN"), base_url=slack.url)
    sender = Notifier("slack", options, sleep=lambda _: None, monotonic=lambda: clock[0])
    first = Event("e0", Kind.OPENED, 1, level="三级预警", node=("a",))
    incident = apply(opened(first, id=1), [Event("e1", Kind.ACKNOWLEDGED, 2, by="李娜")])
    page = message("U1").page
    receipt = sender.deliver(replace(message("U1"), standing=incident))
    update = Update(incident, page, "slack", "U1", receipt.reference, "zh", SHANGHAI, seen=1)
    with pytest.raises(BusyError) as caught:
        sender.follow(update)
    assert caught.value.after == timedelta(seconds=2)
    assert slack.workspace.edits == []
    clock[0] += 2
    sender.follow(update)
    assert slack.texts("U1")[0].startswith("🟡 ")
    assert [post["text"] for post in slack.replies("U1")] == ["08:00 李娜签收"]
    # Told again after a lost answer: it looks first.
    clock[0] += 2
    sender.follow(replace(update, uncertain=True))
    assert len(slack.replies("U1")) == 1


def test_a_long_story_is_told_message_by_message_so_that_pages_need_not_wait_for_its_end(slack):
    clock = [100.0]
    waits = []
    options = Options(token=Secret("env:SLACK_BOT_TOKEN"), base_url=slack.url)
    sender = Notifier("slack", options, sleep=waits.append, monotonic=lambda: clock[0])
    notes = [
        Event(f"n{i}", Kind.NOTED, i + 2, by="李娜", facts=(("text", "光缆" * 200),)) for i in range(200)
    ]
    incident = apply(opened(Event("e0", Kind.OPENED, 1, level="三级预警", node=("a",)), id=1), notes)
    receipt = sender.deliver(replace(message("C1"), standing=incident))
    update = Update(incident, message().page, "slack", "C1", receipt.reference, "zh", SHANGHAI, seen=1)
    posts = 0
    for posts in range(1, 20):
        clock[0] += 2
        busy = None
        try:
            sender.follow(update)
        except BusyError as error:
            busy = error
        assert len(slack.replies("C1")) == posts
        if busy is None:
            break
        update = replace(update, seen=busy.seen)
    assert posts > 1
    assert waits == []
    story = "".join(post["text"] for post in slack.replies("C1"))
    assert story.count("李娜") == 200


def test_a_chart_goes_into_the_thread_and_its_failure_costs_nothing(slack):
    sender = notifier(slack)
    first = Event("e0", Kind.OPENED, 1, level="三级预警", node=("a",))
    incident = opened(first, id=1)
    receipt = sender.deliver(replace(message(), standing=incident))
    update = Update(incident, message().page, "slack", "C1", receipt.reference, "zh", SHANGHAI, seen=1)
    sender.follow(replace(update, chart=b"\x89PNG"))
    (file,) = slack.workspace.files.values()
    assert (file["channel"], file["thread_ts"]) == ("C1", slack.posts[0]["ts"])
    slack.fail_next(slack_api.refused("file_uploads_disabled"))
    sender.follow(replace(update, chart=b"\x89PNG"))
