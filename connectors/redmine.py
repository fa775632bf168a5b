"""Issues of Redmine, listed by the time of their last change.

Without `status_id=*` closed issues are left out. Stamps are kept in microseconds and shown in seconds, so
that only `>=` finds an issue by the stamp that it shows. A key that Redmine does not know counts as nobody's,
who sees what is public: who is asking is asked first. Deleted issues are gone; they are looked for by id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from connectors.options import Secret, option
from connectors.services.account import Account, require_safe
from connectors.services.naming import missing
from connectors.services.paging import Page, Paging, Record
from connectors.services.source import ListedSource, lookback, settle
from connectors.services.web import Session
from connectors.source import SourceSettings

CUSTOM: Final = "custom_fields."
# The most issues of one page, and ids of one question.
MOST: Final = 100
# What an issue does not tell where it is empty.
OPTIONAL: Final = (
    "category",
    "assigned_to",
    "fixed_version",
    "parent",
    "closed_on",
    "description",
    "due_date",
)


@dataclass(frozen=True)
class Options:
    """What a redmine source can be told."""

    url: str = option(doc="address of Redmine, https://redmine.example.com")
    key: Secret = option(doc="API key of an account that may see the issues; by reference")
    project: str | None = option(None, doc="identifier of a project; with its subprojects. Default: all")
    page_size: int = option(MOST, doc="issues of one page", at_least=1, at_most=MOST)
    lookback: timedelta = lookback(5, "issues become visible late")
    settle: timedelta = settle("issues")

    def __post_init__(self) -> None:
        require_safe(self.url)


class Source(ListedSource["Issues"]):
    """The issues of a Redmine as a TicketSource."""

    def __init__(self, settings: SourceSettings, options: Options) -> None:
        account = Account(
            secret=options.key,
            headers=lambda secret: {"X-Redmine-API-Key": secret},
            unknown="copy it from My account > API access key, and is the REST API enabled (Administration > "
            "Settings > API)?",
            forbidden="give its account a role with the permission to view all issues",
        )
        super().__init__(settings, options, account, Issues(settings, options))


class Issues:
    """The list of issues as a Service."""

    paging = Paging(precision=timedelta(seconds=1), shifting=True)
    updated = order = "updated_on"
    most = MOST

    def __init__(self, settings: SourceSettings, options: Options) -> None:
        self._name = settings.name
        self._page_size = options.page_size
        self.scope = options.project or ""
        self._custom: tuple[str, ...] = ()
        self._known = False

    def ask_for(self, names: tuple[str, ...]) -> None:
        """The fields that are needed."""
        self._custom = tuple(name.removeprefix(CUSTOM) for name in names if name.startswith(CUSTOM))

    def prepare(self, session: Session) -> None:
        """Make sure that we are somebody, and once, that some of the newest issues have the custom fields."""
        session.get("/users/current.json")
        if self._known or not self._custom:
            return
        issues = session.records(self._listed(session, sort="id:desc", limit=MOST).body, "issues")
        there = {field.get("name") for issue in issues for field in issue.get("custom_fields") or ()}
        absent = [f"{CUSTOM}{name}" for name in self._custom if name not in there]
        if issues and absent:
            raise missing(self._name, absent, [*issues[0], *(f"{CUSTOM}{name}" for name in there)])
        self._known = bool(issues)

    def page(self, session: Session, since: datetime | None, token: str | None, *, listing: str) -> Page:
        offset = int(token or 0)
        asked: dict[str, str | int] = {
            "sort": "updated_on,id",
            "limit": self._page_size,
            "offset": offset,
        }
        if since is not None:
            asked["updated_on"] = f">={since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        answer = self._listed(session, **asked)
        issues = session.records(answer.body, "issues")
        reached, total = offset + len(issues), answer.body.get("total_count")
        more = bool(issues) and (
            reached < total if isinstance(total, int) else len(issues) >= self._page_size
        )
        return Page([self._record(issue) for issue in issues], str(reached) if more else None, answer.at)

    def void(self, record: Record) -> bool:
        """Redmine keeps nothing of an issue that is deleted; see `gone`."""
        return False

    def there(self, session: Session, ids: Sequence[str]) -> set[str]:
        """Those of at most a page of issues that there are."""
        listed = self._listed(session, issue_id=",".join(ids), limit=MOST)
        return {str(issue.get("id")) for issue in session.records(listed.body, "issues")}

    def _listed(self, session: Session, **asked: str | int) -> Any:
        scope: dict[str, str | int] = {"project_id": self.scope} if self.scope else {}
        return session.get("/issues.json", status_id="*", **scope, **asked)

    def _record(self, issue: dict[str, Any]) -> Record:
        record = dict.fromkeys(OPTIONAL) | issue
        values = {field.get("name"): field.get("value") for field in issue.get("custom_fields") or ()}
        return record | {f"{CUSTOM}{name}": values.get(name) for name in self._custom}
