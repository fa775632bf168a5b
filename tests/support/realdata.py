"""The three real ticket sets: how to read each, and which times of it are missing.

Nothing of the data is kept here; the files lie beside the repository. Tests take `@needs(INCIDENTS)`
and are skipped, with the reason, where a file is absent.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from oracle import CsvMapping, OracleResult, OracleRule, OracleTicket, read_csv, run

REPOSITORY = Path(__file__).resolve().parents[2]
DATA = Path("../shared/data")
"""Where the sets lie, seen from the repository's root."""


@dataclass(frozen=True)
class RealSet:
    """One ticket set with everything a configuration says of it."""

    name: str
    file: str
    mapping: CsvMapping
    zone: str
    levels: tuple[str, ...]
    local_gaps: tuple[tuple[str, str], ...] = ()
    """Missing time, half-open, as stamps of the source's zone."""

    @property
    def path(self) -> Path:
        return REPOSITORY / DATA / self.file

    @property
    def sources(self) -> list[str]:
        return [self.mapping.source]

    @property
    def gaps(self) -> dict[str, list[tuple[datetime, datetime]]]:
        zone = ZoneInfo(self.mapping.timezone)

        def instant(text: str) -> datetime:
            return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)

        return {self.mapping.source: [(instant(start), instant(end)) for start, end in self.local_gaps]}

    def versions(self) -> list[OracleTicket]:
        return read_csv(self.path, self.mapping)

    def run(
        self, rules: Sequence[OracleRule], versions: Sequence[OracleTicket] | None = None
    ) -> OracleResult:
        """What the brute force says of the whole set."""
        return run(
            self.versions() if versions is None else versions,
            rules,
            zone=self.zone,
            levels_of_taxonomy=len(self.levels),
            gaps=self.gaps,
            sources=self.sources,
        )

    def source_toml(self, path: Path | str | None = None) -> str:
        """The `[[sources]]` table of config.toml for this set, in the keys of the contract alone."""
        return source_toml(self.mapping, path or self.path, self.local_gaps)


def default_rules(levels: int) -> list[OracleRule]:
    """The three rules of the default plan."""
    return [
        OracleRule("same-day volume", "daily_threshold", thresholds={"三级预警": 100}),
        OracleRule("monthly escalation", "monthly_escalation", thresholds={"三级预警": 5}),
        OracleRule(
            "hour over hour",
            "hour_over_hour",
            depths=tuple(range(1, levels + 1)),
            factor=2.0,
            min_count=10,
            alpha=0.001,
            level="一级预警",
        ),
    ]


def wide_rules(levels: int) -> list[OracleRule]:
    """Every depth and a ladder, so that exact groups and the whole tree are judged too."""
    every = tuple(range(levels + 1))
    return [
        OracleRule(
            "volume ladder", "daily_threshold", every, {"一级预警": 30, "二级预警": 60, "三级预警": 100}
        ),
        OracleRule("escalation ladder", "monthly_escalation", every, {"一级预警": 2, "三级预警": 5}),
        OracleRule("surge", "hour_over_hour", every, factor=1.5, min_count=5, alpha=0.01, level="一级预警"),
    ]


INCIDENTS = RealSet(
    name="incidents",
    file="incident_log_2016.csv.gz",
    mapping=CsvMapping(
        source="incidents",
        timezone="Europe/Rome",
        id="number",
        created_at="opened_at",
        updated_at="sys_updated_at",
        category=("category", "subcategory", "u_symptom"),
        datetime_format="%d/%m/%Y %H:%M",
        empty=("?",),
        escalated=("priority", frozenset({"1", "2"})),
        closed_at="closed_at",
        complainant="caller_id",
    ),
    zone="Asia/Shanghai",
    levels=("category", "subcategory", "symptom"),
    local_gaps=(("2016-03-01T00:00", "2016-03-01T06:00"),),
)

NYC311 = RealSet(
    name="nyc311",
    file="nyc311_2026.csv.gz",
    mapping=CsvMapping(
        source="nyc311",
        timezone="America/New_York",
        id="unique_key",
        created_at="created_date",
        category=("agency", "complaint_type", "descriptor", "location_type"),
        closed_at="closed_date",
    ),
    zone="America/New_York",
    levels=("agency", "complaint_type", "descriptor", "location_type"),
    local_gaps=(
        ("2026-04-13T02:56:24", "2026-05-02T22:33:45"),
        ("2026-05-04T02:04:51", "2026-05-08T23:26:50"),
        ("2026-05-10T02:05:59", "2026-05-16T08:21:28"),
        ("2026-05-17T02:46:44", "2026-05-22T06:42:56"),
        ("2026-05-23T02:16:06", "2026-05-24T00:00:00"),
    ),
)

COUNCIL = RealSet(
    name="council",
    file="nyc_council_2015_2018.csv.gz",
    mapping=CsvMapping(
        source="council",
        timezone="America/New_York",
        id="unique_key",
        created_at="opendate",
        category=("borough", "council_dist", "complaint_type", "descriptor"),
        closed_at="closedate",
    ),
    zone="America/New_York",
    levels=("borough", "council_dist", "complaint_type", "descriptor"),
)

REAL_SETS = (INCIDENTS, NYC311, COUNCIL)


def needs(real: RealSet) -> pytest.MarkDecorator:
    """Skip the test, and say why, where the set is absent."""
    reason = f"real tickets not here: {DATA / real.file} (they are not part of the repository)"
    return pytest.mark.skipif(not real.path.exists(), reason=reason)


def source_toml(
    mapping: CsvMapping, path: Path | str, local_gaps: Sequence[tuple[str, str]] = (), every: str = "30s"
) -> str:
    """A `[[sources]]` table for a mapping: JSON's strings and lists are TOML's too."""

    def put(value: object) -> str:
        return json.dumps(value, ensure_ascii=False)

    def test_of(test: tuple[str, frozenset[str]]) -> str:
        return f"{{ column = {put(test[0])}, is = {put(sorted(test[1]))} }}"

    lines = [
        "[[sources]]",
        f"name = {put(mapping.source)}",
        'kind = "csv"',
        f"path = {put(str(path))}",
        f"timezone = {put(mapping.timezone)}",
        f"every = {put(every)}",
    ]
    if mapping.datetime_format is not None:
        lines.append(f"datetime_format = {put(mapping.datetime_format)}")
    if mapping.empty:
        lines.append(f"empty = {put(list(mapping.empty))}")
    if local_gaps:
        gaps = ", ".join(f"{{ from = {put(start)}, to = {put(end)} }}" for start, end in local_gaps)
        lines.append(f"gaps = [{gaps}]")
    lines += [
        "[sources.fields]",
        f"id = {put(mapping.id)}",
        f"created_at = {put(mapping.created_at)}",
        f"category = {put(list(mapping.category))}",
    ]
    for key in ("updated_at", "escalated_at", "closed_at", "tags", "complainant"):
        if getattr(mapping, key) is not None:
            lines.append(f"{key} = {put(getattr(mapping, key))}")
    if mapping.escalated is not None:
        lines.append(f"escalated = {test_of(mapping.escalated)}")
    if mapping.void is not None:
        lines.append(f"void = {test_of(mapping.void)}")
    return "\n".join(lines) + "\n"
