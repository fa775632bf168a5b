from hypothesis import given
from hypothesis import strategies as st

from alerts.rendering.widths import clean, clip, pad, width


def test_a_chinese_character_takes_two_columns():
    assert width("无信号 5G") == 9
    assert pad("类目", 6) == "类目  "


def test_a_cut_text_says_that_it_was_cut():
    assert clip("移动业务", 5) == "移动…"
    assert clip("移动业务", 8) == "移动业务"


def test_a_label_stays_on_its_line():
    assert clean(" 无\n信号\t\u202e x\x00 ") == "无 信号 x"


@given(st.text(), st.integers(1, 80))
def test_a_cut_text_always_fits(text, columns):
    assert width(clip(text, columns)) <= columns
