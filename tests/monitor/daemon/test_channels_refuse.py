"""The whole process on a bad day: mail refused, a channel archived, kill -9 twice, two clicks at once."""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dropping import World, zone_at_noon
from histories import burst
from mailing import PostOffice
from oracle import OracleRule
from process import PATIENCE, DaemonProcess, eventually

from alerts.incidents.event import Kind
from alerts.testing.slack_api import APP_TOKEN, TOKEN, FakeSlack
from monitor.commands import Exit
from monitor.storage import Store
from monitor.storage.outbox import Delivery, State

VOLUME = OracleRule("volume", "daily_threshold", thresholds={"high": 10})
BOSS, DEPUTY, LEADER = "boss@example.com", "deputy@example.com", "leader@example.com"
COMPANY = f"""
[[channels]]
name = "mail"
kind = "email"
host = "127.0.0.1"
port = {{port}}
security = "none"
from = "monitor@example.com"

[[channels]]
name = "slack"
kind = "slack"
token = "env:TEST_SLACK_BOT"
app_token = "env:TEST_SLACK_APP"
base_url = "{{url}}"

[[roles]]
name = "supervisor"
contacts = ["the boss", "the deputy", "the leader", "the desk"]

[[roles]]
name = "operator"
contacts = ["the deputy"]

[[contacts]]
name = "the boss"
addresses = {{{{ mail = "{BOSS}", slack = "U1" }}}}

[[contacts]]
name = "the deputy"
addresses = {{{{ mail = "{DEPUTY}", slack = "U2" }}}}

[[contacts]]
name = "the leader"
addresses = {{{{ slack = "C1", mail = "{LEADER}" }}}}

[[contacts]]
name = "the desk"
addresses = {{{{ slack = "C2" }}}}
"""


@pytest.fixture
def slack(monkeypatch):
    monkeypatch.setenv("TEST_SLACK_BOT", TOKEN)
    monkeypatch.setenv("TEST_SLACK_APP", APP_TOKEN)
    with FakeSlack(channels=("C1", "C2"), members=("U1", "U2"), patience=PATIENCE) as fake:
        yield fake


@pytest.mark.slow
def test_mail_is_refused_a_channel_is_archived_the_process_killed_and_everybody_knows_once(
    slack: FakeSlack, tmp_path: Path
) -> None:
    store_url = f"sqlite:///{tmp_path}/complaints.db"
    with PostOffice() as post, DaemonProcess(tmp_path) as daemon:
        more = COMPANY.format(port=post.port, url=slack.url)
        world = World(tmp_path, store_url, [VOLUME], zone=zone_at_noon(), levels=1, more=more)
        world.write()
        # One address is gone for good, all others wait in a queue; the leader's channel is archived.
        post.refuse = {BOSS: "550 no such user", DEPUTY: "451 greylisted, come again"}
        slack.archive("C1")
        daemon.started()
        start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
        world.drop("1.csv", burst(12, start, "a", step=timedelta(0)))
        # Both are told on their other channel at once, which says why.
        (message,) = eventually(lambda: [one for one in slack.on("U1") if "thread_ts" not in one])
        assert f"mail server 127.0.0.1:{post.port} refuses {BOSS} (550)" in str(message["blocks"])
        (letter,) = eventually(lambda: post.to(LEADER))
        assert "archived" in letter.get_body(("plain",)).get_content()
        eventually(lambda: daemon.told("page_not_sent", channel="mail"))
        # Killed before it has noted an answer it would send again, with the same Message-ID: not here.
        eventually(lambda: noted(store_url, "C2", LEADER, "U1"))
        daemon.kill()
        # Nobody listens on the port while it starts again; then the server takes everything.
        post.shut()
        daemon.started()
        slack.socket.wait_connected(PATIENCE)
        (shared,) = [one for one in slack.on("C2") if "thread_ts" not in one]
        clicks = [
            threading.Thread(target=slack.click, args=(user, shared, "complaint_acknowledge"))
            for user in ("U1", "U2")
        ]
        for click in clicks:
            click.start()
        for click in clicks:
            click.join()
        answers = [slack.wait_for(lambda user=user: slack.shown_to(user), PATIENCE) for user in ("U1", "U2")]
        eventually(lambda: daemon.told("page_not_sent", channel="mail"))
        daemon.kill()
        post.refuse = {BOSS: "550 no such user"}
        post.open()
        daemon.started()
        eventually(lambda: nothing_waits(store_url), what="every page")
        assert daemon.terminate() == Exit.OK
    assert_once(slack, post)
    store = Store.open(store_url)
    with store.reading() as tx:
        (incident,) = tx.incidents.find()
    store.close()
    assert len(incident.events(Kind.ACKNOWLEDGED)) == 1
    holder = incident.acknowledged_by
    assert {holder} < {"the boss", "the deputy"}
    # One has it, and the other is told who.
    assert all(holder in answer for (answer,) in answers), answers


def deliveries(url: str) -> list[Delivery]:
    store = Store.open(url)
    try:
        with store.reading() as tx:
            return tx.outbox.deliveries()
    finally:
        store.close()


def noted(url: str, *addresses: str) -> bool:
    return {one.told.address for one in deliveries(url) if one.state is State.SENT} >= set(addresses)


def nothing_waits(url: str) -> bool:
    return all(one.state is not State.PENDING for one in deliveries(url))


def assert_once(slack: FakeSlack, post: PostOffice) -> None:
    """Each page came to each place once, and everybody has got the warning somewhere."""
    letters = Counter((str(mail["Message-ID"]), *to) for to, mail in post.letters)
    assert set(letters.values()) == {1}, letters
    keys = Counter(
        (one["channel"], one["metadata"]["event_payload"]["key"])
        for one in slack.posts
        if one.get("metadata", {}).get("event_type") == "complaint_page"
    )
    assert set(keys.values()) == {1}
    warning = "[high] a: 10 tickets"
    for got in (
        slack.texts("U1"),
        [str(mail["Subject"]) for mail in post.to(DEPUTY)],
        [str(mail["Subject"]) for mail in post.to(LEADER)],
    ):
        assert sum(warning in text for text in got) == 1, got
