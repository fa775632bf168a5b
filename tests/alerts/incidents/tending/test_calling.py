"""Who is called while nobody answers, and until when an answer holds, on a clock that the test moves."""

from dataclasses import replace
from datetime import timedelta

import pytest
from alerting import BILLING, NOW, SHANGHAI, signal
from tending import MINUTE, START, Day, reasons

from alerts.incident_plan import DeadlineRule, EscalationPolicy, IncidentSettings, Step
from alerts.incidents.escalation import Calls
from alerts.incidents.event import Kind, Why
from alerts.incidents.incident import State
from alerts.incidents.tending import World, tend
from alerts.page import Reason
from alerts.plan import Level
from alerts.respond import respond
from alerts.workdays import Workdays


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
