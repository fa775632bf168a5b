"""Slack is slow, down, or its channel archived: pages arrive, and nothing is lost."""

from dataclasses import replace

import pytest
from process import eventually
from slacking import HOUR, MINUTE, Office, company, press

from alerts.notifier import Receipt
from alerts.plan import Channel
from alerts.rendering.words import words_of
from alerts.testing.slack_api import broken, throttled


def test_when_slack_asks_to_wait_edits_are_fewer_and_pages_are_not(office):
    office.tickets(60)
    office.slack.fail_next(*[throttled(60)] * 4, method="chat.update")
    press(office, "U2", "acknowledge")
    edits = len(office.slack.workspace.edits)
    office.tickets(40)
    assert len([post for post in office.slack.replies("C1") if post.get("reply_broadcast")]) == 1
    assert len(office.slack.workspace.edits) == edits
    for _ in range(12):
        office.pass_time(2 * MINUTE)
    assert office.message()["text"].startswith("🔴 【三级预警】") or office.message()["text"].startswith("🟡")
    # The thread tells each thing once.
    assert len(office.story()) == len(set(office.story()))


def with_mail():
    """The executive and the group have a second channel."""
    known = company()
    changed = {"张伟": {"slack": "U1", "second": "boss"}, "值班群": {"slack": "C1", "second": "group"}}
    contacts = (
        replace(one, addresses=changed[one.name]) if one.name in changed else one for one in known.contacts
    )
    channels = (*known.channels, Channel("second", "console"))
    return replace(known, contacts=tuple(contacts), channels=channels)


def story_is_told(office):
    """There is nothing left to tell anywhere."""
    with office.live.store.reading() as tx:
        return tx.threads.next_due("slack") is None


class Second:
    """A second channel that keeps what it is given."""

    def __init__(self):
        self.messages = []

    def deliver(self, message):
        self.messages.append(message)
        return Receipt(str(len(self.messages)))

    def examine(self):
        return []


@pytest.fixture
def two(tmp_path):
    second = Second()
    with Office(tmp_path, with_mail(), second=second) as office:
        office.second = second
        yield office


def test_slack_is_down_for_two_hours_people_know_within_minutes_and_nothing_is_lost(two):
    two.tickets(60)
    two.slack.down = broken(503)
    began = two.clock.now()
    two.tickets(40)
    told_at = None
    while two.clock.now() < began + 2 * HOUR:
        two.pass_time(MINUTE if told_at is None else 10 * MINUTE)
        if told_at is None and any(message.address == "boss" for message in two.second.messages):
            told_at = two.clock.now()
    assert told_at is not None
    assert told_at - began <= 5 * MINUTE
    risen = [m for m in two.second.messages if m.page.level == "三级预警" and m.page.signals]
    assert {message.instead.channel for message in risen} == {"slack"}
    two.slack.down = None
    for _ in range(6):
        two.pass_time(5 * MINUTE)
    # All that was decided stands in Slack now, each once, and the first message shows the level of now.
    assert two.message()["text"].startswith("🔴 【三级预警】")
    texts = [post["text"] for post in two.slack.replies("C1") if post.get("reply_broadcast")]
    assert len([text for text in texts if "今日100件" in text]) == 1
    assert len(two.slack.texts("C1")) == 1
    assert story_is_told(two)
    eventually(lambda: two.app.connected)
    assert press(two, "U2", "acknowledge") == "事件 #1：李娜签收"


def test_a_channel_is_archived_in_the_middle_of_an_incident(two):
    two.tickets(60)
    two.slack.archive("C1")
    two.tickets(40)
    two.pass_time(MINUTE)
    (told,) = [m for m in two.second.messages if m.address == "group" and m.page.level == "三级预警"]
    # The page says so to its reader in Chinese: the store kept the sentence, and not only its English.
    (notice, *_) = words_of(told).notices
    assert notice.startswith("slack 未能送达，改由本渠道通知。原因：Slack 频道 C1 已归档；请取消归档")
    # Whoever has a place of their own goes on as before, and the incident too.
    assert press(two, "U2", "acknowledge", where="U2") == "事件 #1：李娜签收"
    assert two.message("U2")["text"].startswith("🟡 ")
