"""The real ticket sets, read by the configurations that the documentation gives."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from reading import settings

from connectors.csv import Options, Source
from connectors.source import Fields, Flag
from connectors.ticket import NEVER, to_us

DATA = Path(__file__).parents[2] / "../shared/data"
NOW = datetime(2026, 12, 1, tzinfo=UTC)

INCIDENTS = "incident_log_2016.csv.gz"
REQUESTS = "nyc311_2026.csv.gz"
COUNCIL = "nyc_council_2015_2018.csv.gz"


def read(name, **told):
    path = DATA / name
    if not path.exists():
        pytest.skip(f"the real tickets are not here: ../shared/data/{name}")
    return list(Source(settings(**told), Options(path=path)).history(NOW))


def column(polls, name):
    return np.concatenate([getattr(poll.batch, name) for poll in polls])


def test_the_incident_log_is_read_whole_with_its_zone_and_its_escalations():
    fields = Fields(
        id="number",
        created_at="opened_at",
        updated_at="sys_updated_at",
        category=("category", "subcategory", "u_symptom"),
        escalated=Flag("priority", ("1", "2")),
        closed_at="closed_at",
    )
    polls = read(
        INCIDENTS, fields=fields, zone="Europe/Rome", datetime_format="%d/%m/%Y %H:%M", empty=("?",), levels=3
    )
    ids = column(polls, "ids")
    assert (len(ids), len(set(ids))) == (83_526, 13_698)
    assert sum(len(poll.quarantined) for poll in polls) == 0
    assert polls[-1].complete_to == NOW
    rome = ZoneInfo("Europe/Rome")
    assert column(polls, "created").min() == to_us(datetime(2016, 2, 29, 1, 16, tzinfo=rome))
    escalated = column(polls, "escalated")
    assert np.array_equal(escalated[escalated != NEVER], column(polls, "updated")[escalated != NEVER])
    paths = {path for poll in polls for path in poll.batch.paths}
    assert not any("?" in path for path in paths)
    assert {len(path) for path in paths} == {0, 1, 2, 3}


def test_the_service_requests_are_read_whole_in_new_york_time():
    fields = Fields(
        id="unique_key",
        created_at="created_date",
        closed_at="closed_date",
        category=("agency", "complaint_type", "descriptor", "location_type"),
        region="borough",
    )
    polls = read(REQUESTS, fields=fields, zone="America/New_York", levels=4)
    assert len(set(column(polls, "ids"))) == len(column(polls, "ids")) == 50_000
    assert sum(len(poll.quarantined) for poll in polls) == 0
    assert column(polls, "created").min() == to_us(datetime(2026, 4, 12, 3, 28, 40, tzinfo=UTC))
    assert (column(polls, "closed") != NEVER).sum() == 29_682


def test_the_council_complaints_are_read_whole_though_their_stamps_are_days():
    fields = Fields(
        id="unique_key",
        created_at="opendate",
        closed_at="closedate",
        category=("borough", "council_dist", "complaint_type", "descriptor"),
    )
    polls = read(COUNCIL, fields=fields, zone="America/New_York", levels=4)
    ids = column(polls, "ids")
    assert len(ids) == 193_975
    assert len(ids) - len(set(ids)) == 77
    assert sum(len(poll.quarantined) for poll in polls) == 0
