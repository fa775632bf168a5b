"""The contract's printed form, and the names by which signals are compared."""

import json
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from .model import OracleResult


def jsonable(record: dict[str, Any], zone: str | ZoneInfo) -> dict[str, Any]:
    """The record with its stamps as ISO 8601 in the zone's offset."""
    place = zone if isinstance(zone, ZoneInfo) else ZoneInfo(zone)
    return {
        name: _printed(value, place) if isinstance(value, datetime) else value
        for name, value in record.items()
    }


@lru_cache(maxsize=1000)
def _printed(moment: datetime, place: ZoneInfo) -> str:
    """Many records in a row are of the same hour."""
    return moment.astimezone(place).isoformat()


def to_json(record: dict[str, Any], zone: str | ZoneInfo) -> str:
    """One line of signals.jsonl or trend.jsonl."""
    return json.dumps(jsonable(record, zone), ensure_ascii=False)


def identity(signal: dict[str, Any]) -> tuple[Any, ...]:
    """What may fire once: rule, group, window, level (per ticket or complainant where the rule is)."""
    if "ticket" in signal:
        return (signal["rule"], signal["ticket"]["source"], signal["ticket"]["id"], signal["level"])
    if "complainant" in signal:
        return (signal["rule"], signal["complainant"], tuple(signal["node"]), signal["level"])
    return (signal["rule"], tuple(signal["node"]), signal["exact"], signal["window_start"], signal["level"])


def lasting(result: OracleResult) -> set[tuple[Any, ...]]:
    """Identities of the signals that the final counts uphold: any order of arrival must end with these."""
    return {identity(signal) for signal in result.signals if signal["revised_to"] is None}
