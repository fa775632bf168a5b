"""What the analysts' commands refuse is said in Chinese to a Chinese reader."""
# ruff: noqa: E501 - a sentence that people read stands in one piece

import re
from datetime import timedelta

import pytest
from storing import NOON

from connectors.ticket import to_us
from monitor.cli import main
from monitor.commands import Exit


@pytest.fixture
def refused(tmp_path, monkeypatch, capsys):
    """Exit code and sentences of a command whose user's terminal is Chinese, and what it is in English."""
    monkeypatch.chdir(tmp_path)

    def said(*arguments):
        told = []
        for locale in ("zh_CN.UTF-8", "C.UTF-8"):
            monkeypatch.setenv("LC_ALL", locale)
            capsys.readouterr()
            code = main(arguments)
            assert code in {Exit.USAGE, Exit.UNREACHABLE, Exit.PROBLEM}
            told.append(capsys.readouterr().err.strip())
        assert not re.search(r"[\u4e00-\u9fff]", told[1])
        return told[0]

    return said


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        ("series,ts\n", "c.csv 第1行：缺少列“count”；第一行应写明 series,ts,count"),
        ("series,ts,count\na,2026-05-09T10,1,2\n", "c.csv 第2行：有 4 个字段，而第一行写了 3 个"),
        ("series,ts,count\na,2026-05-09T10,x\n", "c.csv 第2行：计数“x”不是数字；数量未知时请去掉这一行"),
        ("series,ts,count\na,2026-05-09T10,-1\n", "c.csv 第2行：计数“-1”是负数；工单数不小于 0"),
        ("series,ts,count\na,2026-05-09T10,.5\n", "c.csv 第2行：计数“.5”不是整数；工单数应为整数"),
        ("series,ts,count\na,gestern,1\n", "c.csv 第2行：ts“gestern”不是时间；应为 ISO 8601 格式，例如 2024-01-01T05"),
        ("series,ts,count\na,1800-01-01,1\na,2026-01-01,1\n", "c.csv：第2行的“1800-01-01”到第3行的“2026-01-01”相隔超过120年；请改正其中有误的一个"),
        ("series,ts,count\na,2026-01-01,1\na,2026-01-01,1\n", "c.csv 第3行：序列“a”在“2026-01-01”的计数与第2行重复；请相加，或去掉一行"),
    ],
)  # fmt: skip
def test_counts_that_cannot_be_scored(refused, tmp_path, counts, sentence):
    (tmp_path / "c.csv").write_text(counts, "utf-8")
    assert refused("score", "c.csv", "--period", "hour", "--timezone", "UTC", "--out", "s.csv") == sentence


def test_a_zone_and_a_rate_that_there_are_not(refused, tmp_path):
    (tmp_path / "c.csv").write_text("series,ts,count\n", "utf-8")
    score = ("score", "c.csv", "--period", "hour", "--out", "s.csv")
    assert refused(*score, "--timezone", "Beijing").startswith("timezone：没有时区“Beijing”")
    assert (
        refused(*score, "--timezone", "UTC", "--fpr", "2")
        == "fpr：2.0 不是比率；应在 0 与 1 之间，例如 0.001"
    )


def test_scores_that_cannot_be_written(refused, tmp_path):
    (tmp_path / "c.csv").write_text("series,ts,count\n", "utf-8")
    score = ("score", "c.csv", "--period", "hour", "--timezone", "UTC", "--out")
    assert refused(*score, "c.csv").startswith("out：c.csv 就是计数文件本身")
    assert refused(*score, "/dev/full") == "/dev/full: No space left on device"


@pytest.mark.parametrize(
    ("labelled", "sentence"),
    [
        (
            "text\n",
            "a.csv 第1行：缺少列“category”；现有的列：text。已标注的文本须有列 text,category[,category2..]",
        ),
        ("text,category\nx,\n", "a.csv：没有一行既有文本又有类目，无从学习"),
        ("text,category\nx,a,b\n", "a.csv 第2行：有 3 个字段，而标题行只有 2 个；文本里有逗号时须加引号"),
        ("", "a.csv：文件为空；至少要有写明列名的标题行"),
    ],
)
def test_texts_that_teach_nothing(refused, tmp_path, labelled, sentence):
    (tmp_path / "a.csv").write_text(labelled, "utf-8")
    assert refused("place", "--labelled", "a.csv", "--texts", "b.csv", "--out", "c.csv") == sentence


def test_a_file_that_is_not_there_is_told_in_chinese(refused):
    said = refused("place", "--labelled", "a.csv", "--texts", "b.csv", "--out", "c.csv")
    assert said == "a.csv：无法读取（No such file or directory）"


CONFIG = """\
timezone = "Asia/Shanghai"
[taxonomy]
levels = ["业务", "问题"]
file = "table.csv"
[store]
url = "sqlite:///store.db"
[[sources]]
name = "desk"
kind = "csv"
path = "desk.csv"
fields = { id = "id", created_at = "created", category = ["business", "problem"] }
"""


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("名称\n", "第1行：没有一列写明类目所在的位置；现有的列：名称。须为每一级各有一列（业务 问题，或 level1 level2 ..）"),
        ("业务,问题\n宽带,\n宽带,\n", "第3行：宽带 在第 2 行已有；请只留一行"),
        ("name,parent\na,b\nb,a\n", "第2行：上下级成了循环：a > b > a（第 2, 3 行）；请改正其中一行的上级"),
        ("业务,问题\n,无信号\n", "第2行：第 1 级为空，而其下一级不为空；请填写"),
        ("name,parent\na,x\n", "第2行：表里没有上级 x；请加上，或改正名称"),
    ],
)  # fmt: skip
def test_a_category_table_that_cannot_be_used(tmp_path, monkeypatch, capsys, table, sentence):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text(CONFIG, "utf-8")
    (tmp_path / "table.csv").write_text(table, "utf-8")
    for command in (("taxonomy", "check"), ("check",)):
        capsys.readouterr()
        assert main(command) in {Exit.USAGE, Exit.PROBLEM, Exit.UNREACHABLE}
        assert f"table.csv {sentence}" in "".join(capsys.readouterr())


def test_a_change_of_the_taxonomy_that_cannot_be(kept):
    def said(*arguments):
        return kept.refused("taxonomy", *arguments, "--language", "zh")[1].strip()

    assert said("rename", "移动业务", "移动业务 > 别的") == (
        "移动业务 不能移到 移动业务 > 别的：那是它自己，或在它之下"
    )
    assert said("merge", "移动业务", "移动业物") == (
        "没有可并入的类目 移动业物（更名请用 taxonomy rename）；是不是“移动业务”？"
    )
    assert said("rename", "没有的", "别的").startswith("没有类目 没有的")
    assert said("undo", "7") == "没有变更 7：目前没有可撤销的变更"
    assert said("check") == "请写明分类表文件：写在命令行里，或设置 taxonomy.file"


def test_a_store_that_somebody_else_writes_to(kept):
    kept.in_language("zh")
    store = kept.store()
    store.acquire("another", ttl=timedelta(days=36_500), now=to_us(NOON))
    try:
        assert kept.refused("recount", "--mend")[1].startswith("another 正在写入这个存储，至少到 ")
    finally:
        store.release()
        store.close()


def test_labels_and_numbers_that_make_no_sense(kept):
    kept.in_language("zh")
    (kept.folder / "desk.csv").write_text("id,created\n1,2026-05-09 10:00\n", "utf-8")
    (kept.folder / "labels.csv").write_text("node,start,end\n移动,2026-05-09,2026-05-10\n", "utf-8")
    labels = ("--labels", str(kept.folder / "labels.csv"), "--out", str(kept.folder / "out"))
    assert kept.refused("backtest", *labels)[1].endswith(
        'labels.csv 第2行：没有工单属于类目 "移动"；请写成“A > B”的形式，* 表示全部\n'
    )
    assert kept.refused("tune", "--pages-per-week", "0")[1] == "--pages-per-week：应为大于 0 的数，例如 5\n"


def test_a_secret_that_is_not_there(kept):
    file = kept.folder / "config.toml"
    text = file.read_text("utf-8").replace('"sqlite:///var/store.db"', '"env:NO_SUCH_STORE"')
    file.write_text(text, "utf-8")
    kept.in_language("zh")
    for command in ("status", "check"):
        assert "环境变量 NO_SUCH_STORE" in "".join(kept.run(command)[1:])
