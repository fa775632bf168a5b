import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from alerts.testing.slack_api import TOKEN, FakeSlack
from alerts.testing.slack_limits import broken_limits

TEXT = {"type": "mrkdwn", "text": "x"}


def section(length):
    return {"type": "section", "text": {"type": "mrkdwn", "text": "x" * length}}


@pytest.mark.parametrize(
    ("blocks", "error"),
    [
        ([section(10)] * 50, ""),
        ([section(10)] * 51, "invalid_blocks"),
        ([section(3_000)], ""),
        ([section(3_001)], "invalid_blocks"),
        ([section(3_000)] * 5, "msg_blocks_too_long"),
        ([{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}], "invalid_blocks"),
        ([{"type": "section", "fields": [TEXT] * 10}], ""),
        ([{"type": "section", "fields": [TEXT] * 11}], "invalid_blocks"),
        ([{"type": "section", "fields": [{"type": "mrkdwn", "text": "x" * 2_001}]}], "invalid_blocks"),
        ([{"type": "context", "elements": [TEXT] * 11}], "invalid_blocks"),
        ([{"type": "section"}], "invalid_blocks"),
        ([{"type": "section", "text": {"type": "mrkdwn", "text": ""}}], "invalid_blocks"),
        ([{"type": "carousel"}], "invalid_blocks"),
    ],
)
def test_it_refuses_what_slack_refuses(blocks, error):
    assert broken_limits({"text": "x", "blocks": blocks})[0] == error


def test_the_real_client_talks_to_it():
    with FakeSlack() as slack:
        client = WebClient(token=TOKEN, base_url=slack.url)
        posted = client.chat_postMessage(channel="C1", text="hello", blocks=[section(10)])
        assert client.conversations_history(channel="C1")["messages"][0]["ts"] == posted["ts"]
        with pytest.raises(SlackApiError, match="invalid_blocks"):
            client.chat_postMessage(channel="C1", text="hello", blocks=[section(3_001)])
        with pytest.raises(SlackApiError, match="unknown_method"):
            client.api_call("files.burn")
        assert slack.texts("C1") == ["hello"]
