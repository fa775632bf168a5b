"""Slack shows people an error when the app takes three seconds: it acknowledges before it begins to work."""

import threading

import pytest
from process import PATIENCE
from slacking import heard, open_form


@pytest.fixture
def acknowledged(office, monkeypatch):
    """What the desk is asked takes until this is set."""
    known, carry_out, report = threading.Event(), office.desk.carry_out, office.desk.report

    def slowly(asked):
        assert known.wait(PATIENCE)
        return asked()

    monkeypatch.setattr(office.desk, "carry_out", lambda order: slowly(lambda: carry_out(order)))
    monkeypatch.setattr(office.desk, "report", lambda *told, **by: slowly(lambda: report(*told, **by)))
    yield known
    known.set()


def test_a_click_is_acknowledged_before_it_is_carried_out(office, acknowledged):
    office.tickets(100)
    assert office.slack.click("U2", office.message(), "complaint_acknowledge").in_time
    assert office.slack.shown_to("U2") == []
    acknowledged.set()
    assert heard(office, "U2") == ["事件 #1：李娜签收"]


def test_a_form_is_acknowledged_before_it_is_carried_out(office, acknowledged):
    office.tickets(100)
    assert office.slack.submit("U2", open_form(office, "U2", "assign"), {"to": "王强"}).in_time
    assert office.incident().assignee is None
    acknowledged.set()
    assert heard(office, "U2") == ["事件 #1：李娜交由王强处理"]


def test_a_question_is_acknowledged_before_it_is_answered(office, acknowledged):
    office.tickets(100)
    assert office.slack.command("U1", "report 9").in_time
    assert office.slack.shown_to("U1") == []
    acknowledged.set()
    assert "There is no incident 9" in heard(office, "U1")[-1]
