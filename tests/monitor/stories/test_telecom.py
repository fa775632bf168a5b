"""Plan T: the night in which a base station failed, two days before the National Day holidays."""

import pytest

from alerts.incidents.incident import State

NO_SIGNAL = {
    "class": "移动业务",
    "product": "5G套餐",
    "area": "使用",
    "kind": "网络质量",
    "problem": "无信号",
}
SIX_ROLES = (
    "executive, department-leader, department-supervisor, operations-manager, "
    "after-sales-manager, complaint-supervisor"
)


@pytest.mark.slow
def test_a_night_without_signal_from_the_first_page_to_the_report_of_working_days(story):
    night = story("telecom", "2026-09-28 20:00")
    night.ordinary(14, every=0.5, **NO_SIGNAL)
    night.until("20:40", 1, **NO_SIGNAL)
    assert night.heard() == []

    # The surge is seen long before the hundredth ticket, and rises with it (T1, T2).
    night.until("21:20", 99, **NO_SIGNAL)
    assert night.heard() == [
        "20:50 level reached: complaint-supervisor",
        "21:00 level reached: complaint-supervisor, department-supervisor, operations-manager",
        f"21:10 level reached: {SIX_ROLES}",
        "21:20 nobody has answered: 值班",
    ]
    # Nobody answers, and it climbs (T12). The report is due an hour after the third level (T7).
    night.until("22:00", 40, **NO_SIGNAL)
    assert night.heard() == [
        "21:30 nobody has answered: department-leader, operations-manager",
        "21:50 nobody has answered: executive",
        f"22:00 deadline near: {SIX_ROLES}",
    ]
    assert "nobody has answered for 60 minutes" in night.words(5)

    # The supervisor takes it, and tells within the hour; the network department handles it.
    assert night.does("苏晴", "ack") == "#1 苏晴签收"
    night.does("苏晴", "assign", "高峰")
    night.does("苏晴", "note", "--field", "report", "--text", "滨江区无信号，约百户，基站退服")
    night.until("22:30", 10, **NO_SIGNAL)
    night.does("高峰", "note", "--field", "cause", "--text", "滨江基站退服")
    night.does("高峰", "handle")

    # Every hour the volume, and nobody has written the solution or the one wording (T8, T10).
    night.until("00:00", 4, **NO_SIGNAL)
    verifying = "高峰, complaint-supervisor, operations-manager, executive"
    assert night.heard() == [
        f"23:00 hourly figures after handling: {verifying}",
        f"23:00 deadline near: 高峰, {SIX_ROLES.replace('department-leader, ', '')}",
        "23:00 deadline near: 高峰, public-relations",
        f"23:10 deadline missed: 高峰, {SIX_ROLES.replace('department-leader, ', '')}",
        "23:10 deadline missed: 高峰, executive",
        f"00:00 hourly figures after handling: {verifying}",
    ]
    # The fix does not hold: it is reopened, and people are called as on the first time.
    night.until("00:50", 30, **NO_SIGNAL)
    assert night.incident().state is State.REOPENED
    assert night.heard() == [
        "00:10 level reached: complaint-supervisor, department-supervisor, operations-manager",
        "00:20 nobody has answered: 值班",
        "00:30 nobody has answered: department-leader, operations-manager",
        "00:50 nobody has answered: executive",
    ]
    # Handled once more, it stays quiet for three whole known hours, and is over.
    night.does("高峰", "handle")
    night.until("05:00", 8, **NO_SIGNAL)
    assert night.incident().state is State.RESOLVED
    assert night.heard()[-2:] == [
        f"04:00 hourly figures after handling: {verifying}",
        f"04:00 incident resolved: {SIX_ROLES}",
    ]
    # Three working days after the end: 30 September, and two after the holidays (T11).
    assert night.deadlines() == {
        "turnaround": "09-29 02:50 met",
        "report": "09-28 22:10 met",
        "solution": "09-28 23:10 missed",
        "wording": "09-28 23:10 missed",
        "final_report": "10-09 18:00 runs",
    }
    night.until("2026-10-09 10:00", every=360)
    assert night.heard() == ["23:00 deadline near: 高峰"]
    night.does("高峰", "note", "--field", "final_report", "--text", "已提交")
    night.until("2026-10-09 18:10")
    assert night.deadlines()["final_report"] == "10-09 18:00 met"
    assert (night.heard(), night.gaps()) == ([], [])

    report = night.report("en")
    for told in (
        "Acknowledged | 苏晴, 28 Sep 22:00 (70 minutes after detection)",
        "滨江基站退服",
        "Customer solution and the one wording | Mon 2026-09-28 23:10 | overdue",
        "First report | Mon 2026-09-28 22:10 | done 28 Sep 22:00",
        "28 Sep 21:30 | Nobody acknowledged; escalated to department-leader: 高峰, operations-manager: 周敏",
    ):
        assert told in report
    assert "专题报告" in night.report("zh")
