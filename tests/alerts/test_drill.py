"""A drill goes through the whole chain of the plan, is marked everywhere, and meets no real incident."""

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from alerting import NOW, signal

from alerts.drill import drill
from alerts.incidents.book import Book
from alerts.incidents.escalation import Calls
from alerts.incidents.event import Kind
from alerts.incidents.tending import World, tend
from alerts.page import Reason
from alerts.rendering.sheet import sheet
from alerts.respond import respond
from alerts.workdays import Workdays
from connectors.ticket import to_us
from monitor.config import load

ZONE = ZoneInfo("Asia/Shanghai")
PLAN = load(Path(__file__).parents[2] / "alerts/plans/telecom.toml").plan
NODE = ("宽带业务", "企业专线")
MINUTE = 60_000_000


def begun(book, node=NODE, level="三级预警"):
    return drill(book, plan=PLAN, node=node, level=level, by="周敏", why="季度演练", now=NOW)


def test_it_tells_whom_the_level_tells_at_the_node_that_it_stands_for():
    page = begun(Book())
    told = {one.role: one.contact for one in page.told}
    assert told["department-leader"] == "马骏"
    assert set(told) == set(PLAN.level("三级预警").notify)
    assert page.reason is Reason.DRILL


def test_nobody_answers_and_the_policy_calls_the_next_and_the_deadlines_run():
    book = Book()
    begun(book)
    world = World(Calls(PLAN, Workdays(PLAN.workdays, ZONE)))
    pages = [page for m in range(1, 130) for page in tend(book, world, now=to_us(NOW) + m * MINUTE)]
    reasons = [page.reason for page in pages]
    assert reasons[:3] == [Reason.ESCALATED] * 3
    assert Reason.DEADLINE_MISSED in reasons
    [incident] = book.live
    assert incident.deadline("turnaround").due_at == to_us(NOW) + 120 * MINUTE


@pytest.mark.parametrize(("language", "mark"), [("zh", "【演练】"), ("en", "[DRILL]")])
def test_every_page_of_it_is_marked(language, mark):
    book = Book()
    first = begun(book)
    world = World(Calls(PLAN, Workdays(PLAN.workdays, ZONE)))
    later = [page for m in range(1, 70) for page in tend(book, world, now=to_us(NOW) + m * MINUTE)]
    assert sheet(first, language=language, zone=ZONE).headline.startswith(mark)
    for page in later:
        written = sheet(page, language=language, zone=ZONE)
        everything = written.headline + "".join(text for s in written.sections for _, text in s.rows)
        assert "演练 DRILL" in everything


def test_a_real_signal_at_the_same_node_opens_an_incident_of_its_own():
    book = Book()
    begun(book)
    real = respond([signal(node=NODE)], plan=PLAN, now=NOW + timedelta(minutes=5), book=book)
    assert len(book.live) == 2
    assert real.pages[0].told
    assert {one.events(Kind.OPENED)[0].by for one in book.live} == {"周敏", ""}


def test_a_second_drill_at_the_same_place_is_not_begun():
    book = Book()
    assert begun(book) is not None
    assert begun(book) is None
    assert begun(book, NODE[:1]) is None
    assert begun(book, ("移动业务",)) is not None
