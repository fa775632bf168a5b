"""Plan E: a smell from a product, on the last evenings before the Spring Festival."""

import pytest

from alerts.incidents.incident import State

SMELL = {"class": "产品", "kind": "质量", "problem": "异味"}


@pytest.mark.slow
def test_urgency_rises_with_the_count_until_the_golden_hours_and_the_filed_measures(story):
    day = story("enterprise", "2026-02-12 16:00")
    day.ordinary(5, every=4, **SMELL)
    # Twenty a day are for the service manager, fifty for the department.
    day.until("17:00", 50, **SMELL)
    heard = day.heard()
    assert heard[0].endswith("level reached: service-manager")
    assert heard[-1].endswith("level reached: service-manager, department-leader, quality-manager")
    # The first human answer is due within 30 minutes, and it is late.
    day.until("17:30", 30, **SMELL)
    assert "17:30 deadline missed: general-manager" in day.heard()
    assert day.presses("曹阳", "acknowledge") == "事件 #1：曹阳签收"
    assert day.screen("郑楠") == "🟡 【紧急】质量 > 异味 今日50件（门限50），另1项"
    # The hundredth: very urgent. The acknowledgement was of something smaller, and ends.
    day.until("18:40", 44, **SMELL)
    assert day.incident().state is State.OPEN
    heard = [line[6:] for line in day.heard()]
    crisis = "service-manager, department-leader, quality-manager, legal, public-relations, general-manager"
    assert f"level reached: {crisis}" in heard
    called = [line for line in heard if line.startswith("nobody has answered")]
    assert called == [
        "nobody has answered: 值班",
        "nobody has answered: department-leader, public-relations",
        "nobody has answered: general-manager",
    ]
    assert day.screen("曹阳") == "🔴 【特急】质量 > 异味 今日100件（门限100），另1项"
    # Within the golden four hours the core process has begun.
    assert day.presses("谢东", "acknowledge") == "事件 #1：谢东签收"
    assert day.fills_in("谢东", "fill", field="core_process", value="已成立小组，法务、公关在内") == (
        "事件 #1：谢东填写启动核心流程：已成立小组，法务、公关在内"
    )
    day.presses("曹阳", "handled")
    day.until("20:00", 2, **SMELL)
    assert day.screen("谢东").startswith("🔵 ")
    hourly = [line for line in day.thread("谢东") if "前一小时" in line]
    assert hourly[-1].endswith(" 2件，前一小时25件（增减 -23，环比 -92%）")
    # The smell is back.
    day.until("21:00", 40, **SMELL)
    assert day.incident().state is State.REOPENED
    assert day.screen("谢东").startswith("🔴 ")
    day.presses("曹阳", "handled")
    day.until("2026-02-13 01:00", 2, every=20, **SMELL)
    assert day.incident().state is State.RESOLVED
    assert "00:00 incident resolved" in [line.rpartition(":")[0] for line in day.heard()]
    # Filed within five working days: the 14th is worked, the festival is not.
    assert day.deadlines()["final_report"] == "02-27 18:00 runs"
    day.fills_in("冯悦", "fill", field="measures", value="更换密封圈供应商")
    day.until("2026-02-28 18:00", every=720)
    assert day.heard() == []
    clocks = day.deadlines()
    assert clocks["core_process"].endswith("met")
    assert clocks["first_answer"].endswith("met")
    assert clocks["first_answer_urgent"].endswith("late")
    assert clocks["auto_reply"].endswith("missed")
    assert clocks["final_report"].endswith("met")
    assert day.incident().closed
    assert day.gaps() == []
    report = day.report("zh")
    for told in ("更换密封圈供应商", "完成，超过时限", "曹阳"):
        assert told in report
