"""What happened to an incident is told in one line, in both languages, whatever is known of it."""

from zoneinfo import ZoneInfo

import pytest
from alerting import us
from incidents import OPENED_AT, acknowledgement, event, incident, opening

from alerts.catalogue import LANGUAGES, wording
from alerts.incidents.event import Kind, Why
from alerts.incidents.incident import Refusal, Refused, State
from alerts.incidents.transitions import after
from alerts.rendering.moments import Moments
from alerts.rendering.telling import (
    branch_name,
    deadline_name,
    field_name,
    happened,
    level_name,
    refused,
    state_name,
)

ZONE = ZoneInfo("Asia/Shanghai")


def moments(language):
    return Moments(language, ZONE, OPENED_AT)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_event_is_told_with_and_without_facts(kind, language):
    facts = {
        "to": "林建国",
        "assignee": "高峰",
        "until": str(OPENED_AT),
        "hour": str(OPENED_AT),
        "count": "3",
    }
    facts |= {"previous": "1", "into": "7", "field": "cause", "value": "停电", "deadline": "report", "n": "2"}
    full = event(
        kind, by="李娜", why="现场核实", level="三级预警", node=("移动",), facts=tuple(facts.items())
    )
    for one in (full, event(kind, facts=(("count", "1"),))):
        line = happened(one, moments(language))
        assert line
        assert "\n" not in line
        assert "{" not in line


def test_a_persons_words_and_the_monitors_reasons_are_told():
    line = happened(event(Kind.HANDLED, by="高峰", why="基站恢复供电"), moments("zh"))
    assert line == "高峰报告已处置，开始验证：基站恢复供电"
    line = happened(event(Kind.REOPENED, why=Why.OVER_BASELINE), moments("en"))
    assert line == "Reopened: the count is above the ordinary again"


def test_names_are_not_markup_and_lines_stay_lines():
    line = happened(event(Kind.NOTED, by="{who}", why="a\nb {x}"), moments("en"))
    assert line == "Note by {who}: a b {x}"


def test_what_stands_exactly_at_a_node_is_told_as_unspecified():
    assert branch_name(("移动业务", ""), "zh") == "移动业务（未细分）"
    assert branch_name((), "en") == "Everything"


def test_an_hour_is_told_beside_the_one_before():
    at = str(us("2026-11-22 15:00"))
    line = happened(
        event(Kind.MEASURED, facts=(("hour", at), ("count", "12"), ("previous", "43"))), moments("zh")
    )
    assert line == "15:00–16:00 12件，前一小时43件"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_state_and_refusal_has_words(language):
    words = wording(language)
    for why in Why:
        assert f"incident.why.{why.name.lower()}" in words
    for state in State:
        assert state_name(state, language)
    for why in Refused:
        assert "{" not in refused(Refusal(why, opening()), language)


def test_a_refusal_names_who_was_first():
    result = after(incident(acknowledgement()), acknowledgement(6, by="周敏"))
    assert isinstance(result, Refusal)
    assert refused(result, "en") == "Incident 1 has already been acknowledged by 李娜."
    assert refused(result, "zh") == "事件 #1 已由李娜签收。"


def test_fields_and_deadlines_of_a_plans_own_keep_their_names():
    assert field_name("cause", "zh") == "原因"
    assert field_name("客户满意度", "en") == "客户满意度"
    assert deadline_name("final_report", "en") == "Special report"
    assert deadline_name("黄金4小时", "en") == "黄金4小时"


def test_an_hour_that_is_unknown_is_said_to_be_and_has_no_count():
    hour = event(Kind.MEASURED, facts=(("hour", str(OPENED_AT)), ("verdict", "unknown")))
    assert "is unknown" in happened(hour, moments("en"))
    assert "数量未知" in happened(hour, moments("zh"))


def test_a_deadline_is_called_what_the_plan_calls_it():
    named = event(Kind.MET, facts=(("deadline", "core"), ("deadline_zh", "启动核心流程")))
    assert happened(named, moments("zh")) == "启动核心流程按时完成"
    assert deadline_name("core", "zh", [named]) == "启动核心流程"
    assert deadline_name("core", "en", [named]) == "core"


def test_a_level_is_called_what_the_plan_calls_it():
    rose = event(Kind.ROSE, level="三级预警", facts=(("level_en", "Level 3 warning"),))
    assert "Level 3 warning" in happened(rose, moments("en"))
    assert "三级预警" in happened(rose, moments("zh"))
    assert level_name("三级预警", "en", [rose]) == "Level 3 warning"
    assert level_name("二级预警", "en", [rose]) == "二级预警"
