"""Who may press which button, how often, and what whoever may not is told."""

import threading
from dataclasses import replace

import pytest
from slacking import MINUTE, Office, company, heard, open_form, press

from alerts.incident_plan import EscalationPolicy, Step
from alerts.incidents.event import Kind
from alerts.incidents.incident import State
from alerts.testing.slack_people import buttons


@pytest.mark.parametrize(
    ("user", "said"),
    [
        ("U7", "Slack 成员 U7 不在预案的联系人里"),
        ("U9", "访客无权签收事件 #1。有权的人：张伟、李娜、王强、值班群。"),
    ],
)
def test_who_has_no_part_in_the_plan_is_told_so_and_changes_nothing(office, user, said):
    office.tickets(100)
    assert press(office, user, "acknowledge").startswith(said)
    assert office.incident().state is State.OPEN


def test_whoever_a_step_of_the_escalation_calls_may_answer(tmp_path):
    step = Step(after=10 * MINUTE, roles=("executive",))
    plan = replace(company(), escalation=(EscalationPolicy("nobody answers", steps=(step,)),))
    with Office(tmp_path, plan) as office:
        office.tickets(60)
        # The level tells the supervisor and the group: the executive has no part in it yet.
        assert press(office, "U1", "acknowledge").startswith("张伟 may not acknowledge incident 1")
        office.pass_time(11 * MINUTE)
        assert press(office, "U1", "acknowledge", where="U1", more=2) == "Incident 1: Acknowledged by 张伟"
        assert office.incident().acknowledged_by == "张伟"


def test_somebody_of_another_workspace_is_refused(office):
    office.tickets(100)
    assert "属于其他工作区" in press(office, "U2", "acknowledge", team="T-OTHER")
    assert office.incident().state is State.OPEN


def test_a_click_that_slack_repeats_is_one_click(office):
    office.tickets(100)
    press(office, "U2", "acknowledge", times=3, more=3)
    assert len(office.incident().events(Kind.ACKNOWLEDGED)) == 1
    assert sorted(heard(office, "U2", 3)) == ["事件 #1：李娜签收", *["这一操作先前已经完成。"] * 2]


def test_of_two_who_click_at_once_one_has_it_and_the_other_is_told_who(office):
    office.tickets(100)
    clicks = [
        threading.Thread(
            target=office.slack.click, args=(user, office.message(user), "complaint_acknowledge")
        )
        for user in ("U2", "U3")
    ]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()
    told = {user: heard(office, user)[-1] for user in ("U2", "U3")}
    holder = office.incident().acknowledged_by
    assert holder in {"李娜", "王强"}
    (loser,) = [user for user, name in (("U2", "李娜"), ("U3", "王强")) if name != holder]
    assert holder in told[loser]
    assert len(office.incident().events(Kind.ACKNOWLEDGED)) == 1


def test_a_button_of_a_resolved_incident_is_answered_with_a_sentence(office):
    office.tickets(100)
    stale = dict(office.message())
    form = open_form(office, "U2", "exempt")
    assert office.slack.submit("U2", form, {"why": "台风"}).payload is None
    heard(office, "U2")
    office.settle()
    assert office.incident().state is State.RESOLVED
    assert buttons(office.message()) == ("complaint_fill", "complaint_reopen")
    office.slack.click("U2", stale, "complaint_acknowledge")
    assert heard(office, "U2", 2)[-1].startswith("事件 #1 已解决；如又出现问题，请先重新打开。")


def test_a_forged_button_is_refused(office):
    office.tickets(100)
    for action, value in (
        ("complaint_acknowledge", "99"),
        ("complaint_launch", "1"),
        ("complaint_handled", "x"),
    ):
        forged = {
            "type": "button",
            "action_id": action,
            "value": value,
            "text": {"type": "plain_text", "text": "x"},
        }
        post = {**office.message(), "blocks": [{"type": "actions", "elements": [forged]}]}
        office.slack.click("U2", post, action)
    # Each click is worked on by itself, so that the answers come in any order.
    assert sorted(heard(office, "U2", 3)) == [
        "没有事件 #99。",
        *["监测程序不认识这个按钮：它来自其他版本。"] * 2,
    ]
