"""The real sets of tickets, as the brute force reads and judges them."""

import tomllib
from dataclasses import replace

from by_hand import DAILY
from histories import NEW_YORK, at
from oracle import Calendar
from realdata import COUNCIL, INCIDENTS, NYC311, default_rules, needs


@needs(INCIDENTS)
def test_the_incident_log_is_read_whole() -> None:
    versions = INCIDENTS.versions()
    assert len(versions) == 83_526
    assert len({version.key for version in versions}) == 13_698


@needs(NYC311)
def test_ninety_seven_complaint_types_a_day_reach_a_hundred_in_new_york() -> None:
    """As the README of the data counts them: by complaint type alone, whatever the agency."""
    by_type = replace(
        NYC311, mapping=replace(NYC311.mapping, category=("complaint_type",)), levels=("complaint_type",)
    )
    versions = by_type.versions()
    signals = by_type.run([DAILY], versions).signals
    assert len(signals) == 97
    assert all(signal["observed"] == 100 for signal in signals)
    day = at("2026-04-12T00:00", NEW_YORK)
    parking = [t for t in versions if t.path == ("Illegal Parking",)]
    assert sum(Calendar(NEW_YORK).day(t.created_at)[0] == day for t in parking) == 1845


@needs(COUNCIL)
def test_the_council_complaints_are_read_whole() -> None:
    versions = COUNCIL.versions()
    assert len(versions) == 193_975
    assert len({version.key for version in versions}) == 193_898


def test_the_default_rules_are_three() -> None:
    assert [rule.kind for rule in default_rules(5)] == [
        "daily_threshold",
        "monthly_escalation",
        "hour_over_hour",
    ]


def test_a_set_can_be_written_as_a_table_of_the_configuration() -> None:
    (source,) = tomllib.loads(INCIDENTS.source_toml("x.csv"))["sources"]
    assert source["path"] == "x.csv"
    assert source["gaps"] == [{"from": "2016-03-01T00:00", "to": "2016-03-01T06:00"}]
    assert source["fields"]["escalated"] == {"column": "priority", "is": ["1", "2"]}
    assert source["fields"]["category"] == ["category", "subcategory", "u_symptom"]
