"""`complaint-monitor place` on files: the contract, and what becomes of files that break it."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from connectors.clustering.encoder import installed_encoder
from connectors.placing import PlacingError, place_file

BANKING = Path(__file__).resolve().parents[2] / "../shared/data/banking_queries.csv.gz"
LABELLED = [
    ("text", "category", "category2"),
    ("I lost my card", "card", "lost"),
    ("my card is lost", "card", "lost"),
    ("cannot find my card anywhere", "card", "lost"),
    ("my card was declined", "card", "declined"),
    ("card declined at the shop", "card", "declined"),
    ("the payment by card was declined", "card", "declined"),
    ("the transfer has not arrived", "transfer", ""),
    ("where is my transfer", "transfer", ""),
    ("发票一直没有寄来", "账单", "发票"),
    ("需要补开发票", "账单", "发票"),
]
ODD = [
    "",
    " ",
    "  lead",
    'a "quoted", text',
    "two\nlines",
    "cr\r\nlf\rcr",
    "\U0001f600",
    "\x00\x01",
    "ＦＵＬＬ　ｗｉｄｔｈ",
    "=1+1",
    "x" * 200_000,
]


def write(file, rows, encoding="utf-8"):
    with file.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream).writerows(rows)
    return file


def read(file):
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture
def labelled(tmp_path):
    return write(tmp_path / "A.csv", LABELLED)


def test_one_row_per_row_in_order_with_texts_unchanged_and_the_full_path(tmp_path, labelled):
    texts = ["card lost", "declined card", "我要发票", *ODD, "card lost"]
    unknown = write(tmp_path / "B.csv", [("id", "text"), *((n, text) for n, text in enumerate(texts))])
    place_file(labelled, unknown, tmp_path / "C.csv")
    rows = read(tmp_path / "C.csv")
    assert list(rows[0]) == ["text", "category", "category2", "confidence", "cluster"]
    assert [row["text"] for row in rows] == texts
    assert [(row["category"], row["category2"]) for row in rows[:3]] == [
        ("card", "lost"),
        ("card", "declined"),
        ("账单", "发票"),
    ]
    assert all(row["category"] and 0 <= float(row["confidence"]) <= 1 for row in rows)


def test_below_the_cut_only_what_is_sure_is_named(tmp_path, labelled):
    unknown = write(tmp_path / "B.csv", [["text"], ["card"], ["my card is lost"], ["飞机晚点"]])
    free, cut = tmp_path / "free.csv", tmp_path / "cut.csv"
    place_file(labelled, unknown, free)
    place_file(labelled, unknown, cut, min_confidence=0.999)
    assert all(row["category"] for row in read(free))
    assert [row["category2"] for row in read(cut)] == ["", "", ""]
    for row in read(cut):
        assert bool(row["category"]) == (float(row["confidence"]) >= 0.999)


def test_no_texts_give_a_header_and_no_rows(tmp_path, labelled):
    place_file(labelled, write(tmp_path / "B.csv", [["text"]]), tmp_path / "C.csv")
    assert (tmp_path / "C.csv").read_bytes() == b"text,category,category2,confidence,cluster\r\n"


def test_files_of_a_spreadsheet_with_a_byte_order_mark_or_in_gb18030_are_read(tmp_path):
    labelled = write(tmp_path / "A.csv", LABELLED, "utf-8-sig")
    unknown = write(tmp_path / "B.csv", [["text"], ["发票没有寄"]], "gb18030")
    place_file(labelled, unknown, tmp_path / "C.csv")
    assert read(tmp_path / "C.csv")[0]["category2"] == "发票"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", r"A\.csv: is empty; at least a header"),
        ("message,category\nx,y\n", r"A\.csv, line 1: no column 'text'; the columns are: message, category"),
        ("text,kind\nx,y\n", r"A\.csv, line 1: no column 'category'; the columns are: text, kind"),
        ("text,category\n", r"A\.csv: not one row has both"),
        ("text,category\nx,\n,y\n", r"A\.csv: not one row has both"),
        (
            "text,category\na,b,c\n",
            r"A\.csv, line 2: 3 fields, but the header names 2; a text with a comma needs",
        ),
        ('text,category\n"a,b\n', r"A\.csv, line 2: not CSV .*quote missing"),
    ],
)
def test_a_labelled_file_that_teaches_nothing_is_refused_with_the_mend(tmp_path, content, message):
    (tmp_path / "A.csv").write_text(content)
    with pytest.raises(PlacingError, match=message):
        place_file(tmp_path / "A.csv", write(tmp_path / "B.csv", [["text"]]), tmp_path / "C.csv")
    assert not (tmp_path / "C.csv").exists()


def test_what_cannot_be_read_or_written_is_named(tmp_path, labelled):
    unknown = write(tmp_path / "B.csv", [["text"], ["x"]])
    with pytest.raises(PlacingError, match=r"nowhere\.csv: cannot be read \(No such file"):
        place_file(labelled, tmp_path / "nowhere.csv", tmp_path / "C.csv")
    with pytest.raises(PlacingError, match=r"C\.csv: cannot be written \(No such file"):
        place_file(labelled, unknown, tmp_path / "no folder" / "C.csv")
    with pytest.raises(PlacingError, match=r"B\.csv, line 1: no column 'text'; the columns are: comment"):
        place_file(labelled, write(tmp_path / "B.csv", [["comment"]]), tmp_path / "C.csv")
    (tmp_path / "B.csv").write_bytes(b"text\n\xff\xfe\x00\x80\n")
    with pytest.raises(PlacingError, match=r"B\.csv: neither UTF-8 nor GB18030 from byte"):
        place_file(labelled, tmp_path / "B.csv", tmp_path / "C.csv")


@pytest.mark.parametrize("wrong", [-0.1, 1.1, float("nan")])
def test_a_cut_that_is_no_probability_is_refused(tmp_path, labelled, wrong):
    with pytest.raises(PlacingError, match="between 0 and 1"):
        place_file(labelled, labelled, tmp_path / "C.csv", min_confidence=wrong)


@pytest.mark.slow
@pytest.mark.skipif(not BANKING.exists(), reason="real texts not here: ../shared/data/banking_queries.csv.gz")
def test_real_queries_are_placed_and_a_class_nobody_labelled_emerges_under_its_own_words(tmp_path):
    with gzip.open(BANKING, "rt", encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    order = np.random.default_rng(0).permutation(len(rows))
    novel = {"age_limit", "country_support"}
    taken: Counter[str] = Counter()
    known = [rows[n] for n in order if rows[n]["category"] not in novel]
    train = [row for row in known if taken.update([row["category"]]) or taken[row["category"]] <= 20]
    test = known[-400:] + [row for row in rows if row["category"] in novel][::3]
    train = [row for row in train if row not in test]
    labelled = write(
        tmp_path / "A.csv", [("text", "category"), *((row["text"], row["category"]) for row in train)]
    )
    unknown = write(tmp_path / "B.csv", [["text"], *([row["text"]] for row in test)])
    place_file(labelled, unknown, tmp_path / "C.csv")
    placed = read(tmp_path / "C.csv")
    right = [
        found["category"] == row["category"] for found, row in zip(placed[:400], test[:400], strict=True)
    ]
    assert np.mean(right) > (0.84 if installed_encoder() else 0.74)
    members: dict[str, Counter[str]] = {}
    for found, row in zip(placed, test, strict=True):
        if found["cluster"]:
            members.setdefault(found["cluster"], Counter()).update([row["category"]])
    for name, labels in members.items():
        assert labels.most_common(1)[0][1] >= 0.8 * labels.total(), (name, labels)
    if installed_encoder():
        assert {labels.most_common(1)[0][0] for labels in members.values()} & novel
