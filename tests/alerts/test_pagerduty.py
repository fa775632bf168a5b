"""The notifier against PagerDuty's Events API as it is documented, on loopback."""

from dataclasses import replace
from datetime import timedelta

import pytest
from alerting import NOW, SHANGHAI, plan, signal
from delivering import failure
from fakes.pagerduty import KEY, FakePagerDuty
from fakes.receiver import Trouble
from ports import reserved_port
from process import PATIENCE, eventually

from alerts.incidents.event import Event, Kind
from alerts.incidents.transitions import apply, opened
from alerts.notifier import Message, Update
from alerts.pagerduty import Notifier, Options
from alerts.respond import respond


@pytest.fixture
def service():
    with FakePagerDuty() as fake:
        yield fake


def notifier(service, **changes):
    options = {"url": f"{service.url}/v2/enqueue", "timeout": timedelta(seconds=PATIENCE)}
    return Notifier("duty", Options(**{**options, **changes}))


def message(*signals, incident=7, address=KEY):
    (page,) = respond(signals or [signal()], plan=plan(), now=NOW).pages
    incidents = () if incident is None else (incident,)
    return Message("k" * 20, replace(page, incidents=incidents), "duty", address, "zh", SHANGHAI)


def update(*kinds):
    first = Event("e0", Kind.OPENED, 1, level="三级预警", node=("a",))
    events = [Event(f"e{i}", kind, i + 1, by="李娜") for i, kind in enumerate(kinds, start=1)]
    incident = apply(opened(first, id=7), events)
    return Update(incident, message().page, "duty", KEY, "incident-7", "zh", SHANGHAI)


def test_all_pages_of_an_incident_are_one_alert(service):
    receipt = notifier(service).deliver(message())
    notifier(service).deliver(message(signal(observed=400)))
    (alert,) = service.alerts.values()
    assert receipt.reference == "incident-7"
    assert len(alert["events"]) == 2
    payload = alert["events"][0]["payload"]
    assert payload["summary"] == "【三级预警】网络质量 > 无信号 今日104件（门限100）"
    assert (payload["severity"], payload["group"], payload["component"]) == ("critical", "移动业务", "无信号")
    assert payload["timestamp"] == "2026-11-22T15:04:30+08:00"
    assert "移动业务 > 5G套餐 > 使用 > 网络质量 > 无信号" in payload["custom_details"]["text"]


def test_it_is_acknowledged_and_resolved_with_the_incident(service):
    duty = notifier(service)
    duty.deliver(message())
    seen = []
    for kinds in (
        [Kind.ACKNOWLEDGED],
        [Kind.ACKNOWLEDGED, Kind.HANDLED],
        [Kind.ACKNOWLEDGED, Kind.HANDLED, Kind.RESOLVED],
    ):
        duty.follow(update(*kinds))
        seen.append(service.alerts["incident-7"]["state"])
    assert seen == ["acknowledged", "acknowledged", "resolved"]
    duty.deliver(message())
    assert service.alerts["incident-7"]["state"] == "triggered"


def test_what_only_rises_needs_no_event(service):
    notifier(service).follow(update(Kind.ROSE))
    assert service.sent == []


def test_levels_have_the_severity_that_is_configured(service):
    notifier(service, severity={"三级预警": "info"}).deliver(message())
    assert service.alerts["incident-7"]["events"][0]["payload"]["severity"] == "info"


def test_a_page_of_several_incidents_is_an_alert_of_its_own(service):
    assert notifier(service).deliver(message(incident=None)).reference.startswith("page-")


@pytest.mark.parametrize(
    ("trouble", "uncertain", "wait"),
    [
        (Trouble(429, {}, (("Retry-After", "7"),)), False, timedelta(seconds=7)),
        (Trouble(503, {}), True, None),
        (Trouble(cut=True), True, None),
        (Trouble(hang=True), True, None),
    ],
    ids=["throttled", "503", "cut", "hang"],
)
def test_what_may_be_better_later_is_tried_again_and_stays_one_alert(service, trouble, uncertain, wait):
    service.trouble.append(trouble)
    limit = timedelta(seconds=0.3 if trouble.hang else PATIENCE)
    error = failure(lambda: notifier(service, timeout=limit).deliver(message()))
    assert (error.retryable, error.uncertain, error.retry_after) == (True, uncertain, wait)
    eventually(lambda: not service.trouble)
    notifier(service).deliver(message())
    assert list(service.alerts) == ["incident-7"]


def test_nobody_listening_is_no_uncertain_outcome():
    with FakePagerDuty() as service, reserved_port() as port:
        duty = notifier(service, url=f"http://127.0.0.1:{port}/v2/enqueue")
        error = failure(lambda: duty.deliver(message()))
    assert (error.retryable, error.uncertain) == (True, False)
    assert "PagerDuty cannot be reached" in error.sentence


def test_a_key_is_given_by_reference_and_printed_nowhere(service, monkeypatch):
    monkeypatch.setenv("DUTY_KEY", KEY)
    notifier(service).deliver(message(address="env:DUTY_KEY"))
    assert len(service.alerts) == 1
    wrong = "f" * 32
    error = failure(lambda: notifier(service).deliver(message(address=wrong)))
    assert not error.retryable
    assert "refuses ffff… as an integration key" in error.sentence
    assert wrong not in error.sentence


def test_check_knows_a_key_by_its_looks(service, monkeypatch):
    monkeypatch.delenv("NO_KEY", raising=False)
    problems = notifier(service).examine_addresses([KEY, "office", "env:NO_KEY"])
    assert [problem.partition(";")[0] for problem in problems] == [
        "offi… is not an integration key of PagerDuty",
        "environment variable NO_KEY is not set",
    ]
    assert service.sent == []
