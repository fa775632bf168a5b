"""The chart of an incident's hours: every hour is drawn, unknown ones as unknown, and Chinese as Chinese."""

import io
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from matplotlib import image

from alerts.charts.font import FILE, families
from alerts.charts.volume import ExpectedHour, Mark, rows_of, volume_chart
from connectors.ticket import HOUR

SHANGHAI = ZoneInfo("Asia/Shanghai")
START = 1_792_490_400_000_000
BLUE, ORANGE, RED = (0x3B, 0x6E, 0xA5), (0xF0, 0xB3, 0x5A), (0xB3, 0x26, 0x1E)


def drawn(hours, *marks, title="移动业务", language="zh"):
    png = volume_chart(hours, marks, title=title, language=language, zone=SHANGHAI)
    assert png.startswith(b"\x89PNG")
    pixels = image.imread(io.BytesIO(png), format="png")
    return (255 * pixels[..., :3]).round().astype(int)


def hours(*counts, expected=5.0):
    upper = None if expected is None else expected + 6
    return [ExpectedHour(START + i * HOUR, count, expected, upper) for i, count in enumerate(counts)]


def pixels_of(colour, picture):
    return int((np.abs(picture - colour).sum(axis=2) < 12).sum())


def test_taller_bars_for_more_tickets_and_none_for_an_unknown_hour():
    few, many = drawn(hours(2, 2, 2, 40)), drawn(hours(20, 20, 20, 40))
    assert pixels_of(BLUE, many) > 1.8 * pixels_of(BLUE, few)
    unknown = drawn(hours(20, None, 20, 40))
    assert pixels_of(BLUE, unknown) < pixels_of(BLUE, many)


def test_without_a_baseline_there_is_no_band():
    assert pixels_of(ORANGE, drawn(hours(3, 4))) > 0
    assert pixels_of(ORANGE, drawn(hours(3, 4, expected=None))) == 0


def test_marks_in_the_chart_are_drawn_and_others_left_out():
    inside, outside = Mark(START + HOUR, "签收"), Mark(START + 40 * HOUR, "签收")
    assert pixels_of(RED, drawn(hours(3, 4, 5), inside)) > 0
    assert pixels_of(RED, drawn(hours(3, 4, 5), outside)) == 0


def test_a_day_of_25_hours_and_two_months_of_hours_are_drawn():
    berlin = ZoneInfo("Europe/Berlin")
    autumn = [ExpectedHour(1_792_879_200_000_000 + i * HOUR, i) for i in range(26)]
    assert volume_chart(autumn, title="DST", language="en", zone=berlin)
    assert volume_chart(hours(*[1] * 1_440), title="two months", language="en", zone=SHANGHAI)


def test_nothing_to_draw_is_refused():
    with pytest.raises(ValueError, match="at least one hour"):
        volume_chart([], title="", language="zh", zone=SHANGHAI)


def test_chinese_signs_are_drawn_by_the_shipped_font_and_not_as_boxes():
    from matplotlib.ft2font import FT2Font

    assert families()[0] == "Noto Sans SC"
    font = FT2Font(str(FILE))
    for sign in "投诉预警网络质量无信号玥（）：％":
        assert font.get_char_index(ord(sign)) != 0, sign
    # A box for each sign would make both pictures alike.
    assert not np.array_equal(drawn(hours(1), title="网络"), drawn(hours(1), title="质量"))


def test_names_of_marks_stand_in_the_first_row_where_they_do_not_lie_on_another():
    apart = [(0.1, "Detected"), (0.5, "Handled"), (0.9, "Resolved")]
    assert rows_of(apart) == [0, 0, 0]
    close = [
        (0.76, "Detected"),
        (0.762, "Paged"),
        (0.77, "Acknowledged"),
        (0.80, "Handled"),
        (0.9, "Resolved"),
    ]
    assert rows_of(close) == [0, 1, 2, 3, 0]
    assert rows_of([]) == []
