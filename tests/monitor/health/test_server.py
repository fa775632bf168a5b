import http.client
import json
import socket
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from process import PATIENCE, eventually

from monitor.clock import ManualClock
from monitor.config.schema import Web
from monitor.health.report import LeaseHealth, Report, SourceHealth, State
from monitor.health.server import MOST_OPEN, Health, HealthError

NOW = datetime(2026, 5, 9, 4, tzinfo=UTC)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
WELL = Report(
    state=State.RUNNING,
    version="0.1.0",
    started_at=NOW - HOUR,
    tick_every=5 * SECOND,
    ticked_at=NOW - SECOND,
    sources=(SourceHealth("crm", complete_to=NOW - 2 * SECOND),),
    closed_until=NOW,
    pending=2,
    lease=LeaseHealth("host 17", NOW + 30 * SECOND, held=True),
)


class Daemon:
    """What the server asks."""

    def __init__(self):
        self.report = WELL

    def __call__(self):
        if isinstance(self.report, Exception):
            raise self.report
        return self.report


@pytest.fixture
def daemon():
    return Daemon()


@pytest.fixture
def clock():
    return ManualClock(NOW)


@pytest.fixture
def health(daemon, clock):
    server = Health(Web(port=0), daemon, clock=clock, zone=ZoneInfo("Asia/Shanghai"))
    server.start()
    yield server
    server.stop()


def port(health):
    return int(health.url.rpartition(":")[2].partition("/")[0])


def ask(health, path="/health", method="GET"):
    connection = http.client.HTTPConnection("127.0.0.1", port(health), timeout=PATIENCE)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), answer.headers
    finally:
        connection.close()


def told(health):
    status, text, _ = ask(health)
    return status, json.loads(text)


def test_a_daemon_that_works_answers_200_and_tells_how_it_is(health):
    status, body = told(health)
    assert status == 200
    assert body == {
        "state": "running",
        "problems": [],
        "warnings": [],
        "version": "0.1.0",
        "started_at": "2026-05-09T11:00:00+08:00",
        "ticked_at": "2026-05-09T11:59:59+08:00",
        "closed_until": "2026-05-09T12:00:00+08:00",
        "sources": [
            {
                "name": "crm",
                "complete_to": "2026-05-09T11:59:58+08:00",
                "failing_since": None,
                "blind_since": None,
                "error": None,
            }
        ],
        "outbox": {"pending": 2, "undeliverable": 0, "hung": []},
        "lease": {"holder": "host 17", "expires_at": "2026-05-09T12:00:30+08:00", "held": True},
    }


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"state": State.STARTING}, "the daemon is starting"),
        ({"state": State.STOPPING}, "the daemon is stopping"),
        ({"ticked_at": NOW - HOUR}, "no tick for 3600 s"),
        ({"ticked_at": None}, "no tick for 3600 s"),
        ({"lease": LeaseHealth("host 18", NOW, held=False)}, "host 18 holds the store's lease"),
        ({"lease": LeaseHealth(None, None, held=False)}, "nobody holds the store's lease"),
    ],
)
def test_a_daemon_that_does_not_do_its_work_answers_503_with_the_reason(health, daemon, change, problem):
    daemon.report = replace(WELL, **change)
    status, body = told(health)
    assert status == 503
    (sentence,) = body["problems"]
    assert problem in sentence


def test_a_blind_source_or_a_lost_page_is_a_warning_for_a_restart_mends_neither(health, daemon):
    sources = (
        SourceHealth("crm", blind_since=NOW - HOUR, failing_since=NOW - HOUR),
        SourceHealth("web", failing_since=NOW),
    )
    daemon.report = replace(WELL, sources=sources, undeliverable=3, hung=("slack",))
    status, body = told(health)
    assert status == 200
    assert body["warnings"] == [
        "source crm is blind: its hours are unknown",
        "source web fails",
        "channel slack does not answer",
        "undeliverable pages: 3; complaint-monitor status lists them",
    ]
    assert body["sources"][0]["blind_since"] == "2026-05-09T11:00:00+08:00"


def test_ticks_that_are_meant_to_be_rare_are_not_missed_early(health, daemon, clock):
    daemon.report = replace(WELL, tick_every=HOUR / 4)
    clock.advance(2 * HOUR)
    assert told(health)[0] == 200
    clock.advance(HOUR)
    assert told(health)[0] == 503


def test_a_daemon_that_cannot_tell_is_not_well(health, daemon):
    daemon.report = RuntimeError("broken")
    status, body = told(health)
    assert status == 503
    assert body["problems"] == ["the daemon cannot tell how it is (RuntimeError: broken)"]


@pytest.mark.parametrize("path", ["/", "/healthy", "/health/../etc/passwd", "/metrics"])
def test_elsewhere_there_is_nothing_and_a_sentence_says_so(health, path):
    status, text, _ = ask(health, path)
    assert status == 404
    assert json.loads(text) == {"error": f"there is nothing at {path}; ask for /health"}


@pytest.mark.parametrize("path", ["/health", "/health/", "/health?verbose=1"])
def test_a_query_or_a_slash_at_the_end_changes_nothing(health, path):
    assert ask(health, path)[0] == 200


def test_head_is_answered_without_a_body_and_nothing_is_kept_by_caches(health):
    status, text, headers = ask(health, method="HEAD")
    assert (status, text) == (200, "")
    assert int(headers["Content-Length"]) > 0
    assert headers["Cache-Control"] == "no-store"
    assert headers["Server"].strip() == "complaint-monitor"


def test_other_methods_are_refused(health):
    status, text, _ = ask(health, method="POST")
    assert status == 501
    assert "GET /health is what there is" in text


def test_clients_that_say_nothing_hold_up_nobody_and_are_bounded(health, monkeypatch):
    # Otherwise they would end by themselves, only later.
    monkeypatch.setattr("monitor.health.server._Handler.timeout", None)
    before = threading.active_count()
    silent = [socket.create_connection(("127.0.0.1", port(health))) for _ in range(3 * MOST_OPEN)]
    try:
        assert told(health)[0] == 200
        eventually(lambda: threading.active_count() <= before + MOST_OPEN)
    finally:
        for one in silent:
            one.close()


def test_a_stop_cuts_clients_that_are_still_there(daemon, clock):
    server = Health(Web(port=0), daemon, clock=clock, zone=ZoneInfo("UTC"))
    server.start()
    silent = socket.create_connection(("127.0.0.1", port(server)))
    told(server)
    server.stop()
    silent.settimeout(PATIENCE)
    assert silent.recv(1) == b""
    silent.close()
    server.stop()


def test_a_port_that_is_taken_is_named_with_the_mend(health, daemon, clock):
    second = Health(Web(port=port(health)), daemon, clock=clock, zone=ZoneInfo("UTC"))
    with pytest.raises(HealthError, match=r"change web\.host or web\.port, 0 takes a free one"):
        second.start()


def test_a_host_that_is_not_ours_is_named(daemon, clock):
    with pytest.raises(HealthError, match=r"nothing can listen on 203\.0\.113\.1"):
        Health(Web(host="203.0.113.1", port=0), daemon, clock=clock, zone=ZoneInfo("UTC")).start()


def test_ipv6_is_listened_on_where_there_is_some(daemon, clock):
    server = Health(Web(host="::1", port=0), daemon, clock=clock, zone=ZoneInfo("UTC"))
    try:
        server.start()
    except HealthError:
        pytest.skip("this machine has no IPv6")
    assert server.url.startswith("http://[::1]:")
    server.stop()
