"""What the rules that know what is usual share: options that `[detection]` and the plan fill in."""

from __future__ import annotations

from typing import Any, Final

from connectors.options import option

ALONE: Final = 2.0
"""False pages a week of a rule that nobody has given a part of a budget: as many as `[detection]` has."""


def part_of_budget() -> Any:
    """An option, `float | None`: false pages a week."""
    return option(
        None, doc="the rule's share of the budget; default: an equal part of `[detection]`", above=0
    )


def whose_holidays() -> Any:
    """An option, `str | None`: a country, as the package `holidays` knows it."""
    return option(None, doc='whose public holidays are like Sundays, "CN"; default: `[detection] country`')


def lowest_level() -> Any:
    """An option, `str | None`: a warning level."""
    return option(None, doc="warning level of its signals; default: the plan's lowest")
