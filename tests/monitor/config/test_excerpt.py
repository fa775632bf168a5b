"""The excerpt that is a contract loads exactly as it is written."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from connectors.source import Flag, Gap
from monitor.config import load

EXCERPT = """\
timezone = "Asia/Shanghai"            # the business zone: hours, days, months are cut in it
language = "zh"                       # or "en": of pages and reports
[store]
url = "sqlite:///var/complaints.db"   # or postgresql+psycopg://...
[taxonomy]
levels = ["business", "product", "stage", "problem", "detail"]   # names of the 1 to 5 levels
[[sources]]
name = "incidents"
kind = "csv"                          # = connectors/csv.py
path = "../shared/data/incident_log_2016.csv.gz"   # file, folder or glob; .gz as is
timezone = "Europe/Rome"              # of stamps without a zone
datetime_format = "%d/%m/%Y %H:%M"    # when not ISO 8601
empty = ["?"]                         # values read as nothing; a path ends at its first empty name
every = "30s"
gaps = [{ from = "2016-03-01T00:00", to = "2016-03-01T06:00" }]   # known missing time (source's zone)
[sources.fields]
id = "number"
created_at = "opened_at"
updated_at = "sys_updated_at"         # optional: created_at then
category = ["category", "subcategory", "u_symptom"]
escalated = { column = "priority", is = ["1", "2"] }   # or escalated_at = "column"
# optional: closed_at, void = { column, is }, tags, complainant, text, region, channel
[[rules]]
name = "same-day volume"
kind = "daily_threshold"
depths = [5]                          # default: the deepest
thresholds = { "三级预警" = 100 }      # level -> tickets; several make a ladder
[[rules]]
name = "monthly escalation"
kind = "monthly_escalation"
thresholds = { "三级预警" = 5 }
[[rules]]
name = "hour over hour"
kind = "hour_over_hour"
depths = [1, 2, 3, 4, 5]
factor = 2.0
min_count = 10
alpha = 0.001
level = "一级预警"
[[levels]]                            # in rising order
name = "一级预警"
notify = ["complaint-supervisor"]     # roles; [] is valid (stored, nobody told, `check` warns)
"""


@pytest.fixture
def config(tmp_path):
    (tmp_path / "config.toml").write_text(EXCERPT, encoding="utf-8")
    return load(tmp_path / "config.toml")


def test_the_business_zone_language_and_tree_are_as_written(config):
    assert config.timezone == ZoneInfo("Asia/Shanghai")
    assert config.language == "zh"
    assert config.taxonomy.levels == ("business", "product", "stage", "problem", "detail")


def test_relative_paths_start_at_the_folder_of_the_file(config, tmp_path):
    assert config.store.address() == f"sqlite:///{tmp_path}/var/complaints.db"
    assert config.sources[0].options.path == tmp_path / "../shared/data/incident_log_2016.csv.gz"
    assert config.trend.folder == tmp_path / "var/trend"


def test_a_source_has_its_own_zone_and_its_gaps_are_read_in_it(config):
    settings = config.sources[0].settings
    assert settings.timezone == ZoneInfo("Europe/Rome")
    assert settings.every == timedelta(seconds=30)
    gap = Gap(datetime(2016, 2, 29, 23, tzinfo=UTC), datetime(2016, 3, 1, 5, tzinfo=UTC))
    assert settings.gaps == (gap,)
    assert settings.fields.escalated == Flag("priority", ("1", "2"))
    assert settings.levels == 5


def test_the_rules_can_be_built(config):
    rules = [rule.open() for rule in config.rules]
    assert [rule.name for rule in rules] == ["same-day volume", "monthly escalation", "hour over hour"]
    assert [rule.depths for rule in rules] == [(5,), (5,), (1, 2, 3, 4, 5)]
    assert rules[0].options.thresholds == {"三级预警": 100}


def test_the_source_can_be_built(config):
    assert config.sources[0].open().poll


def test_a_level_of_the_default_plan_need_not_be_listed_and_is_warned_of(config):
    assert [level.name for level in config.plan.levels] == ["一级预警", "三级预警"]
    assert [str(warning) for warning in config.warnings] == [
        (
            "levels: 三级预警 is used by a rule and not listed, so that it tells nobody; "
            "add a [[levels]] table (config.toml, line 40)"
        )
    ]


def test_without_roles_and_channels_everybody_is_reached_on_the_console(config):
    role = config.plan.role("complaint-supervisor")
    contact = config.plan.contact(role.contacts[0])
    assert contact.addresses.keys() == {channel.name for channel in config.plan.channels}
    assert config.plan.channels[0].kind == "console"


def test_reading_it_twice_gives_equal_configurations(config):
    assert load(config.file) == config


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("= 100", "= 99"),
        ('every = "30s"', 'every = "31s"'),
        ("T06:00", "T05:00"),
        ('notify = ["complaint-supervisor"]', "notify = []"),
        ("complaints.db", "other.db"),
        ('language = "zh"', 'language = "en"'),
    ],
)
def test_every_change_of_a_value_makes_a_different_configuration(config, old, new):
    changed = EXCERPT.replace(old, new)
    assert changed != EXCERPT
    config.file.write_text(changed, encoding="utf-8")
    assert load(config.file) != config


def test_a_change_of_a_channels_options_makes_a_different_configuration(config):
    mail = '[[channels]]\nname = "mail"\nkind = "email"\nhost = "{}"\nfrom = "monitor@example.com"\n'
    config.file.write_text(EXCERPT + mail.format("a.example.com"), encoding="utf-8")
    before = load(config.file)
    config.file.write_text(EXCERPT + mail.format("b.example.com"), encoding="utf-8")
    assert load(config.file) != before


def test_comments_and_places_make_no_difference(config):
    config.file.write_text(f"# a comment\n\n{EXCERPT}", encoding="utf-8")
    assert load(config.file) == replace(config, file=Path("elsewhere.toml"))


@pytest.mark.parametrize(("encoding", "newline"), [("utf-8-sig", "\n"), ("utf-8", "\r\n")])
def test_files_from_other_editors_load_too(config, encoding, newline):
    config.file.write_text(EXCERPT, encoding=encoding, newline=newline)
    assert load(config.file) == config
