"""The modals that ask for a reason, a time or a person. All within Slack's limits."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from alerts.catalogue import say
from alerts.desk import Deed, Order
from alerts.incidents.fields import FIELDS, fields_of
from alerts.incidents.incident import Incident
from alerts.plan import ResponsePlan
from alerts.rendering.blocks import escaped
from alerts.rendering.telling import field_name
from alerts.rendering.widths import clean
from alerts.slack_app.orders import HOURS, SCOPES, Click

CALLBACK: Final = "complaint_order"
SILENCE: Final = "complaint_silence"
MOST_OPTIONS: Final = 100
# 75 and 150 units for Slack, of which a character takes up to two.
LONGEST_OPTION: Final = 37
LONGEST_VALUE: Final = 75
LONGEST_REASON: Final = 500
LONGEST_PREVIEW: Final = 1_000

View = dict[str, Any]


def view_of(
    click: Click, plan: ResponsePlan, language: str, *, incident: Incident | None = None, preview: str = ""
) -> View:
    """The modal of a click on an incident's button; `preview` says what would follow."""
    order = click.order
    blocks: list[View] = []
    if preview:
        blocks.append(_said(preview))
    if order.deed is Deed.ASSIGN:
        names = [one.name for one in plan.contacts if one.addresses and len(one.name) <= LONGEST_VALUE]
        options = ((name, name) for name in names[:MOST_OPTIONS])
        blocks.append(_input("to", language, _menu("to", options)))
    if order.deed is Deed.SILENCE:
        spans = ((hours, say(language, "time.hours", n=int(hours))) for hours in HOURS)
        blocks.append(_input("until", language, _menu("until", spans)))
    words = {"type": "plain_text_input", "multiline": True, "max_length": LONGEST_REASON}
    if order.deed is Deed.FILL:
        story, waits = () if incident is None else incident.log, _fields(plan, incident)
        fields = ((f, field_name(f, language, story, deadline=waits[f])) for f in list(waits)[:MOST_OPTIONS])
        blocks.append(_input("field", language, _menu("field", fields)))
        blocks.append(_input("value", language, {**words, "action_id": "value"}))
    else:
        reason = {**words, "action_id": "why"}
        blocks.append(_input("why", language, reason, optional=order.deed is Deed.ASSIGN))
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": _kept(click),
        "title": _plain(say(language, f"slack.modal.{order.deed}", n=order.incident)),
        "submit": _plain(say(language, "slack.modal.submit")),
        "close": _plain(say(language, "slack.modal.close")),
        "blocks": blocks,
    }


def silence_view(kept: Mapping[str, str], language: str, *, preview: str, approves: bool) -> View:
    """The modal that keeps a node quiet; only an approver is asked whether hard rules are meant too."""
    spans = ((hours, say(language, "time.hours", n=int(hours))) for hours in HOURS)
    words = {"type": "plain_text_input", "action_id": "why", "multiline": True, "max_length": LONGEST_REASON}
    scopes = ((scope, say(language, f"slack.scope.{scope}")) for scope in SCOPES)
    return {
        "type": "modal",
        "callback_id": SILENCE,
        "private_metadata": json.dumps(dict(kept)),
        "title": _plain(say(language, "slack.modal.silence_node")),
        "submit": _plain(say(language, "slack.modal.submit")),
        "close": _plain(say(language, "slack.modal.close")),
        "blocks": [
            _said(preview),
            _input("until", language, _menu("until", spans)),
            *([_input("scope", language, _menu("scope", scopes))] if approves else []),
            _input("why", language, words),
        ],
    }


def _fields(plan: ResponsePlan, incident: Incident | None) -> Mapping[str, str]:
    return dict.fromkeys(FIELDS, "") if incident is None else fields_of(plan, incident)


def click_kept(view: Mapping[str, Any]) -> Click:
    """The click that opened a modal."""
    kept = json.loads(view["private_metadata"])
    order = Order(**{**kept["order"], "deed": Deed(kept["order"]["deed"])})
    return Click(order, kept["user"], kept["channel"], "")


def _kept(click: Click) -> str:
    order = dataclasses.asdict(click.order)
    return json.dumps({"order": order, "user": click.user, "channel": click.channel}, ensure_ascii=False)


def _said(text: str) -> View:
    return {
        "type": "section",
        "text": {"type": "mrkdwn", "text": escaped(text, LONGEST_PREVIEW), "verbatim": True},
    }


def _input(name: str, language: str, element: View, *, optional: bool = False) -> View:
    label = _plain(say(language, f"slack.modal.{name}"))
    return {"type": "input", "block_id": name, "label": label, "element": element, "optional": optional}


def _menu(name: str, options: Iterable[tuple[str, str]]) -> View:
    shown = [{"value": value, "text": _plain(clean(text)[:LONGEST_OPTION] or "-")} for value, text in options]
    return {"type": "static_select", "action_id": name, "options": shown}


def _plain(text: str) -> View:
    return {"type": "plain_text", "text": text, "emoji": False}
