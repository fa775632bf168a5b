"""The fields of an incident's report that people fill in: by form, page or command. Pure.

Every report asks for the same ones; beside them an incident has those that its own deadlines wait for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from alerts.incident_plan import DeadlineRule
from alerts.incidents.clocks import STATES, rules_for
from alerts.incidents.incident import Incident
from alerts.plan import ResponsePlan

# What leaders ask for, in this order, whether or not somebody has filled it in.
FIELDS: Final = ("cause", "scope", "handling", "solution", "wording", "measures")
LONGEST: Final = 4_000


def fields_of(plan: ResponsePlan, incident: Incident) -> Mapping[str, str]:
    """Field -> the name of the deadline that waits for it, "" for none; in the order in which they are asked.

    What somebody has filled in beyond these stays in the report.
    """
    running = {clock.name for clock in incident.deadlines}
    waits = {field: rule.name for rule in rules_for(plan, incident) if (field := field_of(rule))}
    own = {field: name for field, name in waits.items() if name in running and field not in FIELDS}
    return {**{field: waits.get(field, "") for field in FIELDS}, **own}


def field_of(rule: DeadlineRule) -> str:
    """The field that meets a deadline; "" where a state does."""
    return "" if rule.met_by in STATES else rule.met_by or rule.name


def filling(plan: ResponsePlan, incident: Incident, field: str, value: str) -> tuple[tuple[str, str], ...]:
    """What an event says of a field that was filled in; with the plan's own words for it."""
    rule = next((one for one in rules_for(plan, incident) if field_of(one) == field), None)
    titles = {} if rule is None or field in FIELDS else rule.title
    named = tuple((f"field_{language}", text) for language, text in sorted(titles.items()))
    return (("field", field), ("value", value), *named)
