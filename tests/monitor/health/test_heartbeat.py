"""The heartbeat reaches a dead-man switch while all is well, and stays away when it is not."""

import socket
import threading
from datetime import timedelta

import pytest
import structlog
from fakes.switch import Switch
from process import PATIENCE, eventually

from connectors.options import Secret
from monitor.health.heartbeat import Heartbeat

MINUTE = timedelta(minutes=1)


@pytest.fixture
def switch():
    with Switch() as server:
        yield server


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


@pytest.mark.parametrize(
    "address", [Secret("env:NO_SUCH_HEARTBEAT"), "not an address", "http://a..b/", f"http://{'a' * 70}.test/"]
)
def test_an_address_that_cannot_be_read_ends_no_thread(address):
    assert not Heartbeat(address, every=MINUTE, well=lambda: True).beat()


def test_an_answer_that_breaks_off_is_no_crash():
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def half():
            asked, _ = listening.accept()
            with asked:
                asked.recv(10_000)
                asked.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it")

        breaking = threading.Thread(target=half)
        breaking.start()
        port = listening.getsockname()[1]
        assert not Heartbeat(f"http://127.0.0.1:{port}/", every=MINUTE, well=lambda: True).beat()
        breaking.join()


def test_its_thread_beats_at_once_and_ends_when_told(switch):
    heart = Heartbeat(switch.address, every=MINUTE, well=lambda: True)
    heart.start()
    eventually(lambda: switch.beats)
    heart.stop()
    assert heart.wait(timedelta(seconds=PATIENCE))
