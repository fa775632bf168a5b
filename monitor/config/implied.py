"""What a short configuration leaves out of its plan, so that a file of rules alone is a whole one.

* The three warning levels of the default plan need not be listed where rules use them, nor where no level is;
  unlisted they tell nobody.
* Without `[[roles]]`, the roles that levels tell are those they name.
* Without roles, contacts and channels, everybody is reached on the console.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from alerts.plan import Channel, Contact, Level, ResponsePlan, Role

# Warning levels (预警级别) of the default plan, in rising order.
STANDARD_LEVELS: Final = ("一级预警", "二级预警", "三级预警")
CONSOLE: Final = "console"


def completed(plan: ResponsePlan, *, used_levels: Collection[str], written: Collection[str]) -> ResponsePlan:
    """The plan with what its configuration leaves out. `written` are the tables that the file has."""
    plan = replace(plan, levels=(*plan.levels, *_implied_levels(plan, used_levels)))
    if "roles" in written:
        return plan
    told = [name for level in plan.levels for name in level.notify] + list(plan.alerts.operators)
    if "contacts" in written or "channels" in written:
        return replace(plan, roles=tuple(Role(name) for name in dict.fromkeys(told)))
    return replace(
        plan,
        roles=tuple(Role(name, contacts=(CONSOLE,)) for name in dict.fromkeys(told)),
        contacts=(Contact(CONSOLE, addresses={CONSOLE: CONSOLE}),),
        channels=(Channel(CONSOLE, kind=CONSOLE),),
    )


def _implied_levels(plan: ResponsePlan, used: Collection[str]) -> list[Level]:
    listed = {level.name for level in plan.levels}
    return [Level(name) for name in STANDARD_LEVELS if name not in listed and (name in used or not listed)]
