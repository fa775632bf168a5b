"""Pages of an incident over HTTP, with the production engine behind them and a real browser's requests."""

import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

import pytest
from alerting import NO_SIGNAL, SHANGHAI, at, trend
from process import PATIENCE
from slacking import Office, company

from alerts.desk import Deed, Manner, Order
from alerts.incident_plan import DeadlineRule
from alerts.incidents.event import Kind
from alerts.incidents.fields import LONGEST
from alerts.incidents.incident import State
from alerts.plan import Contact
from alerts.rendering.moments import Moments
from connectors.receiving.endpoint import Endpoint
from connectors.ticket import to_us
from monitor.pages.form import _counts
from monitor.pages.links import Links
from monitor.pages.site import MOST_BODY, Site

HOUR = timedelta(hours=1)


class Pages:
    """The pages of an office, and a browser without scripts."""

    def __init__(self, office):
        self.office = office
        self.links = Links("http://pages.example.com", b"k" * 32, timedelta(days=30))
        site = Site(office.desk, self.links, Manner("zh", SHANGHAI))
        self.endpoint = Endpoint("127.0.0.1", 0, site.answer, most=MOST_BODY)

    def link(self, who, incident=1):
        link = self.links.link(who, incident, at=to_us(self.office.clock.now()))
        return link.replace("http://pages.example.com", f"http://127.0.0.1:{self.endpoint.port}")

    def get(self, url):
        return self._ask(urllib.request.Request(url))

    def post(self, url, **form):
        data = urlencode({name.replace("__", "."): text for name, text in form.items()}).encode()
        return self._ask(urllib.request.Request(url, data))

    def _ask(self, request):
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, answer.read().decode("utf-8", "replace"), answer.headers
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode("utf-8", "replace"), error.headers


@pytest.fixture
def office(tmp_path):
    deadline = DeadlineRule(
        "briefing", title={"zh": "情况通报", "en": "Briefing"}, within=HOUR, levels=("三级预警",)
    )
    with Office(tmp_path, replace(company(), deadlines=(deadline,))) as office:
        office.tickets(100)
        office.pass_time(timedelta(minutes=1))
        yield office


@pytest.fixture
def pages(office):
    found = Pages(office)
    yield found
    found.endpoint.stop()


def fields(page) -> Mapping[str, str]:
    """What stands in the boxes of a page."""
    boxes = re.findall(r'name="field\.(\w+)" maxlength="\d+">\n(.*?)</textarea>', page, re.DOTALL)
    return {name: unescape(text) for name, text in boxes}


def seen(page) -> str:
    return re.findall(r'name="seen" value="(\d+)"', page)[0]


def notices(page):
    return [unescape(text) for text in re.findall(r'<p class="notice[^"]*">(.*?)</p>', page, re.DOTALL)]


def shown_buttons(page):
    return re.findall(r'name="deed" value="(\w+)"', page)


def test_a_page_shows_how_the_incident_stands_in_its_readers_language(pages):
    status, page, headers = pages.get(pages.link("李娜"))
    assert status == 200
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert '<html lang="zh-CN">' in page
    assert "三级预警 · 移动业务 &gt; 5G套餐 &gt; 使用 &gt; 网络质量 &gt; 无信号" in page
    assert "情况通报：10:00 前" in page
    assert shown_buttons(page) == ["acknowledge", "handled", "fill"]
    _, page, _ = pages.get(pages.link("张伟"))
    assert '<html lang="en">' in page
    assert "Briefing by 10:00" in page


def test_a_page_says_how_many_tickets_there_are_by_now(pages, office):
    at_first = pages.get(pages.link("李娜"))[1], pages.get(pages.link("张伟"))[1]
    assert "今日至少100件（部分时段数据缺失）" in at_first[0]
    assert "At least 100 tickets today" in at_first[1]
    office.pass_time(timedelta(hours=1))
    office.tickets(20)
    office.pass_time(timedelta(minutes=1))
    later = pages.get(pages.link("李娜"))[1], pages.get(pages.link("张伟"))[1]
    assert "今日至少120件" in later[0]
    assert "逐小时：█▂  100 → 20 至今" in later[0]
    assert "At least 120 tickets today" in later[1]
    assert "By the hour: █▂  100 → 20 so far" in later[1]


def test_a_day_of_which_hours_are_unknown_has_at_least_what_is_known():
    known, day = trend(*([3] * 15)), at("2026-11-22 14:30")
    moments = Moments("en", SHANGHAI, to_us(day))
    some = (*known[:-2], replace(known[-2], count=None), known[-1])
    said = ["\n".join(_counts(hours, moments)) for hours in (known, some, known[3:], ())]
    assert "45 tickets today" in said[0]
    assert "At least 42 tickets today; the data of some hours are missing" in said[1]
    assert "today" not in said[2], "it begins within the day"
    assert said[3] == ""


def test_what_is_due_is_asked_first_by_the_plans_own_words(pages):
    _, page, _ = pages.get(pages.link("李娜"))
    assert list(fields(page)) == [
        "report",
        "briefing",
        "cause",
        "scope",
        "handling",
        "solution",
        "wording",
        "measures",
    ]
    assert "情况通报 <span>（10:00 前）</span>" in page


def test_looking_at_a_page_changes_nothing(pages, office):
    before = office.incident()
    link = pages.link("李娜")
    # As a preview of a chat tool opens it, also with what a form would have said.
    for opened in (link, link, f"{link}?deed=acknowledge&seen=1", f"{link}/report.pdf?deed=handled"):
        pages.get(opened)
    assert office.incident() == before


def test_an_incident_is_answered_by_the_buttons_of_its_page(pages, office):
    link = pages.link("王强")
    _, page, _ = pages.get(link)
    status, page, _ = pages.post(link, deed="acknowledge", seen=seen(page))
    assert (status, notices(page)) == (200, ["王强签收"])
    assert office.incident().acknowledged_by == "王强"
    assert shown_buttons(page) == ["handled", "fill"]
    _, page, _ = pages.post(link, deed="handled", seen=seen(page))
    assert office.incident().state is State.HANDLED
    assert shown_buttons(page) == ["reopen", "fill"]
    # The incident's message in Slack follows.
    office.settle()
    assert office.message()["text"].startswith("🔵 ")


def test_the_report_is_filled_in_and_shown_again(pages, office):
    link = pages.link("王强")
    _, page, _ = pages.get(link)
    cause = '市电中断\n备用电源 <未切换> & "告警" 失效'
    status, page, _ = pages.post(
        link, deed="fill", seen=seen(page), field__cause=cause.replace("\n", "\r\n"), field__briefing="已通报"
    )
    assert status == 200
    assert office.incident().filled("cause") == cause
    assert fields(page)["cause"] == cause
    assert "<未切换>" not in page
    assert sorted(notices(page)) == [
        '王强填写原因：市电中断 备用电源 <未切换> & "告警" 失效',
        "王强填写情况通报：已通报",
    ]
    # The deadline that waited for it is met.
    office.pass_time(timedelta(minutes=1))
    (clock,) = [one for one in office.incident().deadlines if one.name == "briefing"]
    assert clock.met_at is not None


def test_a_form_that_is_sent_twice_is_done_once(pages, office):
    link = pages.link("王强")
    _, page, _ = pages.get(link)
    for _ in range(2):
        status, again, _ = pages.post(link, deed="fill", seen=seen(page), field__cause="断电")
        assert status == 200
    assert notices(again) == ["没有改动。"]
    for _ in range(2):
        pages.post(link, deed="acknowledge", seen=seen(page))
    assert [len(office.incident().events(kind)) for kind in (Kind.FILLED, Kind.ACKNOWLEDGED)] == [1, 1]


def test_what_somebody_else_has_written_meanwhile_is_not_overwritten_unasked(pages, office):
    link = pages.link("王强")
    _, page, _ = pages.get(link)
    at = to_us(office.clock.now())
    office.desk.carry_out(Order("k", Deed.FILL, 1, "李娜", at, why="光缆被挖断", field="cause"))
    status, answer, _ = pages.post(
        link, deed="fill", seen=seen(page), field__cause="市电中断", field__scope="滨江区"
    )
    assert status == 409
    assert office.incident().filled("cause") == "光缆被挖断"
    assert office.incident().filled("scope") == "滨江区"
    assert "李娜 已改为“光缆被挖断”" in " ".join(notices(answer))
    assert fields(answer)["cause"] == "市电中断"
    # Knowing that, they save once more.
    pages.post(link, deed="fill", seen=seen(answer), field__cause="市电中断")
    assert office.incident().filled("cause") == "市电中断"


def test_what_is_too_long_or_emptied_is_refused_and_still_in_the_box(pages, office):
    link = pages.link("王强")
    _, page, _ = pages.get(link)
    long = "断" * (LONGEST + 1)
    status, page, _ = pages.post(link, deed="fill", seen=seen(page), field__cause=long)
    assert status == 409
    assert notices(page) == ["内容有 4,001 个字符，最多 4,000 个，请写得短一些。"]
    assert fields(page)["cause"] == long
    pages.post(link, deed="fill", seen=seen(page), field__cause="断电")
    _, page, _ = pages.get(link)
    status, page, _ = pages.post(link, deed="fill", seen=seen(page), field__cause=" ")
    assert notices(page) == ["原因：已填写的内容不能清空，请改写。"]
    assert office.incident().filled("cause") == "断电"


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"deed": "acknowledge"},
        {"deed": "exempt", "seen": "1"},
        {"deed": "launch", "seen": "1"},
        {"deed": "fill", "seen": "x"},
        {"deed": "fill", "seen": "-5", "field__salary": "1"},
        {"deed": "fill", "seen": "99999999999999999999", "field__" + "x" * 50: "1"},
    ],
)
def test_a_form_that_no_page_has_changes_nothing(pages, office, form):
    before = office.incident()
    status, page, _ = pages.post(pages.link("王强"), **form)
    assert status in {200, 409}
    assert notices(page)
    assert office.incident() == before


def test_a_link_that_is_forged_or_too_old_opens_nothing_and_says_so(pages, office):
    link = pages.link("王强")
    for wrong in (link[:-1], link.replace("answer/", "answer/x"), f"{link}x"):
        status, page, _ = pages.post(wrong, deed="acknowledge", seen="1")
        assert (status, "被改动过" in page) == (403, True)
    office.clock.advance(timedelta(days=31))
    status, page, _ = pages.post(link, deed="acknowledge", seen="1")
    assert (status, "已过有效期" in page) == (403, True)
    assert office.incident().state is State.OPEN


def test_who_has_no_part_in_the_incident_or_is_gone_may_look_at_most(pages, office):
    status, page, _ = pages.post(pages.link("访客"), deed="acknowledge", seen="1")
    assert "访客无权填写事件 #1 的报告" in " ".join(notices(page))
    assert shown_buttons(page) == []
    status, page, _ = pages.get(pages.link("前任"))
    assert (status, "前任 已不在预案的联系人里" in page) == (403, True)
    status, page, _ = pages.get(pages.link("王强", incident=9))
    assert (status, "没有事件 #9" in page) == (404, True)
    assert office.incident().state is State.OPEN


def test_there_is_nothing_else(pages):
    base = pages.link("王强").partition("/answer/")[0]
    for path in ("/", "/answer/", "/health", "/answer/../answer"):
        status, page, _ = pages.get(base + path)
        assert status in {403, 404}
        assert "请直接点开原消息里的链接" in page


def test_a_page_tells_nobody_where_it_was_and_runs_nothing(pages):
    _, page, headers = pages.get(pages.link("李娜"))
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "<script" not in page
    assert "http://" not in page.replace("http://127.0.0.1", "")


def test_the_report_is_there_as_a_pdf(pages):
    status, text, headers = pages.get(f"{pages.link('李娜')}/report.pdf")
    assert (status, headers["Content-Type"], text) == (200, "application/pdf", "%PDF")


def test_a_name_with_markup_stays_a_name(tmp_path):
    name = '<img src=x onerror="alert(1)">'
    known = company()
    roles = tuple(replace(one, contacts=(name,)) if one.name == "supervisor" else one for one in known.roles)
    plan = replace(known, roles=roles, contacts=(*known.contacts, Contact(name, {"slack": "U7"})))
    with Office(tmp_path, plan) as office:
        office.tickets(100, (*NO_SIGNAL[:-1], "<b>无信号</b>"))
        found = Pages(office)
        _, page, _ = found.post(found.link(name), deed="acknowledge", seen="1")
        found.endpoint.stop()
    assert "<img" not in page
    assert "<b>无" not in page
    assert unescape(page).count(name) > 1
