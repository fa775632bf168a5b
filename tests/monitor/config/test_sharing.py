"""What statistical rules leave out, `[detection]` and the plan say for all of them."""

from pathlib import Path

import pytest

from detectors.following import Followed
from detectors.step import Detector
from monitor.config.loading import parse

BASE = """\
timezone = "Asia/Shanghai"
[taxonomy]
levels = ["a", "b", "c", "d", "e"]
[[sources]]
name = "desk"
kind = "csv"
path = "tickets.csv"
fields = { id = "id", created_at = "opened", category = ["a", "b"] }
"""
CONTRACT = """\
[detection]
false_pages_per_week = 2
[[rules]]
name = "surge"
kind = "seasonal_surge"
depths = [0, 1, 2, 3, 4, 5]
"""


def rules(text: str):
    return parse(BASE + text, file=Path("/nowhere/config.toml")).rules


def test_the_lines_of_the_contract_suffice():
    [rule] = rules(CONTRACT)
    assert rule.depths == (0, 1, 2, 3, 4, 5)
    assert rule.options.false_pages_per_week == 2
    assert rule.options.levels == ("一级预警", "二级预警", "三级预警")
    assert rule.options.country is None
    detector: Detector = rule.open()
    assert isinstance(detector, Followed)
    assert detector.follower().state() == {"open": []}


def test_they_suffice_for_a_tree_of_fewer_levels_too():
    shallow = BASE.replace('["a", "b", "c", "d", "e"]', '["a", "b"]')
    [rule] = parse(shallow + CONTRACT, file=Path("/nowhere/config.toml")).rules
    assert rule.depths == (0, 1, 2)


def test_two_rules_share_the_budget_and_one_with_a_part_of_its_own_leaves_the_rest():
    second = '[[rules]]\nname = "another"\nkind = "seasonal_surge"\n'
    assert [rule.options.false_pages_per_week for rule in rules(CONTRACT + second)] == [1, 1]
    own = second + "false_pages_per_week = 1.5\n"
    assert [rule.options.false_pages_per_week for rule in rules(CONTRACT + own)] == [0.5, 1.5]


def test_a_rule_that_counts_to_a_threshold_has_no_part_of_it():
    hard = '[[rules]]\nname = "day"\nkind = "daily_threshold"\nthresholds = { "三级预警" = 100 }\n'
    surge, day = rules(CONTRACT + hard)
    assert surge.options.false_pages_per_week == 2
    assert not hasattr(day.options, "false_pages_per_week")


def test_levels_and_country_are_the_plans_and_the_sections_unless_the_rule_says_others():
    levels = '[[levels]]\nname = "low"\n[[levels]]\nname = "high"\n'
    [rule] = rules(CONTRACT.replace("= 2\n", '= 2\ncountry = "CN"\n') + levels)
    assert (rule.options.levels, rule.options.country) == (("low", "high"), "CN")
    [rule] = rules(CONTRACT + 'levels = ["high"]\ncountry = "US"\n' + levels)
    assert (rule.options.levels, rule.options.country) == (("high",), "US")


@pytest.mark.parametrize("told", ["false_pages_per_week = 0", "min_count = 1", "quiet_hours = 0"])
def test_a_value_without_sense_is_refused(told):
    from monitor.config import ConfigError

    with pytest.raises(ConfigError, match=told.split(" ")[0]):
        rules(CONTRACT + told)


def test_a_detector_of_river_is_made_before_anything_starts():
    from monitor.config import ConfigError

    river = '[[rules]]\nname = "r"\nkind = "river"\ndetector = "{}"\narguments = {{ grace_period = 24 }}\n'
    [rule] = rules(river.format("river.anomaly.GaussianScorer"))
    assert (rule.options.level, rule.options.false_pages_per_week) == ("一级预警", 2)
    assert rule.options.arguments == {"grace_period": 24}
    with pytest.raises(ConfigError, match=r'rules\[0\].*river has no class "river.anomaly.Gaussian"'):
        rules(river.format("river.anomaly.Gaussian"))
