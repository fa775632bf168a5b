"""What the daily digest says."""

from __future__ import annotations

import json
from collections.abc import Iterator

from alerts.catalogue import say
from alerts.incidents.incident import State
from alerts.page import Page
from alerts.rendering.moments import Moments
from alerts.rendering.phrases import LONGEST_LABEL, whole_path
from alerts.rendering.telling import state_name
from alerts.rendering.widths import clean, clip


def headline(page: Page, moments: Moments) -> str:
    """The first line: the day, its tickets, and what is still open."""
    day = moments.short_day(moments.local(int(page.fact("day"))).date())
    return say(
        moments.language, "headline.digest", day=day, tickets=_tickets(page, moments), open=page.fact("open")
    )


def facts(page: Page, moments: Moments) -> Iterator[tuple[str, str]]:
    """(key of the label, text)."""
    language = moments.language
    yield "digest_tickets", _tickets(page, moments)
    counts = {name: int(page.fact(name)) for name in ("opened", "resolved", "open", "pages")}
    yield "digest_incidents", say(language, "body.digest_incidents", **counts)
    yield "digest_pages", f"{counts['pages']:,}"
    named = json.loads(page.fact("named"))
    for id, level, node, state, assignee in named:
        where = whole_path(tuple(node)[-2:], language)
        title = clip(clean(page.title(level, language)), LONGEST_LABEL)
        told = f"#{id} [{title}] {where} · {state_name(State(state), language)}"
        yield "digest_open", f"{told} · {clip(clean(assignee), LONGEST_LABEL)}" if assignee else told
    if counts["open"] > len(named):
        yield "digest_open", say(language, "slack.more", n=counts["open"] - len(named))


def _tickets(page: Page, moments: Moments) -> str:
    tickets, before = page.fact("tickets"), page.fact("before")
    if not tickets:
        return say(moments.language, "body.unknown")
    count = int(tickets)
    if not before or not int(before):
        return say(moments.language, "body.tickets", n=count)
    ratio = f"{(count - int(before)) / int(before):+.0%}"
    return say(moments.language, "body.digest_tickets", n=count, before=int(before), ratio=ratio)
