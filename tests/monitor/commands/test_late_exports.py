"""A history that knows its tickets by their last change alone is named by whatever judges it."""

import pytest
from histories import SHANGHAI, at, burst
from oracle import OracleRule
from replaying import write_files

from monitor.cli import main

DAILY = OracleRule("day", "daily_threshold", thresholds={"三级预警": 100})
SURGE = """
[[rules]]
name = "surge"
kind = "seasonal_surge"
"""
COMMANDS = {"replay": ["--out", "out"], "backtest": ["--out", "out"], "tune": ["--pages-per-week", "2"]}
FIRST = burst(30, at("2026-05-09T10:00"))
LAST = burst(30, at("2026-05-09T10:00"), updated_at=at("2026-05-11T09:00"))


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """What a command says on its error stream of a history."""
    monkeypatch.chdir(tmp_path)

    def said(command, versions, *, more, language="en"):
        write_files(tmp_path, versions, [DAILY], zone=SHANGHAI, levels=1, language=language, more=more)
        assert main([command, "--config", "config.toml", *COMMANDS[command]]) == 0
        return capsys.readouterr().err

    return said


@pytest.mark.parametrize("command", COMMANDS)
def test_late_tickets_are_told_with_what_mends_it(run, command):
    said = run(command, LAST, more=SURGE)
    assert "30 of 30 tickets were first seen more than an hour after" in said
    assert "leave updated_at out" in said


def test_in_chinese(run):
    said = run("replay", LAST, more=SURGE, language="zh")
    assert "30件工单中有30件在创建一小时之后才首次出现" in said
    assert "去掉 updated_at" in said


@pytest.mark.parametrize("command", COMMANDS)
def test_a_history_that_has_the_first_version_is_not_late(run, command):
    assert "first seen" not in run(command, [*FIRST, *LAST], more=SURGE)


@pytest.mark.parametrize("command", COMMANDS)
def test_rules_that_count_whatever_came_are_not_concerned(run, command):
    assert "first seen" not in run(command, LAST, more="")
