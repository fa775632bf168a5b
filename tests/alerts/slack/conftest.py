"""A fake Slack on a local port, and its tokens."""

import pytest

from alerts.testing import slack_api
from alerts.testing.slack_api import FakeSlack


@pytest.fixture(autouse=True)
def _tokens(monkeypatch):
    monkeypatch.setenv("SLACK_BOT_TOKEN", slack_api.TOKEN)
    monkeypatch.setenv("SLACK_APP_TOKEN", slack_api.APP_TOKEN)


@pytest.fixture
def slack():
    with FakeSlack(channels=("C1", "C2"), members=("U1",)) as fake:
        yield fake
