from alerting import plan

from alerts.incident_plan import EscalationPolicy, Schedule
from alerts.plan import AlertSettings, Level, Role


def test_levels_rise_in_their_order():
    assert [plan().rank(name) for name in ("一级预警", "二级预警", "三级预警")] == [0, 1, 2]


def test_a_level_that_is_gone_is_below_all_and_told_to_operators():
    assert plan().rank("撤销的级别") == -1
    assert plan().level("撤销的级别").notify == ("supervisor",)


def test_operators_are_those_of_the_lowest_level_that_tells_anybody():
    levels = (Level("静默"), Level("一级预警", ("supervisor",)), Level("二级预警", ("executive",)))
    assert plan(levels=levels).operators == ("supervisor",)
    assert plan(alerts=AlertSettings(operators=("executive",))).operators == ("executive",)


def test_a_role_is_printed_by_its_title_or_its_name():
    role = Role("executive", {"zh": "高层分管领导"})
    assert role.titled("zh") == "高层分管领导"
    assert role.titled("en") == "executive"


def test_a_role_that_is_called_as_a_schedule_keeps_its_own_title():
    schedules = tuple(Schedule(name, title={"en": "On call"}) for name in ("值班", "supervisor"))
    assert plan(schedules=schedules).role("值班").titled("en") == "On call"
    assert plan(schedules=schedules).role("supervisor").titled("en") == "Complaint supervisor"


def test_a_policy_is_printed_by_its_title_or_its_name_and_one_that_is_gone_by_its_name():
    policies = (EscalationPolicy("督办", title={"en": "Follow-up"}),)
    printed = [plan(escalation=policies).policy("督办", language) for language in ("zh", "en")]
    assert printed == ["督办", "Follow-up"]
    assert plan().policy("撤销的", "en") == "撤销的"
