"""From a click or a modal to an order: who pressed what, on which incident."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from alerts.catalogue import Sentence
from alerts.desk import Deed, Order
from alerts.page import key_of
from alerts.plan import Contact
from alerts.slack_incident import PREFIX
from connectors.ticket import to_us

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Click:
    """A button that was pressed: the order that it stands for, and where it was pressed."""

    order: Order
    user: str
    channel: str
    trigger: str


def user_of(body: Json) -> str:
    """The member who did it."""
    user = body.get("user")
    return str(user["id"] if isinstance(user, Mapping) else body.get("user_id", ""))


def teams_of(body: Json) -> frozenset[str]:
    """The workspaces that a request names: the one it comes from, and the one of its author."""
    team, user = body.get("team") or {}, body.get("user") or {}
    found = (
        team.get("id") if isinstance(team, Mapping) else team,
        user.get("team_id") if isinstance(user, Mapping) else None,
        body.get("team_id"),
    )
    return frozenset(str(one) for one in found if one)


def click_of(body: Json, contact: Contact, *, at: int) -> Click | Sentence:
    """What a click means; a sentence where its button is none of ours."""
    action: Json = next(iter(body.get("actions") or ()), {})
    name, value = str(action.get("action_id", "")), str(action.get("value", ""))
    deed = name.removeprefix(PREFIX)
    if not name.startswith(PREFIX) or deed not in set(Deed) or not value.isdecimal():
        return Sentence("slack.refused.button")
    user = user_of(body)
    # Slack repeats a click with the same time; another click has another.
    key = key_of("click", user, name, value, str(action.get("action_ts", "")))
    order = Order(key=key, deed=Deed(deed), incident=int(value), by=contact.name, at=at)
    container = body.get("container") or {}
    channel = str((body.get("channel") or {}).get("id") or container.get("channel_id") or user)
    return Click(order, user, channel, str(body.get("trigger_id", "")))


def order_of(view: Json, order: Order, *, now: datetime) -> Order | dict[str, Sentence]:
    """The order with what a modal adds; else what is wrong, by block."""
    filled = filled_in(view)
    why = str(filled.get("why") or "").strip()
    wrong: dict[str, Sentence] = {}
    if order.deed is Deed.FILL:
        return _filling(order, str(filled.get("field") or ""), str(filled.get("value") or "").strip())
    if order.deed is not Deed.ASSIGN and not why:
        wrong["why"] = Sentence("slack.refused.no_reason")
    until = None
    if order.deed is Deed.SILENCE:
        until = until_of(str(filled.get("until") or ""), now)
        if until is None:
            wrong["until"] = Sentence("slack.refused.span")
    to = str(filled.get("to") or "")
    if order.deed is Deed.ASSIGN and not to:
        wrong["to"] = Sentence("slack.refused.nobody")
    return wrong or replace(order, why=why, to=to, until=until)


HOURS: Final = ("1", "2", "4", "8", "24")
# What a silence keeps quiet; only an approver chooses.
SCOPES: Final = ("statistical", "hard")


def _filling(order: Order, field: str, text: str) -> Order | dict[str, Sentence]:
    if not field:
        return {"field": Sentence("slack.refused.field")}
    return replace(order, field=field, why=text) if text else {"value": Sentence("slack.refused.no_text")}


def until_of(hours: str, now: datetime) -> int | None:
    """So many hours from now, of those that a form offers."""
    if hours not in HOURS:
        return None
    return to_us(now) + int(hours) * 3_600_000_000


def filled_in(view: Json) -> dict[str, Any]:
    """Block -> what was written or chosen in it."""
    found = {}
    for block, elements in (view.get("state") or {}).get("values", {}).items():
        for element in elements.values():
            option = element.get("selected_option") or {}
            found[block] = element.get("value") or option.get("value")
    return found
