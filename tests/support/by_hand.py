"""Cases computed by hand for the brute force: its rules, and what it makes of a history."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from histories import SHANGHAI, at, ticket
from oracle import OracleResult, OracleRule, OracleTicket, run

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)

DAILY = OracleRule("day", "daily_threshold", thresholds={"三级预警": 100})


def judge(
    versions: Sequence[OracleTicket],
    *rules: OracleRule,
    zone: str = SHANGHAI,
    levels: int = 1,
    gaps: dict[str, list[tuple[datetime, datetime]]] | None = None,
    sources: Sequence[str] = ("s",),
) -> OracleResult:
    return run(versions, rules, zone=zone, levels_of_taxonomy=levels, gaps=gaps or {}, sources=sources)


def seen(signals: list[dict[str, Any]], *fields: str) -> list[tuple[Any, ...]]:
    return [tuple(signal[name] for name in fields) for signal in signals]


OPENER = ticket("opener", at("2026-05-09T00:00"), "z")
"""Makes the hours from 01:00 on known ones."""
