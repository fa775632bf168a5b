"""A clock, a Slack and a mail server for what is delivered."""

import pytest
from alerting import NOW
from delivering import SECOND, Hanging
from mailing import PostOffice
from process import PATIENCE

from alerts import email as mail
from alerts.testing import slack_api
from alerts.testing.slack_api import FakeSlack
from monitor.clock import ManualClock
from monitor.delivery import Delivery


@pytest.fixture
def clock():
    return ManualClock(NOW)


@pytest.fixture
def fake_slack(monkeypatch):
    monkeypatch.setenv("SLACK_BOT_TOKEN", slack_api.TOKEN)
    with FakeSlack(channels=("C1", "C2"), members=("U1",)) as fake:
        yield fake


@pytest.fixture
def inbox():
    with PostOffice() as office:
        yield office


@pytest.fixture
def mail_notifier(inbox):
    return mail.Notifier("mail", mail.Options("127.0.0.1", "monitor@example.com", inbox.port, "none"))


@pytest.fixture
def running():
    """Started deliveries are stopped, and hanging notifiers let go."""
    parts = []
    yield parts
    for part in parts:
        if isinstance(part, Hanging):
            part.let_go.set()
    for part in parts:
        if isinstance(part, Delivery):
            part.stop(PATIENCE * SECOND)
