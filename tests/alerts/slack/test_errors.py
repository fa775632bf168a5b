"""What Slack refuses: what is waited for, what only people can mend, and what is tried again."""

from datetime import timedelta

import pytest
from delivering import failure
from slack_messages import message, notifier

from alerts.testing import slack_api
from alerts.testing.slack_api import FakeSlack


def test_too_many_messages_wait_as_long_as_slack_asks(slack):
    slack.fail_next(slack_api.throttled(7))
    error = failure(lambda: notifier(slack).deliver(message()))
    assert (error.retryable, error.retry_after, error.uncertain) == (True, timedelta(seconds=7), False)
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
