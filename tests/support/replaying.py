"""The command `replay` on tickets of the brute force: CSV files and a config.toml in, files out."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from oracle import OracleResult, OracleRule, OracleTicket, jsonable

from monitor.cli import main

Records = list[dict[str, Any]]

SHARED_FIELDS = [
    "rule",
    "kind",
    "node",
    "depth",
    "exact",
    "window_start",
    "window_end",
    "observed",
    "threshold",
    "level",
    "crossed_at",
    "created_at",
    "late_seconds",
    "revised_to",
]


@dataclass(frozen=True)
class Written:
    """What a replay left in its folder."""

    signals: Records
    trend: Records
    notifications: Records
    quarantine: Records
    summary: dict[str, Any]


DAILY = OracleRule("day", "daily_threshold", thresholds={"三级预警": 100})
MONTHLY = OracleRule("month", "monthly_escalation", thresholds={"三级预警": 5})


def seen(found: Written, *fields: str) -> list[tuple[Any, ...]]:
    """These fields of all signals."""
    return [tuple(signal[name] for name in fields) for signal in found.signals]


def replay(folder: Path, *extra: str) -> int:
    """Run the command on `folder`/config.toml, into `folder`/out: its exit code."""
    return main(["replay", "--config", str(folder / "config.toml"), "--out", str(folder / "out"), *extra])


def written(folder: Path) -> Written:
    """The files in `folder`/out."""
    lines = {
        name: _lines(folder / "out" / f"{name}.jsonl")
        for name in ("signals", "trend", "notifications", "quarantine")
    }
    return Written(**lines, summary=json.loads((folder / "out" / "summary.json").read_text(encoding="utf-8")))


def _lines(file: Path) -> Records:
    text = file.read_text(encoding="utf-8")
    assert text == "" or text.endswith("\n")
    lines = text.split("\n")[:-1]
    # All at once: half a million calls take twice as long as what they read.
    records: Records = json.loads(f"[{','.join(lines)}]")
    assert len(records) == len(lines)
    return records


def assert_same(found: Written, expected: OracleResult, zone: str) -> None:
    """The files say what the brute force says, trend rows also in its order."""
    assert sorted(map(_text, map(_comparable, found.signals))) == sorted(
        _text(_comparable(jsonable(signal, zone))) for signal in expected.signals
    )
    assert found.trend == [jsonable(row, zone) for row in expected.trend]
    crossed = [datetime.fromisoformat(signal["crossed_at"]) for signal in found.signals]
    assert crossed == sorted(crossed)


def write_files(
    folder: Path,
    versions: Sequence[OracleTicket],
    rules: Sequence[OracleRule],
    *,
    zone: str,
    levels: int,
    sources: Sequence[str] = ("s",),
    gaps: Mapping[str, Sequence[tuple[datetime, datetime]]] | None = None,
    language: str = "en",
    more: str = "",
) -> None:
    """A config.toml, and a CSV file for each source with its versions in their order."""
    head = [
        f"timezone = {_text(zone)}",
        f"language = {_text(language)}",
        "[taxonomy]",
        f"levels = {_text([f'level {i}' for i in range(levels)])}",
    ]
    tables = [_source(folder, name, versions, levels, (gaps or {}).get(name, ())) for name in sources]
    used = dict.fromkeys(level for rule in rules for level in (*rule.thresholds, rule.level))
    tables += [f"[[levels]]\nname = {_text(level)}\nnotify = ['supervisor']\n" for level in used]
    text = "\n".join([*head, *tables, *map(rule_toml, rules), more])
    (folder / "config.toml").write_text(text, encoding="utf-8")


def rule_toml(rule: OracleRule) -> str:
    """A `[[rules]]` table for a rule of the brute force."""
    told: dict[str, Any] = {"name": rule.name, "kind": rule.kind}
    if rule.kind in {"daily_threshold", "monthly_escalation", "hour_over_hour", "distinct_complainants"}:
        told |= {} if rule.depths is None else {"depths": list(rule.depths)}
    if rule.thresholds:
        told["thresholds"] = rule.thresholds
    if rule.kind == "hour_over_hour":
        told |= {"factor": float(rule.factor), "min_count": rule.min_count, "alpha": float(rule.alpha)}
    if rule.kind in {"hour_over_hour", "overdue", "tagged"}:
        told["level"] = rule.level
    if rule.kind == "tagged":
        told["tags"] = sorted(rule.tags)
    return "[[rules]]\n" + "".join(f"{name} = {_toml(value)}\n" for name, value in told.items())


def _source(
    folder: Path,
    name: str,
    versions: Sequence[OracleTicket],
    levels: int,
    gaps: Sequence[tuple[datetime, datetime]],
) -> str:
    columns = [f"c{i}" for i in range(levels)]
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "created", "updated", *columns, "escalated", "closed", "void", "tags", "who"])
        for one in versions:
            if one.source == name:
                names = [*one.path, *[""] * (levels - len(one.path))]
                stamps = [_stamp(at) for at in (one.escalated_at, one.closed_at)]
                marks = ["yes" if one.void else "", ";".join(sorted(one.tags)), one.complainant or ""]
                writer.writerow(
                    [one.id, _stamp(one.created_at), _stamp(one.updated_at), *names, *stamps, *marks]
                )
    missing = ", ".join(f"{{ from = {_text(_stamp(a))}, to = {_text(_stamp(b))} }}" for a, b in gaps)
    return f"""
[[sources]]
name = {_text(name)}
kind = "csv"
path = {_text(f"{name}.csv")}
clock_tolerance = "36500d"
gaps = [{missing}]
[sources.fields]
id = "id"
created_at = "created"
updated_at = "updated"
category = {_text(columns)}
escalated_at = "escalated"
closed_at = "closed"
void = {{ column = "void", is = ["yes"] }}
tags = "tags"
complainant = "who"
"""


def _stamp(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(UTC).isoformat()


def _comparable(signal: Mapping[str, Any]) -> dict[str, Any]:
    names = [*SHARED_FIELDS, *(["ticket"] if "ticket" in signal else [])]
    return {name: signal[name] for name in names}


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_text(name)} = {number}" for name, number in value.items()) + " }"
    return _text(value)


def _text(value: Any) -> str:
    """JSON's strings, numbers and lists are TOML's too."""
    return json.dumps(value, ensure_ascii=False)
