"""Socket Mode of the fake, spoken to by the real slack-bolt."""

import contextlib
import threading

import pytest
from process import PATIENCE, eventually
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from alerts.slack_app.connection import end
from alerts.testing import slack_api
from alerts.testing.slack_api import APP_TOKEN, TOKEN, FakeSlack
from alerts.testing.slack_people import buttons

PRESS = [
    {
        "type": "actions",
        "elements": [
            {"type": "button", "action_id": "go", "value": "7", "text": {"type": "plain_text", "text": "Go"}}
        ],
    }
]
VIEW = {
    "type": "modal",
    "callback_id": "ask",
    "title": {"type": "plain_text", "text": "Ask"},
    "submit": {"type": "plain_text", "text": "Go"},
    "blocks": [
        {
            "type": "input",
            "block_id": "why",
            "label": {"type": "plain_text", "text": "Why"},
            "element": {"type": "plain_text_input", "action_id": "why"},
        }
    ],
}


@contextlib.contextmanager
def running(slack, register, ping_interval=5.0):
    """A bolt app with these listeners, connected to the fake; anew after four pings without an answer."""
    client = WebClient(token=TOKEN, base_url=slack.url)
    app = App(client=client)
    register(app)
    handler = SocketModeHandler(app, APP_TOKEN, ping_interval=ping_interval)
    handler.connect()
    try:
        slack.socket.wait_connected()
        yield client
    finally:
        end(handler)


def test_a_click_reaches_the_real_bolt_and_is_acknowledged_in_time():
    seen = []

    def register(app):
        @app.action("go")
        def go(ack, body, respond):
            ack()
            seen.append((body["user"]["id"], body["actions"][0]["value"], body["team"]["id"]))
            respond(text="done", response_type="ephemeral", replace_original=False)
            answered.set()

    answered = threading.Event()
    with FakeSlack(patience=PATIENCE) as slack, running(slack, register) as client:
        client.chat_postMessage(channel="C1", text="press", blocks=PRESS)
        assert buttons(slack.posts[0]) == ("go",)
        assert slack.click("U1", slack.posts[0], "go").in_time
        assert answered.wait(PATIENCE)
        assert seen == [("U1", "7", "T1")]
        assert slack.shown_to("U1") == ["done"]


def test_a_click_that_slack_repeats_comes_twice():
    seen = []

    def register(app):
        @app.action("go")
        def go(ack, body):
            ack()
            seen.append(body["actions"][0]["action_ts"])

    with FakeSlack(patience=PATIENCE) as slack, running(slack, register) as client:
        client.chat_postMessage(channel="C1", text="press", blocks=PRESS)
        slack.click("U1", slack.posts[0], "go", times=2)
        eventually(lambda: len(seen) == 2)
    assert len(set(seen)) == 1


def test_nobody_presses_a_button_that_is_not_there():
    with FakeSlack() as slack:
        slack.posts.append({"channel": "C1", "ts": "1.0", "text": "x", "blocks": PRESS})
        with pytest.raises(LookupError, match="the message shows no stop; it shows: go"):
            slack.click("U1", slack.posts[0], "stop")


def test_an_app_that_does_not_acknowledge_is_late():
    with (
        FakeSlack(patience=0.1) as slack,
        running(slack, lambda app: app.action("go")(lambda: None)) as client,
    ):
        client.chat_postMessage(channel="C1", text="press", blocks=PRESS)
        assert not slack.click("U1", slack.posts[0], "go").in_time


def test_a_command_is_answered_and_opens_a_modal_that_is_submitted():
    seen = []

    def register(app):
        @app.command("/complaints")
        def command(ack, body, client):
            client.views_open(trigger_id=body["trigger_id"], view=VIEW)
            ack(f"you wrote {body['text']}")

        @app.view("ask")
        def ask(ack, view):
            seen.append(view["state"]["values"]["why"]["why"]["value"])
            ack(response_action="errors", errors={"why": "say more"})

    with FakeSlack(patience=PATIENCE) as slack, running(slack, register):
        answered = slack.command("U1", "trend 5G")
        assert answered.payload == {"text": "you wrote trend 5G"}
        submitted = slack.submit("U1", slack.workspace.views[0], {"why": "rain"})
        assert submitted.payload == {"response_action": "errors", "errors": {"why": "say more"}}
        assert seen == ["rain"]


@pytest.mark.parametrize("ended", ["refresh_requested", "warning", "cut"])
def test_the_client_comes_back_when_its_connection_is_taken_away(ended):
    seen = threading.Event()

    def register(app):
        @app.action("go")
        def go(ack):
            ack()
            seen.set()

    with FakeSlack() as slack, running(slack, register, ping_interval=0.2) as client:
        client.chat_postMessage(channel="C1", text="press", blocks=PRESS)
        opened = [method for method, _ in slack.requests].count("apps.connections.open")
        slack.socket.cut() if ended == "cut" else slack.socket.disconnect(ended)
        slack.wait_for(lambda: [m for m, _ in slack.requests].count("apps.connections.open") > opened)
        # What comes while connections change is lost on the way now and then, as with Slack itself.
        eventually(lambda: slack.click("U1", slack.posts[0], "go").in_time)
        assert seen.wait(PATIENCE)


def test_only_an_app_token_opens_a_connection_and_only_once():
    with FakeSlack() as slack:
        client = WebClient(base_url=slack.url)
        with pytest.raises(SlackApiError, match="not_allowed_token_type"):
            client.apps_connections_open(app_token=TOKEN)
        with pytest.raises(SlackApiError, match="invalid_auth"):
            client.apps_connections_open(app_token="xapp-other")
        assert client.apps_connections_open(app_token=APP_TOKEN)["url"].startswith("ws://127.0.0.1:")


def test_a_trigger_opens_one_modal_within_three_seconds():
    now = [0.0]
    with FakeSlack(clock=lambda: now[0]) as slack:
        client = WebClient(token=TOKEN, base_url=slack.url)
        stale, fresh = slack.workspace.forms.trigger(), slack.workspace.forms.trigger()
        client.views_open(trigger_id=fresh, view=VIEW)
        with pytest.raises(SlackApiError, match="invalid_trigger_id"):
            client.views_open(trigger_id=fresh, view=VIEW)
        now[0] = 3.5
        with pytest.raises(SlackApiError, match="expired_trigger_id"):
            client.views_open(trigger_id=stale, view=VIEW)
        with pytest.raises(SlackApiError, match="invalid_arguments"):
            client.views_open(
                trigger_id=slack.workspace.forms.trigger(),
                view={**VIEW, "title": {"type": "plain_text", "text": "x" * 25}},
            )


def test_an_upload_takes_its_three_steps_and_a_channel_id():
    with FakeSlack() as slack:
        client = WebClient(token=TOKEN, base_url=slack.url)
        client.files_upload_v2(content=b"PNG", filename="c.png", title="Chart", channel="C1", thread_ts="1.0")
        (file,) = slack.workspace.files.values()
        assert (file["bytes"], file["channel"], file["thread_ts"]) == (b"PNG", "C1", "1.0")
        assert slack.posts[0]["files"] == [{"id": "F1", "title": "Chart"}]
        with pytest.raises(SlackApiError, match="invalid_arguments"):
            client.files_upload_v2(content=b"PNG", filename="c.png", channel="U1")


def test_only_its_own_messages_are_edited_and_by_the_conversations_id():
    with FakeSlack() as slack:
        client = WebClient(token=TOKEN, base_url=slack.url)
        posted = client.chat_postMessage(channel="U1", text="one")
        client.chat_update(channel=posted["channel"], ts=posted["ts"], text="two")
        assert (slack.texts("U1"), slack.workspace.edits) == (["two"], [(posted["ts"], "two")])
        with pytest.raises(SlackApiError, match="channel_not_found"):
            client.chat_update(channel="U1", ts=posted["ts"], text="three")
        with pytest.raises(SlackApiError, match="message_not_found"):
            client.chat_update(channel="C1", ts="9.9", text="three")
        slack.posts.append({"channel": "C1", "ts": "5.0", "text": "hi", "user": "U1"})
        with pytest.raises(SlackApiError, match="cant_update_message"):
            client.chat_update(channel="C1", ts="5.0", text="three")


@pytest.mark.parametrize(
    ("happens", "error"),
    [("archive", "is_archived"), ("leave", "not_in_channel")],
)
def test_an_archived_channel_and_one_without_the_app_are_refused(happens, error):
    with FakeSlack(channels=("C1",)) as slack:
        getattr(slack, happens)("C1")
        client = WebClient(token=TOKEN, base_url=slack.url)
        with pytest.raises(SlackApiError, match=error):
            client.chat_postMessage(channel="C1", text="x")
        told = client.conversations_info(channel="C1")["channel"]
        assert (told["is_archived"], told["is_member"]) == (happens == "archive", happens == "archive")


def test_scopes_are_those_of_the_kind_of_conversation():
    scopes = slack_api.ALL_SCOPES - {"groups:history"}
    with FakeSlack(channels=("C1", "G1"), scopes=scopes) as slack:
        client = WebClient(token=TOKEN, base_url=slack.url)
        client.conversations_history(channel="C1")
        with pytest.raises(SlackApiError) as caught:
            client.conversations_history(channel="G1")
        assert caught.value.response["needed"] == "groups:history"


def test_the_documented_rates_are_kept_where_a_test_asks_for_them():
    now = [0.0]
    with FakeSlack(clock=lambda: now[0], rate_limited=True) as slack:
        client = WebClient(token=TOKEN, base_url=slack.url)
        posted = client.chat_postMessage(channel="C1", text="x")
        with pytest.raises(SlackApiError) as caught:
            client.chat_postMessage(channel="C1", text="x")
        assert caught.value.response.headers["Retry-After"] == "1"
        now[0] = 1.0
        client.chat_postMessage(channel="C1", text="x")
        for _ in range(50):
            client.chat_update(channel="C1", ts=posted["ts"], text="y")
        with pytest.raises(SlackApiError, match="ratelimited"):
            client.chat_update(channel="C1", ts=posted["ts"], text="y")


def test_an_outage_lasts_until_it_ends():
    with FakeSlack() as slack:
        client = WebClient(token=TOKEN, base_url=slack.url)
        slack.down = slack_api.broken(503)
        for _ in range(3):
            with pytest.raises(SlackApiError):
                client.auth_test()
        slack.down = None
        assert client.auth_test()["team_id"] == "T1"
