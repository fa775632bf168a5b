"""The whole process with its pages: a mail, the link in it, an answer, also after kill -9."""

import re
import urllib.error
import urllib.parse
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dropping import World, zone_at_noon
from histories import burst
from mailing import PostOffice
from oracle import OracleRule
from ports import reserved_port
from process import PATIENCE, DaemonProcess, eventually

from alerts.incidents.incident import Incident, State
from monitor.commands import Exit
from monitor.storage import Store

VOLUME = OracleRule("volume", "daily_threshold", thresholds={"high": 10})
COMPANY = """
[pages]
address = "http://127.0.0.1:{pages}/"
port = {pages}

[[channels]]
name = "mail"
kind = "email"
host = "127.0.0.1"
port = {smtp}
security = "none"
from = "monitor@example.com"

[[roles]]
name = "supervisor"
contacts = ["Li Na"]

[[roles]]
name = "operator"
contacts = ["Li Na"]

[[contacts]]
name = "Li Na"
addresses = {{ mail = "li@example.com" }}
"""


@pytest.mark.slow
def test_an_incident_is_answered_by_the_link_of_its_mail(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/complaints.db"
    with PostOffice() as post, reserved_port() as pages, DaemonProcess(tmp_path) as daemon:
        more = COMPANY.format(pages=pages, smtp=post.port)
        world = World(tmp_path, url, [VOLUME], zone=zone_at_noon(), levels=1, more=more)
        world.write()
        daemon.started()
        start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
        world.drop("1.csv", burst(12, start, "a", step=timedelta(0)))
        (mail,) = eventually(lambda: post.to("li@example.com"))
        text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
        link = re.findall(r"http://127\.0\.0\.1:\d+/answer/\S+", text)[0]
        assert f'href="{link}"' in html
        # The link opens the page also of a process that was killed and started again.
        daemon.kill()
        daemon.started()
        assert "Incident 1" in asked(link)
        page = asked(link, deed="acknowledge", seen="99")
        assert "Acknowledged by Li Na" in page
        page = asked(link, deed="fill", seen="99", **{"field.cause": "a power cut"})
        assert "a power cut" in page
        report = f"{link}/report.pdf"
        with urllib.request.urlopen(report, timeout=PATIENCE) as answer:
            assert answer.read().startswith(b"%PDF")
        with pytest.raises(urllib.error.HTTPError) as refused:
            asked(link[:-2])
        refused.value.close()
        assert refused.value.code == 403
        assert daemon.terminate() == Exit.OK
        assert daemon.told("order_done", deed="acknowledge", by="Li Na")
        assert daemon.told("answer_refused")
    incident = the_incident(url)
    assert incident.state is State.ACKNOWLEDGED
    assert incident.filled("cause") == "a power cut"


def asked(url: str, **form: str) -> str:
    data = urllib.parse.urlencode(form).encode() if form else None
    with urllib.request.urlopen(url, data, timeout=PATIENCE) as answer:
        return str(answer.read().decode())


def the_incident(url: str) -> Incident:
    store = Store.open(url)
    try:
        with store.reading() as tx:
            (found,) = tx.incidents.find()
        return found
    finally:
        store.close()
