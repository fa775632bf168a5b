"""What `check` says of a token, its scopes and each address, and sends nothing."""

import pytest
from delivering import failure
from slack_messages import message, notifier

from alerts.catalogue import in_language
from alerts.testing import slack_api
from alerts.testing.slack_api import FakeSlack
from connectors.options import Secret


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
