"""`check` says what is ready and what is not, and changes nothing."""

import json
import os

import pytest

from alerts.testing import slack_api
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
thresholds = { "三级预警" = 100 }
[[levels]]
name = "三级预警"
notify = ["manager"]
"""
TICKETS = """\
id,opened,product,problem
1,2026-03-01 10:00,mobile,dropped calls
1,2026-03-01 10:00,mobile,dropped calls
2,2026-03-01 11:00,mobile,
3,2026-03-01 12:00,,
"""
FILED = """\
[[roles]]
name = "manager"
contacts = ["li-na"]
[[contacts]]
name = "li-na"
addresses = { console = "here" }
[[channels]]
name = "console"
kind = "console"
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "tickets.csv").write_text(TICKETS, encoding="utf-8")
    # A file counts as complete when it has not changed for a while.
    os.utime(tmp_path / "tickets.csv", (1_700_000_000, 1_700_000_000))
    return tmp_path


def check(folder, *arguments, also="", instead=("", "")):
    text = (CONFIG + also).replace(*instead)
    (folder / "config.toml").write_text(text, encoding="utf-8")
    return main(["check", "--config", str(folder / "config.toml"), *arguments])


def findings(capsys):
    return json.loads(capsys.readouterr().out)["findings"]


def test_all_is_well(folder, capsys):
    assert check(folder) == Exit.OK
    said = capsys.readouterr().out
    assert "desk: reachable; a trial read 4 ticket versions" in said
    assert "e.g. 1, created 2026-03-01T10:00:00+08:00, mobile > dropped calls" in said
    assert "e.g. 3, created 2026-03-01T12:00:00+08:00, no category" in said
    assert said.endswith("All is well.\n")


def test_a_rule_of_river_says_how_many_nodes_it_watches(folder, capsys):
    rule = (
        '[[rules]]\nname = "gauss"\nkind = "river"\ndepths = [0]\ndetector = "river.anomaly.GaussianScorer"\n'
    )
    check(folder, also=rule + "busiest = 30\n" + FILED)
    assert "gauss: watches the 30 nodes with the most tickets" in capsys.readouterr().out


def test_it_leaves_nothing_behind(folder):
    before = sorted(folder.rglob("*"))
    check(folder)
    assert sorted(folder.rglob("*")) == before


def test_a_store_that_is_there_is_written_and_left_as_it_was(folder, capsys):
    Store.open(f"sqlite:///{folder}/var/complaints.db").close()
    assert check(folder) == Exit.OK
    assert "ok       reachable and writable" in capsys.readouterr().out


def test_a_store_cut_in_another_zone_is_a_problem(folder, capsys):
    store = Store.open(f"sqlite:///{folder}/var/complaints.db")
    with store.writing() as transaction:
        transaction.facts.save_cut("Europe/Rome", ("product", "problem"))
    store.close()
    assert check(folder) == Exit.PROBLEM
    assert "the counts are cut in the zone Europe/Rome" in capsys.readouterr().out


def test_a_file_that_is_no_store_is_unreachable(folder, capsys):
    (folder / "var").mkdir()
    (folder / "var" / "complaints.db").write_text("no database " * 100)
    assert check(folder) == Exit.UNREACHABLE
    assert "not a SQLite database" in capsys.readouterr().out


def test_a_store_whose_address_cannot_be_found_is_unreachable(folder, capsys, monkeypatch):
    monkeypatch.delenv("NO_SUCH_STORE", raising=False)
    assert check(folder, also='[store]\nurl = "env:NO_SUCH_STORE"\n') == Exit.UNREACHABLE
    assert "environment variable NO_SUCH_STORE is not set" in capsys.readouterr().out


def test_a_source_that_is_not_there_is_unreachable(folder, capsys):
    (folder / "tickets.csv").unlink()
    assert check(folder) == Exit.UNREACHABLE
    assert "  problem  desk: " in capsys.readouterr().out


def test_a_missing_column_is_named_with_the_columns_there_are(folder, capsys):
    assert check(folder, instead=('"opened"', '"opend"')) != Exit.OK
    said = capsys.readouterr().out
    assert "opend" in said
    assert "opened" in said


def test_bad_rows_are_counted_by_reason(folder, capsys):
    bad = "".join(f"{i},soon {i},mobile,\n" for i in range(4, 9))
    (folder / "tickets.csv").write_text(TICKETS + bad + "9,2026-03-01,mobile,x\n", encoding="utf-8")
    os.utime(folder / "tickets.csv", (1_700_000_000, 1_700_000_000))
    assert check(folder, "--json") == Exit.OK
    (warning,) = [finding for finding in findings(capsys) if "quarantined" in finding]
    assert warning["weight"] == "warning"
    assert sum(warning["quarantined"].values()) == 5
    assert warning["sentence"].count("created_at") == 1


def test_a_bad_row_is_told_once_with_its_place(folder, capsys):
    (folder / "tickets.csv").write_text(TICKETS + "7,soon,mobile,\n", encoding="utf-8")
    os.utime(folder / "tickets.csv", (1_700_000_000, 1_700_000_000))
    assert check(folder) == Exit.OK
    said = capsys.readouterr().out
    assert said.count('"soon"') == 1
    line = len((TICKETS + "7").splitlines())
    assert f"1 of the rows read would be quarantined: tickets.csv, line {line}: created_at" in said


def test_a_bad_row_of_a_file_that_the_trial_did_not_reach_is_told_too(folder, capsys):
    many = TICKETS + "".join(f"{i},2026-03-01T10:00:00,mobile,x\n" for i in range(100, 60_000))
    (folder / "tickets.csv").write_text(many, encoding="utf-8")
    (folder / "tickets2.csv").write_text(TICKETS + "7,soon,mobile,\n", encoding="utf-8")
    for number, name in enumerate(("tickets.csv", "tickets2.csv")):
        os.utime(folder / name, (1_700_000_000 + number, 1_700_000_000 + number))
    assert check(folder, instead=("tickets.csv", "tickets*.csv")) == Exit.OK
    assert capsys.readouterr().out.count('"soon"') == 1


def test_a_source_without_a_single_good_row_is_a_problem(folder, capsys):
    (folder / "tickets.csv").write_text("id,opened,product,problem\n1,soon,a,b\n", encoding="utf-8")
    os.utime(folder / "tickets.csv", (1_700_000_000, 1_700_000_000))
    assert check(folder) == Exit.PROBLEM
    assert "no row became a ticket, 1 would be quarantined" in capsys.readouterr().out


HANGS = """
from dataclasses import dataclass
import time
@dataclass(frozen=True)
class Options:
    pass
class Source:
    def __init__(self, settings, options):
        pass
    def examine(self, now):
        time.sleep(60)
"""


def test_a_source_that_hangs_is_not_waited_for(folder, capsys, monkeypatch):
    (folder / "their").mkdir()
    (folder / "their" / "hanging_desk.py").write_text(HANGS)
    monkeypatch.syspath_prepend(folder)
    source = '[[sources]]\nname = "slow"\nkind = "their.hanging_desk"\ntimeout = "50ms"\n'
    assert check(folder, also=source) == Exit.UNREACHABLE
    said = capsys.readouterr().out
    assert "slow: no answer within 50ms" in said
    assert "desk: reachable" in said


def test_a_level_that_tells_nobody_and_a_role_without_a_contact_are_warnings(folder, capsys):
    also = '[[levels]]\nname = "最高"\n' + FILED.replace('contacts = ["li-na"]\n', "")
    assert check(folder, also=also) == Exit.OK
    said = capsys.readouterr().out
    assert "最高 tells nobody" in said
    assert "manager has no contact" in said
    assert "Problems: 0, warnings: 2." in said


def test_a_secret_that_cannot_be_found_is_a_problem(folder, capsys, monkeypatch):
    monkeypatch.delenv("NO_SUCH_TOKEN", raising=False)
    also = '[[channels]]\nname = "slack"\nkind = "slack"\ntoken = "env:NO_SUCH_TOKEN"\n'
    assert check(folder, also=also + '[privacy]\nkey = "file:no-such-file"\n') == Exit.PROBLEM
    said = capsys.readouterr().out
    assert "slack: environment variable NO_SUCH_TOKEN is not set" in said
    assert f"privacy: secret file {folder}/no-such-file cannot be read" in said


def test_what_is_wrong_with_slack_is_said_once_in_the_readers_language_with_each_address(
    folder, capsys, monkeypatch
):
    monkeypatch.setenv("BOT", slack_api.TOKEN)
    with slack_api.FakeSlack(scopes=slack_api.ALL_SCOPES - {"im:write"}) as slack:
        slack.leave("C1")
        also = (
            FILED.replace('console = "here"', 'slack = "C1"')
            + '[[contacts]]\nname = "ghost"\naddresses = { slack = "U9" }\n'
            + f'[[channels]]\nname = "slack"\nkind = "slack"\ntoken = "env:BOT"\nbase_url = "{slack.url}"\n'
        )
        assert check(folder, also=also, instead=('language = "en"', 'language = "zh"')) == Exit.PROBLEM
    said = capsys.readouterr().out
    assert "slack：令牌缺少权限 im:write，因此找不到与成员的私聊" in said
    assert "slack：Slack 应用不在频道 C1 里" in said
    assert "slack：Slack 里没有成员 U9" in said
    assert "slack：slack" not in said


def test_a_test_page_goes_to_whoever_fills_the_role(folder, capsys):
    assert check(folder, "--send-test", "manager", also=FILED) == Exit.OK
    said = capsys.readouterr().out
    assert "[TEST]" in said.upper()
    assert "manager: sent to li-na on console" in said


def test_a_test_page_does_not_disturb_the_report_for_machines(folder, capsys):
    assert check(folder, "--send-test", "manager", "--json", also=FILED) == Exit.OK
    assert findings(capsys)[-1]["area"] == "test"


def test_a_test_page_that_reaches_nobody_is_a_problem(folder, capsys):
    assert check(folder, "--send-test", "manager", also='[[roles]]\nname = "manager"\n') == Exit.PROBLEM
    assert "nobody with an address fills manager" in capsys.readouterr().out


def test_a_test_page_to_a_role_that_there_is_not_is_usage(folder, capsys):
    assert check(folder, "--send-test", "manger", also=FILED) == Exit.USAGE
    assert 'no role named "manger"; the plan has: manager; did you mean "manager"?' in capsys.readouterr().err


def test_mistakes_of_the_configuration_come_as_json_too(folder, capsys):
    assert check(folder, "--json", instead=('"Asia/Shanghai"', '"Nowhere"')) == Exit.USAGE
    (mistake,) = findings(capsys)
    assert (mistake["name"], mistake["line"], mistake["weight"]) == ("timezone", 1, "problem")


def test_it_speaks_the_configured_language(folder, capsys):
    assert check(folder, instead=('language = "en"', 'language = "zh"')) == Exit.OK
    assert capsys.readouterr().out.endswith("一切正常。\n")
