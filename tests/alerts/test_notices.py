from dataclasses import replace
from datetime import timedelta

from alerting import NOW, SHANGHAI, plan, signal

from alerts import notices
from alerts.catalogue import Sentence
from alerts.page import Reason
from alerts.plan import AlertSettings, Contact
from alerts.rendering.plain import plain
from alerts.rendering.sheet import sheet
from alerts.respond import respond


def paged():
    (page,) = respond([signal()], plan=plan(), now=NOW).pages
    return page


def test_a_blind_source_is_told_to_the_operators_once_for_each_blindness():
    since = NOW - timedelta(minutes=20)
    page = notices.source_blind("crm", since=since, error="connection refused", plan=plan(), now=NOW)
    again = notices.source_blind(
        "crm", since=since, error="time-out", plan=plan(), now=NOW + timedelta(hours=1)
    )
    assert [one.contact for one in page.told] == ["李娜"]
    assert page.fact("error") == "connection refused"
    assert page.key == again.key
    assert page.signals == ()
    assert notices.source_recovered("crm", since=since, plan=plan(), now=NOW).key != page.key


def test_configured_operators_are_told_instead():
    told = plan(alerts=AlertSettings(operators=("executive",)))
    page = notices.source_blind("crm", since=NOW, error="", plan=told, now=NOW)
    assert [one.role for one in page.told] == ["executive"]


def test_an_undeliverable_page_reaches_operators_on_another_channel():
    contacts = (
        *plan().contacts[:1],
        Contact("李娜", {"slack": "U2", "console": "李娜"}),
        *plan().contacts[2:],
    )
    with_two = plan(contacts=contacts)
    page = paged()
    notice = notices.undeliverable(page, page.told[0], error="Slack knows no U1", plan=with_two, now=NOW)
    assert [(one.contact, one.channel) for one in notice.told] == [("李娜", "console")]
    assert notice.signals == ()
    assert notice.about == page.signals
    assert notice.level == "三级预警"


def test_a_notice_that_cannot_be_delivered_makes_no_endless_chain():
    page = paged()
    notice = notices.undeliverable(page, page.told[0], error="gone", plan=plan(), now=NOW)
    second = notices.undeliverable(notice, notice.told[0], error="gone too", plan=plan(), now=NOW)
    assert second.reason is Reason.UNDELIVERABLE
    assert second.told == ()


def test_a_trial_reaches_all_who_fill_the_role_in_every_department():
    page = notices.trial("dept-leader", plan=plan(), now=NOW, author="root")
    assert page.reason is Reason.TEST
    assert [one.contact for one in page.told] == ["王强", "赵敏"]
    assert notices.trial("dept-leader", plan=plan(), now=NOW + timedelta(seconds=1)).key != page.key


def test_a_trial_of_a_role_that_nobody_fills_says_so():
    page = notices.trial("ghost", plan=plan(), now=NOW)
    assert page.told == ()
    assert page.unreached == ("ghost",)


def test_a_notice_of_a_page_without_signals_names_it():
    page = replace(paged(), signals=())
    assert (
        notices.undeliverable(page, page.told[0], error="gone", plan=plan(), now=NOW).fact("page") == page.key
    )


def test_the_cause_of_an_undeliverable_page_is_read_in_the_readers_language():
    error = Sentence("trouble.slack.is_archived", address="C1")
    (page,) = respond([signal()], plan=plan(), now=NOW).pages
    notice = notices.undeliverable(page, page.told[0], error=error, plan=plan(), now=NOW)
    texts = {name: plain(sheet(notice, language=name, zone=SHANGHAI)) for name in ("zh", "en")}
    assert "Slack 频道 C1 已归档" in texts["zh"]
    assert "the Slack channel C1 is archived" in texts["en"]
