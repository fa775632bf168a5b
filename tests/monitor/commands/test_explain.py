"""`explain`: who would be paged when, by the shipped plans, and why nobody would be."""

import json
from pathlib import Path

import pytest
from storing import NOON

from alerts.silences import Silence
from connectors.ticket import HOUR, to_us
from monitor.cli import main

PLANS = Path(__file__).parents[3] / "alerts/plans"
NIGHT, TYPHOON = "2026-11-21T03:00", "2026-07-21T09:00"


@pytest.fixture
def asked(capsys):
    def ask(plan, *arguments):
        code = main(["explain", "--config", str(PLANS / f"{plan}.toml"), *arguments])
        said = capsys.readouterr()
        assert said.err == ""
        return code, said.out

    return ask


def record(answer):
    code, out = answer
    return code, json.loads(out)


def test_the_first_page_the_steps_and_the_deadlines_in_order(asked):
    code, found = record(asked("telecom", "--at", NIGHT, "--level", "三级预警", "--json"))
    assert code == 0
    at = [
        (page["at"][11:16], page["reason"], page.get("step") or page.get("deadline"))
        for page in found["pages"]
    ]
    assert at[:6] == [
        ("03:00", "level reached", None),
        ("03:10", "nobody has answered", "1"),
        ("03:20", "nobody has answered", "2"),
        ("03:40", "nobody has answered", "3"),
        ("03:45", "deadline near", "report"),
        ("04:00", "deadline missed", "report"),
    ]
    assert {"role": "值班", "contact": "苏晴", "channel": "console"} in found["pages"][1]["told"]
    assert "nobody has answered, and nobody is left to call" in {page["reason"] for page in found["pages"]}


def test_the_one_on_call_is_the_one_of_that_week(asked):
    people = []
    for day in ("2026-11-16", "2026-11-23", "2026-11-30"):
        _, found = record(asked("telecom", "--at", f"{day}T12:00", "--hours", "1", "--json"))
        people.append(next(page["told"][0]["contact"] for page in found["pages"] if page.get("step") == "1"))
    assert sorted(people) == sorted(["苏晴", "何平", "周敏"])


def test_steps_outside_their_hours_wait_for_the_morning_and_it_is_said(asked):
    _, out = asked("telecom", "--at", NIGHT, "--level", "一级预警")
    assert "第1步（工作时间督办）暂缓：等到其时段开始" in out
    # A Friday.
    _, found = record(asked("telecom", "--at", "2026-11-20T03:00", "--level", "一级预警", "--json"))
    assert [one["waits"] for one in found["skipped"]] == [True, True]
    called = [(page["at"][11:16], page["step"]) for page in found["pages"] if page.get("step")]
    assert called == [("08:30", "1"), ("09:30", "2")]
    # By day the same steps call people; 10 October 2026 is a make-up workday, a Saturday.
    _, found = record(asked("telecom", "--at", "2026-10-10T09:00", "--level", "一级预警", "--json"))
    assert found["skipped"] == []
    assert [page["step"] for page in found["pages"] if page.get("policy") == "工作时间督办"] == ["1", "2"]


def test_steps_and_whoever_is_on_call_are_called_as_readers_of_english_know_them(asked):
    _, out = asked("telecom", "--at", NIGHT, "--language", "en", "--level", "三级预警")
    assert "Nobody has answered: step 1 of Graded escalation" in out
    assert "On call: 苏晴 (console)" in out
    _, waiting = asked("telecom", "--at", NIGHT, "--language", "en", "--level", "一级预警")
    assert "Step 1 of Business-hours follow-up waits until its hours begin" in waiting
    assert not {name for name in ("分级督办", "工作时间督办", "值班") if name in out + waiting}
    # Programs read the names of the file.
    _, found = record(asked("telecom", "--at", NIGHT, "--language", "en", "--level", "三级预警", "--json"))
    assert {page["policy"] for page in found["pages"] if page.get("step")} == {"分级督办"}


def test_the_node_decides_who_answers(asked):
    for node, who in (("宽带业务", "高峰"), ("客户服务/热线", "方华")):
        _, found = record(asked("telecom", "--at", NIGHT, "--node", node, "--json"))
        told = {one["role"]: one["contact"] for one in found["pages"][0]["told"]}
        assert told["department-leader"] == who


def test_an_exempt_event_pages_nobody_and_the_command_says_why(asked):
    code, out = asked("telecom", "--at", TYPHOON, "--node", "宽带业务")
    assert code == 1
    assert "不通知任何人" in out
    assert "台风影响期" in out


def test_every_person_of_a_page_has_a_line(asked):
    _, out = asked("telecom", "--at", NIGHT, "--level", "三级预警", "--node", "宽带业务", "--hours", "1")
    for contact in ("林建国", "高峰", "罗毅", "周敏", "何平", "苏晴"):
        assert contact in out
    assert "…" not in out


def test_silences_of_the_store_are_known(kept):
    noon = to_us(NOON)
    quiet = Silence(("移动业务",), noon - HOUR, noon + HOUR, "supervisor", "known", approver="supervisor")
    kept.change(lambda tx: tx.silences.add(quiet))
    at = ("--at", NOON.isoformat(), "--node", "移动业务", "--hours", "1", "--json")
    code, out, _ = kept.run("explain", *at)
    assert code == 1
    assert "silence 1 (supervisor: known" in json.loads(out)["pages"][0]["muted_by"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--level", "三级"], 'the plan has no such level; did you mean "三级预警"?'),
        (["--hours", "0"], "--hours 0 is not between 1 and 744"),
        (["--at", "soon"], "--at: "),
    ],
)
def test_what_makes_no_sense_is_a_sentence(kept, arguments, sentence):
    code, said = kept.refused("explain", *arguments)
    assert code == 2
    assert sentence in said
