"""The page of a surge says how much more it is than usual, and where to look."""

from dataclasses import replace

import pytest
from alerting import NOW, SHANGHAI, plan, signal

from alerts.rendering.plain import plain
from alerts.rendering.sheet import sheet
from alerts.respond import respond
from connectors.ticket import HOUR, MINUTE, NEVER, to_us

EXPLANATION = {
    "children": [{"value": "router", "observed": 30, "expected": 6.0, "part": 0.889}],
    "child": "router",
    "regions": [{"value": "north", "observed": 20, "expected": 6.0, "part": 0.51}],
    "region": None,
    "channels": [{"value": "phone", "observed": 33, "expected": 8.0, "part": 0.926}],
    "channel": "phone",
    "complainants": {"distinct": 36, "most": None, "tickets": 2, "of": 38, "alone": False},
}
DETAIL = {
    "detected_at": "2026-11-22T15:04:00+08:00",
    "expected": 11.2,
    "score": 6.31,
    "hours": 3,
    "minutes": None,
    "explanation": EXPLANATION,
}


def surge(crossed_at=None, **detail):
    start = to_us(NOW) // HOUR * HOUR - 2 * HOUR
    return replace(
        signal(),
        kind="seasonal_surge",
        window_start=start,
        window_end=start + 3 * HOUR,
        crossed_at=start + (3 * HOUR if crossed_at is None else crossed_at),
        observed=38,
        threshold=25,
        created_at=NEVER,
        detail={**DETAIL, **detail},
    )


def text(one, language):
    (page,) = respond([one], plan=plan(), now=NOW).pages
    return plain(sheet(page, language=language, zone=SHANGHAI))


def test_whole_days_are_called_days_also_the_one_of_23_hours():
    said = text(surge(hours=None, days=3), "en"), text(surge(hours=None, days=3), "zh")
    assert "38 tickets in 3 days, 11 expected" in said[0].splitlines()[0]
    assert "38 tickets in the last 3 days, 11 expected\n" in said[0]
    assert "3天内38件（常态约11件）" in said[1].splitlines()[0]
    assert "38 tickets in 1 day, 11 expected" in text(surge(hours=None, days=1), "en")


def test_english():
    said = text(surge(), "en")
    assert "38 tickets in 3 hours, 11 expected" in said.splitlines()[0]
    assert "38 tickets in the last 3 hours, 11 expected\n" in said
    assert "89% of the excess lies in router" in said
    assert "93% of the excess came through phone" in said
    assert "Window       Sun 2026-11-22, since 13:00" in said
    assert "north" not in said
    assert "38 tickets from 36 different complainants" in said
    assert "limit" not in said.lower()


def test_chinese():
    said = text(surge(), "zh")
    assert "3小时内38件（常态约11件）" in said.splitlines()[0]
    assert "近3小时内38件，同期常态约11件\n" in said
    assert "超出部分的89%集中在“router”" in said
    assert "38件，来自36位投诉人" in said
    assert "门限" not in said


@pytest.mark.parametrize(
    ("after", "in_english", "in_chinese"),
    [
        (131, "2 hours", "2小时"),
        (151, "2.5 hours", "2.5小时"),
        (179, "3 hours", "3小时"),
        (70, "70 minutes", "70分钟"),
    ],
)
def test_a_window_whose_last_hour_runs_is_as_long_as_it_has_lasted(after, in_english, in_chinese):
    fired = surge(crossed_at=after * MINUTE, hours=2 if after < 120 else 3)
    assert f"38 tickets in {in_english}, 11 expected" in text(fired, "en")
    assert f"{in_chinese}内38件（常态约11件）" in text(fired, "zh")


@pytest.mark.parametrize(
    ("expected", "said"), [(0.02, "<0.1"), (0.3, "0.3"), (9.96, "10.0"), (1234.5, "1,234")]
)
def test_what_is_expected_is_said_in_as_many_places_as_it_is_worth(expected, said):
    assert f"{said} expected" in text(surge(expected=expected), "en")


def test_the_last_minutes_one_complainant_and_a_new_category_are_said():
    people = {"distinct": 4, "most": None, "tickets": 97, "of": 104, "alone": True}
    explanation = {**EXPLANATION, "complainants": people}
    said = text(
        surge(crossed_at=124 * MINUTE, minutes=20, hours=None, borrowed=True, explanation=explanation), "en"
    )
    assert "in the last 20 minutes" in said
    assert "Window       Sun 2026-11-22 14:44–15:04" in said
    assert "97 of 104 tickets are from one complainant" in said
    assert "this category is new" in said


def test_what_is_concentrated_is_said_where_no_line_names_it():
    more = "is more remarkable than their number alone"
    assert f"so many in one region {more}" in text(surge(concentrated="region"), "en")
    assert more not in text(surge(concentrated="channel"), "en")
    people = {"distinct": 4, "most": None, "tickets": 97, "of": 104, "alone": True}
    alone = surge(concentrated="complainant", explanation={**EXPLANATION, "complainants": people})
    assert more not in text(alone, "en")


def test_without_an_explanation_nothing_is_made_up():
    assert "Made up of" not in text(surge(explanation={}), "en")


def test_a_silence_is_never_good_news():
    silence = replace(surge(), kind="silence", observed=2, threshold=20, detail={**DETAIL, "explanation": {}})
    said = text(silence, "en")
    assert "only 2 tickets in 3 hours, 11 expected" in said.splitlines()[0]
    assert "This is not good news until somebody has looked." in said
    chinese = text(silence, "zh")
    assert "3小时内仅2件（常态约11件）" in chinese.splitlines()[0]
    assert "查明之前，不得视为好转" in chinese


def test_a_shift_is_a_new_normal():
    detail = {**DETAIL, "explanation": {}, "change": 0.38, "since": "2026-11-22T13:00:00+08:00"}
    shift = replace(surge(), kind="river", detail=detail)
    assert "new normal since Sun 2026-11-22 13:00, +38%" in text(shift, "en")
    assert "自2026-11-22（周日）13:00起" in text(shift, "zh")
