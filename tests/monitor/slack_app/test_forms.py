"""What needs more words than a click: an assignment, a report, an exemption, a silence of an incident."""

from slacking import HOUR, heard, open_form, press

from alerts.incidents.incident import State


def test_an_incident_is_assigned_in_a_form(office):
    office.tickets(100)
    answered = office.slack.submit("U2", open_form(office, "U2", "assign"), {"to": "王强"})
    assert answered.in_time
    assert heard(office, "U2") == ["事件 #1：李娜交由王强处理"]
    office.settle()
    assert office.incident().assignee == "王强"
    assert "由 王强 处理" in str(office.message()["blocks"])


def test_the_report_is_filled_in_from_slack(office):
    office.tickets(100)
    press(office, "U2", "acknowledge")
    heard(office, "U2")
    office.settle()
    form = open_form(office, "U2", "fill")
    empty = office.slack.submit("U2", form, {"field": "cause", "value": "  "})
    assert empty.payload["errors"] == {"value": "请填写内容。"}
    office.slack.submit("U2", form, {"field": "cause", "value": "市电中断"})
    assert heard(office, "U2", 2)[-1] == "事件 #1：李娜填写原因：市电中断"
    assert office.incident().filled("cause") == "市电中断"


def test_an_exemption_needs_a_reason(office):
    office.tickets(100)
    view = open_form(office, "U2", "exempt")
    answered = office.slack.submit("U2", view, {"why": "  "})
    assert answered.payload == {"response_action": "errors", "errors": {"why": "请填写原因。"}}
    assert office.incident().state is State.OPEN


def test_a_silence_is_previewed_ends_by_itself_and_takes_an_approver_for_hard_rules(office):
    office.tickets(60)
    assert press(office, "U3", "silence") == "王强无权静默事件 #1，只有批准人可以：李娜。"
    form = open_form(office, "U2", "silence")
    assert "近24小时会因此少发 1 条通知，其下未了结事件 1 起" in str(form["blocks"][0])
    office.slack.submit("U2", form, {"until": "2", "why": "已知割接"})
    assert heard(office, "U2") == ["事件 #1：李娜静默本类目至 11:00：已知割接"]
    office.settle()
    before = len(office.slack.replies("C1"))
    office.tickets(40)
    with office.live.store.reading() as tx:
        (silence,) = tx.silences.open()
        last = tx.outbox.pages()[-1]
    assert (silence.approver, silence.tickets, last.told) == ("李娜", 60, ())
    # What was muted is in the story all the same.
    assert not [post for post in office.slack.replies("C1")[before:] if post.get("reply_broadcast")]
    office.slack.command("U1", "silence")
    assert "无信号: until 11:00, 李娜: 已知割接" in heard(office, "U1")[-1]
    office.pass_time(3 * HOUR)
    with office.live.store.reading() as tx:
        assert tx.silences.open() == []


def test_only_an_approver_exempts(office):
    office.tickets(100)
    assert press(office, "U3", "exempt") == "王强无权豁免事件 #1，只有批准人可以：李娜。"
