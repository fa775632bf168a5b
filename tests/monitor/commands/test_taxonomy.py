"""`taxonomy`: what it prints, what it notes in the store, and what it refuses."""

import json
import re

import pytest
from storing import NOON, fed, ticket

from connectors.ticket import to_us
from monitor.storage.placements import Placed
from monitor.wiring import adopt_table, engine_of

NO_SIGNAL = ("移动业务", "5G套餐", "无信号")
BILLS = ("宽带业务", "光纤/铜线", "账单")
TABLE = """\
code,business,product,stage,aliases
M,移动业务,,,mobile
M5,移动业务,5G套餐,无信号,
B,宽带业务,,,
"""


@pytest.fixture
def table(kept):
    file = kept.folder / "t.csv"
    file.write_text(TABLE, encoding="utf-8")
    return file


def follow(place) -> int:
    """What the daemon does at its next tick."""
    store = place.store()
    moved = engine_of(place.config, store).rearrange(now=to_us(NOON)).moved
    store.close()
    return moved


def nodes(place) -> dict[tuple[str, ...], int]:
    shown = json.loads(place.told("taxonomy", "show", "--json"))
    return {tuple(row["node"]): row["tickets"] for row in shown["nodes"]}


def test_a_table_is_checked_imported_and_shown_and_labels_that_it_does_not_know_are_listed(kept, table):
    assert kept.told("taxonomy", "check", str(table)) == "a table of 3 categories\n"
    store = kept.store()
    fed(
        store,
        ticket("x", path=("Mobile", "5g套餐", "無信號")),
        ticket("y", path=("ＭＯＢＩＬＥ", "eSIM")),
        ticket("z", path=()),
    )
    store.close()
    said = kept.told("taxonomy", "import", str(table), "--by", "李")
    assert said == "Change 1 is noted. A monitor that starts counts by it at once.\n"
    assert follow(kept) == 2
    found = nodes(kept)
    assert found[NO_SIGNAL] == 23
    assert found["移动业务", "eSIM"] == 1
    shown = kept.told("taxonomy", "show")
    assert re.search(r"移动业务 +M +mobile +24", shown)
    assert "李" in shown
    said = kept.told("taxonomy", "unmapped")
    assert "ＭＯＢＩＬＥ > eSIM" in said
    assert "宽带业务 > 光纤/铜线 > 账单" in said
    assert "5 tickets have a label that the table does not know" in said
    assert "1 ticket was told without any category" in said
    told = json.loads(kept.told("taxonomy", "unmapped", "--json"))
    assert told["tickets"] == 5
    assert told["without_category"] == 1
    assert told["unmapped"][0]["label"] == list(BILLS)
    assert kept.told("taxonomy", "import", str(table)) == "This is the table already; nothing was changed.\n"


def test_a_code_at_another_path_renames_its_node_and_the_old_label_still_counts_there(kept, table):
    kept.told("taxonomy", "import", str(table))
    follow(kept)
    table.write_text(
        TABLE.replace("5G套餐", "5G-A套餐")
        .replace("M,移动业务", "M,移动通信")
        .replace("M5,移动业务", "M5,移动通信"),
        "utf-8",
    )
    assert kept.told("taxonomy", "check", str(table)).splitlines()[1:] == [
        "移动业务 → 移动通信",
        "移动业务 > 5G套餐 > 无信号 → 移动通信 > 5G-A套餐 > 无信号",
    ]
    kept.told("taxonomy", "import", str(table))
    assert follow(kept) == 22
    assert nodes(kept)["移动通信", "5G-A套餐", "无信号"] == 22
    assert kept.told("recount") == "The stored counts are what the tickets say.\n"
    # The old name cannot become another node's: nobody could tell whose the old tickets are.
    table.write_text(table.read_text("utf-8") + "N,移动业务,,,\n", "utf-8")
    code, said = kept.refused("taxonomy", "import", str(table))
    assert code == 2
    assert (
        "line 5: 移动业务 is the former name of 移动通信 (change 2, table), where tickets with this label are"
        in said
    )


def test_nodes_are_renamed_merged_split_and_put_back(kept):
    assert "移动业务 > 5G套餐 → 移动业务 > 5G" in kept.told(
        "taxonomy", "rename", "移动业务>5G套餐", "移动业务 > 5G"
    )
    assert follow(kept) == 22
    kept.told("taxonomy", "merge", "移动业务 > 5G > 无信号", json.dumps(list(BILLS), ensure_ascii=False))
    follow(kept)
    assert nodes(kept)[BILLS] == 26
    kept.told("taxonomy", "split", " > ".join(BILLS), "宽带业务 > 新账单", "--since", "2026-05-09T11:00")
    follow(kept)
    assert nodes(kept)["宽带业务", "新账单"] == 17
    assert kept.told("recount") == "The stored counts are what the tickets say.\n"
    for number in ("3", "2", "1"):
        kept.told("taxonomy", "undo", number)
    follow(kept)
    assert (nodes(kept)[NO_SIGNAL], nodes(kept)[BILLS]) == (22, 4)
    shown = kept.told("taxonomy", "show")
    assert shown.count("taken back") == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("rename", "移动业务 > 4G", "x"), "there is no category 移动业务 > 4G"),
        (("merge", "宽带业务", "网络"), "there is no category 网络 to merge into; `taxonomy rename` gives"),
        (("rename", "宽带业务", "移动业务"), "移动业务 is a category already; `taxonomy merge` counts both"),
        (("rename", "宽带业务", "宽带业务 > x"), "cannot move to 宽带业务 > x, which is itself or"),
        (("rename", "宽带业务", "a > b > c > d"), "a > b > c > d has 4 levels, and the taxonomy has 3"),
        (("rename", "", "x"), "the whole tree has no name; name a node below it"),
        (("undo", "7"), "there is no change 7 to take back; there are: none"),
        (("split", "宽带业务", "x", "--since", "soon"), "--since: "),
        (("import",), "name the table's file, here or as taxonomy.file"),
        (("import", "missing.csv"), "missing.csv: cannot be read (No such file or directory)"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_with_a_sentence(kept, arguments, said):
    code, err = kept.refused("taxonomy", *arguments)
    assert code == 2
    assert said in err


def test_a_name_that_was_left_is_not_used_again(kept):
    kept.told("taxonomy", "rename", "宽带业务", "固网")
    follow(kept)
    code, said = kept.refused("taxonomy", "rename", "移动业务", "宽带业务")
    assert code == 2
    assert "宽带业务 is counted as 固网 (change 1, rename); name that one, or take the change back" in said


def test_without_a_table_nothing_is_unmapped(kept):
    code, out, _ = kept.run("taxonomy", "unmapped")
    assert code == 1
    assert out.startswith("There is no category table yet;")


def test_a_configured_table_is_imported_at_the_start_and_known_to_a_replay(place):
    config = place.folder / "config.toml"
    text = config.read_text("utf-8").replace('"stage"]', '"stage"]\nfile = "t.csv"')
    column = 'created_at = "created"\ncategory = ["what"]'
    config.write_text(text.replace('created_at = "created"', column), "utf-8")
    (place.folder / "t.csv").write_text(TABLE, "utf-8")
    (place.folder / "desk.csv").write_text("id,created,what\n1,2026-05-09,MOBILE\n2,2026-05-09,m5\n", "utf-8")
    store = place.store()
    adopt_table(place.config, store, now=5)
    adopt_table(place.config, store, now=6)
    with store.reading() as tx:
        [change] = tx.taxonomy.all()
    assert (change.kind, change.author, change.applied_at) == ("table", "config.toml", None)
    store.close()
    place.told("taxonomy", "rename", "移动业务", "无线")
    place.told("replay", "--out", str(place.folder / "out"))
    rows = (place.folder / "out" / "trend.jsonl").read_text("utf-8").splitlines()
    assert {tuple(json.loads(row)["node"]) for row in rows} == {
        (),
        ("无线",),
        ("无线", "5G套餐"),
        ("无线", "5G套餐", "无信号"),
    }
    (place.folder / "t.csv").write_text("business\n\nA,B\n", "utf-8")
    code, said = place.refused("replay", "--out", str(place.folder / "out2"))
    assert code == 2
    assert "t.csv, line 3: 2 fields, but the header names 1" in said


def test_check_reads_the_configured_table(place):
    config = place.folder / "config.toml"
    config.write_text(config.read_text("utf-8").replace('"stage"]', '"stage"]\nfile = "t.csv"'), "utf-8")
    (place.folder / "desk.csv").write_text("id,created\n1,2026-05-09\n", "utf-8")
    (place.folder / "t.csv").write_text(TABLE, "utf-8")
    assert "t.csv: a table of 3 categories" in place.run("check")[1]
    (place.folder / "t.csv").write_text(TABLE + "X,移动业务,,,\n", "utf-8")
    code, out, _ = place.run("check")
    assert code == 1
    assert "line 5: 移动业务 is on line 2 already; leave one of the two" in out


def test_what_was_placed_by_text_is_told_with_its_corrections(kept):
    store = kept.store()
    with store.writing() as tx:
        rows = [Placed(str(n), 5, BILLS, 0.9, 60, None) for n in range(3)]
        tx.placements.save(tx.sources.id("desk"), rows, nodes=[tx.nodes.paths().index(BILLS)] * 3, at=5)
        tx.placements.correct(tx.sources.id("desk"), ["1"], at=6)
    store.close()
    said = "3 tickets were placed by their text; of 1 the source has told a category since."
    assert said in kept.told("taxonomy", "show")
    shown = json.loads(kept.told("taxonomy", "show", "--json"))
    assert shown["placed_by_text"] == {"tickets": 3, "corrected": 1}
