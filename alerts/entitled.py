"""Who may do what: to an incident, and with a silence.

Whoever the plan tells of the incident's level may, and the operators, who it is assigned to, and whoever
got a page of it: a step of the escalation may call people whom the level does not. What keeps hard rules
from paging takes a named approver of the plan (law 4).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from alerts import routing
from alerts.catalogue import Sentence
from alerts.desk import Deed
from alerts.incidents.branch import node_of
from alerts.incidents.incident import Incident
from alerts.incidents.pages import was_told
from alerts.plan import Contact, ResponsePlan
from connectors.ticket import Path

# A refusal names so many people.
MOST_NAMED: Final = 8


def refusal(plan: ResponsePlan, contact: Contact, deed: Deed, incident: Incident) -> Sentence | None:
    """Why a person may not do that to an incident; None where they may."""
    if deed is Deed.EXEMPT or (deed is Deed.SILENCE and incident.hard):
        return _not_approving(plan, contact, deed, incident)
    if acts(plan, contact, incident):
        return None
    facts = {"who": contact.name, "may": listed(who_act(plan, incident))}
    return Sentence("slack.refused.role", deed=_doing(deed, incident), **facts)


def acts(plan: ResponsePlan, contact: Contact, incident: Incident) -> bool:
    """Whether a person may answer for an incident."""
    if contact.name in {incident.assignee, incident.acknowledged_by} or was_told(incident, contact.name):
        return True
    return _fills(plan, contact, plan.level(incident.level).notify, node_of(incident.node))


def who_act(plan: ResponsePlan, incident: Incident) -> tuple[str, ...]:
    """The contacts who may answer for an incident."""
    return tuple(one.name for one in plan.contacts if acts(plan, one, incident))


def answers(plan: ResponsePlan, contact: Contact, node: Path) -> bool:
    """Whether a person has to do with a node: whom some level tells of it, operators and approvers.

    They may keep it quiet, hard rules apart, and order an exercise there.
    """
    roles = [role for level in plan.levels for role in level.notify]
    return contact.name in plan.silences.approvers or _fills(plan, contact, roles, node)


def silence_refusal(plan: ResponsePlan, contact: Contact, node: Path) -> Sentence | None:
    """Why a person may not keep a node quiet; None where they may."""
    if answers(plan, contact, node):
        return None
    may = (one.name for one in plan.contacts if answers(plan, one, node))
    return Sentence("silence.refused.role", who=contact.name, may=listed(may))


def listed(names: Iterable[str]) -> tuple[str, ...]:
    """Names for a sentence, and that there are more."""
    found = tuple(dict.fromkeys(names))
    return (found[:MOST_NAMED] + ("...",) * (len(found) > MOST_NAMED)) or ("-",)


def _not_approving(plan: ResponsePlan, contact: Contact, deed: Deed, incident: Incident) -> Sentence | None:
    approvers, doing = plan.silences.approvers, _doing(deed, incident)
    if contact.name in approvers:
        return None
    if not approvers:
        return Sentence("slack.refused.no_approver", deed=doing)
    return Sentence("slack.refused.approver", deed=doing, who=contact.name, approvers=approvers)


def _doing(deed: Deed, incident: Incident) -> Sentence:
    """What is to be done to which incident, as a part of a sentence."""
    return Sentence(f"slack.deed.{deed}", incident=str(incident.id))


def _fills(plan: ResponsePlan, contact: Contact, roles: Iterable[str], node: Path) -> bool:
    everyone = tuple(dict.fromkeys((*roles, *plan.operators)))
    return routing.fills(plan, contact, everyone, routing.responsible(plan, node))
