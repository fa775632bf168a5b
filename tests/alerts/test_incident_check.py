from datetime import time, timedelta

import pytest
from alerting import SHANGHAI, at, plan

from alerts.crosscheck import problems, warnings
from alerts.incident_check import ahead
from alerts.incident_plan import (
    DeadlineRule,
    EscalationPolicy,
    Override,
    Rotation,
    Schedule,
    SilenceSettings,
    Step,
    WorkdaySettings,
)
from alerts.plan import Role
from alerts.workdays import Workdays

TEN = timedelta(minutes=10)
STEP = Step(after=TEN, roles=("supervisor",))
DUTY = Schedule("duty", (Rotation(("李娜",), at("2026-11-02 09:00"), start=time(9), end=time(18)),))


def policy(name="a", **changes):
    return EscalationPolicy(**{"name": name, "steps": (STEP,), **changes})


@pytest.mark.parametrize(
    ("changes", "key", "sentence"),
    [
        (
            {"escalation": (policy(levels=("四级",)),)},
            ("escalation", 0, "levels", 0),
            'no level named "四级"',
        ),
        ({"escalation": (policy(steps=()),)}, ("escalation", 0, "steps"), "has no step"),
        (
            {"escalation": (policy(steps=(Step(TEN, roles=("boss",)),)),)},
            ("escalation", 0, "steps", 0, "roles", 0),
            'no role named "boss"',
        ),
        ({"escalation": (policy(steps=(Step(TEN),)),)}, ("escalation", 0, "steps", 0), "names nobody"),
        (
            {"escalation": (policy(steps=(STEP, Step(TEN / 2, roles=("supervisor",)))),)},
            ("escalation", 0, "steps", 1, "after"),
            "rising order",
        ),
        (
            {"escalation": (policy("a", then="b"), policy("b", then="a"))},
            ("escalation", 0, "then"),
            "goes in a circle: a -> b -> a",
        ),
        ({"escalation": (policy(then="z"),)}, ("escalation", 0, "then"), 'no policy named "z"'),
        ({"escalation": (policy(), policy())}, ("escalation", 1, "name"), "is the name of escalation[0] too"),
        (
            {"schedules": (Schedule("duty"),)},
            ("schedules", 0, "rotations"),
            "duty has nobody",
        ),
        (
            {"schedules": (Schedule("d", (), (Override("谁", at("2026-01-02"), at("2026-01-01")),)),)},
            ("schedules", 0, "overrides", 0, "contact"),
            'no contact named "谁"',
        ),
        (
            {"deadlines": (DeadlineRule("report"),)},
            ("deadlines", 0),
            "either `within` or `working_days`",
        ),
        (
            {
                "deadlines": (
                    DeadlineRule("x", after="y", within=TEN),
                    DeadlineRule("y", after="x", within=TEN),
                )
            },
            ("deadlines", 0, "after"),
            "goes in a circle: x -> y -> x",
        ),
        (
            {"silences": SilenceSettings(approvers=("谁",))},
            ("silences", "approvers", 0),
            'no contact named "谁"',
        ),
        ({"workdays": WorkdaySettings(country="XX")}, ("workdays", "country"), "no holidays are known"),
        (
            {"workdays": WorkdaySettings(days={"2026-2-30": "off"})},
            ("workdays", "days"),
            "is no date",
        ),
    ],
)
def test_what_does_not_fit_is_said_with_its_key(changes, key, sentence):
    found = problems(plan(**changes), depth=5)
    assert key in [at_key for at_key, _ in found], found
    assert any(sentence in said for at_key, said in found if at_key == key)


def test_a_step_that_reaches_nobody_and_a_level_without_a_policy_are_warned_of():
    empty = policy(steps=(Step(TEN, roles=("nobody",)),), levels=("三级预警",))
    found = warnings(plan(escalation=(empty,), roles=(*plan().roles, Role("nobody"))))
    sentences = [sentence for _, sentence in found]
    assert any("would be skipped at once" in sentence for sentence in sentences)
    assert sum("no escalation policy holds" in sentence for sentence in sentences) == 2


@pytest.mark.parametrize(
    ("hours", "outside", "warned"),
    [
        (
            ("business", "business"),
            "wait",
            "nobody is called off business hours, not even at the highest level; an",
        ),
        (
            ("off",),
            "skip",
            "nobody is called at business hours, not even at the highest level; only the operators",
        ),
        (("business", "off"), "wait", None),
        (("business", "always"), "skip", None),
    ],
)
def test_a_policy_that_leaves_the_highest_level_alone_at_some_hours_is_warned_of(hours, outside, warned):
    steps = tuple(Step(TEN, roles=("supervisor",), hours=one, outside_hours=outside) for one in hours)
    found = [sentence for _, sentence in warnings(plan(escalation=(policy(steps=steps),)))]
    assert [one for one in found if "nobody is called" in one] == [
        one for one in found if warned and warned in one
    ]
    assert any("nobody is called" in one for one in found) == (warned is not None)
    lower = plan(escalation=(policy(steps=steps, levels=("一级预警",)),))
    assert not [one for _, one in warnings(lower) if "nobody is called" in one]


def test_nights_without_anybody_and_years_without_a_calendar_are_found_in_advance():
    steps = (Step(TEN, schedules=("duty",), hours="business"),)
    the_plan = plan(escalation=(policy(steps=steps),), schedules=(DUTY,))
    days = Workdays(the_plan.workdays, SHANGHAI)
    found = [sentence for _, sentence in ahead(the_plan, days, now=at("2026-11-22 10:00"))]
    assert found[0] == ("duty: nobody is on call from 2026-11-22 18:00 to 2026-11-23 09:00; add somebody")
    assert "more such times within 30 days" in found[3]
    later = [sentence for _, sentence in ahead(the_plan, days, now=at("2026-12-22 10:00"))]
    assert "the workdays of 2027 are not known yet (CN)" in later[-1]
