"""An incident as a page: how it stands, its buttons, and the fields of its report. HTML without scripts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import dropwhile
from typing import Final

from alerts.catalogue import in_language, say
from alerts.desk import Deed
from alerts.incidents.fields import LONGEST
from alerts.incidents.incident import Incident
from alerts.page import TrendHour
from alerts.rendering import trend
from alerts.rendering.moments import Moments
from alerts.rendering.telling import (
    branch_name,
    deadline_name,
    field_name,
    happened,
    level_name,
    state_name,
)
from alerts.rendering.widths import clean
from alerts.slack_incident import MARKS, SHOWN
from monitor.pages.links import Pass

# What needs no more words than a button.
BUTTONS: Final = frozenset({Deed.ACKNOWLEDGE, Deed.HANDLED, Deed.REOPEN})
MOST_EVENTS: Final = 12
# So many hours stand in one line of a phone.
HOURS: Final = 12
LANGUAGES: Final = {"zh": "zh-CN", "en": "en"}
STYLE: Final = """
* { box-sizing: border-box; }
body { margin: 0; padding: 12px; background: #f3f4f6; color: #1f2328; font: 16px/1.5 "Noto Sans SC",
       -apple-system, "Segoe UI", Roboto, "PingFang SC", "Microsoft YaHei", sans-serif; }
main { max-width: 640px; margin: 0 auto; padding: 16px; background: #fff; border-radius: 8px;
       border-top: 4px solid #c62828; }
main.over { border-top-color: #2e7d32; }
h1 { margin: 0 0 4px; font-size: 20px; overflow-wrap: anywhere; }
h2 { margin: 24px 0 8px; font-size: 16px; }
p { margin: 4px 0; }
.small { color: #57606a; font-size: 13px; }
.notice { padding: 8px 12px; border-radius: 6px; background: #fff4ce; white-space: pre-wrap;
          overflow-wrap: anywhere; }
.done { background: #dafbe1; }
form.buttons { display: flex; gap: 8px; margin: 12px 0; flex-wrap: wrap; }
button { padding: 10px 16px; border: 1px solid #d0d7de; border-radius: 6px; background: #f6f8fa;
         color: inherit; font: inherit; font-weight: 600; cursor: pointer; }
button.first { border-color: #1f6feb; background: #1f6feb; color: #fff; }
label { display: block; margin: 12px 0 4px; font-weight: 600; }
label span { color: #57606a; font-weight: 400; font-size: 13px; }
textarea { width: 100%; min-height: 76px; padding: 8px; border: 1px solid #8c959f; border-radius: 6px;
           font: inherit; resize: vertical; }
ul { margin: 0; padding: 0; list-style: none; font-size: 14px; }
li { padding: 2px 0; overflow-wrap: anywhere; }
li b { font-variant-numeric: tabular-nums; }
footer { margin-top: 24px; }
"""


@dataclass(frozen=True)
class Shown:
    """What a page shows beside the incident.

    Attributes
    ----------
    fields : field -> the deadline that waits for it
    written : what somebody has written that is not stored: field -> text
    done, problems : what has become of what they asked
    refused : why they may do nothing here; "" where they may
    hours : the tickets of the last hours, oldest first
    """

    fields: Mapping[str, str]
    written: Mapping[str, str] = field(default_factory=dict)
    done: Sequence[str] = ()
    problems: Sequence[str] = ()
    refused: str = ""
    hours: tuple[TrendHour, ...] = ()


def page(incident: Incident, shown: Shown, who: Pass, moments: Moments, *, action: str) -> str:
    """The page of an incident for whoever holds a link; its forms are sent to `action`."""
    language = moments.language
    level = level_name(incident.level, language, incident.log)
    title = f"{MARKS[incident.state]} {level} · {branch_name(incident.node, language)}"
    over = ' class="over"' if incident.state.over else ""
    return "\n".join(
        [
            *_head(title, language),
            f"<main{over}>\n<h1>{escape(title)}</h1>",
            *_standing(incident, moments),
            *_counts(shown.hours, moments),
            *_notices(shown, language),
            *([] if shown.refused else _buttons(incident, language, action)),
            *([] if shown.refused else _report(incident, shown, moments, action)),
            *_story(incident, moments),
            *_footer(who, moments),
            "</main></body></html>",
        ]
    )


def refusal_page(why: str, language: str) -> str:
    """A page that says one sentence."""
    body = f"<main>\n<p>{_said(why, language)}</p>\n</main></body></html>"
    return "\n".join([*_head("complaint-monitor", language), body])


def _head(title: str, language: str) -> Iterator[str]:
    lang = LANGUAGES.get(language, language)
    yield f'<!doctype html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>"


def _standing(incident: Incident, moments: Moments) -> Iterator[str]:
    language = moments.language
    state = state_name(incident.state, language)
    parts = [say(language, "slack.standing", n=incident.id, state=state)]
    if incident.acknowledged_by and incident.acknowledged_at is not None:
        at = moments.near(incident.acknowledged_at)
        parts.append(say(language, "slack.acknowledged", who=clean(incident.acknowledged_by), at=at))
    if incident.assignee and incident.assignee != incident.acknowledged_by:
        parts.append(say(language, "slack.assignee", who=clean(incident.assignee)))
    yield f"<p>{escape(' · '.join(parts))}</p>"
    for clock in incident.deadlines:
        if clock.running:
            name = deadline_name(clock.name, language, incident.log)
            yield f'<p class="small">⏳ {_due(name, clock.due_at, moments)}</p>'


def _counts(hours: tuple[TrendHour, ...], moments: Moments) -> Iterator[str]:
    """How many there are by now: what whoever opens the page hours after its alert wants to know first."""
    today = moments.local(moments.now).date()
    if not hours:
        return
    if moments.local(hours[0].hour - 1).date() < today:
        counts = [one.count for one in hours if moments.local(one.hour).date() == today]
        key = "today_at_least" if None in counts else "today"
        yield f"<p><b>{_told(moments.language, key, n=sum(filter(None, counts)))}</b></p>"
    known = tuple(dropwhile(lambda one: one.count is None, hours))
    if known:
        yield f"<p>{_told(moments.language, 'hours', lately=trend.lately(known[-HOURS:], moments))}</p>"


def _notices(shown: Shown, language: str) -> Iterator[str]:
    for text in shown.done:
        yield f'<p class="notice done">{_said(text, language)}</p>'
    for text in filter(None, (*shown.problems, shown.refused)):
        yield f'<p class="notice">{_said(text, language)}</p>'


def _footer(who: Pass, moments: Moments) -> Iterator[str]:
    said = _told(moments.language, "for", who=clean(who.contact), until=moments.date_time(who.until))
    yield f'<footer class="small">\n<p>{said}</p>\n<p>{escape(moments.zone_line())}</p>\n</footer>'


def _due(name: str, due_at: int, moments: Moments) -> str:
    return escape(say(moments.language, "slack.deadline", name=name, at=moments.near(due_at)))


def _buttons(incident: Incident, language: str, action: str) -> Iterator[str]:
    deeds = [deed for deed in SHOWN[incident.state] if deed in BUTTONS]
    if not deeds or incident.merged_into is not None:
        return
    yield f'<form class="buttons" method="post" action="{escape(action)}">{_seen(incident)}'
    for number, deed in enumerate(deeds):
        first = ' class="first"' if number == 0 else ""
        text = escape(say(language, f"slack.button.{deed}"))
        yield f'<button{first} name="deed" value="{deed}">{text}</button>'
    yield "</form>"


def _report(incident: Incident, shown: Shown, moments: Moments, action: str) -> Iterator[str]:
    language, known = moments.language, dict(incident.fields)
    waiting = {clock.name: clock for clock in incident.deadlines if clock.running}
    yield f"<h2>{_told(language, 'report')}</h2>"
    yield f'<p class="small">{_told(language, "report_hint")}</p>'
    yield f'<form method="post" action="{escape(action)}">{_seen(incident)}'
    # What is due first is asked first.
    due_at = {
        name: waiting[deadline].due_at for name, deadline in shown.fields.items() if deadline in waiting
    }
    for name, deadline in sorted(shown.fields.items(), key=lambda one: due_at.get(one[0], 1 << 62)):
        label = escape(field_name(name, language, incident.log, deadline=deadline))
        if name in due_at:
            label += f" <span>{_told(language, 'due', at=moments.near(due_at[name]))}</span>"
        text = escape(shown.written.get(name, known.get(name, "")))
        id = escape(name)
        yield f'<label for="{id}">{label}</label>'
        # The line break behind the tag is no part of the text; without it a first one of the text would go.
        yield f'<textarea id="{id}" name="field.{id}" maxlength="{LONGEST}">\n{text}</textarea>'
    yield f'<p><button class="first" name="deed" value="fill">{_told(language, "save")}</button></p></form>'
    yield f'<p><a href="{escape(action)}/report.pdf">{_told(language, "pdf")}</a></p>'


def _seen(incident: Incident) -> str:
    """How much of its story the reader has seen; what others have done since is not overwritten."""
    return f'<input type="hidden" name="seen" value="{len(incident.log)}">'


def _story(incident: Incident, moments: Moments) -> Iterator[str]:
    yield f"<h2>{_told(moments.language, 'story')}</h2>\n<ul>"
    for event in incident.log[-MOST_EVENTS:][::-1]:
        yield f"<li><b>{escape(moments.near(event.at))}</b> {escape(happened(event, moments))}</li>"
    yield "</ul>"


def _told(language: str, key: str, **facts: object) -> str:
    return escape(say(language, f"answer.{key}", **facts))


def _said(text: str, language: str) -> str:
    return escape(in_language(text, language))
