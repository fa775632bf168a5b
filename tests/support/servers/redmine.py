"""A real Redmine, Debian's, with a database of its own."""

import os
import secrets
from pathlib import Path

import httpx
from process import PATIENCE

from servers.server import Listening, demand, own_port, told

CODE = Path("/usr/share/redmine")
INSTANCES = Path("/var/lib/redmine")
SEED = """
Setting.rest_api_enabled = '1'
every = Tracker.ids
IssueCustomField.create!(name: 'Business', field_format: 'string', is_for_all: true, tracker_ids: every)
IssueCustomField.create!(name: 'Product', field_format: 'string', is_for_all: true, tracker_ids: every)
modules = ['issue_tracking']
desk = Project.create!(name: 'Desk', identifier: 'desk', tracker_ids: every, enabled_module_names: modules)
reader = User.new(login: 'reader', firstname: 'R', lastname: 'R', mail: 'r@example.test', status: 1)
reader.password = 'readerreader'
reader.save!
reader.pref.time_zone = 'Eastern Time (US & Canada)'
reader.pref.save!
Member.create!(project: desk, principal: reader, roles: [Role.find_by_name('Reporter')])
puts "keys #{User.find_by_login('admin').api_key} #{reader.api_key}"
"""
TOML = """
[[sources]]
name = "redmine"
kind = "redmine"
url = "{url}"
key = "env:REDMINE_KEY"
project = "desk"
{keys}
[sources.fields]
id = "id"
created_at = "created_on"
category = ["custom_fields.Business", "custom_fields.Product"]
escalated = {{ column = "priority.name", is = ["Urgent"] }}
closed_at = "closed_on"
void = {{ column = "status.name", is = ["Rejected"] }}
text = "subject"
"""


class Redmine:
    """A Redmine whose reading account lives in New York."""

    name = "redmine"

    def __init__(self, folder: Path) -> None:
        demand("puma", str(CODE))
        port = own_port()
        self.url = f"http://127.0.0.1:{port}"
        for name in ("files", "log", "tmp/cache", "config", "public"):
            (folder / name).mkdir(parents=True)
        (folder / "config/database.yml").write_text(
            f"production:\n  adapter: sqlite3\n  database: {folder}/redmine.db\n  timeout: 20000\n"
        )
        (folder / "config/secret_key.txt").write_text(secrets.token_hex(40))
        (folder / "seed.rb").write_text(SEED)
        (folder / "puma.rb").write_text(
            f'bind "tcp://127.0.0.1:{port}"\nthreads 1,4\nworkers 0\n'
            f'environment "production"\ndirectory "{CODE}"\n'
        )
        self._link = INSTANCES / f"test-{port}"
        self._link.symlink_to(folder)
        settings = {
            "REDMINE_INSTANCE": self._link.name,
            "RAILS_ENV": "production",
            "REDMINE_LANG": "en",
            "SCHEMA": "/dev/null",
            "RUBYOPT": "-W0",
        }
        for task in ("db:migrate", "redmine:load_default_data"):
            told(["bundle", "exec", "rake", task], CODE, **settings)
        said = told(["bundle", "exec", "rails", "runner", str(folder / "seed.rb")], CODE, **settings)
        [line] = [line for line in said.splitlines() if line.startswith("keys ")]
        _, admin, self._reader = line.split()
        self.server = Listening(folder, ["puma", "-C", str(folder / "puma.rb")], port, **settings)
        self.people = httpx.Client(base_url=self.url, headers={"X-Redmine-API-Key": admin}, timeout=PATIENCE)
        self.server.start()

    def close(self) -> None:
        """Take it away."""
        self.people.close()
        self.server.stop()
        self._link.unlink(missing_ok=True)

    def toml(self, keys: str = "") -> str:
        """The source, as it is configured; its secret is put into the environment."""
        os.environ["REDMINE_KEY"] = self._reader
        return TOML.format(url=self.url, keys=keys)

    def open(self, path):
        issue = {"project_id": "desk", "subject": "投诉", "priority_id": 2, "custom_fields": _custom(path)}
        return str(self._sent("POST", "/issues.json", issue).json()["issue"]["id"])

    def move(self, ident, path):
        self._sent("PUT", f"/issues/{ident}.json", {"custom_fields": _custom(path)})

    def escalate(self, ident):
        self._sent("PUT", f"/issues/{ident}.json", {"priority_id": 4})

    def finish(self, ident):
        self._sent("PUT", f"/issues/{ident}.json", {"status_id": 5})

    def delete(self, ident):
        self._sent("DELETE", f"/issues/{ident}.json")

    def listing(self):
        found, total = {}, 1
        while len(found) < total:
            asked = {"status_id": "*", "sort": "id", "limit": 100, "offset": len(found)}
            told_ = self.people.get("/issues.json", params=asked).json()
            total = told_["total_count"]
            for issue in told_["issues"]:
                values = {one["name"]: one["value"] for one in issue["custom_fields"]}
                found[str(issue["id"])] = values["Business"], values["Product"]
        return found

    def _sent(self, method, path, issue=None):
        answer = self.people.request(method, path, json={"issue": issue} if issue else None)
        answer.raise_for_status()
        return answer


def _custom(path):
    return [{"id": 1, "value": path[0]}, {"id": 2, "value": path[1]}]
