"""The four plans that are shipped: each loads without a warning, and its rules fire as the plan says."""

import csv
import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from story import COLUMNS, inbox, shipped

from alerts.plan import TABLES
from alerts.rendering.phrases import LONGEST_LABEL
from monitor.cli import main
from monitor.config import load

HAN = re.compile(r"[\u4e00-\u9fff]")
ROOT = Path(__file__).parents[2]
PLANS = sorted((ROOT / "alerts/plans").glob("*.toml"))
DOC = (ROOT / "docs/plans.md").read_text(encoding="utf-8")
START = datetime(2026, 3, 2, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
SIGNAL = {"class": "移动业务", "product": "5G套餐", "area": "使用", "kind": "网络质量", "problem": "无信号"}


def called(config):
    """(table, name, title) of everything that has a title."""
    rows = [
        (table, row)
        for table, kind in TABLES.items()
        if "title" in kind.__dataclass_fields__
        for row in getattr(config.plan, table)
    ]
    rows += [("rules", rule) for rule in config.rules]
    assert {"levels", "roles", "departments", "planned_changes", "escalation", "schedules"} <= {
        name for name, kind in TABLES.items() if "title" in kind.__dataclass_fields__
    }
    return [(table, row.name, row.title) for table, row in rows]


class Desk:
    """Tickets of a plan's first source, and what a replay makes of them."""

    def __init__(self, folder, plan):
        self.folder = folder
        self.config = shipped(plan, folder)
        self.inbox = inbox(self.config)
        self.rows = []

    def ticket(self, number=1, *, after=timedelta(), closed=None, every=timedelta(minutes=5), **told):
        """So many tickets of one node and one day."""
        base = {
            "project": "云栖花园",
            "area": "公共区域",
            "class": "产品",
            "kind": "质量",
            "product": "净水器",
        }
        for i in range(number):
            at = START + after + i * every
            row = dict.fromkeys(COLUMNS, "") | base | {"problem": "漏水"} | told
            row |= {
                "ticket_no": f"N{len(self.rows)}",
                "created_at": at.isoformat(),
                "updated_at": at.isoformat(),
            }
            if closed is not None:
                row["closed_at"] = (at + closed).isoformat()
            self.rows.append(row)

    def fired(self):
        """(rule, level) of all signals, and the roles that were told of each level."""
        self.inbox.mkdir(parents=True)
        (self.folder / "inbox/listening").mkdir(parents=True, exist_ok=True)
        with (self.inbox / "tickets.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(self.rows)
        out = self.folder / "out"
        assert main(["replay", "--config", str(self.config), "--out", str(out)]) == 0
        signals = map(json.loads, (out / "signals.jsonl").read_text("utf-8").splitlines())
        pages = map(json.loads, (out / "notifications.jsonl").read_text("utf-8").splitlines())
        told = {}
        for page in pages:
            for signal in page["signals"]:
                roles = {one["role"] for one in page["told"]}
                told.setdefault((signal["rule"], signal["level"]), set()).update(roles)
        return {(signal["rule"], signal["level"]) for signal in signals}, told


@pytest.fixture
def desk(tmp_path):
    return lambda plan: Desk(tmp_path, plan)


@pytest.mark.parametrize("file", PLANS, ids=lambda file: file.stem)
def test_a_shipped_plan_loads_without_a_warning_and_reaches_every_role(file):
    config = load(file)
    assert config.warnings == ()
    filled = {name for department in config.plan.departments for name in department.contacts}
    for level in config.plan.levels:
        for name in level.notify:
            role = config.plan.role(name)
            assert role.contacts or (role.by_department and name in filled), (level.name, name)
            assert set(role.title) == {"zh", "en"}


@pytest.mark.parametrize("file", [*PLANS, ROOT / "config.toml"], ids=lambda file: file.stem)
def test_what_a_plan_calls_in_chinese_has_a_title_for_english_readers_that_a_headline_holds(file):
    assert {
        (table, name)
        for table, name, title in called(load(file))
        if HAN.search(name) and not 0 < len(title.get("en", "")) <= LONGEST_LABEL
    } == set()


@pytest.mark.parametrize("file", [*PLANS, ROOT / "config.toml"], ids=lambda file: file.stem)
def test_what_a_plan_calls_otherwise_has_a_title_for_chinese_readers(file):
    assert {
        (table, name)
        for table, name, title in called(load(file))
        if not HAN.search(name) and not HAN.search(title.get("zh", ""))
    } == set()


@pytest.mark.parametrize("file", PLANS, ids=lambda file: file.stem)
def test_the_table_of_clauses_names_only_what_is_in_the_file(file):
    config = load(file)
    part = DOC.split(f"## {'TPEM'[['telecom', 'property', 'enterprise', 'procedure'].index(file.stem)]}: ")[1]
    part = part.split("\n## ")[0]
    rules = {rule.name for rule in config.rules}
    for named in re.findall(r"rules? ([^\s,:;|(]+)", part):
        if HAN.search(named):
            assert named in rules, named
    deadlines = {deadline.name for deadline in config.plan.deadlines}
    for named in re.findall(r"deadlines? `([\w-]+)`", part):
        assert named in deadlines, named
    # And every rule of the plan is in the table.
    assert rules <= set(re.findall(r"[\w、]+", part))


def test_telecom_the_hundredth_ticket_of_a_day_tells_six_roles_at_once(desk):
    plan = desk("telecom")
    plan.ticket(100, **SIGNAL)
    _, told = plan.fired()
    assert told["同日同类投诉", "三级预警"] == {
        *("executive", "department-leader", "department-supervisor"),
        *("operations-manager", "after-sales-manager", "complaint-supervisor"),
    }


def test_telecom_five_escalations_or_one_regulator_are_a_crisis(desk):
    plan = desk("telecom")
    plan.ticket(5, **SIGNAL, escalated="是")
    plan.ticket(tags="国资委", **SIGNAL | {"problem": "掉话"})
    fired, told = plan.fired()
    assert {("当月升级投诉", "危机"), ("监管投诉", "危机")} <= fired
    assert {"public-relations", "complaint-team"} <= told["监管投诉", "危机"]


def test_telecom_a_typhoon_pages_nobody_and_is_stored(desk):
    plan = desk("telecom")
    plan.ticket(100, **SIGNAL, after=datetime(2026, 7, 21, 9, tzinfo=START.tzinfo) - START)
    fired, told = plan.fired()
    assert ("同日同类投诉", "三级预警") in fired
    assert not any(told.values())


def test_property_different_households_of_one_month_are_grade_two(desk):
    plan = desk("property")
    for who in ("1-101", "1-102", "1-102", "1-103"):
        plan.ticket(household=who)
    fired, told = plan.fired()
    assert ("多户同类投诉", "二级") in fired
    expected = {"project-manager", "department-leader", "customer-relations", "general-manager"}
    assert told["多户同类投诉", "二级"] == expected


def test_property_two_households_or_invalid_complaints_are_none(desk):
    plan = desk("property")
    plan.ticket(household="1-101")
    plan.ticket(household="1-102")
    plan.ticket(household="1-103", validity="无效")
    assert plan.fired()[0] == set()


def test_property_exposure_litigation_and_other_departments(desk):
    plan = desk("property")
    plan.ticket(tags="媒体曝光", household="a")
    plan.ticket(tags="集体投诉", household="b", problem="电梯")
    plan.ticket(tags="跨部门", household="c", problem="停车")
    fired, told = plan.fired()
    assert fired == {("曝光或群诉", "一级"), ("可能曝光、诉讼或集体投诉", "二级"), ("跨部门", "三级")}
    assert "crisis-team" in told["曝光或群诉", "一级"]
    assert "crisis-team" not in told["可能曝光、诉讼或集体投诉", "二级"]


def test_property_again_after_handling_and_open_for_a_month(desk):
    plan = desk("property")
    for day in range(4):
        plan.ticket(household="a", after=timedelta(days=day), closed=timedelta(hours=3))
    plan.ticket(household="b", problem="电梯")
    plan.ticket(household="z", problem="其他", after=timedelta(days=40), closed=timedelta(hours=1))
    fired, _ = plan.fired()
    assert fired == {("处理后再三投诉", "三级"), ("逾月未决", "二级")}


def test_enterprise_urgency_rises_with_the_count(desk):
    plan = desk("enterprise")
    plan.ticket(100)
    fired, told = plan.fired()
    assert {("同日同类投诉", level) for level in ("一般", "紧急", "特急")} <= fired
    assert {"general-manager", "public-relations", "legal"} <= told["同日同类投诉", "特急"]


def test_enterprise_regulators_media_and_false_handling(desk):
    plan = desk("enterprise")
    plan.ticket(tags="监管部门", customer="a")
    plan.ticket(tags="媒体曝光", customer="b", problem="异味")
    for day in range(2):
        plan.ticket(customer="c", problem="噪声", after=timedelta(days=day), closed=timedelta(hours=3))
    fired, _ = plan.fired()
    assert {("第三方与监管", "第三方与监管"), ("媒体与舆情", "特急"), ("虚假处理", "一般")} <= fired


def test_procedure_a_products_tenth_complaint_calls_the_technical_team(desk):
    plan = desk("procedure")
    plan.ticket(5)
    plan.ticket(5, problem="异味")
    fired, told = plan.fired()
    assert ("产品投诉反复", "技术组") in fired
    assert told["产品投诉反复", "技术组"] == {"complaint-manager", "technical-team"}


def test_procedure_who_is_not_satisfied_goes_one_level_up(desk):
    plan = desk("procedure")
    for day in range(3):
        plan.ticket(customer="a", after=timedelta(days=day), closed=timedelta(hours=3))
    plan.ticket(3, escalated="是", problem="异味")
    fired, _ = plan.fired()
    assert {("不满意再投诉", "部门"), ("不满意再投诉", "公司"), ("当月升级投诉", "公司")} <= fired
