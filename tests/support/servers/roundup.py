"""A real Roundup tracker, from its wheel; it refuses to run as root."""

import os
import shutil
import sys
from pathlib import Path

import httpx
from process import PATIENCE

from servers.server import NOBODY, Listening, own_port, told

BIN = Path(sys.executable).parent
TOML = """
[[sources]]
name = "roundup"
kind = "roundup"
url = "{url}"
user = "reader"
password = "env:ROUNDUP_PASSWORD"
{keys}
[sources.fields]
id = "id"
created_at = "creation"
category = ["business", "product"]
escalated = {{ column = "priority.name", is = ["urgent"] }}
void = {{ column = "status.name", is = ["done-cbb"] }}
text = "title"
"""


class Roundup:
    """A tracker whose reading account lives in New York."""

    name = "roundup"

    def __init__(self, folder: Path) -> None:
        self.folder, port = folder, own_port()
        self.url = f"http://127.0.0.1:{port}/tracker"
        tracker = folder / "tracker"
        settings = f"tracker_web={self.url}/,mail_domain=example.test"
        told([f"{BIN}/roundup-admin", "-i", str(tracker), "install", "classic", "sqlite", settings], folder)
        schema = tracker / "schema.py"
        link = 'priority=Link("priority"),'
        written = schema.read_text()
        assert link in written
        schema.write_text(written.replace(link, f"{link} business=String(), product=String(),"))
        told([f"{BIN}/roundup-admin", "-i", str(tracker), "initialise", "secret"], folder)
        reader = ["username=reader", "password=reader", "roles=User", "address=r@a.test", "timezone=-5"]
        told([f"{BIN}/roundup-admin", "-i", str(tracker), "create", "user", *reader], folder)
        command = [f"{BIN}/roundup-server", "-p", str(port), f"tracker={tracker}"]
        if os.geteuid() == 0:
            _give_away(folder)
            command = [*NOBODY, *command]
        self.server = Listening(folder, command, port)
        self.people = httpx.Client(
            base_url=f"{self.url}/rest/data",
            auth=("admin", "secret"),
            timeout=PATIENCE,
            headers={"X-Requested-With": "rest", "Referer": f"{self.url}/", "Origin": self.url[:-8]},
        )
        self.server.start()

    def close(self) -> None:
        """Take it away."""
        self.people.close()
        self.server.stop()

    def toml(self, keys: str = "") -> str:
        """The source, as it is configured; its secret is put into the environment."""
        os.environ["ROUNDUP_PASSWORD"] = "reader"
        return TOML.format(url=self.url, keys=keys)

    def open(self, path):
        told_ = {"title": "投诉", "business": path[0], "product": path[1]}
        return self._sent("POST", "/issue", json=told_)["id"]

    def move(self, ident, path):
        self._change(ident, business=path[0], product=path[1])

    def escalate(self, ident):
        self._change(ident, priority="urgent")

    def finish(self, ident):
        self._change(ident, status="resolved")

    def delete(self, ident):
        self._sent("DELETE", f"/issue/{ident}", headers=self._tag(ident))

    def listing(self):
        told_ = self._sent("GET", "/issue", params={"@fields": "business,product"})
        return {one["id"]: (one["business"], one["product"]) for one in told_["collection"]}

    def _change(self, ident, **values):
        self._sent("PATCH", f"/issue/{ident}", json=values, headers=self._tag(ident))

    def _tag(self, ident):
        answer = self.people.get(f"/issue/{ident}")
        answer.raise_for_status()
        return {"If-Match": answer.headers["etag"]}

    def _sent(self, method, path, **content):
        answer = self.people.request(method, path, **content)
        answer.raise_for_status()
        return answer.json()["data"]


def _give_away(folder: Path) -> None:
    """Let nobody own the folder, and enter those above it."""
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, "nobody", "nogroup")
    for above in folder.parents:
        if above.stat().st_mode & 0o005 != 0o005:
            above.chmod(above.stat().st_mode | 0o005)
