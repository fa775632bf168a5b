"""`backtest`, and `replay --against`, through the command line."""

import json
from datetime import timedelta

import pytest
from histories import at, burst
from oracle import OracleRule
from replaying import replay, write_files

from connectors.taxonomy import Taxonomy
from connectors.ticket import TicketBatch, to_us
from connectors.windows import Calendar
from monitor.cli import main
from monitor.config import load
from monitor.storage import Store

DAILY = OracleRule("day", "daily_threshold", thresholds={"三级预警": 100})
STORY = [
    *burst(120, at("2026-05-09T10:00")),
    *burst(110, at("2026-05-12T10:00"), "b", prefix="b"),
    *burst(60, at("2026-05-14T10:00"), "c", prefix="c"),
]


@pytest.fixture
def folder(tmp_path):
    """a.toml pages at 100 tickets a day, b.toml at 115, c.toml at 50; a has 120, b 110 and c 60."""
    write_files(tmp_path, STORY, [DAILY], zone="Asia/Shanghai", levels=1)
    text = (
        (tmp_path / "config.toml")
        .read_text("utf-8")
        .replace("[taxonomy]", '[store]\nurl = "sqlite:///s.db"\n[taxonomy]')
    )
    for name, threshold in (("a", 100), ("b", 115), ("c", 50)):
        (tmp_path / f"{name}.toml").write_text(
            text.replace(": 100", f": {threshold}").replace("= 100", f"= {threshold}"), "utf-8"
        )
    return tmp_path


def run(folder, *arguments):
    return main(["backtest", "--out", str(folder / "out"), *arguments])


def found(folder):
    return json.loads((folder / "out" / "backtest.json").read_text("utf-8"))


def lines(file):
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def test_pages_a_week_delay_and_tickets_before_are_told(folder, capsys):
    assert run(folder, "--config", str(folder / "a.toml")) == 0
    [config] = found(folder)["configurations"]
    assert (config["pages"], config["signals"]) == (2, {"day": 2})
    # From 9 May to 14 May are six days.
    assert config["pages_per_week"] == pytest.approx(2 * 7 / 6, abs=0.001)
    assert config["tickets_before_detection"] == 100
    assert config["delay_minutes"] == pytest.approx(600 + 99 / 60, abs=0.01)
    assert "2026-05-09 to 2026-05-14" in capsys.readouterr().out
    assert [page["tickets_before"] for page in lines(folder / "out" / "a.pages.jsonl")] == [100, 100]
    assert len(lines(folder / "out" / "a.signals.jsonl")) == 2


def test_the_difference_is_told_as_a_diff_of_pages(folder, capsys):
    assert run(folder, *("--config", str(folder / "a.toml")), *("--config", str(folder / "c.toml"))) == 0
    said = capsys.readouterr().out
    assert "c against a" in said
    assert "Pages: +1, -0, 2 earlier, by 50 seconds in the middle; 0 as before" in said
    [difference] = found(folder)["differences"]
    assert difference["added"] == 1
    assert difference["hard_rule_lost"] == 0
    changes = lines(folder / "out" / "a-c.diff.jsonl")
    assert [(one["change"], one["later_seconds"]) for one in changes] == [
        ("changed", -50.0),
        ("changed", -50.0),
        ("added", None),
    ]


def test_labels_give_precision_recall_and_the_tickets_that_had_come(folder, capsys):
    (folder / "labels.csv").write_text(
        "node,start,end\na,2026-05-09T09:30,2026-05-09T12:00\nc,2026-05-14T10:00+08:00,2026-05-14T11:00\n"
    )
    both = ("--config", str(folder / "a.toml"), "--config", str(folder / "c.toml"))
    assert run(folder, *both, "--labels", str(folder / "labels.csv")) == 0
    a, c = found(folder)["configurations"]
    assert (a["recall"], a["precision"]) == (0.5, 0.5)
    assert (c["recall"], c["precision"]) == (1.0, pytest.approx(2 / 3))
    assert a["tickets_before_detection"] == 100
    assert a["delay_minutes"] == pytest.approx(30 + 99 / 60, abs=0.01)
    [first, second] = lines(folder / "out" / "a.labels.jsonl")
    assert first["page"]["node"] == ["a"]
    assert second["page"] is None
    assert "1 of 2 (50%)" in capsys.readouterr().out


def test_where_no_label_is_found_there_is_no_delay(folder):
    (folder / "labels.csv").write_text("node,start,end\nc,2026-05-14T10:00,2026-05-14T11:00\n")
    assert run(folder, "--config", str(folder / "a.toml"), "--labels", str(folder / "labels.csv")) == 0
    [a] = found(folder)["configurations"]
    assert (a["found"], a["delay_minutes"], a["tickets_before_detection"]) == (0, None, None)


def test_labels_of_another_time_than_the_history_are_no_missed_ones(folder, capsys):
    times = (
        "2026-05-08T10:00,2026-05-09T00:00",
        "2026-05-09T10:00,2026-05-09T12:00",
        "2026-05-15T00:00,2027-05-15",
    )
    (folder / "labels.csv").write_text("node,start,end\n" + "".join(f"a,{time}\n" for time in times))
    assert run(folder, "--config", str(folder / "a.toml"), "--labels", str(folder / "labels.csv")) == 0
    [a] = found(folder)["configurations"]
    assert (a["labels"], a["labels_outside"], a["recall"]) == (1, 2, 1.0)
    assert [page["labels"] for page in lines(folder / "out" / "a.pages.jsonl")] == [[0], []]
    assert "2 labels are of another time than this history" in capsys.readouterr().out


def test_it_is_told_in_chinese_too(folder, capsys):
    file = folder / "a.toml"
    file.write_text(file.read_text("utf-8").replace('language = "en"', 'language = "zh"'), "utf-8")
    assert run(folder, "--config", str(file), "--config", str(folder / "b.toml")) == 0
    said = capsys.readouterr().out
    assert "发现前工单" in said
    assert "b 与 a 相比" in said


def test_a_version_counts_from_when_the_daemon_saw_it(folder, capsys):
    """A source that is read late is detected late, and the backtest knows it from the store."""
    config = load(folder / "a.toml")
    tree, calendar = Taxonomy(config.taxonomy.levels), Calendar(config.timezone)
    store = Store.open(config.store.address())
    source = config.sources[0].open()
    with store.writing() as tx:
        for poll in source.history(at("2027-01-01T00:00")):
            batch = poll.batch
            nodes = tree.nodes(batch.paths)[batch.category]
            tx.nodes.save(tree)
            first = batch.updated < to_us(at("2026-05-10T00:00"))
            for rows, day in ((first, at("2026-05-01T00:00")), (~first, at("2026-05-12T10:30"))):
                part = TicketBatch(
                    source=batch.source,
                    ids=batch.ids[rows],
                    created=batch.created[rows],
                    updated=batch.updated[rows],
                    category=batch.category[rows],
                    paths=batch.paths,
                    escalated=batch.escalated[rows],
                    closed=batch.closed[rows],
                    void=batch.void[rows],
                )
                tx.ingest(part, nodes=nodes[rows], seen=to_us(day + timedelta(hours=3)), calendar=calendar)
    store.close()
    assert run(folder, "--config", str(folder / "a.toml")) == 0
    [a] = found(folder)["configurations"]
    # The monitor's first look was on 1 May, so that everything arrived by polling.
    assert a["versions_polled"] == 290
    second = lines(folder / "out" / "a.pages.jsonl")[1]
    assert second["at"] == "2026-05-12T13:30:00+08:00"
    assert second["tickets_before"] == 110
    assert "290 versions are taken as seen when the monitor saw them" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        ("node,start\n", 'line 1: no column "end"'),
        ("node,start,end\na,soon,2026-05-09\n", 'line 2, start: "soon" is no time'),
        ("node,start,end\n\nqq,2026-05-08,2026-05-09\n", 'line 3: no ticket has the category "qq"'),
        ("node,start,end\na,2026-05-09,2026-05-08\n", "line 2: the end is not after the start"),
        ("node,start,end\na,2026-05-09\n", "line 2: 2 fields where the first line names 3"),
    ],
)
def test_labels_that_cannot_be_read_are_a_sentence(folder, capsys, labels, told):
    (folder / "labels.csv").write_text(labels)
    assert run(folder, "--config", str(folder / "a.toml"), "--labels", str(folder / "labels.csv")) == 2
    assert told in capsys.readouterr().err


def test_an_empty_history_is_an_empty_backtest(tmp_path, capsys):
    write_files(tmp_path, [], [DAILY], zone="Asia/Shanghai", levels=1)
    assert run(tmp_path, "--config", str(tmp_path / "config.toml")) == 0
    assert found(tmp_path)["configurations"][0]["pages_per_week"] == 0
    assert "no ticket at all" in capsys.readouterr().out


def test_a_folder_that_cannot_be_written_is_a_sentence(folder, capsys):
    (folder / "out").write_text("a file where the folder should be")
    assert run(folder, "--config", str(folder / "a.toml")) == 3
    assert "the results cannot be written to" in capsys.readouterr().err


# The dry run


def against(folder, new, old, *extra):
    (folder / "config.toml").write_text((folder / f"{new}.toml").read_text("utf-8"), "utf-8")
    return replay(folder, "--against", str(folder / f"{old}.toml"), *extra)


def test_a_dry_run_fails_when_a_page_of_a_hard_rule_is_lost(folder, capsys):
    assert against(folder, "b", "a") == 1
    said = capsys.readouterr().out
    assert "Pages: +0, -1, one 15 seconds later; 0 as before" in said
    assert "1 page of a hard rule is lost" in said
    summary = json.loads((folder / "out" / "summary.json").read_text("utf-8"))
    assert summary["diff"] == {
        "added": 0,
        "gone": 1,
        "later": 1,
        "earlier": 0,
        "otherwise_changed": 0,
        "same": 0,
        "hard_rule_lost": 1,
    }
    [later, gone] = lines(folder / "out" / "diff.jsonl")
    assert (later["change"], later["later_seconds"], later["hard_rule_lost"]) == ("changed", 15.0, False)
    assert (gone["change"], gone["old"]["node"], gone["new"]) == ("gone", ["b"], None)


def test_a_dry_run_of_the_same_or_more_pages_is_well(folder, capsys):
    assert against(folder, "a", "a") == 0
    assert "Pages: +0, -0; 2 as before" in capsys.readouterr().out
    assert against(folder, "a", "b") == 0
    assert against(folder, "c", "a", "--json") == 0
    said = capsys.readouterr().out
    assert json.loads(said[said.index("{\n") :])["diff"]["added"] == 1


def test_a_role_that_is_not_told_any_more_is_called_as_it_is_printed(folder, capsys):
    text = (folder / "a.toml").read_text("utf-8")
    notify = next(line for line in text.splitlines() if line.startswith("notify = "))
    role = '[[roles]]\nname = "{}"\ntitle = {{ en = "{}" }}\ncontacts = ["x"]\n'
    people = '[[contacts]]\nname = "x"\naddresses = { c = "x" }\n[[channels]]\nname = "c"\nkind = "console"\n'
    roles = role.format("值班长", "Head of shift") + role.format("主管", "Supervisor") + people
    for name, told in (("a", '["值班长", "主管"]'), ("few", '["主管"]')):
        (folder / f"{name}.toml").write_text(text.replace(notify, f"notify = {told}") + roles, "utf-8")
    against(folder, "few", "a")
    assert "not told: Head of shift" in capsys.readouterr().out


def test_a_rule_that_is_left_out_loses_its_pages(folder):
    text = (folder / "a.toml").read_text("utf-8")
    (folder / "none.toml").write_text(text[: text.index("[[rules]]")], "utf-8")
    assert against(folder, "none", "a") == 1
    assert against(folder, "a", "none") == 0


def test_a_replay_without_comparison_takes_an_old_diff_away(folder):
    assert against(folder, "a", "a") == 0
    assert (folder / "out" / "diff.jsonl").exists()
    assert replay(folder) == 0
    assert not (folder / "out" / "diff.jsonl").exists()


def test_configurations_may_read_other_sources(folder):
    other = (folder / "a.toml").read_text("utf-8").replace('path = "s.csv"', 'path = "t.csv"')
    (folder / "other.toml").write_text(other, "utf-8")
    text = (folder / "s.csv").read_text("utf-8").splitlines()
    (folder / "t.csv").write_text("\n".join([text[0], *text[1:121]]) + "\n", "utf-8")
    assert against(folder, "other", "a") == 1
    assert against(folder, "a", "other") == 0
