"""The heartbeat reaches a dead-man switch while all is well, and stays away when it is not."""

import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import structlog
from process import PATIENCE

from connectors.options import Secret
from monitor.heartbeat import Heartbeat

MINUTE = timedelta(minutes=1)


class Switch(HTTPServer):
    """A dead-man switch on this machine."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.beats, self.status, self.asked = [], 200, threading.Event()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}/ping/token"


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.beats.append(self.path)
        self.send_response(self.server.status)
        self.end_headers()
        self.server.asked.set()

    def log_message(self, *_):
        pass


@pytest.fixture
def switch():
    server = Switch()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_it_beats_while_all_is_well(switch):
    assert Heartbeat(switch.address, every=MINUTE, well=lambda: True).beat()
    assert switch.beats == ["/ping/token"]


def test_it_stays_away_while_nothing_ticks(switch):
    assert not Heartbeat(switch.address, every=MINUTE, well=lambda: False).beat()
    assert switch.beats == []


def test_a_switch_that_fails_is_logged_once_without_its_address(switch):
    heart = Heartbeat(switch.address, every=MINUTE, well=lambda: True)
    switch.status = 500
    with structlog.testing.capture_logs() as lines:
        assert not heart.beat()
        assert not heart.beat()
        switch.status = 200
        assert heart.beat()
        switch.status = 500
        assert not heart.beat()
    assert [line["event"] for line in lines] == ["heartbeat_failed", "heartbeat_failed"]
    assert "token" not in str(lines)


def test_an_address_that_cannot_be_read_is_no_crash():
    assert not Heartbeat(Secret("env:NO_SUCH_HEARTBEAT"), every=MINUTE, well=lambda: True).beat()
    assert not Heartbeat("not an address", every=MINUTE, well=lambda: True).beat()


def test_its_thread_beats_at_once_and_ends_when_told(switch):
    heart = Heartbeat(switch.address, every=MINUTE, well=lambda: True)
    heart.start()
    assert switch.asked.wait(PATIENCE)
    heart.stop()
    assert heart.wait(timedelta(seconds=PATIENCE))
