import socket

import pytest

from monitor.health.systemd import notify


@pytest.mark.parametrize("name", ["socket", "@complaint-monitor-test"])
def test_systemd_hears_how_far_the_daemon_is(tmp_path, monkeypatch, name):
    address = name if name.startswith("@") else str(tmp_path / name)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind("\0" + address[1:] if address.startswith("@") else address)
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        assert notify("READY=1\nSTATUS=两个来源")
        assert systemd.recv(100).decode() == "READY=1\nSTATUS=两个来源"


@pytest.mark.parametrize("address", ["", "vsock:2:1", "/nowhere/at/all"])
def test_without_somebody_who_listens_nothing_happens(monkeypatch, address):
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    assert not notify("READY=1")
    monkeypatch.delenv("NOTIFY_SOCKET")
    assert not notify("READY=1")
