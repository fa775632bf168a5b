"""A real Request Tracker, Debian's, with a database of its own."""

import os
from pathlib import Path

import httpx
from process import PATIENCE

from servers.server import Listening, demand, own_port, told

SERVER = "/usr/share/request-tracker5/libexec/rt-server"
SETUP = "/usr/sbin/rt-setup-database-5"
CONFIG = """
Set($rtname, 'example.test');
Set($Organization, 'example.test');
Set($WebDomain, '127.0.0.1');
Set($WebPort, {port});
Set($DatabaseType, 'SQLite');
Set($DatabaseName, '{folder}/rt.db');
Set($Timezone, 'Asia/Shanghai');
Set($LogToSTDERR, 'error');
Set($LogToSyslog, undef);
Set($MailCommand, 'testfile');
Set($MasonDataDir, '{folder}/mason');
1;
"""
DATA = """
@CustomFields = map { {
    Name => $_, Type => 'FreeformSingle', LookupType => 'RT::Queue-RT::Ticket', ApplyTo => ['General']
} } qw(Business Product);
@Users = ({
    Name => 'reader', Password => 'readerreader', EmailAddress => 'reader@example.test', Privileged => 1,
    Timezone => 'America/New_York'
}, {
    Name => 'blind', Password => 'blindblind', EmailAddress => 'blind@example.test', Privileged => 1
});
@Groups = ({ Name => 'readers', Description => 'who reads' });
@Members = ({ Group => 'readers', GroupDomain => 'UserDefined', Class => 'RT::User', Name => 'reader' });
@ACL = map { { GroupDomain => 'UserDefined', GroupId => 'readers', Right => $_ } }
    qw(SeeQueue ShowTicket SeeCustomField);
"""
TOML = """
[[sources]]
name = "rt"
kind = "request_tracker"
url = "{url}"
user = "reader"
password = "env:RT_PASSWORD"
{keys}
[sources.fields]
id = "id"
created_at = "Created"
category = ["CustomFields.Business", "CustomFields.Product"]
escalated = {{ column = "Priority", is = ["80"] }}
closed_at = "Resolved"
void = {{ column = "Status", is = ["rejected"] }}
complainant = "Requestor"
text = "Subject"
"""


class RequestTracker:
    """An RT in Shanghai whose reading account lives in New York."""

    name = "rt"

    def __init__(self, folder: Path) -> None:
        demand(SERVER, SETUP)
        port = own_port()
        self.url = f"http://127.0.0.1:{port}"
        config, data = folder / "RT_SiteConfig.pm", folder / "desk.pl"
        (folder / "mason").mkdir()
        config.write_text(CONFIG.replace("{port}", str(port)).replace("{folder}", str(folder)))
        data.write_text(DATA)
        settings = {"RT_SITE_CONFIG": str(config), "RT_SITE_CONFIG_DIR": "/dev/null"}
        told([SETUP, "--action", "init", "--skip-create"], folder, **settings)
        told([SETUP, "--action", "insert", "--datafile", str(data), "--skip-create"], folder, **settings)
        self.server = Listening(folder, [SERVER, "--port", str(port)], port, **settings)
        self.people = httpx.Client(
            base_url=f"{self.url}/REST/2.0", auth=("root", "password"), timeout=PATIENCE
        )
        self.server.start()

    def close(self) -> None:
        """Take it away."""
        self.people.close()
        self.server.stop()

    def toml(self, keys: str = "", user: str = "reader") -> str:
        """The source, as it is configured; its secret is put into the environment."""
        os.environ["RT_PASSWORD"] = user * 2
        return TOML.format(url=self.url, keys=keys).replace('"reader"', f'"{user}"')

    def open(self, path):
        ticket = {
            "Queue": "General",
            "Subject": "投诉",
            "Requestor": "ann@example.test",
            "Content": "no signal",
            "CustomFields": {"Business": path[0], "Product": path[1]},
        }
        return str(self._sent("POST", "/ticket", ticket).json()["id"])

    def move(self, ident, path):
        self._sent("PUT", f"/ticket/{ident}", {"CustomFields": {"Business": path[0], "Product": path[1]}})

    def escalate(self, ident):
        self._sent("PUT", f"/ticket/{ident}", {"Priority": 80})

    def finish(self, ident):
        self._sent("PUT", f"/ticket/{ident}", {"Status": "resolved"})

    def delete(self, ident):
        self._sent("PUT", f"/ticket/{ident}", {"Status": "deleted"})

    def merge(self, ident, into):
        """It is the same as another one."""
        self._sent("PUT", f"/ticket/{ident}", {"MergeInto": into})

    def listing(self):
        found, page, pages = {}, 0, 1
        while page < pages:
            page += 1
            asked = {
                "query": "id > 0",
                "fields": "CustomFields",
                "per_page": 100,
                "page": page,
                "orderby": "id",
            }
            told_ = self.people.get("/tickets", params=asked).json()
            pages = told_["pages"]
            for ticket in told_["items"]:
                values = {one["name"]: one["values"][0] for one in ticket["CustomFields"]}
                found[ticket["id"]] = values["Business"], values["Product"]
        return found

    def _sent(self, method, path, ticket):
        answer = self.people.request(method, path, json=ticket)
        answer.raise_for_status()
        return answer
