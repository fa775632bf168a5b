"""The plan's three rules, as the benches judge by them."""

from detectors.rules import daily_threshold, hour_over_hour, monthly_escalation
from detectors.step import Detector

DAY_TICKETS = 100
MONTH_ESCALATIONS = 5


def default_rules(levels: int) -> dict[str, Detector]:
    """By name; the thresholds are those of the shipped configuration."""
    every, deepest = tuple(range(1, levels + 1)), (levels,)
    day = daily_threshold.Options(thresholds={"high": DAY_TICKETS})
    month = monthly_escalation.Options(thresholds={"high": MONTH_ESCALATIONS})
    hour = hour_over_hour.Options(level="low")
    return {
        "day": daily_threshold.Detector("day", deepest, day),
        "month": monthly_escalation.Detector("month", deepest, month),
        "hour": hour_over_hour.Detector("hour", every, hour),
    }
