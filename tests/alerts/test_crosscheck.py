from datetime import timedelta

import pytest
from alerting import NOW, change, event, plan

from alerts.crosscheck import problems, warnings
from alerts.incident_plan import DeadlineRule, EscalationPolicy, Rotation, Schedule, Step
from alerts.plan import AlertSettings, Contact, Department, ExemptEvent, Level, PlannedChange, Role

SPOILED = {
    "a level names a role that there is not": (
        {"levels": (Level("一级预警", ("supervisor", "boss")),)},
        ("levels", 0, "notify", 1),
        'no role named "boss"; the plan has: executive, dept-leader, supervisor',
    ),
    "a role names a contact that there is not": (
        {"roles": (Role("supervisor", contacts=("李雷",)),)},
        ("roles", 0, "contacts", 0),
        'no contact named "李雷"; the plan has: 张伟, 李娜, 王强, 赵敏',
    ),
    "a contact has an address on a channel that there is not": (
        {"contacts": (Contact("张伟", {"pager": "1"}),)},
        ("contacts", 0, "addresses", "pager"),
        'no channel named "pager"; the plan has: console, slack',
    ),
    "a plan without the table says which to add": (
        {"channels": ()},
        ("contacts", 0, "addresses", "slack"),
        'no channel named "slack"; the plan has none; add a [[channels]] table',
    ),
    "an empty address": (
        {"contacts": (Contact("张伟", {"slack": " "}),)},
        ("contacts", 0, "addresses", "slack"),
        "the address of 张伟 is empty; write it, or leave it out",
    ),
    "two contacts of one name": (
        {"contacts": (Contact("张伟"), Contact("张伟"))},
        ("contacts", 1, "name"),
        '"张伟" is the name of contacts[0] too; rename one',
    ),
    "a department's path has six names": (
        {"departments": (Department("网络部", (("a", "b", "c", "d", "e", "f"),)),)},
        ("departments", 0, "nodes", 0),
        "a > b > c > d > e > f has 6 names, and the taxonomy has 5 levels",
    ),
    "a department's path has an empty name": (
        {"departments": (Department("网络部", (("移动业务", " 5G"),)),)},
        ("departments", 0, "nodes", 0),
        "a name in the path is empty or has spaces at its ends, and no ticket is ever there; trim it",
    ),
    "a department fills a role that is not found from it": (
        {"departments": (Department("网络部", ((),), {"executive": ("张伟",)}),)},
        ("departments", 0, "contacts", "executive"),
        "executive is not found from the department; set by_department = true in its table",
    ),
    "an exempt event that ends before it starts": (
        {"exempt_events": (event(to=NOW - timedelta(days=9)),)},
        ("exempt_events", 0, "to"),
        "台风 ends at 2026-11-13T15:04:30+08:00, not after its start 2026-11-22T12:00:00+08:00",
    ),
    "an exempt event that nobody has decided": (
        {"exempt_events": (event(author=""),)},
        ("exempt_events", 0, "author"),
        "is empty; what takes signals out of the plan says why and by whom",
    ),
    "an exempt event of no node": (
        {"exempt_events": (event(nodes=()),)},
        ("exempt_events", 0, "nodes"),
        "names no node; list the nodes, or write [[]] for everything",
    ),
    "a planned change without a time": (
        {"planned_changes": (PlannedChange("出账"),)},
        ("planned_changes", 0),
        "出账 has no time; give `at`, or `from` and `to`",
    ),
    "a planned change with two times": (
        {"planned_changes": (change(at=NOW),)},
        ("planned_changes", 0, "at"),
        "give either `at`, or `from` and `to`",
    ),
    "operators that there are not": (
        {"alerts": AlertSettings(operators=("it",))},
        ("alerts", "operators", 0),
        'no role named "it"; the plan has: executive, dept-leader, supervisor',
    ),
    "a language that pages are not written in": (
        {"levels": (Level("一级预警", ("supervisor",), steps={"fr": ("appelez",)}),)},
        ("levels", 0, "steps", "fr"),
        'no language "fr"; pages are written in zh and en',
    ),
    "a title in such a language": (
        {"levels": (Level("一级预警", ("supervisor",), title={"fr": "premier"}),)},
        ("levels", 0, "title", "fr"),
        'no language "fr"; pages are written in zh and en',
    ),
    "a plan without levels": (
        {"levels": ()},
        ("levels",),
        "a plan has at least one level; add a [[levels]] table",
    ),
}


def test_the_plan_of_these_tests_is_whole():
    whole = plan(exempt_events=(event(),), planned_changes=(change(), PlannedChange("出账", at=NOW)))
    assert problems(whole, depth=5) == []
    assert warnings(whole) == []


@pytest.mark.parametrize(("changes", "key", "sentence"), SPOILED.values(), ids=SPOILED)
def test_a_mistake_is_named_with_its_key_and_mend(changes, key, sentence):
    assert (key, sentence) in problems(plan(**changes), depth=5)


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("roles", Role("boss", title={"fr": "chef"})),
        ("departments", Department("网络部", title={"fr": "réseau"})),
        ("planned_changes", PlannedChange("出账", at=NOW, title={"fr": "factures"})),
        (
            "escalation",
            EscalationPolicy(
                "督办", steps=(Step(timedelta(minutes=10), ("supervisor",)),), title={"fr": "suivi"}
            ),
        ),
        ("schedules", Schedule("值班", (Rotation(("李娜",), NOW),), title={"fr": "astreinte"})),
        ("deadlines", DeadlineRule("plan", within=timedelta(hours=1), title={"fr": "plan"})),
    ],
)
def test_a_title_of_whatever_table_is_in_a_language_that_pages_are_written_in(table, row):
    key, sentence = (table, 0, "title", "fr"), 'no language "fr"; pages are written in zh and en'
    assert [found for found in problems(plan(**{table: (row,)}), depth=5) if found[0] == key] == [
        (key, sentence)
    ]


def test_all_mistakes_are_found_at_once():
    spoiled = plan(
        levels=(Level("一级预警", ("boss",)),),
        exempt_events=(ExemptEvent("", NOW, NOW, (), "", ""),),
    )
    assert len(problems(spoiled, depth=5)) == 5


def test_check_warns_of_whoever_would_not_be_told():
    gaps = plan(
        levels=(Level("静默"), Level("三级预警", ("executive", "dept-leader"))),
        contacts=(Contact("张伟"), Contact("王强", {"console": "王强"}), Contact("赵敏")),
        roles=(Role("executive", {"zh": "高层分管领导"}, ("张伟",)), Role("dept-leader", by_department=True)),
    )
    assert [key for key, _ in warnings(gaps)] == [
        ("levels", 0, "notify"),
        ("roles", 0, "contacts"),
        ("departments", 1, "contacts", "dept-leader"),
        ("contacts", 0, "addresses"),
        ("contacts", 2, "addresses"),
    ]


def test_check_warns_when_nobody_watches_the_monitor():
    assert (
        ("alerts", "operators"),
        "nobody is told when a source goes blind or a page cannot be delivered",
    ) in (warnings(plan(levels=(Level("静默"),))))
