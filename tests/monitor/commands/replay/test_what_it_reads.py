"""What `replay` makes of sources: rows that are set aside, files that are broken, folders that are full."""

import gzip
import json
from pathlib import Path

import pytest
from histories import SHANGHAI, at, burst
from replaying import DAILY, replay, seen, write_files, written


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
