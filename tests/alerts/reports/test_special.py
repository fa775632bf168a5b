"""The special report says what happened, who was told and when, and leaves open what nobody has filled in."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from alerting import signal
from incidents import OPENED_AT, acknowledgement, event, incident

from alerts.charts.volume import ExpectedHour
from alerts.incidents.event import Kind
from alerts.page import Duty, NearbyChange
from alerts.reports.document import Entry, Facts, Heading, Paragraph, Picture, Table
from alerts.reports.dossier import Dossier, Telling
from alerts.reports.special import special_report
from connectors.ticket import HOUR

ZONE = ZoneInfo("Asia/Shanghai")
FIRST = OPENED_AT - OPENED_AT % HOUR - 20 * HOUR
MINUTE = 60_000_000
COUNTS = [3] * 16 + [None, 4, 20, 40, 43, 12]


def clock(kind, minute, **facts):
    return event(kind, minute, facts=tuple(facts.items()))


STORY = (
    clock(Kind.DUE, 0, deadline="report", due_at=str(OPENED_AT + 60 * MINUTE)),
    clock(Kind.DUE, 0.1, deadline="final_report", due_at=str(OPENED_AT + 4_000 * MINUTE)),
    acknowledgement(5),
    clock(Kind.MET, 40, deadline="report"),
    event(Kind.HANDLED, 50, by="高峰", why="基站恢复供电"),
    clock(Kind.FILLED, 55, field="cause", value="市电中断"),
    event(Kind.RESOLVED, 90, why="quiet on complete data"),
)
DOSSIER = Dossier(
    incident=incident(*STORY),
    hours=tuple(ExpectedHour(FIRST + i * HOUR, n, 4.0, 9.0) for i, n in enumerate(COUNTS)),
    signals=(signal(),),
    tellings=(
        Telling(OPENED_AT, ("投诉主管",), "苏晴", "slack", OPENED_AT + 2_000_000),
        Telling(OPENED_AT, ("运营经理",), "周敏", "mail", None, "550 no such user"),
    ),
    duties=(Duty("网络部"),),
    changes=(NearbyChange("核心网割接", OPENED_AT - 40 * MINUTE, None),),
    complainants=98,
    largest=3,
    written_at=OPENED_AT + 100 * MINUTE,
)


def report(language="zh", **changes):
    return special_report(replace(DOSSIER, **changes), language=language, zone=ZONE)


def section(document, title):
    names = [block.text if isinstance(block, Heading) else None for block in document.blocks]
    start = next(i for i, name in enumerate(names) if name and name.endswith(title))
    end = next((i for i in range(start + 1, len(names)) if names[i]), len(names))
    return document.blocks[start + 1 : end]


def test_the_summary_says_what_where_how_long_and_how_many_before_anybody_answered():
    facts, change = section(report(), "概况")
    assert isinstance(facts, Facts)
    said = dict(facts.rows)
    assert said["状态"] == "已解决"
    assert said["签收"].startswith("李娜，11月22日 15:09（发现后5分钟）")
    assert said["响应之前的工单"] == "发现前104件，签收前130件"
    assert said["责任部门"] == "网络部"
    assert said["投诉用户"] == "98位用户，其中一位最多3件"
    assert change == Paragraph("计划变更「核心网割接」在发现前40分钟开始（2026-11-22（周日）14:24）。")


def test_the_timeline_tells_every_event_in_order():
    [table] = section(report(), "经过")
    assert table.rows[0][1].startswith("发现异常：")
    assert ("11月22日 15:54", "高峰报告已处置，开始验证：基站恢复供电") in table.rows
    assert table.rows[-1] == ("11月22日 16:34", "已解决：数据完整，数量已回到常态")


def test_the_volume_is_drawn_and_its_peak_told_and_unknown_hours_are_not_zero():
    picture, peak, unknown = section(report(), "投诉量与常态对比")
    assert isinstance(picture, Picture)
    assert peak == Paragraph("11月22日 15:00 起的一小时最多，43件（常态4.0件）。")
    assert unknown == Paragraph("其中1个小时的数据未知，图中以斜线标出，不按零计算。")


def test_who_was_told_and_what_did_not_arrive():
    [table] = section(report(), "通知情况")
    assert table.rows[0][1:] == ("投诉主管", "苏晴", "slack", "11月22日 15:04")
    assert table.rows[1][-1] == "550 no such user"
    [said] = section(report(tellings=()), "通知情况")
    assert said == Paragraph("没有发出通知。")


def test_deadlines_kept_missed_and_running():
    [table] = section(report(), "时限")
    assert [(name, became) for name, _, became in table.rows] == [
        ("首次通报", "11月22日 15:44 完成"),
        ("专题报告", "计时中"),
    ]
    [late] = section(report(written_at=OPENED_AT + 5_000 * MINUTE), "时限")
    assert late.rows[1][2] == "逾期"


def test_what_nobody_has_filled_in_is_left_open_with_a_hint():
    entries = section(report("en"), "Cause and measures")
    assert all(isinstance(entry, Entry) for entry in entries)
    by_label = {entry.label: entry for entry in entries}
    assert by_label["Cause"].text == "市电中断"
    assert by_label["Corrective measures"].text == ""
    assert "incident note 1 --field" in by_label["Corrective measures"].hint


def test_whose_page_is_known_finds_it_in_the_report():
    page = "https://monitor.example.com/answer/x"
    whole = special_report(DOSSIER, language="en", zone=ZONE, page=page)
    link, *entries = section(whole, "Cause and measures")
    assert (link.text, link.url) == ("Open the page on which the report of incident 1 is filled in", page)
    assert {entry.hint for entry in entries} == {"Not filled in yet"}


def test_the_appendix_has_every_hour_with_change_and_ratio():
    [table] = section(report("en"), "hour by hour")
    assert isinstance(table, Table)
    assert len(table.rows) == len(COUNTS)
    assert table.rows[16][1:] == ("unknown", "4.0", "–", "–")
    assert table.rows[17][3:] == ("–", "–")
    assert table.rows[19][1:] == ("40", "4.0", "+20", "+100%")


def test_an_incident_of_which_little_is_known_has_a_report_too():
    bare = Dossier(incident=incident(), hours=(), written_at=OPENED_AT)
    for language in ("zh", "en"):
        document = special_report(bare, language=language, zone=ZONE)
        assert any(isinstance(block, Facts) for block in document.blocks)


@pytest.mark.parametrize(("language", "mark"), [("zh", "〔示例〕"), ("en", "[SAMPLE]")])
def test_made_up_tickets_are_said_to_be(language, mark):
    assert report(language, sample=True).title.startswith(mark)
