"""Who hears that an answer to an incident does not hold any more, when a signal ends it. Pure.

A signal tells the roles of its own level. The incident may have reached a higher one before, and somebody has
acknowledged or handled it: they believe that it is in hand (T6, T10). Whoever of them does not read it in the
page of the signal is told by a page of its own, of the incident's level.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from alerts.incidents.absorption import Explained
from alerts.incidents.book import Book
from alerts.incidents.incident import Incident
from alerts.incidents.pages import distinct, level_tells, named, page_of, together
from alerts.page import Page
from alerts.plan import ResponsePlan


def undone(
    book: Book,
    explained: Iterable[Explained],
    pages: Sequence[Page],
    *,
    plan: ResponsePlan,
    now: int,
    quiet: Callable[[Incident], bool],
) -> list[Page]:
    """The pages to those whom none of the decision's own `pages` tells of their incident.

    For an incident that is kept `quiet` nobody is called.
    """
    found = []
    for id, event in dict.fromkeys((one.incident, one.undoes) for one in explained):
        incident = book[id]
        if event is None or quiet(incident):
            continue
        mine = [page for page in pages if id in page.incidents]
        reached = {(told.channel, told.address) for page in mine for told in page.told}
        people = named(plan, event.fact("who"), incident.handled_by, incident.assignee)
        told = [
            one
            for one in distinct((*people, *level_tells(plan, incident)))
            if (one.channel, one.address) not in reached
        ]
        if told:
            about = tuple(signal for page in mine for signal in page.signals)
            found.append(page_of(incident, event, plan=plan, now=now, told=told, about=about))
    return together(found, plan)
