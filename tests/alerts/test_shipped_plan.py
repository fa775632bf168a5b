"""The shipped config.toml is plan T, and answers for every category of the sample source."""

import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
from alerting import NOW, signal

from alerts.crosscheck import problems, warnings
from alerts.plan import Channel, Contact, Department, Level, ResponsePlan, Role
from alerts.respond import respond
from alerts.routing import responsible

ROOT = Path(__file__).parents[2]
HOURS = {"1h": timedelta(hours=1), "2h": timedelta(hours=2), "6h": timedelta(hours=6)}


@pytest.fixture(scope="module")
def document():
    return tomllib.loads((ROOT / "config.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def shipped(document):
    """The plan without its dated entries, read here as plainly as can be."""

    def rows(table, kind):
        for row in document[table]:
            made = dict(row)
            for key in ("report_within", "solution_within", "turnaround"):
                if key in made:
                    made[key] = HOURS[made[key]]
            if kind is Department:
                made["nodes"] = tuple(map(tuple, made["nodes"]))
                made["contacts"] = {role: tuple(names) for role, names in made["contacts"].items()}
            yield kind(**{key: tuple(v) if isinstance(v, list) else v for key, v in made.items()})

    tables = {
        "levels": Level,
        "roles": Role,
        "contacts": Contact,
        "channels": Channel,
        "departments": Department,
    }
    return ResponsePlan(**{table: tuple(rows(table, kind)) for table, kind in tables.items()})


def leaves():
    """The paths of the sample source's details, by their indentation."""
    path = []
    for line in (ROOT / "connectors/telecom/complaints.txt").read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        depth = (len(line) - len(line.lstrip())) // 2
        path = [*path[:depth], line.split("|")[0].strip()]
        if "|" in line:
            yield tuple(path)


def test_names_fit_together_and_everybody_can_be_reached(shipped):
    assert problems(shipped, depth=5) == []
    assert warnings(shipped) == []


def test_the_third_level_tells_the_six_roles_of_the_plan(shipped):
    (page,) = respond([signal()], plan=shipped, now=NOW).pages
    assert [page.title(one.role, "zh") for one in page.told] == [
        "高层分管领导",
        "责任部门领导",
        "责任部门主管",
        "运营经理",
        "售后经理",
        "投诉主管",
    ]
    assert page.unreached == ()
    assert [duty.department for duty in page.duties] == ["网络部"]


def test_every_category_of_the_sample_has_one_responsible_department(shipped):
    unclear = [path for path in leaves() if len(responsible(shipped, path)) != 1]
    assert unclear == []


def test_every_node_that_the_plan_names_is_one_of_the_sample(document):
    known = {path[:depth] for path in leaves() for depth in range(6)}
    named = [
        tuple(node)
        for table in ("departments", "exempt_events", "planned_changes")
        for row in document[table]
        for node in row["nodes"]
    ]
    assert [node for node in named if node not in known] == []


def test_the_rules_are_those_of_the_plan(document):
    assert [(rule["kind"], rule.get("thresholds")) for rule in document["rules"]] == [
        ("daily_threshold", {"三级预警": 100}),
        ("monthly_escalation", {"三级预警": 5}),
        ("hour_over_hour", None),
        ("seasonal_surge", None),
    ]
