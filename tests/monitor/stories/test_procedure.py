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
    day.does("白洁", "ack")
    day.does("技术组", "handle")
    day.until("17:00")
    assert day.heard() == ["17:00 hourly figures after handling: 白洁, technical-team, company-leader"]
    # It comes again: reopened, and called for until it is handled once more.
    day.until("19:00", 40, **LEAKING)
    assert day.incident().state is State.REOPENED
    assert day.heard()[-1] == "19:00 nobody has answered: company-leader"
    day.does("技术组", "note", "--field", "cause", "--text", "接头批次缺陷")
    day.does("技术组", "handle")
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
