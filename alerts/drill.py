"""A drill: a marked exercise that goes through the whole chain - page, escalation, answer, deadlines, report.

Its node begins with a name that no ticket has (`routing.DRILL`), which everything that people read shows, and
which keeps it apart from real incidents. Departments, policies and deadlines are those of the node that it
stands for.
"""

from __future__ import annotations

from datetime import datetime

from alerts import routing
from alerts.incidents.book import Book
from alerts.incidents.event import Event, Kind, event_key
from alerts.incidents.pages import level_tells, paged
from alerts.page import Page, Reason, key_of
from alerts.plan import ResponsePlan
from connectors.ticket import Path, to_us


def drill(
    book: Book,
    *,
    plan: ResponsePlan,
    node: Path,
    level: str,
    by: str,
    why: str,
    now: datetime,
    account: str = "",
) -> Page | None:
    """Open an incident that is an exercise, and decide its first page; `account` typed the command.

    None where one is open there already; the book holds what follows.
    """
    at, branch = to_us(now), (routing.DRILL, *node)
    if book.covering(branch) is not None or book.within(branch):
        return None
    key = key_of("drill", *branch, str(at))
    opening = Event(
        event_key(key, Kind.OPENED),
        Kind.OPENED,
        at,
        by=by,
        why=why,
        level=level,
        node=branch,
        nodes=(branch,),
        facts=(
            ("incident", key),
            ("since", str(at)),
            *plan.level(level).facts,
            *((("account", account),) if account else ()),
        ),
    )
    incident = book.begin(opening)
    told = level_tells(plan, incident)
    roles = plan.level(level).notify
    page = Page(
        key=key_of("drill page", key),
        at=at,
        reason=Reason.DRILL,
        level=level,
        node=branch,
        told=told,
        unreached=routing.unreached(roles, told),
        titles=plan.titles(roles),
        subject=(("author", by), ("why", why)),
        incidents=(incident.id,),
    )
    paged(book, page)
    return page
