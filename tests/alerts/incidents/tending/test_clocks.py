"""What the plan asks for within a time: reminded of, missed, met and begun anew."""

from dataclasses import replace
from datetime import timedelta

from alerting import plan, signal, us
from tending import MINUTE, START, Day, reasons

from alerts.incident_plan import DeadlineRule
from alerts.incidents.event import Kind
from alerts.page import Reason
from alerts.plan import Level
from connectors.ticket import HOUR


def test_the_plans_hours_are_clocks_reminded_of_missed_and_met():
    day = Day(escalation=())
    assert reasons(day.look(44)) == []
    (near,) = day.look(45)
    assert (near.reason, near.fact("deadline")) == (Reason.DEADLINE_NEAR, "report")
    (missed,) = day.look(60)
    assert (missed.reason, missed.fact("deadline")) == (Reason.DEADLINE_MISSED, "report")
    day.click(Kind.FILLED, field="solution", value="改道")
    assert day.look(121) == []
    clocks = {clock.name: clock for clock in day.incident.deadlines}
    assert clocks["solution"].met_at == START + 60 * MINUTE
    assert clocks["turnaround"].due_at == START + 6 * HOUR


def test_a_report_is_due_three_working_days_after_the_end_though_it_is_over():
    rule = DeadlineRule(
        "final_report", after="resolved", working_days=3, remind=timedelta(hours=4), escalate=("executive",)
    )
    day = Day(
        escalation=(),
        deadlines=(rule,),
        levels=tuple(replace(level, report_within=None, solution_within=None) for level in plan().levels),
        departments=(),
    )
    day.click(Kind.RESOLVED, by="李娜")
    assert day.look(1) == []
    (clock,) = day.incident.deadlines
    assert clock.due_at == us("2026-11-25 18:00")  # a Sunday's end, and Monday to Wednesday
    (near,) = day.look((us("2026-11-25 14:00") - START) / MINUTE)
    (missed,) = day.look((us("2026-11-25 18:00") - START) / MINUTE)
    assert reasons([near, missed]) == [Reason.DEADLINE_NEAR, Reason.DEADLINE_MISSED]
    assert {told.contact for told in missed.told} == {"张伟"}


def test_a_clock_may_begin_with_the_end_of_another():
    rules = (
        DeadlineRule("plan", within=timedelta(hours=24), levels=("三级预警",)),
        DeadlineRule("carried_out", after="plan", within=timedelta(hours=24)),
        DeadlineRule("other", within=timedelta(hours=12), levels=("一级预警",)),
    )
    day = Day(escalation=(), deadlines=rules)
    day.look(1)
    assert day.incident.deadline("carried_out") is None
    day.click(Kind.MET, deadline="plan")
    day.look(2)
    assert day.incident.deadline("carried_out").due_at == START + 24 * HOUR + MINUTE
    assert day.incident.deadline("other") is None


def test_a_clock_beyond_the_known_calendar_says_so():
    rule = DeadlineRule("final_report", after="opened", working_days=40, remind=timedelta(days=39))
    day = Day(escalation=(), deadlines=(rule,))
    pages = [page for minute in (1, 60 * 24 * 30) for page in day.look(minute)]
    assert [page.fact("unconfirmed") for page in pages if page.fact("deadline") == "final_report"]
    assert day.incident.events(Kind.DUE)[-1].fact("unconfirmed") == "yes"


def clock_of(day, name):
    clock = day.incident.deadline(name)
    return (clock.due_at - START) // MINUTE


def test_a_rise_gives_the_hour_that_its_page_says_and_never_more_than_was_left():
    levels = (
        Level("一级预警", ("supervisor",)),
        Level("二级预警", ("supervisor",), report_within=timedelta(hours=2)),
        Level("三级预警", ("supervisor",), report_within=timedelta(hours=1)),
    )
    day = Day(signal(level="一级预警"), levels=levels, escalation=())
    day.look(1)
    assert day.incident.deadline("report") is None
    day.rise("二级预警", 40)
    assert clock_of(day, "report") == 160
    day.rise("三级预警", 60)
    assert clock_of(day, "report") == 120
    # Where little is left of the two hours, the higher level gives no hour more.
    late = Day(signal(level="二级预警"), levels=levels, escalation=())
    late.look(1)
    late.rise("三级预警", 90)
    assert clock_of(late, "report") == 120


def test_a_page_of_more_tickets_says_until_when_the_report_was_due_from_the_start():
    day = Day()
    day.look(1)
    (page,) = day.come(signal(observed=130, window_start=us("2026-11-22 01:00")), 20)
    assert (page.report_by, page.solution_by) == (START + HOUR, START + 2 * HOUR)
    day.click(Kind.FILLED, field="report", value="sent")
    day.look(21)
    (page,) = day.come(signal(observed=140, window_start=us("2026-11-22 02:00")), 25)
    assert (page.report_by, page.solution_by) == (None, START + 2 * HOUR)


def test_what_was_reopened_has_its_days_for_the_report_from_its_last_end_and_none_run_before():
    rule = DeadlineRule("final_report", after="resolved", within=timedelta(hours=10))
    day = Day(escalation=(), deadlines=(rule,))
    day.click(Kind.RESOLVED)
    day.look(60)
    assert clock_of(day, "final_report") == 600
    day.click(Kind.REOPENED)
    pages = day.look(660)
    assert not [page for page in pages if page.fact("deadline") == "final_report"]
    day.click(Kind.RESOLVED)
    day.look(670)
    assert clock_of(day, "final_report") == 660 + 600
    missed = [page.reason for page in day.look(1261) if page.fact("deadline") == "final_report"]
    assert missed == [Reason.DEADLINE_MISSED]


def test_a_clock_of_the_level_that_was_left_still_ends_and_calls_nobody():
    levels = (Level("一级预警", ("supervisor",)), Level("三级预警", ("supervisor",)))
    slow = DeadlineRule("answer", levels=("一级预警",), within=timedelta(hours=2), met_by="acknowledged")
    stories = {}
    for answered in (True, False):
        day = Day(signal(level="一级预警"), levels=levels, deadlines=(slow,), escalation=(), departments=())
        day.look(1)
        day.rise("三级预警", 10)
        if answered:
            day.click(Kind.ACKNOWLEDGED)
        day.click(Kind.RESOLVED)
        pages = day.look(125)
        assert not [page for page in pages if page.fact("deadline")]
        stories[answered] = day.incident.deadline("answer").met_at is not None, day.incident.closed
    assert stories == {True: (True, True), False: (False, True)}
