"""`/complaints`: what leaders ask at any time (T10), answered in a few lines.

/complaints status | trend NODE | incident N | silence [NODE | end N] | on-call | report N
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from alerts.catalogue import enumerated, say
from alerts.desk import Desk
from alerts.incidents.branch import is_exact, node_of
from alerts.incidents.incident import Incident
from alerts.rendering import trend
from alerts.rendering.moments import Moments
from alerts.rendering.phrases import whole_path
from alerts.rendering.telling import happened, level_name, state_name
from alerts.rendering.widths import clean, clip
from alerts.slack_incident import MARKS

# What people write -> the question.
NAMES: Final[Mapping[str, str]] = {
    "": "status",
    "status": "status",
    "状态": "status",
    "trend": "trend",
    "走势": "trend",
    "incident": "incident",
    "事件": "incident",
    "on-call": "on_call",
    "oncall": "on_call",
    "值班": "on_call",
    "silence": "silence",
    "静默": "silence",
    "report": "report",
    "报告": "report",
}
MOST_INCIDENTS: Final = 15
MOST_NODES: Final = 10
MOST_EVENTS: Final = 12
LONGEST_QUESTION: Final = 100
LONGEST_NUMBER: Final = 10


@dataclass(frozen=True)
class Asked:
    """A command: the question and the words behind it."""

    question: str
    words: str


def parsed(text: str) -> Asked:
    """What was asked; "help" for what is no question."""
    first, _, rest = text.strip().partition(" ")
    return Asked(NAMES.get(first.lower(), "help"), clean(rest)[:LONGEST_QUESTION])


def answered(asked: Asked, desk: Desk, moments: Moments) -> str:
    """The answer, as lines; a report is sent as a file, and this says so or why not."""
    answers: dict[str, Callable[[Asked, Desk, Moments], Iterator[str]]] = {
        "status": _status,
        "trend": _trend,
        "incident": _incident,
        "report": _incident,
        "on_call": _on_call,
        "silence": _silences,
    }
    answer = answers.get(asked.question, _help)
    return "\n".join(answer(asked, desk, moments))


def _help(_asked: Asked, _desk: Desk, moments: Moments) -> Iterator[str]:
    yield say(moments.language, "slack.help")


def _status(_asked: Asked, desk: Desk, moments: Moments) -> Iterator[str]:
    language, condition = moments.language, desk.condition()
    if condition.complete_to is not None:
        yield say(language, "slack.complete", at=moments.near(condition.complete_to))
    if condition.blind:
        yield "⚠️ " + say(language, "notice.blind", sources=tuple(map(clean, condition.blind)))
    if condition.waiting or condition.undeliverable:
        facts = {"waiting": condition.waiting, "undeliverable": condition.undeliverable}
        yield "⚠️ " + say(language, "slack.outbox", **facts)
    yield say(language, "slack.open", n=len(condition.incidents))
    yield from (_short(one, moments) for one in condition.incidents[:MOST_INCIDENTS])
    more = len(condition.incidents) - MOST_INCIDENTS
    if more > 0:
        yield say(language, "slack.more", n=more)


def _short(incident: Incident, moments: Moments) -> str:
    """An incident in one line."""
    language = moments.language
    node = whole_path(node_of(incident.node)[-2:], language, exact=is_exact(incident.node))
    state = state_name(incident.state, language)
    who = f" · {clip(clean(incident.assignee), 40)}" if incident.assignee else ""
    since = moments.near(incident.opened_at)
    level = level_name(incident.level, language, incident.log)
    return f"{MARKS[incident.state]} #{incident.id} [{level}] {node} · {state}{who} · {since}"


def _trend(asked: Asked, desk: Desk, moments: Moments) -> Iterator[str]:
    language = moments.language
    found = desk.nodes(asked.words)
    if not found:
        yield say(language, "slack.no_node", words=asked.words)
        return
    node, *others = found
    hours = desk.trend(node)
    yield f"*{clip(whole_path(node, language), 300)}*"
    yield f"{trend.lately(hours, moments)}" if hours else say(language, "slack.no_hours")
    if hours:
        yield "```"
        yield from (f"{label:>11}  {text}" for label, text in trend.rows(hours[-12:], moments))
        yield "```"
    if others:
        yield say(language, "slack.other_nodes")
        yield from (f"• {clip(whole_path(one, language), 200)}" for one in others[:MOST_NODES])


def _incident(asked: Asked, desk: Desk, moments: Moments) -> Iterator[str]:
    number = asked.words.lstrip("#")
    incident = desk.incident(int(number)) if number.isdecimal() and len(number) < LONGEST_NUMBER else None
    if incident is None:
        yield say(moments.language, "slack.no_incident", words=asked.words or "-")
        return
    yield _short(incident, moments)
    for event in incident.log[-MOST_EVENTS:]:
        yield f"{moments.near(event.at)} {clip(happened(event, moments), 300)}"


def _silences(_asked: Asked, desk: Desk, moments: Moments) -> Iterator[str]:
    found = list(desk.silences())
    if not found:
        yield say(moments.language, "slack.no_silence")
    for one in found[:MOST_INCIDENTS]:
        where = clip(whole_path(one.node, moments.language), 200)
        facts = {"n": one.id, "who": clip(clean(one.author), 40), "why": clip(clean(one.reason), 200)}
        yield say(moments.language, "slack.silence", where=where, until=moments.near(one.until), **facts)
    yield say(moments.language, "slack.silence_help")


def _on_call(_asked: Asked, desk: Desk, moments: Moments) -> Iterator[str]:
    found = list(desk.on_call())
    if not found:
        yield say(moments.language, "slack.nobody_on_call")
    for name, people in found:
        language = moments.language
        title = desk.plan.role(name).titled(language)
        names = enumerated(language, (clip(clean(one), 40) for one in people))
        yield f"{clip(clean(title), 60)}: {names or say(language, 'body.unknown')}"
