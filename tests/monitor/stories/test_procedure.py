"""Plan M: one product's complaints recur on the eve of the Labour Day holidays."""

import pytest

from alerts.incidents.incident import State

LEAKING = {"product": "净水器", "problem": "漏水"}
ALL = "complaint-manager, technical-team, company-leader"


@pytest.mark.slow
def test_a_product_that_recurs_from_the_first_sign_to_the_follow_up(story):
    day = story("procedure", "2026-04-30 14:00")
    day.ordinary(5, every=6, product="灶具", problem="打火")
    # The first sign is seen before the volume; the tenth complaint calls the technical team at once.
    day.until("14:40", 10, **LEAKING)
    assert day.heard()[-1] == "14:40 level reached: complaint-manager, technical-team"
    day.until("15:10", 5, **LEAKING)
    assert day.heard() == ["15:10 nobody has answered: technical-team"]
    # Three that were escalated are a matter of the company.
    day.until("15:40", 3, escalated="是", **LEAKING)
    assert set(day.heard()) == {f"15:40 level reached: {ALL}"}
    assert day.incident().level == "公司"
    day.until("16:00")
    day.presses("白洁", "acknowledge")
    day.presses("技术组", "handled")
    day.until("17:00")
    assert day.heard() == [f"17:00 hourly figures after handling: 白洁, {ALL}"]
    # It comes again: reopened, and called for until it is handled once more.
    day.until("19:00", 40, **LEAKING)
    assert day.incident().state is State.REOPENED
    assert day.heard()[-1] == "19:00 incident reopened: 技术组, 白洁, complaint-manager, company-leader"
    day.presses("技术组", "handled")
    assert day.fills_in("技术组", "fill", field="cause", value="接头批次缺陷") == (
        "事件 #1：技术组填写原因：接头批次缺陷"
    )
    day.until("23:00")
    assert day.heard()[-1] == f"22:00 incident resolved: {ALL}"
    # Customers are called back within three working days, which begin after the holidays.
    assert day.deadlines() == {"turnaround": "05-01 14:20 met", "call_back": "05-08 18:00 runs"}
    day.until("2026-05-08 12:00", every=360)
    day.does("白洁", "done", "call_back")
    day.until("2026-05-08 19:00", every=60)
    assert day.deadlines()["call_back"] == "05-08 18:00 met"
    assert [line[6:].partition(":")[0] for line in day.heard()] == ["deadline near"]
    assert day.gaps() == []
    assert "接头批次缺陷" in day.report("en")


def test_a_phone_that_rings_too_often_gets_a_summary_of_what_was_withheld(story):
    day = story("procedure", "2026-04-30 14:00", more="\n[flood]\nmost_per_hour = 3\n")
    for number, product in enumerate(("净水器", "灶具", "热水器", "油烟机", "洗碗机"), start=1):
        day.until(f"14:{number:02}", 10, every=1, product=product, problem="异响")
    assert day.heard() == [f"14:0{n} level reached: complaint-manager, technical-team" for n in (1, 2, 3)]
    # A quarter of an hour later each phone is told of the others, all of which are incidents.
    day.until("14:30", every=1)
    assert sorted(day.heard()) == [
        "14:19 summary of pages that were withheld: complaint-manager",
        "14:19 summary of pages that were withheld: complaint-manager",
        "14:19 summary of pages that were withheld: technical-team",
    ]
    for withheld in (
        "[Technical team] 油烟机: 10 tickets today",
        "[Technical team] 洗碗机: 10 tickets today",
    ):
        assert withheld in day.words(-1)
    # What calls somebody always goes out, and can be answered.
    day.until("14:40", every=1)
    assert day.heard()[-1] == "14:35 nobody has answered: technical-team"
    assert day.presses("技术组", "acknowledge", incident=5) == "事件 #5：技术组签收"
    assert day.gaps() == []
