"""Every mistake in config.toml is one sentence with key, line, culprit and mend; all come at once."""
# ruff: noqa: E501 - a sentence that people read stands in one piece

from pathlib import Path

import pytest
from misconfigured import CASES, GOOD, mistakes

from monitor.config import ConfigError, load
from monitor.config.loading import parse


def test_a_source_that_is_read_by_columns_needs_fields():
    text = "".join(line for line in GOOD.splitlines(keepends=True) if not line.startswith("fields"))
    assert mistakes(text) == [
        "sources[0].fields: is missing; say in [sources.fields] which column holds id, created_at and category (config.toml, line 4)"
    ]


@pytest.mark.parametrize(
    ("tables", "sentence"),
    [
        (
            '[clustering]\nsources = ["desk", "phone"]\n',
            'clustering.sources[1]: no source is named "phone"; there are: desk (config.toml, line 25)',
        ),
        (
            "[clustering]\nenabled = true\n",
            "clustering.enabled: placing learns from stored texts; set privacy.keep_text = true, or leave this out (config.toml, line 25)",
        ),
        ("[clustering]\nenabled = true\n[privacy]\nkeep_text = true\n", None),
    ],
)
def test_placing_by_text_needs_texts_and_sources_that_there_are(tables, sentence):
    if sentence is None:
        assert parse(GOOD + tables, file=Path("/nowhere/config.toml")).clustering.enabled
    else:
        assert mistakes(GOOD + tables) == [sentence]


def test_a_ladder_that_falls_is_a_warning():
    text = GOOD.replace('{ "三级预警" = 100 }', '{ "三级预警" = 100, "一级预警" = 120 }')
    config = parse(text, file=Path("/nowhere/config.toml"))
    assert (
        'rules[0].thresholds."三级预警": 三级预警 is the higher level, and its threshold 100 is below the 120 of 一级预警 '
        "(config.toml, line 12)"
    ) in [str(warning) for warning in config.warnings]


def test_a_configuration_without_rules_is_warned_of():
    text = GOOD[: GOOD.index("[[rules]]")]
    config = parse(text, file=Path("/nowhere/config.toml"))
    assert "rules: there is none: only the trend log is written (config.toml)" in map(str, config.warnings)


def test_the_starting_point_of_the_cases_has_no_mistake():
    assert parse(GOOD, file=Path("/nowhere/config.toml")).rules[0].depths == (2,)


@pytest.mark.parametrize("layout", ["unix", "unix_ms", "%Y%m%d%H%M%S"])
def test_numbers_that_count_from_1970_are_a_format_too(layout):
    text = GOOD.replace('kind = "csv"', f'kind = "csv"\ndatetime_format = "{layout}"', 1)
    assert parse(text, file=Path("/nowhere/config.toml")).sources[0].settings.datetime_format == layout


@pytest.mark.parametrize(("good", "bad", "sentence"), CASES, ids=[case[2][:50] for case in CASES])
def test_a_mistake_is_a_sentence_with_key_line_culprit_and_mend(good, bad, sentence):
    assert good in GOOD
    assert sentence in mistakes(GOOD.replace(good, bad, 1))


@pytest.mark.parametrize(("good", "bad", "sentence"), CASES, ids=[case[2][:50] for case in CASES])
def test_a_secret_is_never_repeated(good, bad, sentence):
    assert "s3cret" not in " ".join(mistakes(GOOD.replace(good, bad, 1)))


def test_all_mistakes_come_at_once_in_the_order_of_their_lines():
    text = GOOD
    for good, bad in [
        ('"Asia/Shanghai"', '"Nowhere"'),
        ('kind = "csv"', 'kind = "csv"\nevery = 30\nevry = 1'),
        ('level = "一级预警"', 'level = "三级"\nalpha = 2'),
        ('name = "二级预警"', "name = 2"),
    ]:
        text = text.replace(good, bad, 1)
    found = mistakes(text)
    assert [sentence.partition(": ")[0] for sentence in found] == [
        "timezone",
        "sources[0].every",
        "sources[0].evry",
        "rules[1].level",
        "rules[1].alpha",
        "levels[1].name",
    ]


@pytest.mark.parametrize("table", ["sources", "rules"])
def test_an_unknown_kind_is_told_which_kinds_there_are(table):
    kinds = {"sources": ("csv", "cvs"), "rules": ("hour_over_hour", "hour_on_hour")}[table]
    (found,) = mistakes(GOOD.replace(f'kind = "{kinds[0]}"', f'kind = "{kinds[1]}"'))
    assert f'of kind "{kinds[1]}"; there are: ' in found
    assert f'did you mean "{kinds[0]}"?' in found


def test_a_module_that_is_no_kind_is_no_kind():
    (found,) = mistakes(GOOD.replace('kind = "csv"', 'kind = "taxonomy"'))
    assert 'no connector of kind "taxonomy"' in found


def test_a_dotted_kind_that_cannot_be_found_is_named():
    (found,) = mistakes(GOOD.replace('kind = "csv"', 'kind = "my_company.desk"'))
    assert found == (
        'sources[0].kind: no module named "my_company" can be found; put it on PYTHONPATH (config.toml, line 6)'
    )


def test_a_dotted_kind_that_is_something_else_is_told_what_it_needs():
    (found,) = mistakes(GOOD.replace('kind = "csv"', 'kind = "os.path"'))
    assert 'module "os.path" is no connector: it needs a dataclass Options and Source' in found


def test_a_dotted_kind_is_somebody_elses_module(tmp_path, monkeypatch):
    (tmp_path / "their_desk.py").write_text(
        "from dataclasses import dataclass\nfrom connectors.options import option\n"
        "@dataclass(frozen=True)\nclass Options:\n    desk: str = option(doc='which')\n"
        "class Source:\n    def __init__(self, settings, options):\n        self.desk = options.desk\n",
    )
    (tmp_path / "their").mkdir()
    (tmp_path / "their_desk.py").rename(tmp_path / "their" / "desk.py")
    monkeypatch.syspath_prepend(tmp_path)
    text = GOOD.replace('kind = "csv"', 'kind = "their.desk"').replace(
        'path = "tickets.csv"', 'desk = "north"'
    )
    assert parse(text, file=tmp_path / "config.toml").sources[0].open().desk == "north"


def test_a_syntax_error_is_told_alone_with_line_and_column():
    assert mistakes('timezone = "Asia/Shangai"\n[[rules]\n') == [
        "this is not TOML: expected ']]' at the end of an array declaration (config.toml, line 2, column 8)"
    ]


def test_a_syntax_error_at_the_end_names_the_last_line():
    (found,) = mistakes('a = 1\nb = """\n')
    assert found.startswith("this is not TOML: ")
    assert "line 3" in found


def test_nesting_without_end_is_told_and_no_crash():
    (found,) = mistakes("a = " + "[" * 5000 + "]" * 5000)
    assert "nested too deeply" in found


def test_no_source_at_all_is_a_mistake():
    assert "sources: there is none; add a [[sources]] table with name and kind (config.toml)" in mistakes("")


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ConfigError, match=r"there is no file .*config\.toml; name it with --config"):
        load(tmp_path / "config.toml")


def test_a_folder_in_place_of_the_file_is_told(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path)


def test_a_file_in_another_encoding_is_told_with_its_line(tmp_path):
    (tmp_path / "config.toml").write_bytes('timezone = "UTC"\n# 一级预警\n'.encode("gb18030"))
    with pytest.raises(
        ConfigError, match=r"not UTF-8, byte 0x\w\w; save it as UTF-8 \(config\.toml, line 2\)"
    ):
        load(tmp_path / "config.toml")
