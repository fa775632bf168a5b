"""`tune`: thresholds for a number of pages a week; what it counts is what a replay finds."""

import csv
import json
import random
from dataclasses import replace
from datetime import timedelta

import pytest
from histories import at, burst
from hypothesis import given
from hypothesis import strategies as st
from oracle import OracleRule
from replaying import write_files

from detectors.judging import judge
from detectors.rules.river import Options as RiverOptions
from detectors.rules.silence import Options as SilenceOptions
from monitor.analysis.tuning import Knob, knob_of, share_out
from monitor.cli import main
from monitor.clock import SystemClock
from monitor.commands._history import Histories, judged
from monitor.config import load
from monitor.config.schema import Rule

DAY = timedelta(days=1)
RULES = [
    OracleRule("day", "daily_threshold", thresholds={"一级预警": 20, "三级预警": 40}),
    OracleRule("month", "monthly_escalation", thresholds={"三级预警": 5}),
    OracleRule("hour", "hour_over_hour", level="一级预警", depths=(0, 1)),
    OracleRule("open", "overdue", level="一级预警"),
]


def story():
    """Four weeks in which every day has another number of tickets, some escalated, some moved or late."""
    chance, start = random.Random(5), at("2026-05-04T00:00")
    tickets = []
    for day in range(28):
        for path in "abc":
            number, begins = chance.randrange(70), start + day * DAY + timedelta(hours=chance.randrange(20))
            for one in burst(number, begins, path, prefix=f"{day}{path}"):
                escalated = one.created_at if chance.random() < 0.05 else None
                late = timedelta(hours=chance.choice([0, 0, 0, 2, 30]))
                tickets.append(replace(one, escalated_at=escalated, updated_at=one.updated_at + late))
                if chance.random() < 0.1:
                    moved = one.updated_at + late + timedelta(minutes=chance.randrange(300))
                    tickets.append(replace(one, path=("c",), updated_at=moved, void=chance.random() < 0.3))
    return sorted(tickets, key=lambda one: one.updated_at)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tune")
    write_files(folder, story(), RULES, zone="Asia/Shanghai", levels=1)
    return folder


@pytest.fixture(scope="module")
def replayed(folder):
    config = load(folder / "config.toml")
    versions, taxonomy = Histories(lambda *_: None, lambda *_: None, now=SystemClock().now()).of(config)
    return config, judged(config, versions, taxonomy).step


def tune(folder, wanted, *extra):
    return main(["tune", "--config", str(folder / "config.toml"), "--pages-per-week", str(wanted), *extra])


@pytest.mark.parametrize("name", ["day", "month", "hour"])
def test_what_is_counted_is_what_the_rule_finds_at_that_value(replayed, name):
    config, step = replayed
    rule = next(rule for rule in config.rules if rule.name == name)
    knob = knob_of(rule, step, (), budget=5, present=0)
    found = []
    for value in (2, 3, 5, 9, 13, 20, 33, 60, 100):
        signals = judge([knob.with_value(value).open()], step)
        assert knob.signals(value) == len(signals)
        found.append(len(signals))
    assert found[0] > found[-1]
    assert knob.signals(knob.values[-1]) == 0


def test_the_proposal_is_the_smallest_threshold_that_keeps_the_share(replayed):
    config, step = replayed
    knob = knob_of(config.rules[1], step, (), budget=5, present=0)
    for most in range(12):
        value = knob.within(most)
        assert knob.signals(value) <= most
        assert value == 2 or knob.signals(value - 1) > most


def test_a_ladder_keeps_its_proportions(replayed):
    config, step = replayed
    knob = knob_of(config.rules[0], step, (), budget=5, present=0)
    assert knob.with_value(30).options.thresholds == {"一级预警": 30, "三级预警": 60}


def test_a_rule_about_single_tickets_has_nothing_to_tune(replayed):
    config, step = replayed
    assert knob_of(config.rules[3], step, (), budget=5, present=0) is None


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("silence", SilenceOptions(false_pages_per_week=2.0)),
        ("river", RiverOptions("river.drift.ADWIN", false_pages_per_week=2.0)),
    ],
)
def test_a_budget_is_proposed_only_where_scores_are_chances(replayed, kind, options):
    _, step = replayed
    assert knob_of(Rule("r", kind, (0,), options), step, (), budget=5, present=1) is None


@given(
    counts=st.lists(st.lists(st.integers(1, 500), max_size=30), min_size=1, max_size=4),
    most=st.floats(0, 200),
)
def test_all_rules_together_keep_the_budget_and_none_wastes_what_others_need(counts, most):
    def knob(of):
        return Knob(
            rule=Rule("r", "k", (1,), None),
            name="min_count",
            now=10,
            rises=False,
            values=(2.0, 501.0),
            signals=lambda value: sum(one >= value for one in of),
            with_value=lambda _: None,
        )

    knobs = [knob(of) for of in counts]
    values = share_out(knobs, most)
    used = sum(knob.signals(value) for knob, value in zip(knobs, values, strict=True))
    assert used <= most + 1e-6
    changes_nothing = [knob.signals(2) == knob.signals(10) for knob in knobs]
    if sum(knob.signals(2) for knob in knobs) <= most:
        assert values == [10 if same else 2 for same in changes_nothing]


def test_the_proposal_is_proved_by_a_replay_and_told_with_its_curve(folder, capsys, tmp_path):
    assert tune(folder, 6, "--out", str(tmp_path)) == 0
    said = capsys.readouterr().out
    assert "For 6 pages a week, from a history of 4.1 weeks" in said
    assert "hour: warnings a week by min_count" in said
    assert "pages of hard rules are lost" in said
    found = json.loads((tmp_path / "tune.json").read_text("utf-8"))
    assert found["pages_per_week_proposed"] <= 6 < found["pages_per_week_now"]
    assert [rule["key"] for rule in found["rules"]] == ["thresholds", "thresholds", "min_count"]
    assert set(found["rules"][0]["proposed"]) == {"一级预警", "三级预警"}
    with (tmp_path / "curve.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for name in ("day", "month", "hour"):
        mine = [row for row in rows if row["rule"] == name]
        assert [row["value"] for row in mine if row["now"] == "1"]
        assert [row["value"] for row in mine if row["proposed"] == "1"]
        signals = [int(row["signals"]) for row in mine]
        assert signals == sorted(signals, reverse=True)


def test_a_generous_budget_proposes_lower_thresholds(folder, capsys):
    assert tune(folder, 1000, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    day, _, hour = found["rules"]
    assert day["proposed"] == {"一级预警": 2, "三级预警": 4}
    assert hour["proposed"] == hour["now"] == 10, "a lower one lets nothing more fire: alpha decides"
    assert found["diff"]["gone"] == 0


def test_it_is_told_in_chinese_too(folder, capsys, tmp_path):
    text = (folder / "config.toml").read_text("utf-8").replace('language = "en"', 'language = "zh"')
    (tmp_path / "config.toml").write_text(text.replace('"s.csv"', json.dumps(str(folder / "s.csv"))), "utf-8")
    assert tune(tmp_path, 6) == 0
    assert "按全部建议回放：每周" in capsys.readouterr().out


@pytest.mark.parametrize("wanted", ["0", "-1", "inf", "nan"])
def test_a_number_that_is_no_budget_is_a_sentence(folder, capsys, wanted):
    assert main(["tune", "--config", str(folder / "config.toml"), f"--pages-per-week={wanted}"]) == 2
    assert "a number above 0 is expected" in capsys.readouterr().err


def test_without_a_rule_or_a_ticket_there_is_nothing_to_tune(tmp_path, capsys):
    write_files(tmp_path, burst(3, at("2026-05-09T10:00")), RULES[3:], zone="Asia/Shanghai", levels=1)
    assert tune(tmp_path, 5) == 1
    assert "No rule has a threshold" in capsys.readouterr().err
    write_files(tmp_path, [], RULES, zone="Asia/Shanghai", levels=1)
    assert tune(tmp_path, 5) == 1
    assert "no ticket at all" in capsys.readouterr().err
