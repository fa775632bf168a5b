"""Names of categories in a cell: one line, nothing that a spreadsheet calculates, read back as they were."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from trending import NOON, trend_files, written

from connectors.taxonomy import Taxonomy
from connectors.ticket import HOUR
from monitor.trend.lines import node_text, path_of


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), "*"),
        (("*",), r"\*"),
        (("a", "b"), "a > b"),
        (("a > b",), r"a \> b"),
        (("=cmd|' /C calc'!A0",), "'=cmd|' /C calc'!A0"),
        (("＠SUM(A1)", "x"), "'＠SUM(A1) > x"),
        (("-1",), "'-1"),
        (("'=1",), "''=1"),
        (("a\nb\r",), r"a\U0000000ab\U0000000d"),
        (("a\u2028b\u202ec\0",), r"a\U00002028b\U0000202ec\U00000000"),
        (("back\\slash",), r"back\\slash"),
        (("half \ud800",), r"half \U0000d800"),
        (("全角　空格", "😀"), "全角　空格 > 😀"),
    ],
)
def test_a_node_is_one_cell_that_no_spreadsheet_calculates(path, text):
    assert node_text(path) == text
    assert path_of(text) == path


NAMES = st.text(
    st.sampled_from("ab*'=@+-＝\\>U0 ,\"\n\r\u2028\ud800移") | st.characters(), min_size=1, max_size=8
)


@given(st.lists(NAMES, max_size=5).map(tuple))
@example(("\\", "*"))
@example(("U0000000a",))
@example(("\\U0000000a",))
def test_every_node_can_be_read_back_and_stays_on_one_line(path):
    text = node_text(path)
    assert path_of(text) == path
    assert len(text.splitlines()) <= 1
    assert text[:1] not in "=+-@＝＋－＠\t\r"
    assert text.encode()


def test_hostile_names_stay_one_line_each_in_a_file_and_are_written_once(store, files, folder, clock):
    names = [("=1+1",), ("a,b\nc",), ('"',), ("\ud800\0",), ("x" * 200_000,)]
    taxonomy = Taxonomy(["a"], names)
    written(store, files, taxonomy, *[(NOON - HOUR, i, 1, 1) for i in range(1, 6)])
    assert len((folder / "trend-2026-05-09.csv").read_text(encoding="utf-8").splitlines()) == 6
    assert trend_files(store, folder, clock).catch_up() == 0
