"""The command `replay` through the command line itself, against the brute force."""

import gzip
import json
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import realdata
from histories import NEW_YORK, SHANGHAI, History, at, burst, histories, later, ticket
from hypothesis import HealthCheck, given, settings
from oracle import OracleRule, run
from replaying import assert_same, replay, rule_toml, write_files, written

from monitor.cli import main

DAILY = OracleRule("day", "daily_threshold", thresholds={"三级预警": 100})
MONTHLY = OracleRule("month", "monthly_escalation", thresholds={"三级预警": 5})
HOURLY = OracleRule("hour", "hour_over_hour", level="一级预警")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def replayed(tmp_path):
    """Replays versions and holds the files against the brute force; what was written."""

    def go(versions, *rules, zone=SHANGHAI, levels=1, sources=("s",), gaps=None, more="", extra=()):
        write_files(
            tmp_path, versions, rules, zone=zone, levels=levels, sources=sources, gaps=gaps, more=more
        )
        assert replay(tmp_path, *extra) == 0
        found = written(tmp_path)
        # Sources are read one after the other, and equal times stay in the order of reading.
        in_order = sorted(versions, key=lambda version: sources.index(version.source))
        expected = run(
            in_order, rules, zone=zone, levels_of_taxonomy=levels, gaps=gaps or {}, sources=sources
        )
        assert_same(found, expected, zone)
        return found

    return go


def seen(found, *fields):
    return [tuple(signal[name] for name in fields) for signal in found.signals]


# The three rules at their edges


@pytest.mark.parametrize(("number", "fired"), [(99, []), (100, [(100,)]), (101, [(100,)])])
def test_the_hundredth_ticket_of_a_day_fires_once(replayed, number, fired):
    assert seen(replayed(burst(number, at("2026-05-09T10:00")), DAILY), "observed") == fired


def test_the_hundredth_ticket_is_named_with_the_instant_it_was_seen_and_created(replayed):
    found = replayed(burst(100, at("2026-05-09T10:00"), updated_at=at("2026-05-10T01:00")), DAILY)
    assert seen(found, "crossed_at", "created_at", "window_end", "late_seconds") == [
        (
            "2026-05-10T01:00:00+08:00",
            "2026-05-09T10:01:39+08:00",
            "2026-05-10T00:00:00+08:00",
            3600,
        )
    ]


def test_tickets_on_both_sides_of_midnight_in_shanghai_are_two_days(replayed):
    start = at("2026-05-09T23:59:10")
    assert replayed(burst(120, start), DAILY).signals == []
    whole_day = replayed(burst(100, start - MINUTE * 60), DAILY)
    assert seen(whole_day, "window_start") == [("2026-05-09T00:00:00+08:00",)]


@pytest.mark.parametrize(
    ("day", "hours", "window"),
    [
        ("2026-03-08", 23, ("2026-03-08T00:00:00-05:00", "2026-03-09T00:00:00-04:00")),
        ("2026-11-01", 25, ("2026-11-01T00:00:00-04:00", "2026-11-02T00:00:00-05:00")),
    ],
)
def test_a_day_of_23_or_25_hours_in_new_york_is_one_window(replayed, day, hours, window):
    start = at(f"{day}T00:00", NEW_YORK)
    versions = [ticket(f"{n}", start + n * hours * HOUR / 100) for n in range(100)]
    found = replayed(versions, DAILY, zone=NEW_YORK)
    assert seen(found, "window_start", "window_end") == [window]
    assert len({row["hour"] for row in found.trend if row["hour"].startswith(day)}) == hours


def test_escalations_of_two_months_are_counted_apart(replayed):
    end = at("2026-05-31T23:59:59")
    versions = [
        ticket(f"{n}", end - DAY, updated_at=end, escalated_at=end + (n % 2) * timedelta(seconds=1))
        for n in range(8)
    ]
    assert replayed(versions, MONTHLY).signals == []
    found = replayed([*versions, ticket("more", end, escalated_at=end)], MONTHLY)
    assert seen(found, "observed", "window_start", "window_end") == [
        (5, "2026-05-01T00:00:00+08:00", "2026-06-01T00:00:00+08:00")
    ]


def test_an_escalation_dated_last_month_completes_last_month_late(replayed):
    created, told = at("2026-05-30T09:00"), at("2026-06-02T00:00")
    versions = [ticket(f"{n}", created, escalated_at=created) for n in range(4)]
    versions += [ticket("late", created), later(ticket("late", created), told, escalated_at=created)]
    assert seen(replayed(versions, MONTHLY), "crossed_at", "late_seconds") == [
        ("2026-06-02T00:00:00+08:00", 24 * 3600)
    ]


def test_a_ticket_moved_away_before_the_crossing_does_not_count(replayed):
    versions = burst(100, at("2026-05-09T10:00"))
    moved = later(versions[0], versions[0].created_at + timedelta(seconds=30), path=("b",))
    assert replayed([*versions, moved], DAILY).signals == []


def test_a_ticket_moved_away_after_the_crossing_leaves_a_revised_signal(replayed):
    versions = burst(100, at("2026-05-09T10:00"))
    moved = [later(one, at("2026-05-09T12:00"), path=("b",)) for one in versions[:3]]
    found = replayed([*versions, *moved], DAILY)
    assert seen(found, "observed", "revised_to") == [(100, 97)]
    assert found.summary["revised"] == {"day": 1}


@pytest.mark.parametrize(("before", "now", "fires"), [(0, 16, True), (2, 4, False), (0, 0, False)])
def test_an_hour_against_the_hour_before(replayed, before, now, fires):
    start = at("2026-05-09T10:00")
    versions = [
        ticket("first", start - DAY),
        *burst(before, start, prefix="x"),
        *burst(now, start + HOUR),
        ticket("last", start + 5 * HOUR, "b"),
    ]
    found = replayed(versions, HOURLY)
    assert bool(found.signals) is fires
    for signal in found.signals:
        assert signal["previous"] == 0
        assert "previous_start" not in signal


def test_a_gap_is_unknown_and_not_zero(replayed):
    start = at("2026-05-09T10:00")
    versions = [ticket("first", start - DAY), *burst(16, start + HOUR)]
    found = replayed(versions, HOURLY, gaps={"s": [(start, start + MINUTE)]})
    assert found.signals == []
    [row] = [row for row in found.trend if row["hour"] == "2026-05-09T11:00:00+08:00" and row["depth"] == 1]
    assert (row["count"], row["previous"], row["change"], row["ratio"]) == (16, None, None, None)


def test_there_is_no_ratio_to_nothing(replayed):
    start = at("2026-05-09T10:00")
    found = replayed([ticket("first", start - DAY), *burst(3, start)])
    [row] = [row for row in found.trend if row["hour"] == "2026-05-09T10:00:00+08:00" and row["depth"] == 0]
    assert (row["previous"], row["change"], row["ratio"]) == (0, 3, None)


# Sources and rows


def test_the_same_id_in_two_sources_is_two_tickets(replayed):
    start = at("2026-05-09T10:00")
    versions = burst(50, start, source="s") + burst(50, start, source="other")
    found = replayed(versions, DAILY, sources=("s", "other"))
    assert seen(found, "observed") == [(100,)]
    assert found.summary["tickets"] == 100
    assert found.summary["sources"]["other"] == {"versions": 50, "quarantined": 0}


def test_a_ticket_dated_far_in_the_future_is_set_aside_with_its_reason(tmp_path):
    write_files(tmp_path, burst(3, at("2026-05-09T10:00")), [DAILY], zone=SHANGHAI, levels=1)
    config = tmp_path / "config.toml"
    config.write_text(config.read_text().replace('clock_tolerance = "36500d"\n', ""))
    with (tmp_path / "s.csv").open("a") as stream:
        stream.write("x,2999-01-01T00:00:00+00:00,2999-01-01T00:00:00+00:00,a,,,,,\n")
        stream.write("y,tomorrow,,a,,,,,\n")
    assert replay(tmp_path) == 0
    found = written(tmp_path)
    assert found.summary["quarantined"] == 2
    assert found.summary["tickets"] == 3
    assert [(row["source"], row["place"]) for row in found.quarantine] == [
        ("s", "s.csv, line 5"),
        ("s", "s.csv, line 6"),
    ]
    assert "in the future" in found.quarantine[0]["reason"]
    assert found.quarantine[1]["row"].startswith("y,tomorrow")


def test_a_path_of_six_names_is_set_aside_and_the_others_count(tmp_path):
    write_files(tmp_path, [], [DAILY], zone=SHANGHAI, levels=5)
    config = tmp_path / "config.toml"
    text = config.read_text().replace('"csv"', '"jsonl"').replace("s.csv", "s.jsonl")
    config.write_text(text.replace('["c0", "c1", "c2", "c3", "c4"]', '["path"]'))
    stamps = {"created": "2026-05-09T10:00:00Z", "updated": "", "escalated": "", "closed": ""}
    others = {"void": "", "tags": "", "who": ""}
    rows = [{"id": name, "path": list(name), **stamps, **others} for name in ("abcde", "abcdef", "")]
    (tmp_path / "s.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert replay(tmp_path) == 0
    found = written(tmp_path)
    assert found.summary["tickets"] == 1
    assert found.trend[-1]["node"] == list("abcde")
    reasons = [row["reason"] for row in found.quarantine]
    assert '"a > b > c > d > e > f" has 6 names, and the taxonomy has 5 levels' in reasons[0]
    assert "its id is empty" in reasons[1]


def test_six_columns_of_names_are_refused_at_the_door(tmp_path, capsys):
    write_files(tmp_path, [], [DAILY], zone=SHANGHAI, levels=5)
    config = tmp_path / "config.toml"
    config.write_text(config.read_text().replace('"c4"]', '"c4", "who"]'))
    assert replay(tmp_path) == 2
    assert "has 6 columns, and the taxonomy has 5 levels" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["", "id,created,updated,c0,escalated,closed,void,tags,who\n"])
def test_an_empty_file_is_an_empty_replay(tmp_path, capsys, content):
    write_files(tmp_path, [], [DAILY], zone=SHANGHAI, levels=1)
    (tmp_path / "s.csv").write_text(content)
    assert replay(tmp_path) == 0
    found = written(tmp_path)
    assert (found.signals, found.trend, found.notifications, found.quarantine) == ([], [], [], [])
    assert found.summary["signals"] == {"day": 0}
    assert (found.summary["from"], found.summary["to"]) == (None, None)
    assert "no ticket at all" in capsys.readouterr().out


def test_a_missing_column_is_named_with_the_columns_there_are(tmp_path, capsys):
    write_files(tmp_path, burst(3, at("2026-05-09T10:00")), [DAILY], zone=SHANGHAI, levels=1)
    config = tmp_path / "config.toml"
    config.write_text(config.read_text().replace('created_at = "created"', 'created_at = "opened"'))
    assert replay(tmp_path) == 3
    told = capsys.readouterr().err
    assert '"opened" (for created_at)' in told
    assert "id, created, updated" in told
    assert list((tmp_path / "out").iterdir()) == []


def test_a_truncated_gz_stops_the_replay_and_leaves_an_earlier_one_as_it_was(tmp_path, capsys):
    write_files(tmp_path, burst(3, at("2026-05-09T10:00")), [DAILY], zone=SHANGHAI, levels=1)
    assert replay(tmp_path) == 0
    before = written(tmp_path)
    packed = gzip.compress((tmp_path / "s.csv").read_bytes() * 50)
    (tmp_path / "s.csv.gz").write_bytes(packed[: len(packed) // 2])
    config = tmp_path / "config.toml"
    config.write_text(config.read_text().replace('"s.csv"', '"s.csv.gz"'))
    assert replay(tmp_path) == 3
    assert "s.csv.gz" in capsys.readouterr().err
    assert written(tmp_path) == before
    assert not list((tmp_path / "out").glob("*.part"))


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path, capsys):
    write_files(tmp_path, burst(3, at("2026-05-09T10:00")), [DAILY], zone=SHANGHAI, levels=1)
    (tmp_path / "out").write_text("a file where the folder should be")
    assert replay(tmp_path) == 3
    told = capsys.readouterr().err
    assert told.startswith(f"the results cannot be written to {tmp_path / 'out'}: ")
    assert "Traceback" not in told


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize("file", ["signals.jsonl", "trend.jsonl", "summary.json"])
def test_a_full_disk_is_a_sentence_and_leaves_no_half_file(tmp_path, capsys, file):
    write_files(tmp_path, burst(100, at("2026-05-09T10:00")), [DAILY], zone=SHANGHAI, levels=1)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / f"{file}.part").symlink_to("/dev/full")
    assert replay(tmp_path) == 3
    assert "No space left on device; make room" in capsys.readouterr().err
    assert list((tmp_path / "out").iterdir()) == []


def test_a_mistake_in_the_configuration_is_told_and_nothing_is_written(tmp_path, capsys):
    write_files(tmp_path, [], [DAILY], zone="Asia/Peking", levels=1)
    assert replay(tmp_path) == 2
    assert "Asia/Peking" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


# Pages and the summary


def test_signals_of_one_node_that_cross_together_share_a_page(replayed):
    ladder = OracleRule("day", "daily_threshold", thresholds={"一级预警": 5, "三级预警": 10})
    same_moment = burst(10, at("2026-05-09T10:00"), updated_at=at("2026-05-09T11:00"))
    found = replayed(same_moment, ladder)
    [page] = found.notifications
    assert page["at"] == "2026-05-09T11:00:00+08:00"
    assert (page["level"], page["node"], len(page["signals"])) == ("三级预警", ["a"], 2)
    assert page["told"] == [{"role": "supervisor", "channel": "console"}]
    assert {signal["id"] for signal in page["signals"]} == {signal["id"] for signal in found.signals}


def test_pages_are_in_order_of_time(replayed):
    versions = burst(100, at("2026-05-10T10:00"), "b", prefix="b") + burst(100, at("2026-05-09T10:00"))
    found = replayed(versions, DAILY)
    assert [page["node"] for page in found.notifications] == [["a"], ["b"]]


def test_an_exempt_event_is_a_page_that_tells_nobody_and_says_why(replayed):
    event = """
[[exempt_events]]
name = "typhoon"
from = "2026-05-09T00:00"
to = "2026-05-10T00:00"
nodes = [[]]
reason = "a disaster"
author = "Zhang Wei"
"""
    found = replayed(burst(100, at("2026-05-09T10:00")), DAILY, more=event)
    [page] = found.notifications
    assert page["told"] == []
    assert "typhoon" in page["muted_by"]
    assert (found.summary["pages"], found.summary["pages_told"]) == (1, 0)


def test_the_summary_counts_every_rule_also_one_that_never_fired(replayed, capsys):
    versions = burst(100, at("2026-05-09T10:00"))
    found = replayed(
        [*versions, later(versions[0], at("2026-05-09T12:00"))], DAILY, MONTHLY, extra=["--json"]
    )
    assert json.loads(capsys.readouterr().out) == found.summary
    assert found.summary.pop("seconds") > 0
    assert found.summary == {
        "tickets": 100,
        "versions": 101,
        "quarantined": 0,
        "signals": {"day": 1, "month": 0},
        "pages": 1,
        "from": "2026-05-09T00:00:00+08:00",
        "to": "2026-05-10T00:00:00+08:00",
        "zone": "Asia/Shanghai",
        "pages_told": 1,
        "revised": {},
        "sources": {"s": {"versions": 101, "quarantined": 0}},
    }


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", ["回放 2026-05-09 至 2026-05-09（Asia/Shanghai）完成", "100件", "本应发出1条"]),
        ("en", ["Replayed 2026-05-09 to 2026-05-09 (Asia/Shanghai)", "100, in 100 versions"]),
    ],
)
def test_the_summary_is_told_in_the_configured_language(tmp_path, capsys, language, words):
    versions = burst(100, at("2026-05-09T10:00"))
    write_files(tmp_path, versions, [DAILY], zone=SHANGHAI, levels=1, language=language)
    assert replay(tmp_path) == 0
    told = capsys.readouterr().out
    assert all(word in told for word in words), told


def test_no_file_tells_who_complained(replayed, tmp_path):
    again = OracleRule("again", "repeat_after_close", thresholds={"三级预警": 1})
    start = at("2026-05-09T10:00")
    versions = [
        ticket(f"{n}", start + n * HOUR, closed_at=start + n * HOUR + MINUTE, complainant="13800138000")
        for n in range(3)
    ]
    assert seen(replayed(versions, again), "rule") == [("again",)]
    first = written(tmp_path).signals[0]["id"]
    for file in (tmp_path / "out").iterdir():
        assert "13800138000" not in file.read_text(encoding="utf-8")
    assert replay(tmp_path) == 0
    assert written(tmp_path).signals[0]["id"] != first, "an id that anybody can compute tells who it was"


def test_names_stand_in_the_files_as_they_are(replayed, tmp_path):
    names = ("5G 套餐", 'quoted "name"', "line\u2028separator", "back\\slash")
    versions = [ticket("1", at("2026-05-09T10:00"), names)]
    found = replayed(versions, levels=4)
    assert found.trend[-1]["node"] == list(names)
    assert "5G 套餐" in (tmp_path / "out" / "trend.jsonl").read_text(encoding="utf-8")


# All of it


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(histories())
def test_the_files_of_any_history_say_what_the_brute_force_says(history: History):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # A csv file cannot tell a blank complainant from none; nor does any rule.
        in_order = sorted(history.versions, key=lambda version: history.sources.index(version.source))
        told = replace(history, versions=in_order)
        write_files(
            folder,
            told.versions,
            told.rules,
            zone=told.zone,
            levels=told.levels,
            sources=told.sources,
            gaps=told.gaps,
        )
        assert replay(folder) == 0
        assert_same(written(folder), told.run(), told.zone)


@pytest.mark.slow
@pytest.mark.parametrize(
    "tickets", [pytest.param(one, id=one.name, marks=realdata.needs(one)) for one in realdata.REAL_SETS]
)
def test_the_files_of_real_tickets_say_what_the_brute_force_says(tmp_path, tickets):
    rules = realdata.default_rules(len(tickets.levels))
    head = (
        f'timezone = "{tickets.zone}"\nlanguage = "zh"\n[taxonomy]\nlevels = {json.dumps(tickets.levels)}\n'
    )
    config = head + tickets.source_toml() + "\n".join(map(rule_toml, rules))
    (tmp_path / "config.toml").write_text(config, encoding="utf-8")
    assert replay(tmp_path) == 0
    versions = tickets.versions()
    found = written(tmp_path)
    assert_same(found, tickets.run(rules, versions), tickets.zone)
    assert found.summary["versions"] == len(versions)
    assert found.summary["tickets"] == len({version.id for version in versions})


@pytest.mark.slow
def test_the_command_answers_as_a_program_of_its_own(tmp_path):
    write_files(tmp_path, burst(100, at("2026-05-09T10:00")), [DAILY], zone=SHANGHAI, levels=1)
    done = subprocess.run(
        [sys.executable, "-m", "monitor.cli", "replay", "--config", "config.toml", "--out", "out", "--json"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(realdata.REPOSITORY), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["signals"] == {"day": 1}


def test_a_folder_to_write_to_has_to_be_named(capsys):
    with pytest.raises(SystemExit) as refused:
        main(["replay"])
    assert refused.value.code == 2
    assert "--out" in capsys.readouterr().err


def test_the_clock_of_this_machine_is_after_these_tests_were_written():
    assert datetime.now(UTC).year >= 2026, "tickets of 2026 would be in the future and quarantined"
