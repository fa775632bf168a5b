"""Incidents that somebody has opened again: who hears of it, and when."""

from alerting import SHANGHAI, signal
from tending import Day, reasons

from alerts.incidents.event import Kind
from alerts.page import Reason
from alerts.rendering.sheet import sheet


def test_whom_the_incident_concerns_hear_at_once_that_somebody_has_opened_it_again():
    day = Day()
    day.click(Kind.HANDLED, by="赵敏")
    day.look(5)
    day.click(Kind.REOPENED, by="张伟")
    (page,) = day.look(6)
    assert (page.reason, page.fact("by"), page.signals) == (Reason.REOPENED, "张伟", ())
    # Who did it knows it; who handled it is told by name, though no role of the level is theirs.
    assert {told.contact for told in page.told} == {"赵敏", "李娜", "王强"}
    assert sheet(page, language="zh", zone=SHANGHAI).headline.endswith("张伟已将其重新打开")
    assert "张伟 has opened it again" in sheet(page, language="en", zone=SHANGHAI).headline
    assert day.look(7) == []


def test_each_reopening_by_a_person_is_told_once_also_where_several_share_a_page():
    day = Day(signal(), signal(node=("移动业务", "流量", "使用", "计费", "扣费")))
    for minutes in (10, 20):
        for id in (1, 2):
            day.click(Kind.RESOLVED, id=id)
            day.click(Kind.REOPENED, id=id)
        (page,) = [one for one in day.look(minutes) if one.reason is Reason.REOPENED]
        assert page.incidents == (1, 2)
        assert Reason.REOPENED not in reasons(day.look(minutes + 1))


def test_a_reopening_that_is_kept_quiet_is_told_when_the_silence_ends_unless_it_was_handled_meanwhile():
    for handled in (False, True):
        day = Day(escalation=())
        day.click(Kind.RESOLVED)
        day.click(Kind.REOPENED)
        day.quiet = "silence 1"
        assert day.look(10) == []
        if handled:
            day.click(Kind.HANDLED)
        day.quiet = None
        assert (Reason.REOPENED in reasons(day.look(20))) is not handled
