"""Whether a fix works, and when an incident is over, hour by hour on a clock that the test moves."""

from tending import START, Day, reasons

from alerts.incidents.event import Kind, Why, event_key
from alerts.incidents.incident import State
from alerts.incidents.verification import HourFigure, Verdict, verdict
from alerts.page import Reason
from connectors.ticket import HOUR


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
