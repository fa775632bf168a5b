"""The command line explains itself in Chinese where its user is Chinese, and in English at no cost."""

import argparse
import inspect
import re
from pathlib import Path

import pytest

from alerts.catalogue import wording
from alerts.rendering.widths import width
from monitor import cli
from monitor.commands import Exit, load_command, summaries
from monitor.language import language_for
from monitor.usage import OWN, _lines

WORDS = {key.removeprefix("said."): text for key, text in wording("zh").items()}


@pytest.fixture
def chinese(monkeypatch, tmp_path, capsys):
    """What a command line answers a user in Chengdu: exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    monkeypatch.setenv("COLUMNS", "80")
    # What argparse says is answered otherwise from then on.
    monkeypatch.setitem(vars(argparse), "_", vars(argparse)["_"])

    def answer(*arguments):
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main(arguments)
        return (ended.value.code, *capsys.readouterr())

    return answer


def paths():
    """Each command and each of its actions, with the options that have a help."""
    for name in summaries():
        parser = argparse.ArgumentParser()
        load_command(name).add_arguments(parser)
        waiting = [((name,), parser)]
        while waiting:
            path, one = waiting.pop()
            yield path, [a.dest for a in one._actions if a.help not in {None, argparse.SUPPRESS}]
            for action in one._actions:
                if isinstance(action, argparse._SubParsersAction):
                    waiting += [((*path, name), below) for name, below in action.choices.items()]


PATHS = {" ".join(path): options for path, options in paths()}


def test_every_command_and_every_option_has_chinese_words_and_none_is_left_over():
    does = {key.removeprefix("help.does.") for key in WORDS if key.startswith("help.does.")}
    assert does == set(PATHS)
    known = {key.removeprefix("help.option.") for key in WORDS if key.startswith("help.option.")}
    used = {"version"}
    for path, options in PATHS.items():
        for option in options:
            names = [" ".join((*path.split()[:n], option)) for n in range(len(path.split()), -1, -1)]
            found = next((name for name in names if name in known), None)
            assert found, f"{path}: {option}"
            used.add(found)
    assert known == used


def test_the_words_that_argparse_brings_are_those_that_it_says():
    source = inspect.getsource(argparse).replace("\\n", "\n")
    assert [said for said in OWN if said not in source] == []
    assert {f"argparse.{word}" for word in OWN.values()} == {k for k in WORDS if k.startswith("argparse.")}
    for said, word in OWN.items():
        facts = r"%(?:\(\w+\))?[rs]"
        assert sorted(re.findall(facts, said)) == sorted(re.findall(facts, WORDS[f"argparse.{word}"]))


@pytest.mark.parametrize("path", ["", *PATHS])
def test_help_is_chinese_in_full_and_fits_a_terminal(chinese, path):
    code, said, _ = chinese(*path.split(), "--help")
    assert code == Exit.OK
    assert said.startswith(f"用法：complaint-monitor {path}".rstrip())
    assert max(width(line) for line in said.splitlines()) <= 80
    sentences = re.sub(r'"[^"]*"|\[[^\]]*\]|complaint-monitor [\w -]*|--[\w-]+ [A-Z]+', "|", said)
    sentences = re.sub(r"trend sign|incident show|taxonomy show", "|", sentences)
    assert not re.search(r"\b[a-z]{2,} [a-z]{2,}\b", sentences)
    for line in said.splitlines():
        assert not line.lstrip().startswith(("，", "。", "；", "：", "、", "）", "”"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "complaint-monitor：错误：缺少 COMMAND"),
        (("chek",), "complaint-monitor：错误：参数 COMMAND：没有 'chek'；可用：'backtest', 'check'"),
        (("check", "--nothing"), "complaint-monitor：错误：不认识的参数：--nothing"),
        (("check", "--send-test"), "complaint-monitor check：错误：参数 --send-test：后面应有一个值"),
        (("check", "--json=1"), "complaint-monitor check：错误：参数 --json：后面不应有值 '1'"),
        (("report", "x"), "complaint-monitor report：错误：参数 INCIDENT：'x' 不是有效的 int 值"),
        (("trend", "sign", "--by", "x"), "complaint-monitor trend sign：错误：缺少 HOUR, --remark"),
        (("signals", "--l", "3"), "signals：错误：--l 不明确，可能是 --language, --level, --limit"),
    ],
)  # fmt: skip
def test_a_wrong_command_line_is_refused_in_chinese(chinese, arguments, said):
    code, _, refused = chinese(*arguments)
    assert code == Exit.USAGE
    assert said in refused


@pytest.mark.parametrize(
    ("text", "columns", "lines"),
    [
        ("类目：甲乙丙丁", 10, ["类目：甲乙", "丙丁"]),
        ("甲乙丙，丁", 6, ["甲乙", "丙，丁"]),
        ("用 trend sign 签阅", 10, ["用 trend", "sign 签阅"]),
        ("", 10, [""]),
    ],
)
def test_lines_break_between_characters_and_words_and_never_before_a_closing_mark(text, columns, lines):
    assert list(_lines(text, columns, width)) == lines


def test_the_language_is_that_of_the_command_line_else_of_the_file_else_of_the_terminal(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    zh, en = {"LANG": "zh_CN.UTF-8"}, {"LANG": "en_US.UTF-8"}
    assert [language_for((), where) for where in (zh, en, {})] == ["zh", "en", "en"]
    assert language_for((), {"LC_ALL": "C", **zh}) == "en"
    assert language_for((), {"LC_ALL": "", "LC_MESSAGES": "zh_TW", **en}) == "zh"
    Path("config.toml").write_text('\ufefftimezone = "UTC"\nlanguage="zh" # or en\n[broken', "utf-8")
    assert language_for(("check",), en) == "zh"
    assert language_for(("check", "--language", "en"), zh) == "en"
    assert language_for(("check", "--language=en"), zh) == "en"
    Path("other.toml").write_text("language = 'en'\n", "utf-8")
    assert language_for(("check", "--config", "other.toml"), zh) == "en"
    assert language_for(("check", "--config=none.toml"), zh) == "zh"
    # A key of a table is no language of the file, nor one that there is not.
    Path("config.toml").write_text('language = "fr"\n[mine]\nlanguage = "zh"\n', "utf-8")
    assert language_for((), en) == "en"
    Path("config.toml").write_text('[mine]\nlanguage = "zh"\n', "utf-8")
    assert language_for((), en) == "en"
