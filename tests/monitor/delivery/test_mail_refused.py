"""Mail that a server refuses, Slack beside it: nobody waits, nothing is lost, and nothing comes twice."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from mailing import PostOffice
from slacking import Office, company

from alerts import email
from alerts.plan import Channel, Contact
from alerts.retry import LONGEST_DELAY
from alerts.testing.slack_api import broken
from monitor.storage.outbox import State

MINUTE = timedelta(minutes=1)
BOSS, SUPERVISOR, LEADER = "zhang@example.com", "li@example.com", "wang@example.com"


def by_mail_first():
    """Everybody is told by mail, and can be reached in Slack as well; the operator is the supervisor."""
    known = company()
    contacts = (
        Contact("张伟", {"mail": BOSS, "slack": "U1"}, "en"),
        Contact("李娜", {"mail": SUPERVISOR, "slack": "U2"}),
        Contact("王强", {"mail": LEADER, "slack": "U3"}),
        Contact("值班群", {"slack": "C1"}),
    )
    channels = (Channel("mail", "email"), *known.channels)
    return replace(known, contacts=contacts, channels=channels)


@pytest.fixture
def post():
    with PostOffice() as office:
        yield office


@pytest.fixture
def office(tmp_path, post):
    options = email.Options("127.0.0.1", "monitor@example.com", post.port, "none")
    with Office(tmp_path, by_mail_first(), second=email.Notifier("mail", options)) as office:
        yield office


def shut(post):
    post.shut()


def greylisted(post):
    post.refuse = {"*": "451 greylisted, come again"}


def full(post):
    post.answer = "452 the disk is full"


def mended(post):
    post.refuse, post.answer = {}, "250 OK"
    if not post.listening:
        post.open()


def told(office, post, user, address):
    """Where the warning has reached a person, by now."""
    texts = [text for text in office.slack.texts(user) if "100" in text]
    return [*texts, *post.to(address)]


def nothing_waits(office):
    with office.live.store.reading() as tx:
        return tx.outbox.figures()[State.PENDING] == 0


def nothing_came_twice(office, post):
    letters = Counter((str(mail["Message-ID"]), tuple(to)) for to, mail in post.letters)
    assert set(letters.values()) <= {1}
    keys = Counter(
        (
            one["channel"],
            one["metadata"]["event_payload"].get("key"),
            one["metadata"]["event_payload"].get("part"),
        )
        for one in office.slack.posts
        if one.get("metadata", {}).get("event_type") == "complaint_page"
    )
    assert set(keys.values()) == {1}


@pytest.mark.parametrize(
    ("trouble", "cause"),
    [
        (shut, "cannot be reached"),
        (greylisted, "refuses zhang@example.com (451)"),
        (full, "refuses the message (452)"),
    ],
)
def test_while_mail_is_refused_people_know_by_slack_within_minutes_and_mail_comes_when_it_can(
    office, post, trouble, cause
):
    trouble(post)
    office.tickets(100)
    began = office.clock.now()
    while len(known := [user for user in ("U1", "U2", "U3") if office.slack.texts(user)]) < 3:
        office.pass_time(MINUTE)
        assert office.clock.now() - began < 5 * MINUTE, known
    # The page says why it comes here, in the reader's language, and can be answered here.
    (message,) = [one for one in office.slack.on("U1") if "thread_ts" not in one]
    assert cause in str(message["blocks"])
    office.slack.click("U3", office.message("U3"), "complaint_acknowledge")
    office.slack.wait_for(lambda: office.slack.shown_to("U3"))
    assert office.incident().acknowledged_by == "王强"
    # Two hours later the server is mended, and takes what was meant for it.
    while office.clock.now() < began + 120 * MINUTE:
        office.pass_time(10 * MINUTE)
    assert post.letters == []
    mended(post)
    for _ in range(LONGEST_DELAY // MINUTE + 1):
        office.pass_time(MINUTE)
    assert nothing_waits(office)
    for address in (BOSS, SUPERVISOR, LEADER):
        assert sum("100" in str(mail["Subject"]) for mail in post.to(address)) == 1
    nothing_came_twice(office, post)


def test_who_alone_is_refused_for_good_is_told_in_slack_at_once_and_operators_hear_of_it(office, post):
    post.refuse = {BOSS: "550 no such user"}
    office.tickets(100)
    (page,) = post.to(LEADER)
    assert page["Subject"] == "【三级预警】网络质量 > 无信号 今日100件（门限100），另1项"
    (message,) = [one for one in office.slack.on("U1") if "thread_ts" not in one]
    assert "mail did not work" in str(message["blocks"])
    assert "refuses zhang@example.com (550)" in str(message["blocks"])
    assert office.slack.texts("U3") == []
    office.pass_time(MINUTE)
    # The notice to the operators takes another channel than the one that failed.
    assert office.slack.texts("U2") == ["【通知未送达】高层分管领导：张伟（mail）"]
    nothing_came_twice(office, post)


def test_mail_and_slack_are_both_down_and_whichever_works_first_tells_all(office, post):
    office.slack.down = broken(503)
    shut(post)
    office.tickets(100)
    began = office.clock.now()
    while office.clock.now() < began + 30 * MINUTE:
        office.pass_time(MINUTE)
    assert (office.slack.posts, post.letters) == ([], [])
    mended(post)
    for _ in range(LONGEST_DELAY // MINUTE + 1):
        office.pass_time(MINUTE)
    for address in (BOSS, SUPERVISOR, LEADER):
        assert sum("100" in str(mail["Subject"]) for mail in post.to(address)) == 1
    office.slack.down = None
    for _ in range(LONGEST_DELAY // MINUTE + 1):
        office.pass_time(MINUTE)
    assert nothing_waits(office)
    nothing_came_twice(office, post)
