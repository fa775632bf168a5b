"""An incident in Slack: what its one message says beside the page, its buttons, and its story for the thread.

Buttons are named by what they do, and carry the incident's number. Which are shown follows from the state;
whether somebody may press one is asked when it is pressed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from alerts.catalogue import say
from alerts.desk import Deed
from alerts.incidents.event import Event, Kind
from alerts.incidents.incident import Incident, State
from alerts.page import Reason
from alerts.rendering.blocks import Block, Part, blocks, context, escaped
from alerts.rendering.moments import Moments
from alerts.rendering.sheet import Sheet
from alerts.rendering.telling import deadline_name, happened, state_name
from alerts.rendering.widths import clean, clip
from alerts.rendering.words import Link

PREFIX: Final = "complaint_"
MARKS: Final = {
    State.OPEN: "🔴",
    State.REOPENED: "🔴",
    State.ACKNOWLEDGED: "🟡",
    State.HANDLED: "🔵",
    State.RESOLVED: "🟢",
}
# Which buttons a state shows, the most likely first.
SHOWN: Final = {
    State.OPEN: (Deed.ACKNOWLEDGE, Deed.HANDLED, Deed.SILENCE, Deed.ASSIGN, Deed.EXEMPT),
    State.REOPENED: (Deed.ACKNOWLEDGE, Deed.HANDLED, Deed.SILENCE, Deed.ASSIGN, Deed.EXEMPT),
    State.ACKNOWLEDGED: (Deed.HANDLED, Deed.FILL, Deed.SILENCE, Deed.ASSIGN, Deed.EXEMPT),
    State.HANDLED: (Deed.REOPEN, Deed.FILL, Deed.ASSIGN),
    State.RESOLVED: (Deed.FILL, Deed.REOPEN),
}
# These ask for more in a modal.
ASKING: Final = frozenset({Deed.SILENCE, Deed.ASSIGN, Deed.EXEMPT, Deed.FILL})
# What the first message says itself, or nobody needs to read.
_UNTOLD: Final = frozenset({Kind.OPENED, Kind.DELIVERED, Kind.DUE})
# Pages whose own event says whom they told, and the hourly one, which everybody sees.
_TOLD_ELSEWHERE: Final = frozenset({Reason.MEASURED, Reason.ESCALATED, Reason.EXHAUSTED})
LONGEST_NAME: Final = 60
LONGEST_LINE: Final = 500
# One message of the story: a section holds 3,000 units, of which a character takes up to two.
ROOM: Final = 1_500


def first_message(
    words: Sheet, incident: Incident, moments: Moments, *, buttons: bool = True, link: Link | None = None
) -> tuple[Part, ...]:
    """The page with how its incident stands and what can be done, and what does not fit, for the thread.

    Without an app that takes clicks there are no buttons, but a link where there is one.
    """
    answered = actions(incident, moments.language) if buttons else _linked(link)
    return blocks(words, below=(standing(incident, moments), *answered))


def headline(words: Sheet, incident: Incident) -> str:
    """The page's first line, with a mark for the state."""
    return f"{MARKS[incident.state]} {words.headline}"


def standing(incident: Incident, moments: Moments) -> Block:
    """How the incident stands, in one small line."""
    return context([" · ".join(_standing(incident, moments))])


def actions(incident: Incident, language: str) -> tuple[Block, ...]:
    """The buttons of the incident's state; none where it was merged into another."""
    if incident.merged_into is not None:
        return ()
    elements = [
        {
            "type": "button",
            "action_id": f"{PREFIX}{deed}",
            "value": str(incident.id),
            "text": {"type": "plain_text", "text": say(language, f"slack.button.{deed}"), "emoji": False},
            **({"style": "primary"} if i == 0 and not incident.state.over else {}),
        }
        for i, deed in enumerate(SHOWN[incident.state])
    ]
    return ({"type": "actions", "block_id": f"{PREFIX}{incident.id}", "elements": elements},)


def _linked(link: Link | None) -> tuple[Block, ...]:
    if link is None:
        return ()
    text = f"<{link.url}|{escaped(link.text, LONGEST_NAME)}>"
    return ({"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}},)


@dataclass(frozen=True)
class Told:
    """A message of the story: its text, its blocks, and how many of the events it and those before tell."""

    text: str
    blocks: Part
    upto: int


def story(events: Sequence[Event], moments: Moments) -> tuple[Told, ...]:
    """What happened, for the thread, in as few messages as hold it."""
    told: list[Told] = []
    together, upto = "", 0
    for number, event in enumerate(events, start=1):
        line = _line(event, moments)
        if line is not None:
            line = f"*{moments.clock(event.at)}* {escaped(line, LONGEST_LINE)}"
            longer = f"{together}\n{line}" if together else line
            if len(longer) > ROOM:
                told.append(_told(together, upto))
                longer = line
            together = longer
        upto = number
    return (*told, _told(together, upto)) if together else tuple(told)


def _told(text: str, upto: int) -> Told:
    part = ({"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}},)
    return Told(text.replace("*", ""), part, upto)


def _standing(incident: Incident, moments: Moments) -> Iterator[str]:
    language = moments.language
    facts = {"n": incident.id, "state": state_name(incident.state, language)}
    yield f"{MARKS[incident.state]} {say(language, 'slack.standing', **facts)}"
    if incident.acknowledged_by and incident.acknowledged_at is not None:
        who, at = _name(incident.acknowledged_by), moments.near(incident.acknowledged_at)
        yield say(language, "slack.acknowledged", who=who, at=at)
    if incident.assignee and incident.assignee != incident.acknowledged_by:
        yield say(language, "slack.assignee", who=_name(incident.assignee))
    running = [one for one in incident.deadlines if one.running]
    if running:
        soonest = min(running, key=lambda one: one.due_at)
        name = deadline_name(soonest.name, language, incident.log)
        yield say(language, "slack.deadline", name=name, at=moments.near(soonest.due_at))


def _line(event: Event, moments: Moments) -> str | None:
    if event.kind in _UNTOLD or (event.kind is Kind.PAGED and event.why in _TOLD_ELSEWHERE):
        return None
    text = happened(event, moments)
    if event.kind is Kind.PAGED and event.fact("told"):
        told = event.fact(f"told_{moments.language}") or event.fact("told")
        people = clip(clean(told), LONGEST_LINE)
        return say(moments.language, "slack.told", people=people)
    if event.kind is Kind.MEASURED:
        return f"{text}{_change(event, moments.language)}"
    return text


def _change(event: Event, language: str) -> str:
    """How the hour compares with the one before, as T10 wants it recorded."""
    count, previous = event.number("count"), event.number("previous")
    if count is None or previous is None:
        return ""
    if previous == 0:
        return say(language, "slack.change", change=f"{count - previous:+,}")
    ratio = f"{(count - previous) / previous:+.0%}"
    return say(language, "slack.change_ratio", change=f"{count - previous:+,}", ratio=ratio)


def _name(text: str) -> str:
    return clip(clean(text), LONGEST_NAME)
