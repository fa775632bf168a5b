from dataclasses import replace
from datetime import timedelta

from alerting import BILLING, SHANGHAI, plan, us
from hypothesis import given, settings
from hypothesis import strategies as st
from incidents import OPENED_AT, acknowledgement, event, incident

from alerts.incident_plan import EscalationPolicy, Override, Rotation, Schedule, Step, WorkdaySettings
from alerts.incidents.escalation import Calls, chain, due, policy_of
from alerts.incidents.event import Kind, Why
from alerts.incidents.pages import page_of
from alerts.incidents.transitions import after
from alerts.plan import Role
from alerts.rendering.moments import Moments
from alerts.rendering.telling import happened
from alerts.workdays import Workdays
from connectors.ticket import at_us

MINUTE = 60_000_000


def minutes(n):
    return timedelta(minutes=n)


STEPS = (
    Step(after=minutes(10), roles=("supervisor",)),
    Step(after=minutes(30), roles=("executive",), channel="console"),
)


def policy(*steps, **changes):
    return EscalationPolicy(**{"name": "default", "steps": steps or STEPS, **changes})


def calls(*policies, **changes):
    return Calls(plan(escalation=policies or (policy(),), **changes), Workdays(WorkdaySettings(), SHANGHAI))


def walked(one, who, until=240, every=1):
    """Every minute what is due is done; (minute, people) of each event."""
    story = []
    for minute in range(0, until, every):
        for found in due(one, who, now=OPENED_AT + minute * MINUTE):
            one = after(one, found.event)
            story.append((minute, [told.contact for told in found.told], found.event))
    return one, story


def test_nobody_answers_and_the_next_is_called_until_the_operators_know():
    _, story = walked(incident(), calls())
    assert [(minute, people) for minute, people, _ in story] == [
        (10, ["李娜"]),
        (30, ["张伟"]),
        (60, ["李娜"]),
    ]
    assert story[-1][2].kind is Kind.EXHAUSTED


def test_a_step_may_name_its_channel():
    (_, executive) = [found for n in (10, 30) for found in due(replace_taken(n), calls(), now=at_minute(n))]
    assert [told.channel for told in executive.told] == ["console"]


def replace_taken(minute):
    one, _ = walked(incident(), calls(), until=minute)
    return one


def at_minute(minute):
    return OPENED_AT + minute * MINUTE


def test_who_acknowledges_ends_the_chain_and_an_end_of_it_begins_anew():
    assert not due(incident(acknowledgement()), calls(), now=at_minute(600))
    lapsed = incident(acknowledgement(5), event(Kind.LAPSED, 60))
    _, story = walked(lapsed, calls())
    assert [minute for minute, _, _ in story] == [70, 90, 120]


def test_a_step_that_reaches_nobody_is_skipped_at_once_and_says_why():
    empty = policy(
        Step(after=minutes(10), roles=("nobody",)),
        Step(after=minutes(60), roles=("supervisor",)),
    )
    roles = (*plan().roles, Role("nobody"))
    _, story = walked(incident(), calls(empty, roles=roles))
    assert [(minute, people) for minute, people, _ in story][:2] == [(10, []), (10, ["李娜"])]
    assert story[0][2].why is Why.EMPTY_STEP


# The incident was opened on Sunday at 15:04:30; business hours begin at 9:00 on Monday.
MONDAY = 17 * 60 + 56


def test_a_step_of_business_hours_waits_for_monday_and_holds_nobody_up():
    office = policy(
        Step(after=minutes(5), roles=("executive",), hours="business"),
        Step(after=minutes(20), roles=("supervisor",)),
    )
    _, story = walked(incident(), calls(office), until=MONDAY + 60)
    assert [(minute, people) for minute, people, _ in story] == [
        (5, []),
        (5, ["李娜"]),
        (35, ["李娜"]),
        (MONDAY, ["张伟"]),
    ]
    assert (story[0][2].why, story[0][2].fact("waits")) == (Why.OUTSIDE_HOURS, "yes")
    assert story[2][2].kind is Kind.EXHAUSTED


def test_a_chain_of_business_hours_wakes_nobody_at_night_and_runs_its_course_in_the_morning():
    office = policy(
        Step(after=minutes(60), roles=("supervisor",), hours="business"),
        Step(after=minutes(120), roles=("executive",), hours="business"),
    )
    _, story = walked(incident(), calls(office), until=MONDAY + 120)
    assert [(minute, people) for minute, people, _ in story] == [
        (60, []),
        (60, []),
        (MONDAY, ["李娜"]),
        (MONDAY + 60, ["张伟"]),
        (MONDAY + 90, ["李娜"]),
    ]
    assert story[-1][2].kind is Kind.EXHAUSTED


def test_who_answers_before_its_hours_is_not_called_in_the_morning():
    office = policy(Step(after=minutes(60), roles=("supervisor",), hours="business"))
    night, _ = walked(incident(), calls(office), until=100)
    assert not due(after(night, acknowledgement(120)), calls(office), now=at_minute(MONDAY))


def test_a_step_may_be_skipped_outside_its_hours():
    office = policy(
        Step(after=minutes(5), roles=("executive",), hours="business", outside_hours="skip"),
        Step(after=minutes(20), roles=("supervisor",), hours="off"),
    )
    _, story = walked(incident(), calls(office))
    assert [(minute, people) for minute, people, _ in story][:2] == [(5, []), (5, ["李娜"])]
    assert story[0][2].why is Why.OUTSIDE_HOURS
    _, story = walked(incident(), calls(office), until=MONDAY + 60)
    assert ["张伟"] not in [people for _, people, _ in story]


def test_whoever_is_on_call_is_paged_and_a_stand_in_replaces_them():
    schedule = Schedule("night", (Rotation(("王强", "赵敏"), at_us(us("2026-11-16 09:00"))),))
    who = calls(policy(Step(after=minutes(10), schedules=("night",))), schedules=(schedule,))
    (found,) = due(incident(), who, now=at_minute(10))
    assert [told.contact for told in found.told] == ["王强"]
    stand_in = Override("李娜", at_us(at_minute(0)), at_us(at_minute(60)))
    (found,) = due(incident(), replace(who, overrides=(("night", stand_in),)), now=at_minute(10))
    assert [told.contact for told in found.told] == ["李娜"]


def test_the_story_calls_whoever_is_on_call_as_their_schedule_is_printed_in_each_language():
    schedule = Schedule(
        "值班", (Rotation(("王强",), at_us(us("2026-11-16 09:00"))),), title={"en": "On call", "zh": "值班员"}
    )
    who = calls(policy(Step(after=minutes(10), schedules=("值班",))), schedules=(schedule,))
    (found,) = due(incident(), who, now=at_minute(10))
    assert (found.event.fact("to"), found.event.fact("to_en")) == ("值班: 王强", "On call: 王强")
    assert happened(found.event, Moments("en", SHANGHAI, at_minute(10))).endswith(
        "escalated to On call: 王强"
    )
    assert "值班员 王强" in happened(found.event, Moments("zh", SHANGHAI, at_minute(10)))
    page = page_of(incident(), found.event, plan=who.plan, now=at_minute(10), told=found.told)
    assert [page.title(one.role, "en") for one in found.told] == ["On call"]


def test_a_chain_is_repeated_and_goes_on_in_another_policy():
    first = policy(repeat=1, repeat_after=minutes(15), then="last")
    last = policy(Step(after=minutes(5), roles=("executive",)), name="last")
    _, story = walked(incident(), calls(first, last))
    assert [minute for minute, _, _ in story] == [10, 30, 45, 65, 70, 85]
    assert len(chain(calls(first, last).plan, first)) == 5


def test_the_deepest_policy_of_the_level_holds():
    everywhere, mobile = policy(), policy(name="mobile", nodes=(("移动业务",),))
    lowest = policy(name="lowest", levels=("一级预警",))
    the_plan = calls(lowest, everywhere, mobile).plan
    assert policy_of(the_plan, incident()) == mobile
    assert policy_of(the_plan, incident(node=BILLING)) == everywhere
    assert policy_of(the_plan, incident(node=BILLING, level="一级预警")) == lowest


def test_a_month_of_absence_calls_one_after_the_other_not_all_at_once():
    (found,) = due(incident(), calls(), now=at_minute(60 * 24 * 30))
    assert found.told


steps = st.builds(
    Step,
    after=st.integers(0, 120).map(minutes),
    roles=st.lists(st.sampled_from(["supervisor", "nobody"]), max_size=2).map(tuple),
    hours=st.sampled_from(["always", "business", "off"]),
    outside_hours=st.sampled_from(["wait", "skip"]),
)


@settings(max_examples=60)
@given(
    st.lists(steps, min_size=1, max_size=4).map(lambda some: sorted(some, key=lambda one: one.after)),
    st.integers(0, 2),
)
def test_the_chain_always_reaches_somebody_or_tells_the_operators(some, repeat):
    who = calls(policy(*some, repeat=repeat), roles=(*plan().roles, Role("nobody")))
    one, story = walked(incident(), who, until=3 * 24 * 60, every=15)
    (end,) = (found for found in story if found[2].kind is Kind.EXHAUSTED)
    assert end[1]
    taken = one.events(Kind.ESCALATED)
    assert len([found for found in taken if not found.fact("waited")]) == len(some) * (repeat + 1)
    # What waited was made up for, once.
    assert sorted(found.fact("step") for found in taken if found.fact("waits")) == sorted(
        found.fact("step") for found in taken if found.fact("waited")
    )
    for _, people, found in story:
        assert people or found.why in {Why.EMPTY_STEP, Why.OUTSIDE_HOURS}
