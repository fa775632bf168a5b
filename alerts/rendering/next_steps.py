"""What a page asks its reader to do next: by command, or by the buttons of the message."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from alerts.catalogue import wording
from alerts.rendering.widths import clean
from alerts.rendering.writing import Row, Writing


def steps(writing: Writing) -> Iterator[Row]:
    """What to do next, one line each."""
    for line in _steps(writing):
        yield "", line


def _steps(writing: Writing) -> Iterator[str]:
    page = writing.page
    if not page.signals:
        incident = page.incident or page.fact("incident")
        deadline = shlex.quote(clean(page.fact("deadline")))
        name = page.reason.name.lower()
        pressed = writing.buttons and f"step_slack.{name}" in wording(writing.language)
        key = f"step_slack.{name}" if pressed else f"step.{name}"
        yield writing.say(key, incident=incident, deadline=deadline)
        return
    if page.reason.folds:
        yield writing.say("step.review", command="complaint-monitor signals")
        return
    if page.report_by is not None:
        late = "_late" if page.report_by < page.at else ""
        yield writing.say(f"step.report{late}", due=writing.moments.near(page.report_by))
    if page.solution_by is not None:
        late = "_late" if page.solution_by < page.at else ""
        yield writing.say(f"step.solution{late}", due=writing.moments.near(page.solution_by))
    own = dict(page.steps).get(writing.language, ())
    yield from (writing.label(line, 400) for line in own)
    if len(page.duties) > 1:
        yield writing.say("step.clarify")
    elif not own and page.report_by is None:
        yield writing.say("step.judge")
    key = "verify" if page.solution_by is not None else "watch"
    yield writing.say(f"step.{key}", command=_trend_command(writing))


def _trend_command(writing: Writing) -> str:
    node = " > ".join(clean(name) for name in writing.page.node)
    if writing.buttons and node:
        return writing.label(writing.say("step_slack.trend", node=node), 300)
    return writing.label(
        f"complaint-monitor trend --node {shlex.quote(node)}" if node else "complaint-monitor trend", 300
    )
