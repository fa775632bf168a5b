"""What time alone calls for: an incident from its page to its end, on a clock that the test moves."""

from dataclasses import replace
from datetime import timedelta

import pytest
from alerting import BILLING, NOW, SHANGHAI, plan, signal, us

from alerts.incident_plan import DeadlineRule, EscalationPolicy, IncidentSettings, Step
from alerts.incidents.book import Book
from alerts.incidents.escalation import Calls
from alerts.incidents.event import Event, Kind, Why, event_key
from alerts.incidents.incident import State
from alerts.incidents.tending import World, tend
from alerts.incidents.verification import HourFigure, Verdict, verdict
from alerts.page import Reason
from alerts.plan import Level
from alerts.rendering.sheet import sheet
from alerts.respond import respond
from alerts.workdays import Workdays
from connectors.ticket import HOUR, at_us, to_us

MINUTE = 60_000_000
START = to_us(NOW)
ESCALATION = (EscalationPolicy("default", steps=(Step(after=timedelta(minutes=10), roles=("supervisor",)),)),)


class Day:
    """A book, a plan and a clock."""

    def __init__(self, *signals, **changes):
        self.plan = plan(**{"escalation": ESCALATION, **changes})
        self.book, self.now = Book(), START
        self.counts, self.usual, self.tickets = {}, 5.0, None
        self.quiet = None
        respond(signals or (signal(),), plan=self.plan, now=NOW, book=self.book)

    def look(self, minutes):
        """So many minutes after the first page."""
        self.now = START + int(minutes * MINUTE)
        world = World(
            Calls(self.plan, Workdays(self.plan.workdays, SHANGHAI)),
            hours=self.figures,
            tickets=lambda _incident: self.tickets,
            delivered=lambda _incident: True,
            silenced=lambda _incident: self.quiet,
        )
        return tend(self.book, world, now=self.now)

    def click(self, kind, by="李娜", id=1, **facts):
        said = tuple((name, str(value)) for name, value in facts.items())
        key = event_key(self.book[id].key, kind, self.now)
        return self.book.tell(id, Event(key, kind, self.now, by=by, facts=said))

    def come(self, one, minutes):
        """Another signal, so many minutes after the first page: what it makes."""
        self.now = START + int(minutes * MINUTE)
        return respond([one], plan=self.plan, now=at_us(self.now), book=self.book).pages

    def rise(self, level, minutes):
        """A signal of a higher level comes."""
        self.come(signal(level=level), minutes)
        self.look(minutes + 1)

    def figures(self, incident):
        measured = [event.number("hour") for event in incident.events(Kind.MEASURED)]
        start = max(measured) + HOUR if measured else START // HOUR * HOUR
        return [
            HourFigure(hour, self.counts.get(hour, 0), self.counts.get(hour - HOUR, 0), self.usual)
            for hour in range(start, self.now // HOUR * HOUR, HOUR)
        ]

    def count(self, *counts):
        """Tickets of the hours from the first page's on."""
        self.counts = {START // HOUR * HOUR + i * HOUR: n for i, n in enumerate(counts)}

    @property
    def incident(self):
        return self.book[1]


def reasons(pages):
    return [page.reason for page in pages]


def test_nobody_answers_is_paged_once_with_everything_needed():
    day = Day()
    assert day.look(9) == []
    (page,) = day.look(10)
    assert page.reason is Reason.ESCALATED
    assert [told.contact for told in page.told] == ["李娜"]
    assert (page.incident, page.fact("step"), page.signals) == (1, "1", ())
    assert day.look(11) == []
    assert day.incident.log[-1].kind is Kind.PAGED


def test_an_acknowledgement_ends_by_time_and_says_so_and_calls_again():
    day = Day()
    day.look(1)
    day.click(Kind.ACKNOWLEDGED, tickets=110)
    (end,) = [page for page in day.look(241) if page.reason is Reason.LAPSED]
    assert end.fact("why") == Why.TIME_UP
    assert {told.contact for told in end.told} == {"李娜", "张伟", "王强"}
    assert day.incident.state is State.OPEN
    assert Reason.ESCALATED in reasons(day.look(251))


def test_an_acknowledgement_ends_when_the_tickets_have_doubled():
    day = Day()
    day.click(Kind.ACKNOWLEDGED, tickets=110)
    day.tickets = 219
    assert Reason.LAPSED not in reasons(day.look(5))
    day.tickets = 220
    (end,) = day.look(6)
    assert (end.reason, end.fact("why"), end.fact("then")) == (Reason.LAPSED, Why.COUNT_DOUBLED, "110")


def test_the_tickets_before_the_page_are_counted_when_it_has_arrived():
    day = Day()
    day.tickets = 117
    day.look(1)
    day.tickets = 500
    day.look(2)
    assert day.incident.tickets_before_page == 117


def test_what_was_handled_is_verified_every_hour_and_resolved_when_it_stays_quiet():
    day = Day()
    day.count(90, 40, 6, 5, 4, 3)
    day.click(Kind.HANDLED, by="王强")
    verdicts = []
    for hour in range(1, 7):
        pages = day.look(hour * 60)
        verdicts += [page.fact("verdict") for page in pages if page.reason is Reason.MEASURED]
    assert verdicts == [
        Verdict.NOT_FALLING,
        Verdict.FALLING,
        *[Verdict.NORMAL] * 3,
    ]
    assert day.incident.state is State.RESOLVED
    (figures,) = [event for event in day.incident.events(Kind.MEASURED) if event.fact("count") == "40"]
    assert (figures.fact("change"), figures.fact("ratio"), figures.fact("baseline")) == (
        "-50",
        "-0.5556",
        "5.0",
    )


def test_a_fix_that_does_not_hold_reopens_and_calls_again():
    day = Day()
    day.count(90, 5, 60)
    # Who handled it fills no role of the level.
    day.click(Kind.HANDLED, by="赵敏")
    day.look(60)
    day.look(120)
    pages = day.look(180)
    (reopened,) = [page for page in pages if page.reason is Reason.REOPENED]
    assert "赵敏" in {told.contact for told in reopened.told}
    assert day.incident.state is State.REOPENED
    assert Reason.ESCALATED in reasons(day.look(191))


def test_a_fix_that_never_works_reopens_after_two_whole_hours():
    day = Day()
    day.count(90, 91, 92, 93)
    day.click(Kind.HANDLED)
    day.look(120)
    assert day.incident.state is State.HANDLED
    day.look(180)
    assert day.incident.state is State.REOPENED


def test_unknown_hours_never_resolve_anything():
    day = Day()
    day.click(Kind.HANDLED)
    day.figures = lambda incident: [
        HourFigure(hour, None, None, 5.0)
        for hour in range(START // HOUR * HOUR, day.now // HOUR * HOUR, HOUR)
        if not incident.took(event_key(incident.key, Kind.MEASURED, hour))
    ]
    pages = day.look(60 * 30)
    assert day.incident.state is State.HANDLED
    assert [page.fact("verdict") for page in pages if page.reason is Reason.MEASURED] == [Verdict.CANT_SAY]


def test_what_nobody_handled_is_over_after_a_quiet_day_and_says_so():
    day = Day(escalation=())
    day.count(90, 20)
    pages = []
    for hour in range(1, 28):
        pages += day.look(hour * 60)
    (end,) = [page for page in pages if page.reason is Reason.RESOLVED]
    assert end.fact("why") == Why.SUBSIDED
    assert end.told


def test_without_a_past_a_tenth_of_the_worst_hour_is_quiet():
    assert verdict(HourFigure(0, 9, 20, None), 90) is Verdict.NORMAL
    assert verdict(HourFigure(0, 10, 20, None), 90) is Verdict.FALLING


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


def test_incidents_that_call_the_same_people_at_once_share_a_page():
    day = Day(signal(), signal(node=BILLING))
    day.plan = replace(day.plan, departments=())
    (page,) = [one for one in day.look(10) if one.reason is Reason.ESCALATED]
    assert (page.incidents, page.fact("others")) == ((1, 2), "1")
    assert all(incident.events(Kind.PAGED)[-1].fact("page") == page.key for incident in day.book.open)


def test_what_a_level_only_records_calls_nobody_and_ends_quietly():
    silent = Level("一级预警", report_within=None)
    clock = DeadlineRule("final_report", within=timedelta(hours=1))
    day = Day(signal(level="一级预警"), levels=(silent,), deadlines=(clock,))
    assert [page for hour in range(1, 30) for page in day.look(hour * 60)] == []
    assert day.incident.state is State.RESOLVED


def test_a_rise_in_level_calls_by_the_policy_of_that_level_from_its_beginning():
    steps = (Step(after=timedelta(minutes=10), roles=("supervisor",)),)
    high = EscalationPolicy("high", levels=("三级预警",), steps=steps)
    low = EscalationPolicy("low", levels=("一级预警",), steps=steps)
    day = Day(signal(level="一级预警"), escalation=(low, high))
    (first,) = day.look(10)
    respond((signal(),), plan=day.plan, now=NOW + timedelta(minutes=12), book=day.book)
    assert day.look(21) == []
    (second,) = day.look(22)
    assert (first.fact("policy"), second.fact("policy")) == ("low", "high")


def test_pages_of_sample_data_say_so():
    day = Day()
    world = World(Calls(day.plan, Workdays(day.plan.workdays, SHANGHAI)), sample=True)
    (page,) = tend(day.book, world, now=START + 10 * MINUTE)
    assert page.sample


def test_who_is_kept_quiet_is_not_called_until_that_is_over():
    day = Day()
    day.quiet = "silence 3"
    assert day.look(30) == []
    day.quiet = None
    assert reasons(day.look(31)) == [Reason.ESCALATED]


@pytest.mark.parametrize("hours", [1, 5])
def test_how_long_an_acknowledgement_holds_can_be_told(hours):
    day = Day(escalation=(), incidents=IncidentSettings(acknowledged_for=timedelta(hours=hours)))
    day.click(Kind.ACKNOWLEDGED)
    assert (Reason.LAPSED in reasons(day.look(60 * 4))) == (hours == 1)


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
