"""The words of pages that an incident makes without a new signal: nobody has answered, a deadline ..."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from alerts.catalogue import enumerated, say
from alerts.incidents.event import Why
from alerts.incidents.incident import State
from alerts.incidents.verification import Verdict
from alerts.page import Page, Reason
from alerts.rendering.moments import Moments
from alerts.rendering.phrases import LONGEST_NAME, last_names, measured, whole_path
from alerts.rendering.telling import deadline_name, state_name
from alerts.rendering.widths import clean, clip

REASONS: Final = frozenset(
    {
        Reason.ESCALATED,
        Reason.EXHAUSTED,
        Reason.LAPSED,
        Reason.MEASURED,
        Reason.REOPENED,
        Reason.RESOLVED,
        Reason.DEADLINE_NEAR,
        Reason.DEADLINE_MISSED,
    }
)
# A headline's node has so many columns.
ROOM: Final = 30


def headline(page: Page, moments: Moments, level: str) -> str:
    """The first line: what is wrong, where, for how long."""
    language = moments.language
    facts = {
        "level": level,
        "incident": page.fact("incident"),
        "where": last_names(page.node, language, room=ROOM),
        "ago": _since(page, moments),
        "who": clip(clean(page.fact("who") or page.fact("handled_by")), LONGEST_NAME),
        "deadline": _deadline(page, language),
        "due": _instant(page, "due_at", moments),
        "verdict": _verdict(page, language),
    }
    name = page.reason.name.lower()
    if page.reason is Reason.RESOLVED and page.fact("why") == Why.SUBSIDED:
        name = "subsided"
    if page.reason is Reason.REOPENED and page.fact("by"):
        name, facts["who"] = "reopened_by", clip(clean(page.fact("by")), LONGEST_NAME)
    text = say(language, f"headline.{name}", **facts)
    others = int(page.fact("others") or 0)
    return say(language, "headline.more", text=text, n=others) if others else text


def facts(page: Page, moments: Moments) -> Iterator[tuple[str, str]]:
    """(key of the label, text): the incident, how it stands, and what this page is about."""
    language = moments.language
    state = state_name(State(page.fact("state")), language)
    yield "incident", say(language, "body.incident", incident=page.fact("incident"), state=state)
    if len(page.incidents) > 1:
        others = enumerated(language, (f"#{id}" for id in page.incidents[1:]))
        yield "others", clip(others, 300)
    yield "where", whole_path(page.node, language)
    if page.about:
        yield "set_off", measured(page.about[0], moments)
    yield "opened", moments.near(int(page.fact("opened_at") or page.at))
    if page.fact("owner"):
        yield "owner", clip(clean(page.fact("owner")), LONGEST_NAME)
    yield from _why(page, language)
    if page.fact("then") and page.fact("tickets"):
        then, tickets = int(page.fact("then")), int(page.fact("tickets"))
        yield "count", say(language, "body.since_taken", n=tickets, then=then)
    yield from _hour(page, moments)
    if page.fact("due_at"):
        yield "deadline", f"{_deadline(page, language)} · {_instant(page, 'due_at', moments)}"
    if page.fact("unconfirmed"):
        yield "workdays", say(language, "body.workdays_unconfirmed")


def silence(page: Page, moments: Moments) -> Iterator[tuple[str, str]]:
    """(key of the label, text): the silence that has ended, and what it muted."""
    yield "silence", f"#{page.fact('silence')}"
    yield "silenced_since", moments.near(int(page.fact("since")))
    yield "silence_reason", clip(clean(page.fact("silence_reason")), 300)
    if page.fact("ended_by"):
        who = clip(clean(page.fact("ended_by")), 300)
        yield "ended_because", say(moments.language, "silence.ended_by", who=who)
    else:
        yield from (("ended_because", text) for _, text in _why(page, moments.language))
    yield "muted", say(moments.language, "body.muted", n=int(page.fact("muted") or 0))


def _why(page: Page, language: str) -> Iterator[tuple[str, str]]:
    try:
        yield "why", say(language, f"incident.why.{Why(page.fact('why')).name.lower()}")
    except ValueError:
        if page.fact("why"):
            yield "why", clip(clean(page.fact("why")), 300)


def _hour(page: Page, moments: Moments) -> Iterator[tuple[str, str]]:
    """What was counted in the hour that the page is about (T10)."""
    if not page.fact("hour"):
        return
    language, hour = moments.language, int(page.fact("hour"))
    yield "window", moments.window_in_full(hour, hour + 3_600_000_000)
    count, previous = page.fact("count"), page.fact("previous")
    yield "count", say(language, "body.tickets", n=int(count)) if count else say(language, "body.unknown")
    if count and previous:
        ratio = page.fact("ratio")
        facts = {"change": int(page.fact("change")), "previous": int(previous), "ratio": float(ratio or 0)}
        yield "change", say(language, "body.change_ratio" if ratio else "body.change", **facts)
    if page.fact("baseline"):
        yield "baseline", say(language, "body.baseline", n=float(page.fact("baseline")))
    yield "verdict", _verdict(page, language)


def _verdict(page: Page, language: str) -> str:
    known = page.fact("verdict")
    return say(language, f"incident.verdict.{Verdict(known).name.lower()}") if known else ""


def _deadline(page: Page, language: str) -> str:
    name = page.fact("deadline")
    return page.fact(f"deadline_{language}") or (deadline_name(name, language) if name else "")


def _instant(page: Page, name: str, moments: Moments) -> str:
    return moments.near(int(page.fact(name))) if page.fact(name) else ""


def _since(page: Page, moments: Moments) -> str:
    start = int(page.fact("waiting_since") or page.at)
    return moments.span(max(0, page.at - start))
