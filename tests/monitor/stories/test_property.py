"""Plan P: a leak that three households complain of, and that the media tell of an hour later."""

import pytest

from alerts.incidents.incident import State

LEAK = {"project": "云栖花园", "area": "房屋本体", "problem": "漏水"}
GRADE_TWO = "project-manager, department-leader, customer-relations, general-manager"


@pytest.mark.slow
def test_a_leak_from_three_households_to_the_call_back_after_a_week(story):
    day = story("property", "2026-03-03 09:00")
    day.ordinary(5, every=6, project="江湾一号", area="公共区域", problem="停车")
    # The third household of a month makes it grade two.
    day.until("09:30", 1, household="1-101", **LEAK)
    day.until("10:00", 2, household="1-20{n}", **LEAK)
    day.until("10:20")
    assert day.heard() == [
        f"10:00 level reached: {GRADE_TWO}",
        "10:20 nobody has answered: department-leader",
    ]
    # Exposure makes it grade one, which ends the acknowledgement: people are called by that grade.
    assert day.presses("许峰", "acknowledge") == "事件 #1：许峰签收"
    assert day.screen("值班群").startswith("🟡 【二级】")
    day.until("11:00", 1, tags="媒体曝光", household="2-202", **LEAK)
    assert day.incident().state is State.OPEN
    day.until("12:00")
    assert day.heard() == [
        f"10:50 level reached: {GRADE_TWO}, crisis-team",
        "11:10 nobody has answered: department-leader",
        "11:30 nobody has answered: general-manager",
        "12:00 nobody has answered: crisis-team",
    ]
    # A reviewed plan within a day, and its carrying out within another.
    assert day.presses("孙磊", "acknowledge") == "事件 #1：孙磊签收"
    assert day.fills_in("邓凯", "fill", field="solution", value="更换立管，逐户检修") == (
        "事件 #1：邓凯填写用户解决方案：更换立管，逐户检修"
    )
    day.until("13:00")
    day.presses("邓凯", "handled")
    day.until("15:00")
    # Twenty more households: the fix does not hold.
    day.until("16:00", 20, household="3-{n}", **LEAK)
    assert day.incident().state is State.REOPENED
    (reopened,) = [line for line in day.thread("值班群") if "重新打开" in line and "【" not in line]
    assert reopened == "16:00 重新打开：数量又超过常态"
    assert [line.partition(":")[0] + line[5:].partition(":")[0] for line in day.heard()] == [
        "14 hourly figures after handling",
        "15 hourly figures after handling",
        "16 hourly figures after handling",
        "16 incident reopened",
    ]
    day.presses("邓凯", "handled")
    day.until("19:00")
    assert day.heard()[-1] == f"19:00 incident resolved: {GRADE_TWO}, crisis-team"
    # A week later the households are called back, an hour late: the general manager is told.
    day.until("2026-03-10 20:00", every=240)
    assert day.heard() == [
        "19:00 deadline near: 许峰, customer-relations",
        "19:00 deadline missed: 许峰, general-manager",
    ]
    day.fills_in("吴兰", "fill", field="call_back", value="已回访23户，均无渗漏")
    assert day.deadlines() == {
        "plan": "03-04 10:00 met",
        "carried_out": "03-04 12:00 met",
        "call_back": "03-10 19:00 late",
    }
    assert day.gaps() == []
    report = day.report("zh")
    for told in ("更换立管，逐户检修", "一级", "完成，超过时限"):
        assert told in report
