"""What the brute force reads, and how it prints what it finds."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from by_hand import DAILY, judge
from histories import NEW_YORK, SHANGHAI, at, burst
from oracle import CsvMapping, OracleTicket, identity, jsonable, read_csv_with_rejects, to_json


def test_stamps_are_printed_in_the_business_zone() -> None:
    signal = judge(burst(100, at("2026-05-09T08:00")), DAILY).signals[0]
    printed = json.loads(to_json(signal, SHANGHAI))
    assert printed == jsonable(signal, SHANGHAI)
    assert printed["window_start"] == "2026-05-09T00:00:00+08:00"
    assert printed["crossed_at"] == "2026-05-09T08:01:39+08:00"
    assert identity(signal) == ("day", ("a",), False, at("2026-05-09T00:00"), "三级预警")


MAPPING = CsvMapping(
    source="s",
    timezone=NEW_YORK,
    id="number",
    created_at="opened",
    updated_at="changed",
    category=("c1", "c2", "c3"),
    datetime_format="%d/%m/%Y %H:%M",
    empty=("?",),
    escalated=("priority", frozenset({"1", "2"})),
    closed_at="closed",
    void=("state", frozenset({"spam"})),
    tags="tags",
    complainant="caller",
)

TEXT = """number,opened,changed,c1,c2,c3,priority,closed,state,tags,caller
1,1/11/2026 01:30,1/11/2026 09:00, a ,N/A,?,2,?,new,"media, tv",x
2,8/3/2026 02:30,,a,?,c,3,9/3/2026 10:00,spam,,?
?,8/3/2026 02:30,,a,b,c,3,,new,,
4,not a date,,a,b,c,3,,new,,
"""


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
def test_the_reader_trims_drops_and_reads_local_time(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    raw = TEXT.encode()
    path.write_bytes(gzip.compress(raw) if name.endswith("gz") else raw)
    result = read_csv_with_rejects(path, MAPPING)
    morning = datetime(2026, 11, 1, 14, 0, tzinfo=UTC)
    assert result.versions == [
        OracleTicket(
            source="s",
            id="1",
            created_at=datetime(2026, 11, 1, 5, 30, tzinfo=UTC),  # the first of two
            updated_at=morning,
            path=("a", "N/A"),
            escalated_at=morning,
            tags=frozenset({"media", "tv"}),
            complainant="x",
        ),
        OracleTicket(
            source="s",
            id="2",
            created_at=datetime(2026, 3, 8, 7, 30, tzinfo=UTC),  # not there: the offset before
            updated_at=datetime(2026, 3, 8, 7, 30, tzinfo=UTC),
            path=("a",),
            closed_at=datetime(2026, 3, 9, 14, 0, tzinfo=UTC),
            void=True,
        ),
    ]
    assert [number for number, _ in result.rejected] == [3, 4]
