"""`check` finds a node of the plan that is nearly one that tickets have."""

import json
import os

import pytest

from connectors.taxonomy import Taxonomy
from monitor.cli import main
from monitor.commands import Exit
from monitor.storage import Store

CONFIG = """\
timezone = "Asia/Shanghai"
language = "en"
[taxonomy]
levels = ["product", "problem"]
[[sources]]
name = "desk"
kind = "csv"
path = "tickets.csv"
fields = { id = "id", created_at = "opened", category = ["product", "problem"] }
[[rules]]
name = "day"
kind = "daily_threshold"
thresholds = { "high" = 100 }
[[levels]]
name = "high"
notify = []
"""
CALLS = "no ticket has the category mobile > droped calls so far; did you mean mobile > dropped calls?"
MOBILE = "no ticket has the category moblie so far; did you mean mobile?"
BILL = "no ticket has the category mobile > bills so far; did you mean mobile > bill?"


@pytest.fixture
def warned(tmp_path, capsys):
    """What `check` warns of where tickets have been seen at two nodes, by key."""

    def check(also, *, table=None, tickets=""):
        named = CONFIG if table is None else CONFIG.replace("[taxonomy]", f'[taxonomy]\nfile = "{table}"')
        (tmp_path / "config.toml").write_text(named + also, encoding="utf-8")
        (tmp_path / "tickets.csv").write_text(f"id,opened,product,problem\n{tickets}", encoding="utf-8")
        # A file counts as complete when it has not changed for a while.
        os.utime(tmp_path / "tickets.csv", (1_700_000_000, 1_700_000_000))
        assert main(["check", "--json", "--config", str(tmp_path / "config.toml")]) == Exit.OK
        findings = json.loads(capsys.readouterr().out)["findings"]
        return {one["name"]: one["sentence"] for one in findings if "nodes" in one["name"]}

    def seen(*paths):
        store = Store.open(f"sqlite:///{tmp_path}/var/complaints.db")
        with store.writing() as tx:
            tx.nodes.save(Taxonomy(["product", "problem"], paths))
        store.close()
        return check

    return seen


def department(nodes):
    return f'[[departments]]\nname = "network"\nnodes = {nodes}\n'


def test_a_misspelled_node_is_told_with_the_one_that_is_meant(warned):
    check = warned(("mobile",), ("mobile", "dropped calls"))
    said = check(department('[["mobile"], ["mobile", "droped calls"]]'))
    assert said == {"departments[0].nodes[1]": CALLS}
    said = check('[[planned_changes]]\nname = "work"\nat = 2026-05-09T10:00:00\nnodes = [["moblie"]]\n')
    assert said == {"planned_changes[0].nodes[0]": MOBILE}


def test_what_nobody_has_complained_about_yet_is_no_mistake(warned):
    check = warned(("mobile",), ("mobile", "dropped calls"))
    assert check(department('[["mobile", "bill"], ["television", "dropped calls"], []]')) == {}


def test_before_the_first_start_the_sources_tell_what_there_is(warned):
    check = warned()
    assert check(department('[["moblie"]]')) == {}
    tickets = "1,2026-03-01 10:00,mobile,dropped calls\n"
    assert check(department('[["moblie"]]'), tickets=tickets) == {"departments[0].nodes[0]": MOBILE}


def test_a_name_of_the_category_table_is_known_without_a_ticket(warned, tmp_path):
    (tmp_path / "table.csv").write_text("product,problem\nmobile,bills\n", encoding="utf-8")
    check = warned(("mobile",), ("mobile", "bill"))
    nodes = department('[["mobile", "bills"]]')
    assert check(nodes) == {"departments[0].nodes[0]": BILL}
    assert check(nodes, table="table.csv") == {}
