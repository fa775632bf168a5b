"""A company with three channels, notifiers that fail as they are told, and what the outbox holds."""

import io
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from alerting import NOW, SHANGHAI, plan, signal
from process import PATIENCE

from alerts import console, slack
from alerts.notifier import DeliveryError, Message, Receipt
from alerts.page import Reason
from alerts.plan import Channel, Contact, Department, Role
from alerts.respond import respond
from connectors.options import Secret
from monitor.delivery import Delivery

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
LATE = 5 * MINUTE


def company(*channels, boss="U1", supervisor="C1"):
    """Executive and supervisor are on Slack, a leader has mail, the operator Slack and the console."""
    return plan(
        roles=(
            Role("executive", contacts=("张伟",)),
            Role("dept-leader", by_department=True),
            Role("supervisor", contacts=("李娜",)),
            Role("operator", contacts=("值班",)),
        ),
        contacts=(
            Contact("张伟", {"slack": boss}, "en"),
            Contact("李娜", {"slack": supervisor}),
            Contact("王强", {"mail": "wang@example.com, deputy@example.com"}),
            Contact("值班", {"slack": "C2", "console": "duty"}),
        ),
        channels=channels
        or (Channel("slack", "slack"), Channel("mail", "email"), Channel("console", "console")),
        departments=(Department("网络部", (("移动业务",),), {"dept-leader": ("王强",)}),),
        alerts=replace(plan().alerts, operators=("operator",)),
    )


class Channels:
    """Opens notifiers: those given, and the console onto a text of its own."""

    def __init__(self, **notifiers):
        self.screen = io.StringIO()
        self.notifiers = {
            "console": console.Notifier("console", console.Options(), stream=self.screen)
        } | notifiers
        self.opened = []

    def __call__(self, channel):
        self.opened.append(channel.name)
        return self.notifiers[channel.name]


class Recorder:
    """A notifier that keeps what it is given, and fails as it is told."""

    def __init__(self, *failures):
        self.failures = list(failures)
        self.messages: list[Message] = []

    def deliver(self, message):
        self.messages.append(message)
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure
        return Receipt(f"m{len(self.messages)}")

    def examine(self):
        return []


class Hanging(Recorder):
    """A notifier that does not answer until it is let go."""

    def __init__(self):
        super().__init__()
        self.called, self.let_go = threading.Event(), threading.Event()

    def deliver(self, message):
        self.called.set()
        self.let_go.wait(PATIENCE)
        return super().deliver(message)


def slack_notifier(fake, sleep=lambda _: None, **changes):
    options = slack.Options(Secret("env:SLACK_BOT_TOKEN"), base_url=fake.url, timeout=PATIENCE * SECOND)
    return slack.Notifier("slack", options, sleep=sleep, **changes)


def delivery(store, clock, opener, plan=None, **changes):
    return Delivery(
        store, clock, plan=plan or company(), language="zh", zone=SHANGHAI, opener=opener, **changes
    )


def decide(store, *signals, plan=None, now=NOW):
    """Store the pages of signals, the hundredth ticket of a day unless told otherwise."""
    told = signals or (signal(),)
    with store.writing() as tx:
        return tx.outbox.save(respond(told, plan=plan or company(), now=now).pages)


def figures(store):
    with store.reading() as tx:
        return {str(state): count for state, count in tx.outbox.figures().items() if count}


def rows(store, channel=None):
    with store.reading() as tx:
        return [one for one in tx.outbox.deliveries() if channel in {None, one.told.channel}]


def notice_pages(store):
    with store.reading() as tx:
        return [page for page in tx.outbox.pages() if page.reason is Reason.UNDELIVERABLE]


def lasting(sentence="nobody lives there", **facts):
    return DeliveryError(sentence, retryable=False, **facts)


def passing(sentence="not now", **facts):
    return DeliveryError(sentence, retryable=True, **facts)


def two_channels(boss="U1"):
    """The executive has Slack first, then mail, then the console."""
    known = company()
    boss_contact = Contact("张伟", {"slack": boss, "mail": "zhang@example.com", "console": "boss"}, "en")
    return replace(known, contacts=(boss_contact, *known.contacts[1:]))


def failure(deliver):
    """The error with which a delivery ends."""
    with pytest.raises(DeliveryError) as caught:
        deliver()
    return caught.value
