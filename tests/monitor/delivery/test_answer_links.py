"""Pages link to where their reader answers, in their own name and for them alone."""

from dataclasses import replace
from datetime import timedelta

import pytest
from alerting import NOW, signal
from delivering import Channels, company, decide, delivery, figures
from fakes.receiver import Receiver

from alerts import apprise, pagerduty, slack, webhook
from alerts.incidents.book import Changed
from alerts.incidents.event import Event, Kind
from alerts.incidents.transitions import after
from alerts.plan import Channel, Contact
from alerts.respond import respond
from alerts.testing import slack_api
from connectors.options import Secret
from connectors.ticket import to_us
from monitor.pages.links import Links

LINKS = Links("https://monitor.example.com", b"k" * 32, timedelta(days=30))
ADDRESS = "https://monitor.example.com/answer/"
NOTIFIERS = {"phone": apprise, "hook": webhook, "pager": pagerduty}


def mailed(store, clock, inbox, mail_notifier, told):
    """The text of the mail that a leader gets, with pages to link to."""
    decide(store, plan=told)
    delivery(store, clock, Channels(mail=mail_notifier), told, links=LINKS).deliver_due()
    ((_, letter),) = inbox.letters
    return letter.get_body(("plain",)).get_content()


def test_a_mail_links_to_the_page_on_which_its_reader_answers(store, clock, inbox, mail_notifier):
    text = mailed(store, clock, inbox, mail_notifier, company(Channel("mail", "email")))
    assert "https://monitor.example.com/answer/" in text


def test_people_who_share_an_address_get_no_link_in_the_name_of_one_of_them(
    store, clock, inbox, mail_notifier
):
    told = company(Channel("mail", "email"))
    other = Contact("刘洋", {"mail": "wang@example.com, deputy@example.com"})
    told = replace(told, contacts=(*told.contacts, other))
    assert "/answer/" not in mailed(store, clock, inbox, mail_notifier, told)


@pytest.fixture
def receiver(monkeypatch):
    with Receiver() as receiver:
        monkeypatch.setenv("PHONE", f"json://127.0.0.1:{receiver.port}/pages")
        monkeypatch.setenv("HOOK", f"http://127.0.0.1:{receiver.port}/hook")
        monkeypatch.setenv("PAGER", "a" * 32)
        yield receiver


@pytest.fixture
def told_by(store, clock, receiver):
    """Page somebody on one channel that carries text, with pages to link to: what it carries, as JSON."""

    def told(kind, language="zh", links=LINKS, **others):
        people = Contact("张伟", {kind: f"env:{kind.upper()}"}, language)
        plan = replace(company(Channel(kind, kind)), contacts=(people, *others.get("contacts", ())))
        decide(store, plan=plan)
        url = {"url": f"http://127.0.0.1:{receiver.port}/v2"} if kind == "pager" else {}
        notifier = NOTIFIERS[kind].Notifier(kind, NOTIFIERS[kind].Options(**url))
        delivery(store, clock, Channels(**{kind: notifier}), plan, links=links).deliver_due()
        assert figures(store) == {"sent": 1}
        return receiver.sent[0].json()

    return told


def read(url, clock):
    """What a link allows, the page's own contact and incident."""
    found = LINKS.read(url.removeprefix(ADDRESS), now=to_us(clock.now()))
    return found.contact, found.incident


@pytest.mark.parametrize(("language", "before"), [("zh", "处理事件 #1："), ("en", "Answer incident 1: ")])
def test_a_chat_service_gets_the_link_before_all_facts_in_the_readers_language(
    told_by, clock, language, before
):
    (line,) = [one for one in told_by("phone", language)["message"].splitlines() if ADDRESS in one]
    assert line.startswith(before)
    assert read(line.removeprefix(before), clock) == ("张伟", 1)


def test_an_sms_holds_the_whole_link_or_none(told_by, clock, monkeypatch):
    from apprise.plugins.custom_json import NotifyJSON

    monkeypatch.setattr(NotifyJSON, "body_maxlen", 160)
    headline, _, url = told_by("phone")["message"].rpartition(" ")
    assert headline == "【三级预警】网络质量 > 无信号 今日104件（门限100）"
    assert read(url, clock) == ("张伟", 1)


def test_where_an_sms_has_no_room_for_the_link_it_says_what_it_said_before(told_by, monkeypatch):
    from apprise.plugins.custom_json import NotifyJSON

    monkeypatch.setattr(NotifyJSON, "body_maxlen", 100)
    assert "answer" not in told_by("phone")["message"]


def test_a_webhook_carries_the_link_as_a_field_and_in_its_text(told_by, clock):
    page = told_by("hook")["page"]
    assert read(page["link"], clock) == ("张伟", 1)
    assert page["link"] in page["text"]


def test_pagerduty_shows_the_link(told_by, clock):
    (link,) = told_by("pager", "en")["links"]
    assert link["text"] == "Answer incident 1"
    assert read(link["href"], clock) == ("张伟", 1)


def test_the_console_prints_the_link(store, clock):
    told = replace(company(Channel("console", "console")), contacts=(Contact("李娜", {"console": "c"}),))
    channels = Channels()
    decide(store, plan=told)
    delivery(store, clock, channels, told, links=LINKS).deliver_due()
    assert f"处理事件 #1：{ADDRESS}" in channels.screen.getvalue()


@pytest.mark.parametrize("kind", NOTIFIERS)
def test_without_pages_no_channel_links_to_any(told_by, kind):
    assert "/answer/" not in str(told_by(kind, links=None))


def test_people_who_share_a_chat_get_no_link_in_the_name_of_one_of_them(told_by):
    other = Contact("刘洋", {"phone": "env:PHONE"})
    assert "/answer/" not in str(told_by("phone", contacts=(other,)))


@pytest.fixture
def in_slack(store, clock, fake_slack, monkeypatch):
    """The one message of an incident in Slack, as it stands after somebody has written a note."""

    def shown(app_token=None):
        monkeypatch.setenv("SLACK_APP_TOKEN", slack_api.APP_TOKEN)
        told = replace(company(Channel("slack", "slack")), contacts=(Contact("张伟", {"slack": "U1"}),))
        options = slack.Options(Secret("env:SLACK_BOT_TOKEN"), app_token, fake_slack.url)
        notifier = slack.Notifier(
            "slack", options, sleep=lambda _: None, monotonic=lambda: clock.now().timestamp()
        )
        delivering = delivery(store, clock, Channels(slack=notifier), told, links=LINKS)
        with store.writing() as tx:
            book = tx.incidents.book()
            response = respond([signal()], plan=told, now=NOW, book=book)
            tx.incidents.save(book.taken())
            tx.outbox.save(response.pages)
        delivering.deliver_due()
        first = str(fake_slack.posts[0]["blocks"])
        with store.writing() as tx:
            incident = tx.incidents.get(1)
            note = Event("note", Kind.NOTED, to_us(NOW), by="张伟")
            tx.incidents.save([Changed(after(incident, note), (note,))])
        clock.advance(timedelta(minutes=1))
        delivering.deliver_due()
        assert fake_slack.workspace.edits
        return first, str(fake_slack.posts[0]["blocks"])

    return shown


def test_slack_without_an_app_shows_the_link_and_no_button_that_nobody_answers(in_slack, clock):
    for blocks in in_slack():
        url = blocks.partition(f"<{ADDRESS}")[2].partition("|处理事件 #1>")[0]
        assert read(ADDRESS + url, clock) == ("张伟", 1)
        assert "button" not in blocks


def test_slack_with_an_app_shows_buttons_and_no_link(in_slack):
    for blocks in in_slack(Secret("env:SLACK_APP_TOKEN")):
        assert "complaint_acknowledge" in blocks
        assert "/answer/" not in blocks
