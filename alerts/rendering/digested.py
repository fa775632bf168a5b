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
from connectors.ticket import Path


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
    for text in listed(page, moments, total=counts["open"]):
        yield "digest_open", text


def listed(page: Page, moments: Moments, *, total: int) -> Iterator[str]:
    """The incidents that a page names, each in a line, and how many more there are of `total`."""
    language, named = moments.language, json.loads(page.fact("named") or "[]")
    for id, level, node, state, assignee in named:
        where = whole_path(tuple(node)[-2:], language)
        title = clip(clean(page.title(level, language)), LONGEST_LABEL)
        told = f"#{id} [{title}] {where} · {state_name(State(state), language)}"
        yield f"{told} · {clip(clean(assignee), LONGEST_LABEL)}" if assignee else told
    if named and total > len(named):
        yield say(language, "slack.more", n=total - len(named))


def gravest(page: Page) -> tuple[int, str, Path] | None:
    """Number, level and node of the first incident that a page names; None where it names none."""
    for id, level, node, *_ in json.loads(page.fact("named") or "[]")[:1]:
        return id, level, tuple(node)
    return None


def _tickets(page: Page, moments: Moments) -> str:
    tickets, before = page.fact("tickets"), page.fact("before")
    if not tickets:
        return say(moments.language, "body.unknown")
    count = int(tickets)
    if not before or not int(before):
        return say(moments.language, "body.tickets", n=count)
    ratio = f"{(count - int(before)) / int(before):+.0%}"
    return say(moments.language, "body.digest_tickets", n=count, before=int(before), ratio=ratio)
