"""The whole process with its Slack app: a page in Slack, a click, a command, a chart, and a graceful end."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from dropping import World, zone_at_noon
from histories import burst
from oracle import OracleRule
from process import PATIENCE, DaemonProcess, eventually

from alerts.testing.slack_api import APP_TOKEN, TOKEN, FakeSlack
from monitor.commands import Exit

VOLUME = OracleRule("volume", "daily_threshold", thresholds={"high": 10})
COMPANY = """
[[channels]]
name = "slack"
kind = "slack"
token = "env:TEST_SLACK_BOT"
app_token = "env:TEST_SLACK_APP"
base_url = "{url}"

[[roles]]
name = "supervisor"
contacts = ["Li Na", "desk"]

[[roles]]
name = "operator"
contacts = ["Li Na"]

[[contacts]]
name = "Li Na"
addresses = {{ slack = "U1" }}

[[contacts]]
name = "desk"
addresses = {{ slack = "C1" }}
"""


@pytest.fixture
def slack(monkeypatch):
    monkeypatch.setenv("TEST_SLACK_BOT", TOKEN)
    monkeypatch.setenv("TEST_SLACK_APP", APP_TOKEN)
    with FakeSlack(patience=PATIENCE) as fake:
        yield fake


@pytest.mark.slow
def test_a_page_is_answered_in_slack_while_the_daemon_runs(slack: FakeSlack, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/complaints.db"
    world = World(tmp_path, url, [VOLUME], zone=zone_at_noon(), levels=1, more=COMPANY.format(url=slack.url))
    world.write()
    with DaemonProcess(tmp_path) as daemon:
        daemon.started()
        slack.socket.wait_connected(PATIENCE)
        start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
        world.drop("1.csv", burst(12, start, "a", step=timedelta(0)))
        (message,) = eventually(lambda: [post for post in slack.on("C1") if "thread_ts" not in post])
        assert message["text"].startswith("🔴 [high] a: 10 tickets")
        assert slack.click("U1", message, "complaint_acknowledge").in_time
        eventually(lambda: message["text"].startswith("🟡 "))
        eventually(lambda: any("Acknowledged by Li Na" in post["text"] for post in slack.replies("C1")))
        chart = slack.wait_for(lambda: files(slack, "thread_ts"), PATIENCE)[0]
        assert chart["bytes"].startswith(b"\x89PNG")
        assert slack.command("U1", "status").in_time
        eventually(lambda: any("1 open incident" in text for text in slack.shown_to("U1")))
        assert slack.command("U1", "report 1").in_time
        slack.wait_for(
            lambda: [one for one in files(slack, "bytes") if one["name"].endswith(".pdf")], PATIENCE
        )
        assert daemon.terminate() == Exit.OK
        assert not daemon.told("channel_broken")
        assert not daemon.told("chart_broken")


def files(slack: FakeSlack, known: str) -> list[dict[str, Any]]:
    """Those of which this is known already; to be asked while no other comes."""
    return [file for file in slack.workspace.files.values() if file.get(known)]
