"""A Chinese configuration with a mistake is answered in Chinese in full."""
# ruff: noqa: E501 - a sentence that people read stands in one piece

import re
from pathlib import Path

import pytest
from misconfigured import CASES, GOOD, refused

from monitor.config.keys import keys_of
from monitor.config.kinds import Family, kinds_of, load_kind
from monitor.config.loading import Top, parse
from monitor.config.schema import SECTIONS, RuleSettings, TaxonomySettings
from monitor.config.syntax import _REASONS

CHINESE = 'language = "zh"\n' + GOOD


def told(good, bad):
    """What a mistake is told as."""
    return refused(CHINESE.replace(good, bad, 1)).said("zh").splitlines()


def english_in(sentence):
    """Two English words in a row, outside of quotes, values and the name of the key."""
    said = re.sub(r'"[^"]*"|“[^”]*”|\[[^\]]*\]|\{[^}]*\}', "|", sentence.partition("：")[2])
    return re.search(r"\b[A-Za-z]{2,} [A-Za-z]{2,}\b", re.sub(r"strptime|[A-Z]{2,}", "|", said))


@pytest.mark.parametrize(
    ("good", "bad", "sentence"),
    [
        ('"Asia/Shanghai"', '"Beijing"', 'timezone：没有时区 "Beijing"；是不是“Asia/Shanghai”？（config.toml 第2行）'),
        ('timezone = "Asia/Shanghai"', "", "timezone：缺少此项，必须填写：业务时区，按它划分小时、日和月（config.toml）"),
        ('"三级预警" = 100', '"三级" = 100', 'rules[0].thresholds."三级"：没有级别 "三级"；预案里有：一级预警、二级预警、三级预警（config.toml 第13行）'),
        ('"三级预警" = 100', '"三级预警" = "100"', 'rules[0].thresholds."三级预警"：应为整数，而给出的是 "100"；请去掉引号（config.toml 第13行）'),
        ('"三级预警" = 100', '"三级预警" = 0', 'rules[0].thresholds."三级预警"：应不小于 1，而给出的是 0（config.toml 第13行）'),
        ('kind = "hour_over_hour"', 'kind = "hour_over_hour"\nfactr = 3', "rules[1].factr：没有这个键；是不是“factor”？（config.toml 第17行）"),
        ('kind = "hour_over_hour"', 'kind = "hour_over_hour"\ndepths = 1', "rules[1].depths：此处应为 [ ] 括起的列表，而给出的是 1；请写成 [1]（config.toml 第17行）"),
        ('kind = "csv"', 'kind = "csv"\nevery = 30', 'sources[0].every：应为带单位的时长，例如 "30s"、"5m"、"2h"、"1d" 或 "1w"，而给出的是 30（config.toml 第8行）'),
        ('kind = "csv"', 'kind = "csv"\ndelimiter = ";;"', "sources[0].delimiter：';;' 不能用作分隔符；请写一个字符（config.toml 第8行）"),
        ('kind = "csv"', 'kind = "cvs"', "sources[0].kind：没有类型为“cvs”的数据源；可用："),
        ('name = "hour"', 'name = "day"', 'rules[1].name："day" 已是 rules[0] 的名称；请改其中一个（config.toml 第15行）'),
        ('path = "tickets.csv"', "", "sources[0].path：缺少此项，必须填写：文件、目录（其中的 .csv、.tsv 和 .txt 文件，也可带 .gz）或通配路径（config.toml 第5行）"),
        ('["manager"]', '["manger"]\n[[roles]]\nname = "manager"', "levels[2].notify[0]：没有岗位“manger”；预案里有：manager（config.toml 第24行）"),
        ('["manager"]', '["manager"]\n[[roles]]\nname = "manager"\ncontacts = ["王"]\n[[channels]]\nname = "c"\nkind = "console"', "roles[0].contacts[0]：没有联系人“王”，预案里一个都没有；请加一个 [[contacts]] 表（config.toml 第27行）"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_as_an_engineer_in_chengdu_would_write_it(good, bad, sentence):
    assert any(line.startswith(sentence) for line in told(good, bad)), told(good, bad)


@pytest.mark.parametrize(("good", "bad", "_"), CASES, ids=[case[2][:50] for case in CASES])
def test_no_sentence_is_half_english(good, bad, _):
    for line in told(good, bad):
        assert re.search(r"[\u4e00-\u9fff]", line)
        assert not english_in(line), line


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ('"jira"\nurl = "http://acme.example.com"\ntoken = "env:T"', "sources[0].url：地址以 http 开头，令牌可能被窃听；请改用 https"),
        ('"jira"\nurl = "acme"\ntoken = "env:T"', "sources[0].url：'acme' 不是普通网址；请写成 https://example.com 的形式"),
        ('"sql"\nurl = "sqlite:///a.db"', "sources[0].table：table 与 query 须写其中一项，且只写一项"),
        ('"mailbox"\nhost = "h"\nuser = "u"\npassword = "env:P"\nfolders = []', "sources[0].folders：至少写一项"),
    ],
)  # fmt: skip
def test_what_a_connector_says_of_its_options_is_chinese_too(kind, sentence):
    assert any(line.startswith(sentence) for line in told('"csv"\npath = "tickets.csv"', kind))


def test_a_class_that_river_does_not_have_is_told_in_chinese():
    rule = 'kind = "river"\ndetector = "river.anomaly.Gaussian"'
    (line,) = told('kind = "hour_over_hour"\nlevel = "一级预警"', rule)
    assert line.startswith("rules[1]：river 没有类“river.anomaly.Gaussian”")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('store = "x', "不是 TOML：引号没有配对（config.toml 第"),
        ("store = “x”", "不是 TOML：值不合写法；文字须加英文引号（config.toml 第2行第9列）"),
        ("store 1", "不是 TOML：键后面缺少等号 =（config.toml 第2行第7列）"),
        ("[[rules]\n", "不是 TOML：缺少右方括号 ]]（config.toml 第2行第8列）"),
        ("a = 1\na = 2\n", "不是 TOML：同一个键写了两次"),
        ("渠道 = 1", "不是 TOML：键不合写法；键含中文等字符时须加英文引号（config.toml 第2行第1列）"),
        ('a = "D:\\q"', "不是 TOML：反斜杠不合写法；请写成 \\\\，或改用单引号（config.toml 第2行"),
    ],
)  # fmt: skip
def test_a_text_that_is_no_toml_is_told_so_in_chinese(line, sentence):
    said = refused(f'language = "zh"\n{line}').said("zh")
    assert said.startswith(sentence), said


def test_every_reason_of_the_toml_reader_has_chinese_words():
    from alerts.catalogue import wording

    words = {key.removeprefix("said.toml.") for key in wording("zh") if key.startswith("said.toml.")}
    assert words == {*_REASONS.values(), "other"}


def test_what_a_plan_leaves_open_is_told_in_chinese():
    text = CHINESE.replace('{ "三级预警" = 100 }', '{ "三级预警" = 100, "一级预警" = 120 }')
    warnings = [one.said("zh") for one in parse(text, file=Path("/nowhere/config.toml")).warnings]
    assert (
        'rules[0].thresholds."三级预警"：三级预警级别更高，门限 100 却低于一级预警的 120（config.toml 第13行）'
        in warnings
    )
    assert "levels[0].notify：一级预警不通知任何人：预警只存储，不发通知（config.toml 第18行）" in warnings
    assert not [one for one in warnings if english_in(one)]


def _needed():
    """Words of all keys that must be given, in every table that the monitor knows."""
    import dataclasses
    import typing

    from alerts.plan import SETTINGS, TABLES
    from connectors.source import SourceSettings

    kinds = [load_kind(family, name).options for family in Family for name in kinds_of(family)]
    waiting = [Top, TaxonomySettings, RuleSettings, SourceSettings, *kinds]
    waiting += [*SECTIONS.values(), *TABLES.values(), *SETTINGS.values()]
    seen = set()
    while waiting:
        kind = waiting.pop()
        waiting += typing.get_args(kind)
        if not (isinstance(kind, type) and dataclasses.is_dataclass(kind)) or kind in seen:
            continue
        seen.add(kind)
        for key in keys_of(kind):
            waiting.append(key.type)
            if key.required and key.doc:
                yield key.doc.word


def test_every_key_that_must_be_given_says_in_chinese_what_it_is():
    from alerts.catalogue import wording

    there = {key.removeprefix("said.") for key in wording("zh") if key.startswith("said.needs.")}
    # The zone of a source is always there: its own, or that of the business.
    assert set(_needed()) - {"needs.connectors.source.SourceSettings.timezone"} == there
