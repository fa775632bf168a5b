"""What people do in Slack, as the payloads that Slack makes of it: clicks, commands, submitted modals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from alerts.testing.slack_failures import JsonObject
from alerts.testing.slack_terms import APP, TEAM
from alerts.testing.slack_workspace import Workspace

Json = Mapping[str, Any]


def button(post: Json, action: str) -> tuple[Json, Json]:
    """The element of a message with that action id, and its block.

    Raises LookupError where the message has none: nobody can press it.
    """
    shown = []
    for block in post.get("blocks") or ():
        for element in _elements(block):
            shown.append(element["action_id"])
            if element["action_id"] == action:
                return element, block
    raise LookupError(f"the message shows no {action}; it shows: {', '.join(shown) or 'nothing'}")


def buttons(post: Json) -> tuple[str, ...]:
    """The action ids that a message shows."""
    return tuple(e["action_id"] for block in post.get("blocks") or () for e in _elements(block))


def _elements(block: Json) -> Iterator[Json]:
    if block["type"] == "actions":
        yield from block["elements"]
    if "accessory" in block:
        yield block["accessory"]


def click_payload(
    workspace: Workspace, user: str, post: Json, element: Json, *, block: Json, value: str | None, team: str
) -> JsonObject:
    """A button that was pressed, or a menu of which `value` was chosen.

    Raises LookupError where the menu has no such value.
    """
    action: JsonObject = {
        "action_id": element["action_id"],
        "block_id": block.get("block_id", "b1"),
        "type": element["type"],
        "action_ts": f"{workspace.number()}.0",
    }
    options = [one for one in element.get("options", ()) if one["value"] == value]
    if element["type"] == "users_select":
        action["selected_user"] = value
    elif "options" in element:
        if not options:
            raise LookupError(f"{element['action_id']} has no {value}")
        action["selected_option"] = options[0]
    else:
        action |= {"text": element["text"], "value": element.get("value", "")}
    return {
        "type": "block_actions",
        **_about(user, team),
        "container": {"type": "message", "message_ts": post["ts"], "channel_id": post["channel"]},
        "trigger_id": workspace.forms.trigger(),
        "channel": {"id": post["channel"], "name": "channel"},
        "message": {"type": "message", **{k: v for k, v in post.items() if k != "channel"}},
        "state": {"values": {}},
        "response_url": workspace.forms.response_url(user, post["channel"]),
        "actions": [action],
    }


def command_payload(workspace: Workspace, user: str, line: str, *, channel: str, team: str) -> JsonObject:
    """A slash command."""
    command, _, text = line.partition(" ")
    return {
        "token": "verification",
        "team_id": team,
        "team_domain": "fake",
        "channel_id": channel,
        "channel_name": "channel",
        "user_id": user,
        "user_name": f"member-{user.lower()}",
        "command": command,
        "text": text,
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": workspace.forms.response_url(user, channel),
        "trigger_id": workspace.forms.trigger(),
    }


def submission_payload(workspace: Workspace, user: str, view: Json, values: Json, *, team: str) -> JsonObject:
    """A modal that was submitted with these values, by block id.

    Raises LookupError for a block that it has not, or a value that a menu has not.
    """
    inputs = {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}
    state = {id: {inputs[id]["action_id"]: _filled(inputs[id], value)} for id, value in values.items()}
    return {
        "type": "view_submission",
        **_about(user, team),
        "trigger_id": workspace.forms.trigger(),
        "view": {**view, "state": {"values": state}},
        "response_urls": [],
    }


def _filled(element: Json, value: Any) -> JsonObject:
    kind = element["type"]
    if kind == "plain_text_input":
        return {"type": kind, "value": value}
    if kind == "users_select":
        return {"type": kind, "selected_user": value}
    if kind == "datetimepicker":
        return {"type": kind, "selected_date_time": value}
    found = [one for one in element["options"] if one["value"] == value]
    if not found:
        raise LookupError(f"{element['action_id']} has no {value}")
    return {"type": kind, "selected_option": found[0]}


def _about(user: str, team: str) -> JsonObject:
    return {
        "user": {"id": user, "username": f"member-{user.lower()}", "team_id": team},
        "team": {"id": team, "domain": "fake" if team == TEAM else "foreign"},
        "enterprise": None,
        "is_enterprise_install": False,
        "api_app_id": APP,
        "token": "verification",
    }
