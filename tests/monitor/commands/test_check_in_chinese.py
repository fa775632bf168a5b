"""`check` tells a Chinese reader in Chinese what is wrong with his tickets, at the first configuration."""
# ruff: noqa: E501 - a sentence that people read stands in one piece

import json
import re

import pytest

from monitor.cli import main

CONFIG = """\
timezone = "Asia/Shanghai"
language = "zh"
[taxonomy]
levels = ["business"]
[store]
url = "sqlite:///store.db"
[[sources]]
name = "desk"
kind = "{kind}"
{more}
[sources.fields]
id = "id"
created_at = "created"
category = ["business"]
"""

# Values, and what the system and SQLAlchemy say in their own words.
OTHERS = re.compile(r'"[^"]*"|（(?:Can.t load plugin|No such file or directory|File exists|\[Errno)[^）]*）')


@pytest.fixture
def checked(tmp_path, monkeypatch, capsys):
    """What is said of the source."""
    monkeypatch.chdir(tmp_path)

    def said(kind, more, **files):
        (tmp_path / "config.toml").write_text(CONFIG.format(kind=kind, more=more), "utf-8")
        for name, content in files.items():
            (tmp_path / f"{name}.{kind}").write_bytes(content)
        capsys.readouterr()
        main(("check",))
        printed = capsys.readouterr().out
        main(("check", "--json"))
        for finding in json.loads(capsys.readouterr().out)["findings"]:
            assert finding["sentence"] in printed
        part = printed.partition("数据源\n")[2].partition("\n\n")[0]
        assert not re.search(r"\b[a-z]{2,} [a-z]{2,}\b", OTHERS.sub("", part)), part
        return part

    return said


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("id,created\n1,2026-05-09\n", 't.csv 没有列 "business"（category）；现有的列：id、created。请修改 [sources.fields]'.replace("、", ", ")),
        ("id;created;business\n", "t.csv（按 ',' 分隔只有一列，delimiter 是否正确？） 没有列 \"id\"（id）、\"created\"（created_at）"),
        ("id,created,business\n1,gestern,tv\n", 'created_at（列 created）为 "gestern"，不是 ISO 8601 日期和时间；写法不同时请设置 datetime_format（1 行）'),
        ("id,created,business\n1,,tv\n", "created_at（列 created）为空（1 行）"),
        ("id,created,business\n1,2026-05-09\n", "有 2 个字段，而标题行有 3 个（1 行）"),
        ('id,created,business\n1,2026-05-09,"tv\n', "引号没有闭合（1 行）"),
        ("id,created,business\n1,2999-05-09,tv\n", 'created_at（列 created）为 "2999-05-09"，晚于当前时间（1 行）'),
    ],
)  # fmt: skip
def test_a_csv_file_that_is_not_as_configured(checked, content, sentence):
    found = checked("csv", 'path = "t.csv"\nsettle = "0s"', t=content.encode())
    assert sentence in found


def test_several_sorts_of_bad_rows_are_told_with_their_numbers(checked):
    rows = b"id,created,business\n1,x,tv\n2,y,tv\n3,2026-05-09\n4,2026-05-09,tv\n"
    found = checked("csv", 'path = "t.csv"\nsettle = "0s"', t=rows)
    assert "3 行将被隔离：t.csv 第2行：created_at（列 created）为 " in found
    assert "设置 datetime_format（2 行）；t.csv 第4行：有 2 个字段，而标题行有 3 个（1 行）" in found


def test_files_that_are_not_read_because_of_their_names(checked, tmp_path):
    (tmp_path / "drop").mkdir()
    (tmp_path / "drop" / "t.xlsx").write_bytes(b"")
    found = checked("csv", 'path = "drop"')
    assert "drop 里有 1 个文件不会读取，因为文件名的结尾不是 .csv" in found


def test_lines_that_are_no_json(checked):
    found = checked(
        "jsonl",
        'path = "t.jsonl"\nsettle = "0s"',
        t=b'{"id": 1, "created": "2026-05-09", "business": "tv"}\n[]\n',
    )
    assert "是 JSON，却不是带字段的对象（1 行）" in found
    found = checked("jsonl", 'path = "t.jsonl"\nsettle = "0s"', t=b'{"id": 1, "created": "2026-05-09"}\n')
    assert "t.jsonl 的 1 条记录都没有字段 business；请检查 [sources.fields] 里的名称" in found


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ('url = "nonsense"\ntable = "t"', "url 不是数据库地址；请写成 sqlite:///a.db 的形式"),
        ('url = "nosql://x/y"\ntable = "t"', "SQLAlchemy 不认识这种数据库：nosql://x/y"),
        ('url = "sqlite:///none.db"\ntable = "t"', "none.db 不存在；请修改配置，或创建它"),
        ('url = "env:NO_SUCH_DATABASE"\ntable = "t"', "env:NO_SUCH_DATABASE 取不到；请检查它所指的环境变量或文件"),
    ],
)  # fmt: skip
def test_a_database_that_cannot_be_asked(checked, more, sentence):
    assert sentence in checked("sql", more)


def test_a_webhook_that_cannot_listen_or_verify(checked, tmp_path):
    (tmp_path / "short").write_text("abc", "utf-8")
    (tmp_path / "taken").write_text("", "utf-8")
    more = 'port = 1\nhost = "203.0.113.1"\njournal = "taken"\nsecrets = ["file:short", "env:NO_SUCH_KEY", "file:none"]'
    found = checked("webhook", more)
    assert "short 只有 3 字节，容易被猜中；至少要 16 字节" in found
    assert "环境变量 NO_SUCH_KEY 没有设置；请设置它，或修改 env:NO_SUCH_KEY" in found
    assert "taken 不可写（" in found
    assert "无法在 203.0.113.1 端口 1 上监听（" in found


def test_a_table_without_the_columns(checked, tmp_path):
    import sqlite3

    with sqlite3.connect(tmp_path / "t.db") as connection:
        connection.execute("CREATE TABLE t (id TEXT, created TEXT, business TEXT)")
    connection.close()
    found = checked("sql", 'url = "sqlite:///t.db"\ntable = "t"\ncursor_column = "changed"')
    assert "表 t 没有列“changed”（cursor_column）；现有的列：id, created, business" in found
