"""What statistical rules do not say for themselves, `[detection]` and the plan say for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any, Final

from alerts.plan import ResponsePlan
from monitor.config.schema import Detection, Rule

# Keys of a rule's options that are filled in where they are left out.
BUDGET: Final = "false_pages_per_week"
COUNTRY: Final = "country"
LEVELS: Final = "levels"
LEVEL: Final = "level"


def shared_out(rules: Sequence[Rule], detection: Detection, plan: ResponsePlan) -> tuple[Rule, ...]:
    """The rules, with the budget shared out equally to those that have no part of their own."""
    hungry = [rule for rule in rules if _lacks(rule, BUDGET)]
    told = sum(getattr(rule.options, BUDGET) for rule in rules if _has(rule, BUDGET) and rule not in hungry)
    share = max(detection.false_pages_per_week - told, 0.0) / max(len(hungry), 1)
    given: dict[str, Any] = {
        # A budget that others have used up still leaves a rule a little: one page in two years.
        BUDGET: max(share, 0.01),
        COUNTRY: detection.country,
        LEVELS: tuple(level.name for level in plan.levels),
        LEVEL: plan.levels[0].name if plan.levels else None,
    }
    return tuple(replace(rule, options=_filled(rule, given)) for rule in rules)


def _filled(rule: Rule, given: dict[str, Any]) -> Any:
    return replace(rule.options, **{key: value for key, value in given.items() if _lacks(rule, key)})


def _has(rule: Rule, key: str) -> bool:
    return any(field.name == key for field in fields(rule.options))


def _lacks(rule: Rule, key: str) -> bool:
    return _has(rule, key) and getattr(rule.options, key) in {None, ()}
