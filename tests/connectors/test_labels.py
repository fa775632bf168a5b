"""Labels as sources write them mean nodes of the company's table."""

import subprocess
import sys

import pytest

from connectors.labels import Entry, Labels, form

TABLE = [
    Entry(("宽带", "路由器", "无信号"), code="B-1", aliases=("没信号",)),
    Entry(("宽带", "账单"), aliases=("费用", "billing")),
    Entry(("Mobile", "Wi-Fi calling"), code="M-1"),
    Entry(("Mobile", "Bill"), aliases=("费用",)),
    Entry(("宽带",), aliases=("Broadband",)),
]


@pytest.mark.parametrize(
    ("label", "path"),
    [
        (("宽带", "路由器", "无信号"), ("宽带", "路由器", "无信号")),
        (("寬帶", "路由器", "無信號"), ("宽带", "路由器", "无信号")),
        ((" 宽 带", "路由器"), ("宽带", "路由器")),
        (("broadband", "billing"), ("宽带", "账单")),
        (("BROADBAND", "路由器", "沒信號"), ("宽带", "路由器", "无信号")),
        (("ｍｏｂｉｌｅ", "ｗｉ-ｆｉ　ｃａｌｌｉｎｇ"), ("Mobile", "Wi-Fi calling")),
        (("b-1",), ("宽带", "路由器", "无信号")),
        (("宽带", "b-1"), ("宽带", "路由器", "无信号")),
        (("billing",), ("宽带", "账单")),
        (("Mobile", "费用"), ("Mobile", "Bill")),
        (("寬帶 > 路由器 / 没信号",), ("宽带", "路由器", "无信号")),
        (("MOBILE／费用",), ("Mobile", "Bill")),
        ((), ()),
    ],
)
def test_a_label_means_the_node_that_it_names_in_any_writing(label, path):
    assert Labels(TABLE).match(label) == (path, len(label))


@pytest.mark.parametrize(
    ("label", "path", "known"),
    [
        (("宽帶", "机顶盒"), ("宽带", "机顶盒"), 1),
        (("机顶盒", "路由器"), ("机顶盒", "路由器"), 0),
        (("Mobile", "B-1"), ("Mobile", "B-1"), 1),  # the code is that of a node elsewhere
        (("费用",), ("费用",), 0),  # an alias of two nodes says nothing without the level above it
        (("宽带/新故障",), ("宽带/新故障",), 0),  # a name may hold the mark: only a path known whole is one
        (("Mobile", "Bill", "too high"), ("Mobile", "Bill", "too high"), 2),
    ],
)
def test_what_the_table_does_not_know_keeps_its_names_below_the_node_that_it_knows(label, path, known):
    assert Labels(TABLE).match(label) == (path, known)


def test_without_a_table_every_label_means_itself():
    assert Labels().match(("ｍｏｂｉｌｅ", "Bill ")) == (("ｍｏｂｉｌｅ", "Bill "), 0)
    assert not Labels()


def test_opencc_is_not_loaded_for_plain_names():
    look = (
        "import sys; from connectors.labels import form; form('Ａ b'); form('Bill'); "
        "assert 'opencc' not in sys.modules; form('故障'); assert 'opencc' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", look], check=True)


def test_names_are_the_same_by_the_rules_of_unicode():
    assert form("Straße") == form("STRASSE")
