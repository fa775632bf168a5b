"""`replay` of any history, and of real tickets, against the brute force."""

import json
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import realdata
from histories import SHANGHAI, History, at, burst, histories
from hypothesis import HealthCheck, given, settings
from replaying import DAILY, assert_same, replay, rule_toml, write_files, written

from monitor.cli import main


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
