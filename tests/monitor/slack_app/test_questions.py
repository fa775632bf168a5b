"""Leaders ask at any time, and are answered."""

from slacking import heard


def test_leaders_ask_at_any_time(office):
    office.tickets(100)
    asked = {
        "status": "1 open incident",
        "": "#1 [三级预警] 网络质量 > 无信号 · open",
        "trend 无信号": "移动业务 > 5G套餐 > 使用 > 网络质量 > 无信号",
        "走势 5G": "Also found:",
        "trend 不存在": "No category matches",
        "incident 1": "Detected at",
        "incident 12": "There is no incident 12",
        "on-call": "executive: 张伟",
        "silence": "Nothing is silenced.",
        "what": "/complaints status · trend",
    }
    for number, (text, said) in enumerate(asked.items(), start=1):
        assert office.slack.command("U1", text).in_time
        assert said in heard(office, "U1", number)[-1], text


def test_who_is_on_call_is_answered_in_words_of_the_one_who_asks(office):
    assert office.slack.command("U2", "on-call").in_time
    assert heard(office, "U2")[-1] == "高层分管领导: 张伟\n投诉主管: 李娜\n值班群: 值班群"


def test_a_report_is_sent_to_who_asks_as_a_file(office):
    office.tickets(100)
    assert office.slack.command("U1", "report 1").in_time
    files = office.slack.workspace.files
    office.slack.wait_for(lambda: files.get("F1", {}).get("channel"))
    file = files["F1"]
    assert (file["name"], file["bytes"], file["channel"]) == ("incident-1.pdf", b"%PDF", "D1")
    office.slack.command("U1", "report 9")
    assert "There is no incident 9" in heard(office, "U1")[-1]


def test_a_stranger_is_not_answered(office):
    office.slack.command("U7", "status")
    assert "不在预案的联系人里" in heard(office, "U7")[-1]
