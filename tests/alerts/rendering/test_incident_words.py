"""Pages that time makes say what is wrong, why, and what to do, in both languages."""

import pytest
from alerting import NOW, SHANGHAI, plan, signal

from alerts.incidents.book import Book
from alerts.incidents.event import Event, Kind, Why
from alerts.incidents.pages import page_of
from alerts.incidents.transitions import after
from alerts.page import Page, Reason
from alerts.rendering.incident_words import REASONS
from alerts.rendering.sheet import sheet
from alerts.respond import respond
from alerts.silences import Silence, end_page
from connectors.ticket import HOUR, to_us

NOW_US = to_us(NOW)


def page(kind: Kind, minute: float = 30, by: str = "", why: str = "", **facts: object) -> Page:
    book = Book()
    respond([signal()], plan=plan(), now=NOW, book=book)
    told = tuple((name, str(value)) for name, value in facts.items())
    event = Event("k", kind, NOW_US + int(minute * 60_000_000), by=by, why=why, facts=told)
    changed = after(book[1], event)
    incident = book[1] if not hasattr(changed, "log") else changed
    return page_of(incident, event, plan=plan(), now=event.at, about=(signal(),))


def words(one: Page, language: str) -> str:
    said = sheet(one, language=language, zone=SHANGHAI)
    rows = [f"{label} {text}" for section in said.sections for label, text in section.rows]
    return "\n".join([said.headline, *said.notices, *rows, said.footer])


HOURLY = {"hour": NOW_US // HOUR * HOUR, "count": 40, "previous": 90, "change": -50, "ratio": -0.5556}
EXAMPLES = {
    Kind.ESCALATED: ({"step": 1}, "已30分钟无人签收", "nobody has answered for 30 minutes"),
    Kind.EXHAUSTED: ({}, "再无人可通知", "nobody is left to call"),
    Kind.LAPSED: (
        {"who": "李娜", "then": 110, "tickets": 230},
        "李娜的签收已失效",
        "the acknowledgement of 李娜 has ended",
    ),
    Kind.MEASURED: (
        {**HOURLY, "baseline": 5.0, "verdict": "over the baseline, falling"},
        "仍高于常态，正在回落",
        "still above the usual volume, falling",
    ),
    Kind.REOPENED: (HOURLY, "处置未见效", "the fix does not hold"),
    Kind.RESOLVED: ({}, "【已解决】", "[Resolved]"),
    Kind.REMINDED: (
        {"deadline": "report", "due_at": NOW_US + HOUR},
        "首次通报须在16:04前完成",
        "is due at 16:04",
    ),
    Kind.MISSED: (
        {"deadline": "report", "due_at": NOW_US + HOUR},
        "首次通报逾期",
        "was due at 16:04 and is missed",
    ),
}


@pytest.mark.parametrize("kind", EXAMPLES)
def test_the_first_line_says_what_is_wrong(kind):
    facts, chinese, english = EXAMPLES[kind]
    one = page(kind, **facts)
    assert chinese in words(one, "zh").splitlines()[0]
    assert english in words(one, "en").splitlines()[0]
    assert "#1" in words(one, "zh")
    assert "incident 1" in words(one, "en")


def test_every_reason_has_its_words():
    assert {page(kind, **EXAMPLES[kind][0]).reason for kind in EXAMPLES} == REASONS


def test_the_hour_is_told_with_change_ratio_and_what_is_usual():
    said = words(page(Kind.MEASURED, **EXAMPLES[Kind.MEASURED][0]), "zh")
    assert "变动 -50件，-56%（前一小时90件）" in said
    assert "该时段通常约5件" in said


def test_what_subsided_by_itself_is_not_called_a_success():
    said = words(page(Kind.RESOLVED, why=Why.SUBSIDED), "en")
    assert said.startswith("[Over]")
    assert "nobody reported a fix" in said


def test_a_deadline_says_how_to_report_it_done():
    said = words(page(Kind.MISSED, **EXAMPLES[Kind.MISSED][0]), "en")
    assert "complaint-monitor incident done 1 report --by NAME" in said


def test_a_date_beyond_the_known_calendar_is_told_as_such():
    facts = {**EXAMPLES[Kind.REMINDED][0], "unconfirmed": "yes"}
    assert "调休尚未公布" in words(page(Kind.REMINDED, **facts), "zh")


def test_a_count_that_ended_an_acknowledgement_is_told_beside_the_one_of_then():
    assert "230 tickets, 110 when it was taken" in words(page(Kind.LAPSED, **EXAMPLES[Kind.LAPSED][0]), "en")


def test_the_end_of_a_silence_lists_what_it_muted():
    silence = Silence(("移动业务",), NOW_US - HOUR, NOW_US, "李娜", "割接", id=3)
    one = end_page(silence, plan=plan(), now=NOW_US, why=Why.SILENCE_OVER, muted=[signal()])
    assert one.reason is Reason.SILENCE_ENDED
    said = words(one, "zh")
    assert said.startswith("【静默结束】移动业务")
    assert "104件（门限100）" in said
    assert "1项预警未通知" in said
    assert "静默时间已到" in said


@pytest.mark.parametrize(("language", "told"), [("zh", "张伟提前结束"), ("en", "张伟 ended it")])
def test_a_silence_that_somebody_ended_is_not_said_to_have_run_out(language, told):
    silence = Silence(("移动业务",), NOW_US - HOUR, NOW_US, "李娜", "割接", id=3, ended_by="张伟")
    said = words(end_page(silence, plan=plan(), now=NOW_US, why=Why.SILENCE_OVER, muted=[]), language)
    assert told in said
    assert "时间已到" not in said
    assert "time was up" not in said
