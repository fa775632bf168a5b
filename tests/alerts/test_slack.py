"""The notifier with the real slack-sdk against a fake Web API on a local port."""

from dataclasses import replace
from datetime import timedelta

import pytest
from alerting import NO_SIGNAL, NOW, SHANGHAI, plan, signal
from process import PATIENCE

from alerts.catalogue import in_language
from alerts.incidents.event import Event, Kind
from alerts.incidents.transitions import apply, opened
from alerts.notifier import BusyError, DeliveryError, Message, Update
from alerts.page import Reason
from alerts.respond import Fold, respond
from alerts.slack import Notifier, Options
from alerts.testing import slack_api
from alerts.testing.slack_api import FakeSlack
from connectors.options import Secret


@pytest.fixture(autouse=True)
def _tokens(monkeypatch):
    monkeypatch.setenv("SLACK_BOT_TOKEN", slack_api.TOKEN)
    monkeypatch.setenv("SLACK_APP_TOKEN", slack_api.APP_TOKEN)


@pytest.fixture
def slack():
    with FakeSlack(channels=("C1", "C2"), members=("U1",)) as fake:
        yield fake


def notifier(slack, **changes):
    limit = timedelta(seconds=PATIENCE)
    options = {"token": Secret("env:SLACK_BOT_TOKEN"), "base_url": slack.url, "timeout": limit}
    return Notifier("slack", Options(**{**options, **changes}), sleep=lambda _: None)


def message(address="C1", *, signals=1, uncertain=False):
    many = [signal(node=(*NO_SIGNAL[:4], f"细目 {i:04}")) for i in range(signals)]
    fold = Fold(Reason.CAUGHT_UP) if signals > 1 else None
    (page,) = respond(many, plan=plan(), now=NOW, fold=fold).pages
    return Message("k" * 20, page, "slack", address, "zh", SHANGHAI, uncertain)


def failure(deliver):
    with pytest.raises(DeliveryError) as caught:
        deliver()
    return caught.value


def test_a_page_is_posted_with_its_first_line_as_text_and_its_key():
    with FakeSlack() as slack:
        receipt = notifier(slack).deliver(message())
        (post,) = slack.posts
    assert post["text"] == "【三级预警】网络质量 > 细目 0000 今日104件（门限100）"
    assert post["client_msg_id"] == message().uuid()
    assert post["metadata"] == {"event_type": "complaint_page", "event_payload": {"key": "k" * 20, "part": 0}}
    assert receipt.reference == f"C1/{post['ts']}"
    assert not receipt.repeated


def test_a_person_is_told_in_their_own_conversation(slack):
    assert notifier(slack).deliver(message("U1")).reference.startswith("D1/")


def test_a_storm_goes_on_in_the_thread(slack):
    notifier(slack).deliver(message(signals=400))
    assert len(slack.texts("C1")) == 1
    replies = slack.replies("C1")
    assert len(replies) > 1
    assert {reply["thread_ts"] for reply in replies} == {slack.posts[0]["ts"]}


# -- failures --------------------------------------------------------------------------------------------


def test_too_many_messages_wait_as_long_as_slack_asks(slack):
    slack.fail_next(slack_api.throttled(7))
    error = failure(lambda: notifier(slack).deliver(message()))
    assert (error.retryable, error.retry_after, error.uncertain) == (True, timedelta(seconds=7), False)
    assert slack.posts == []


@pytest.mark.parametrize(
    "lost",
    [slack_api.answer_lost(), slack_api.cut(), slack_api.broken(503), slack_api.hanging(3, posted=True)],
    ids=["answer lost", "reset", "503", "hang"],
)
def test_a_lost_answer_is_uncertain_and_the_page_still_arrives_once(slack, lost):
    slack.fail_next(lost)
    error = failure(lambda: notifier(slack, timeout=timedelta(seconds=1)).deliver(message()))
    assert (error.retryable, error.uncertain) == (True, True)
    # Whoever does not wait for an answer may ask again before the request has even been read.
    slack.wait_for(lambda: slack.requests)
    receipt = notifier(slack).deliver(message(uncertain=True))
    assert len(slack.posts) == 1
    assert receipt.repeated == lost.posted
    assert receipt.reference == f"C1/{slack.posts[0]['ts']}"


def test_a_lost_answer_of_a_person_is_looked_for_in_their_conversation(slack):
    slack.fail_next(slack_api.answer_lost())
    failure(lambda: notifier(slack).deliver(message("U1")))
    assert notifier(slack).deliver(message("U1", uncertain=True)).repeated
    assert len(slack.posts) == 1


def test_a_lost_message_is_found_behind_many_others():
    with FakeSlack(page_size=20) as slack:
        slack.fail_next(slack_api.answer_lost())
        failure(lambda: notifier(slack).deliver(message()))
        slack.posts.extend({"channel": "C1", "ts": f"9999999999.{i:06}", "text": "chat"} for i in range(70))
        assert notifier(slack).deliver(message(uncertain=True)).repeated
        assert sum(post["text"] != "chat" for post in slack.posts) == 1


def test_another_page_in_the_channel_is_not_taken_for_this_one(slack):
    notifier(slack).deliver(Message("other", message().page, "slack", "C1", "zh", SHANGHAI))
    assert not notifier(slack).deliver(message(uncertain=True)).repeated
    assert len(slack.posts) == 2


def test_a_storm_that_broke_off_in_its_thread_goes_on_where_it_was(slack):
    calls = []

    def break_off(_):
        calls.append(1)
        if len(calls) == 2:
            slack.fail_next(slack_api.throttled(1))

    sender = notifier(slack)
    sender._sleep = break_off
    error = failure(lambda: sender.deliver(message(signals=400)))
    assert error.uncertain
    before = len(slack.posts)
    notifier(slack).deliver(message(signals=400, uncertain=True))
    parts = [post["metadata"]["event_payload"]["part"] for post in slack.posts]
    assert before < len(parts)
    assert sorted(parts) == list(range(len(parts)))


def test_a_token_that_may_not_look_sends_again_with_the_same_key():
    with FakeSlack(scopes=frozenset({"chat:write"})) as slack:
        slack.fail_next(slack_api.answer_lost())
        failure(lambda: notifier(slack).deliver(message()))
        notifier(slack).deliver(message(uncertain=True))
        assert len({post["client_msg_id"] for post in slack.posts}) == 1
        assert len(slack.posts) == 2


def test_trouble_while_looking_sends_nothing(slack):
    slack.fail_next(slack_api.throttled(3))
    error = failure(lambda: notifier(slack).deliver(message(uncertain=True)))
    assert (error.uncertain, error.retry_after) == (True, timedelta(seconds=3))
    assert slack.posts == []


@pytest.mark.parametrize(
    ("code", "facts", "said"),
    [
        ("channel_not_found", {}, "invite the app to a private channel"),
        ("not_in_channel", {}, "is not in channel C1; invite it there"),
        ("is_archived", {}, "C1 is archived"),
        ("invalid_auth", {}, "Slack refuses the token"),
        (
            "missing_scope",
            {"needed": "chat:write", "provided": "im:write"},
            "lacks the scope chat:write (it has im:write)",
        ),
        ("invalid_blocks", {"errors": ["too many"]}, "refuses the message's blocks; please report"),
    ],
)
def test_what_only_people_can_mend_is_said_and_not_tried_again(slack, code, facts, said):
    slack.fail_next(slack_api.refused(code, **facts))
    error = failure(lambda: notifier(slack).deliver(message()))
    assert said in error.sentence
    assert not error.retryable
    assert not error.uncertain


def test_an_answer_that_we_do_not_know_is_tried_again(slack):
    slack.fail_next(slack_api.refused("brand_new_error"))
    error = failure(lambda: notifier(slack).deliver(message()))
    assert error.retryable
    assert "brand_new_error" in error.sentence


def test_nobody_listening_is_no_uncertain_outcome():
    with FakeSlack() as slack:
        gone = slack.url
    error = failure(lambda: notifier(slack, base_url=gone).deliver(message()))
    assert (error.retryable, error.uncertain) == (True, False)
    assert "Slack cannot be reached" in error.sentence


def test_a_missing_token_names_its_variable(slack, monkeypatch):
    monkeypatch.delenv("SLACK_BOT_TOKEN")
    error = failure(lambda: notifier(slack).deliver(message()))
    assert "environment variable SLACK_BOT_TOKEN is not set" in error.sentence
    assert not error.retryable


def test_a_wrong_token_is_refused(slack, monkeypatch):
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-other")
    error = failure(lambda: notifier(slack).deliver(message()))
    assert "Slack refuses the token" in error.sentence
    assert "xoxb" not in error.sentence


# -- pace and check --------------------------------------------------------------------------------------


def test_one_message_a_second_and_channel(slack):
    clock = [100.0]
    waits = []

    def sleep(seconds):
        waits.append(seconds)
        clock[0] += seconds

    options = Options(token=Secret("env:SLACK_BOT_TOKEN"), base_url=slack.url)
    sender = Notifier("slack", options, sleep=sleep, monotonic=lambda: clock[0])
    sender.deliver(message("C1"))
    sender.deliver(message("C2"))
    clock[0] += 0.25
    sender.deliver(message("C1"))
    assert waits == [0.75]


def test_check_names_each_scope_that_the_token_lacks_and_what_is_missing_without_it():
    with FakeSlack(scopes=slack_api.ALL_SCOPES - {"channels:history", "commands"}) as slack:
        (problem,) = notifier(slack).examine()
        both = notifier(slack, app_token=Secret("env:SLACK_APP_TOKEN")).examine()
    assert problem.startswith("the token lacks the scope channels:history, so that it cannot look for")
    assert in_language(problem, "zh").startswith("令牌缺少权限 channels:history，因此应答丢失后")
    assert "the token lacks the scope commands, so that nobody can ask with /complaints" in both[1]


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("xapp-other", "refuses the app-level token (invalid_auth)"),
        (slack_api.TOKEN, "(not_allowed_token_type)"),
    ],
)
def test_check_tries_the_app_token(slack, monkeypatch, token, said):
    wanted = {"app_token": Secret("env:SLACK_APP_TOKEN")}
    assert notifier(slack, **wanted).examine() == []
    monkeypatch.setenv("SLACK_APP_TOKEN", token)
    (problem,) = notifier(slack, **wanted).examine()
    assert said in problem


def test_check_tries_each_address_and_sends_nothing():
    with FakeSlack(channels=("C1", "C2", "C3", "G4"), members=("U1", "U2")) as slack:
        slack.leave("C2")
        slack.archive("C3")
        slack.leave("G4")
        slack.workspace.people["U2"].deleted = True
        problems = notifier(slack).examine_addresses(["C1", "C2", "C3", "G4", "U1", "U2", "U9"])
    assert [problem.partition(";")[0] for problem in problems] == [
        "the Slack app is not in channel C2",
        "the Slack channel C3 is archived",
        "Slack knows no channel or person G4, or the app may not see it",
        "the Slack account U2 (member-u2) is deactivated",
        "Slack knows no person U9",
    ]
    assert slack.posts == []


def test_check_is_silent_when_all_is_well_and_speaks_when_it_is_not(slack, monkeypatch):
    assert notifier(slack).examine() == []
    monkeypatch.setenv("SLACK_BOT_TOKEN", "wrong")
    assert "Slack refuses the token" in notifier(slack).examine()[0]
    monkeypatch.delenv("SLACK_BOT_TOKEN")
    assert "is not set" in notifier(slack).examine()[0]
    assert slack.posts == []


def test_an_update_does_not_wait_for_its_pace_but_says_so(slack):
    clock = [100.0]
    options = Options(token=Secret("env:SLACK_BOT_TOKEN"), base_url=slack.url)
    sender = Notifier("slack", options, sleep=lambda _: None, monotonic=lambda: clock[0])
    first = Event("e0", Kind.OPENED, 1, level="三级预警", node=("a",))
    incident = apply(opened(first, id=1), [Event("e1", Kind.ACKNOWLEDGED, 2, by="李娜")])
    page = message("U1").page
    receipt = sender.deliver(replace(message("U1"), standing=incident))
    update = Update(incident, page, "slack", "U1", receipt.reference, "zh", SHANGHAI, seen=1)
    with pytest.raises(BusyError) as caught:
        sender.follow(update)
    assert caught.value.after == timedelta(seconds=2)
    assert slack.workspace.edits == []
    clock[0] += 2
    sender.follow(update)
    assert slack.texts("U1")[0].startswith("🟡 ")
    assert [post["text"] for post in slack.replies("U1")] == ["08:00 李娜签收"]
    # Told again after a lost answer: it looks first.
    clock[0] += 2
    sender.follow(replace(update, uncertain=True))
    assert len(slack.replies("U1")) == 1


def test_a_long_story_is_told_message_by_message_so_that_pages_need_not_wait_for_its_end(slack):
    clock = [100.0]
    waits = []
    options = Options(token=Secret("env:SLACK_BOT_TOKEN"), base_url=slack.url)
    sender = Notifier("slack", options, sleep=waits.append, monotonic=lambda: clock[0])
    notes = [
        Event(f"n{i}", Kind.NOTED, i + 2, by="李娜", facts=(("text", "光缆" * 200),)) for i in range(200)
    ]
    incident = apply(opened(Event("e0", Kind.OPENED, 1, level="三级预警", node=("a",)), id=1), notes)
    receipt = sender.deliver(replace(message("C1"), standing=incident))
    update = Update(incident, message().page, "slack", "C1", receipt.reference, "zh", SHANGHAI, seen=1)
    posts = 0
    for posts in range(1, 20):
        clock[0] += 2
        busy = None
        try:
            sender.follow(update)
        except BusyError as error:
            busy = error
        assert len(slack.replies("C1")) == posts
        if busy is None:
            break
        update = replace(update, seen=busy.seen)
    assert posts > 1
    assert waits == []
    story = "".join(post["text"] for post in slack.replies("C1"))
    assert story.count("李娜") == 200


def test_a_chart_goes_into_the_thread_and_its_failure_costs_nothing(slack):
    sender = notifier(slack)
    first = Event("e0", Kind.OPENED, 1, level="三级预警", node=("a",))
    incident = opened(first, id=1)
    receipt = sender.deliver(replace(message(), standing=incident))
    update = Update(incident, message().page, "slack", "C1", receipt.reference, "zh", SHANGHAI, seen=1)
    sender.follow(replace(update, chart=b"\x89PNG"))
    (file,) = slack.workspace.files.values()
    assert (file["channel"], file["thread_ts"]) == ("C1", slack.posts[0]["ts"])
    slack.fail_next(slack_api.refused("file_uploads_disabled"))
    sender.follow(replace(update, chart=b"\x89PNG"))


def test_a_later_page_of_an_incident_stands_in_its_thread_and_is_found_there_after_a_lost_answer(slack):
    incident = opened(Event("e0", Kind.OPENED, 1, level="三级预警", node=("a",)), id=1)
    sender = notifier(slack)
    root = sender.deliver(replace(message(), standing=incident)).reference
    later = replace(message(), key="j" * 20, standing=incident, thread=root)
    slack.fail_next(slack_api.answer_lost())
    failure(lambda: sender.deliver(later))
    assert sender.deliver(replace(later, uncertain=True)).repeated
    (reply,) = slack.replies("C1")
    assert str(reply["reply_broadcast"]).lower() in {"true", "1"}
