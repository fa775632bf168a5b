"""What a command prints is in the language that was asked for, whatever the configuration says."""

import json
import re

import pytest

HAN = re.compile(r"[\u4e00-\u9fff]")
# What the store and the plan of the tests are called, in Chinese.
NAMES = re.compile("三级预警|移动业务|宽带业务|5G套餐|光纤/铜线|无信号|账单|演练 DRILL")


@pytest.mark.parametrize(
    "arguments",
    [
        ("check",),
        ("status",),
        ("signals",),
        ("trend",),
        ("incident", "list"),
        ("silence", "list"),
        ("oncall", "show"),
        ("explain", "--at", "2026-05-09T10:00", "--node", "[]"),
        ("drill", "--by", "Zhou Min"),
        ("silence", "add", "--node", "[]", "--for", "1h", "--by", "Zhou Min", "--reason", "x", "--preview"),
    ],
)
def test_a_command_prints_in_the_language_asked_for(kept, arguments):
    said = [NAMES.sub("", kept.run(*arguments, "--language", language)[1]) for language in ("zh", "en")]
    assert HAN.search(said[0])
    assert not HAN.search(said[1])


def test_the_language_counts_before_an_action_too(kept):
    assert HAN.search(kept.told("silence", "--language", "zh", "list"))
    assert kept.told("silence", "list") == "Nothing is kept quiet.\n"


def test_what_is_refused_is_said_in_the_language_asked_for(kept):
    silence = ("add", "--node", "[]", "--by", "Zhou Min", "--reason", "x", "--for", "9d", "--language", "zh")
    assert kept.refused("silence", *silence)[1] == "静默最长7天（silences.longest）。\n"


def test_check_warns_of_times_without_anybody_in_chinese(kept):
    kept.with_duty()
    said = kept.run("check", "--language", "zh")[1]
    assert re.search(r"duty：20\d\d-\d\d-\d\d \d\d:\d\d 至 20\d\d-\d\d-\d\d \d\d:\d\d 无人值班，请补上", said)
    assert re.search(r"duty：30天内还有\d+处空档", said)


def test_check_says_in_chinese_that_a_store_was_counted_otherwise(kept):
    file = kept.folder / "config.toml"
    file.write_text(file.read_text("utf-8").replace('"Asia/Shanghai"', '"Asia/Tokyo"'), "utf-8")
    said = kept.run("check", "--language", "zh")[1]
    assert "存储按时区 Asia/Shanghai 计数，而配置现在是 Asia/Tokyo" in said


def test_check_tells_in_chinese_that_a_source_is_not_there(kept):
    said = kept.run("check", "--language", "zh")[1]
    assert "desk.csv 不存在；请修改配置，或创建它" in said
    assert "there is no file" not in said


@pytest.mark.parametrize(
    ("arguments", "chinese", "english"),
    [
        (("incident", "ack", "7", "--by", "x"), "没有事件 #7；", "there is no incident 7;"),
        (
            ("explain", "--at", "2026-05-09T10:00", "--level", "四级"),
            "--level 四级：预案里没有这一级别；",
            "--level 四级: the plan has no such level;",
        ),
        (("explain", "--at", "2026-05-09T10:00", "--hours", "0"), "须在 1 到", "is not between 1 and"),
        (
            ("silence", "add", "--node", "[]", "--by", "x", "--reason", "x"),
            "须二选一",
            "give either --until TIME or --for LENGTH",
        ),
        (("silence", "end", "4", "--by", "x"), "没有生效中的静默 #4；", "There is no active silence 4;"),
        (("signals", "--from", "2026-05-09", "--to", "2026-05-08"), "不晚于 --from", "is not after --from"),
        (("drill", "--by", " "), "--by 为空；", "--by is empty;"),
        (("trend", "--from", "soon"), "--from：应为日期和时间", "--from: a date and time is expected"),
        (
            ("silence", "add", "--node", "[]", "--by", "x", "--reason", "x", "--for", "long"),
            "--for：应为带单位的时长",
            "--for: a length of time with its unit is expected",
        ),
        (
            ("report", "7", "--by", "x", "--fill", "nowhere.toml"),
            "nowhere.toml 无法读取：",
            "nowhere.toml cannot be read: ",
        ),
        (("monthly", "--month", "May"), "--month May 不是月份；", "--month May is no month;"),
        (
            ("trend", "sign", "2126-05-09T10:00", "--by", "x", "--remark", "x"),
            "2126-05-09T10:00 尚未结束",
            "2126-05-09T10:00 is not over yet",
        ),
        (
            ("trend", "sign", "2026-05-09T10:30", "--by", "x", "--remark", "x"),
            "2026-05-09T10:30 不是整点；",
            "2026-05-09T10:30 lies inside an hour;",
        ),
        (
            ("trend", "sign", "2020-05-09", "--by", "x", "--remark", "x"),
            "趋势日志里没有 2020-05-09：",
            "the log has no row of 2020-05-09:",
        ),
        (("check", "--send-test", "boss"), "预案里没有岗位“boss”；", 'no role named "boss";'),
    ],
)
def test_what_a_command_refuses_is_said_in_the_language_in_which_it_prints(kept, arguments, chinese, english):
    assert english in kept.refused(*arguments)[1]
    assert chinese in kept.refused(*arguments, "--language", "zh")[1]
    kept.in_language("zh")
    assert chinese in kept.refused(*arguments)[1]


@pytest.mark.parametrize(
    "arguments",
    [
        ("incident", "list"),
        ("incident", "ack", "1", "--by", "x"),
        ("silence", "list"),
        ("oncall", "show"),
        ("report", "1"),
        ("signals",),
        ("trend",),
        ("drill", "--by", "x"),
    ],
)
def test_without_a_store_a_command_says_so_in_chinese(kept, arguments):
    kept.in_language("zh")
    file = kept.folder / "config.toml"
    text = file.read_text("utf-8").replace("sqlite:///var/store.db", "sqlite:///nowhere.db")
    file.write_text(text, "utf-8")
    assert "nowhere.db：那里还没有存储；complaint-monitor run 会建立" in kept.refused(*arguments)[1]


def test_a_mistake_in_the_configuration_is_told_in_the_language_that_the_file_names(kept, monkeypatch):
    file = kept.folder / "config.toml"
    text = file.read_text("utf-8")
    wrong = text.replace("[[rules]]", "[[rules]]\nthreshhold = 5", 1)
    asked = {"zh": "没有这个键；是不是“threshold", "en": 'no such key; did you mean "threshold'}
    monkeypatch.delenv("LC_ALL")
    monkeypatch.delenv("LC_MESSAGES", raising=False)
    named = wrong.replace('language = "en"', 'language = "zh"')
    for locale, content, option, answer in (
        ("en_US.UTF-8", named, (), "zh"),
        ("zh_CN.UTF-8", wrong, (), "en"),
        ("zh_CN.UTF-8", named, ("--language", "en"), "en"),
        ("zh_CN.UTF-8", wrong.replace('language = "en"', ""), (), "zh"),
        ("C.UTF-8", wrong.replace('language = "en"', ""), (), "en"),
    ):
        file.write_text(content, "utf-8")
        monkeypatch.setenv("LANG", locale)
        assert asked[answer] in kept.run("status", *option)[2]
        findings = json.loads(kept.run("check", "--json", *option)[1])["findings"]
        assert asked[answer] in findings[0]["sentence"]
    monkeypatch.setenv("LC_ALL", "C")
    assert asked["en"] in kept.run("status")[2]


def test_a_configuration_that_is_not_there_is_told_in_the_language_of_the_terminal(kept, monkeypatch):
    (kept.folder / "config.toml").unlink()
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "；请用 --config 指明配置文件" in kept.run("status")[2]


def test_signals_are_listed_with_their_rules_as_they_are_printed_and_given_with_their_names(kept):
    file = kept.folder / "config.toml"
    titled = 'name = "same-day volume"\ntitle = { zh = "同日同类投诉" }'
    file.write_text(file.read_text("utf-8").replace('name = "same-day volume"', titled), "utf-8")
    names = {signal["rule"] for signal in json.loads(kept.told("signals", "--json"))}
    assert "同日同类投诉" in kept.told("signals", "--language", "zh")
    assert "同日同类投诉" not in kept.told("signals")
    assert "same-day volume" in names
    assert {s["rule"] for s in json.loads(kept.told("signals", "--json", "--language", "zh"))} == names
