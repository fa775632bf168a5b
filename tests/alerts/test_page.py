import pytest
from alerting import NO_SIGNAL, NOW, SHANGHAI, event, pages, plan, signal, surge
from hypothesis import given

from alerts.page import key_of, page_line
from alerts.page_json import from_json, to_json
from alerts.respond import respond


def page_of(*signals, **changes):
    (page,) = respond(signals, plan=plan(**changes), now=NOW).pages
    return page


def test_a_line_of_notifications_jsonl_says_who_was_told_of_what():
    line = page_line(page_of(signal(), surge()), SHANGHAI)
    assert line == {
        "at": "2026-11-22T15:04:30+08:00",
        "level": "三级预警",
        "node": list(NO_SIGNAL),
        "signals": [
            {
                "id": signal().identity,
                "rule": "same-day volume",
                "kind": "daily_threshold",
                "node": list(NO_SIGNAL),
                "exact": False,
                "window_start": "2026-11-22T00:00:00+08:00",
                "level": "三级预警",
                "observed": 104,
            },
            {
                "id": surge().identity,
                "rule": "hour over hour",
                "kind": "hour_over_hour",
                "node": list(NO_SIGNAL),
                "exact": False,
                "window_start": "2026-11-22T14:00:00+08:00",
                "level": "一级预警",
                "observed": 43,
            },
        ],
        "told": [
            {"role": "executive", "channel": "slack"},
            {"role": "dept-leader", "channel": "console"},
            {"role": "supervisor", "channel": "console"},
        ],
        "reason": "level reached",
        "muted_by": None,
        "incident": 1,
    }


def test_a_muted_page_says_by_what():
    line = page_line(page_of(signal(), exempt_events=(event(),)), SHANGHAI)
    assert (line["told"], line["reason"], line["muted_by"]) == (
        [],
        "exempt event",
        'exempt event "台风" (周总: 自然灾害)',
    )


def test_a_key_is_the_same_in_every_process_and_for_ever():
    assert key_of("a", "b") == "3554d2b8a1e340990538"
    assert key_of("ab") != key_of("a", "b")


@given(pages())
def test_a_stored_page_comes_back_as_it_was(page):
    assert from_json(to_json(page)) == page


def test_a_page_of_a_later_version_is_refused_with_the_mend():
    text = to_json(page_of(signal())).replace('"format": 1', '"format": 7')
    with pytest.raises(ValueError, match=r"format 7.*run the version of complaint-monitor that wrote it"):
        from_json(text)
