"""The app connects as often as it takes, and leaves nothing behind: no thread, no second connection."""

import queue
import threading
from datetime import timedelta
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from process import PATIENCE, eventually
from slack_bolt.adapter.socket_mode import SocketModeHandler

from alerts import slack
from alerts.desk import Desk, Manner
from alerts.slack_app import connection
from alerts.slack_app.app import SlackApp
from alerts.testing.slack_api import APP_TOKEN, TOKEN, FakeSlack, refused
from connectors.options import Secret


@pytest.fixture
def workspace(monkeypatch):
    monkeypatch.setenv("SLACK_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("SLACK_APP_TOKEN", APP_TOKEN)
    monkeypatch.setattr(connection, "RETRY_EVERY", 0.01)
    with FakeSlack() as fake:
        yield fake


@pytest.fixture
def app(workspace):
    made = SlackApp("slack", options(workspace), cast("Desk", None), Manner("zh", ZoneInfo("Asia/Shanghai")))
    yield made
    made.stop()


def options(workspace):
    bot, own = Secret("env:SLACK_BOT_TOKEN"), Secret("env:SLACK_APP_TOKEN")
    return slack.Options(bot, own, workspace.url, timedelta(seconds=PATIENCE))


def of_the_sdk():
    """Its threads that run again and again."""
    return sum(thread.name.endswith("(_run)") for thread in threading.enumerate())


def test_attempts_that_fail_leave_no_thread_behind(app, workspace):
    before = of_the_sdk()
    workspace.fail_next(*[refused("internal_error")] * 7, method="apps.connections.open")
    app.start()
    eventually(lambda: app.connected)
    # One that receives, one that hands on, one that looks after the connection.
    eventually(lambda: of_the_sdk() <= before + 3)


class Endless(queue.Queue):
    """Who waits for the next message waits until one comes."""

    def get(self, block=True, timeout=None):
        return super().get(block)


def test_who_stops_waits_for_no_message(app, workspace, monkeypatch):
    monkeypatch.setattr("slack_sdk.socket_mode.builtin.client.Queue", Endless)
    before = of_the_sdk()
    app.start()
    workspace.socket.wait_connected()
    eventually(lambda: app.connected)
    app.stop()
    eventually(lambda: of_the_sdk() == before)
    eventually(lambda: workspace.socket.connections == 0)


def test_who_stops_while_it_connects_is_left_without_a_connection(app, workspace, monkeypatch):
    connect, began = SocketModeHandler.connect, threading.Event()

    def stopped_meanwhile(handler):
        began.set()
        app.stop()
        connect(handler)

    monkeypatch.setattr(SocketModeHandler, "connect", stopped_meanwhile)
    app.start()
    assert began.wait(PATIENCE)
    app._connection._thread.join(PATIENCE)
    assert not app.connected
    eventually(lambda: workspace.socket.connections == 0)
