# ruff: noqa: DTZ001 - readings of a source's clock have no zone

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st
from reading import NOW, bad, ids, listen, listen_anyway, only, settings, tickets, touch, with_fields

from connectors.parquet import Options, Source
from connectors.rows.mapping import Reading
from connectors.source import Flag

pa = pytest.importorskip("pyarrow", reason="pyarrow is in the extra `columnar`")
pq = pytest.importorskip("pyarrow.parquet", reason="pyarrow is in the extra `columnar`")

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
STAMP = pa.timestamp("us", "UTC")


def write(file, *, group=4, **columns):
    size = len(next(iter(columns.values())))
    plain = {"id": [f"T{i}" for i in range(size)], "created": [START] * size, "updated": [START] * size}
    pq.write_table(
        pa.table(plain | {"a": ["A"] * size, "b": ["B"] * size} | columns), file, row_group_size=group
    )
    touch(file, NOW - timedelta(seconds=60))
    return file


def source(path, *, fields=None, others=None, **options):
    made = settings("parquet", **({"fields": fields} if fields else {}), **(others or {}))
    return Source(made, Options(path=path, **options))


def read(tmp_path, *, fields=None, others=None, **columns):
    return list(source(write(tmp_path / "a.parquet", **columns), fields=fields, others=others).history(NOW))


def test_whole_columns_become_batches_and_integer_ids_stay_integers(tmp_path):
    polls = read(tmp_path, id=pa.array(range(10)))
    assert polls[0].batch.ids.dtype == np.int64
    assert only(polls).batch.paths == (("A", "B"),)
    assert tickets(polls)[3].id == "3"


@pytest.mark.promise("zone", of="parquet")
@pytest.mark.parametrize(
    "stamps",
    [
        pa.array([datetime(2026, 3, 1, 16)], pa.timestamp("us")),
        pa.array([datetime(2026, 3, 1, 16)], pa.timestamp("ns")),
        pa.array([datetime(2026, 3, 1, 16)], pa.timestamp("s")),
        pa.array([START], pa.timestamp("ms", tz="UTC")),
        pa.array([START], pa.timestamp("us", tz="America/New_York")),
        pa.array(["2026-03-01 16:00"]),
        pa.array(["2026-03-01T08:00:00Z"]),
    ],
    ids=str,
)
def test_stamps_are_read_whatever_their_type_in_the_zone_of_the_source(tmp_path, stamps):
    ticket = only(tickets(read(tmp_path, created=stamps, others={"zone": "Asia/Shanghai"})))
    assert ticket.created_at == START


def test_dates_and_epoch_numbers_are_stamps_too(tmp_path):
    ticket = only(tickets(read(tmp_path, created=[date(2026, 3, 1)])))
    assert ticket.created_at == datetime(2026, 3, 1, tzinfo=UTC)
    seconds = pa.array([1_772_352_000, 10**17, None])
    polls = read(tmp_path, created=seconds, updated=seconds, others={"datetime_format": "unix"})
    assert only(tickets(polls)).created_at == START
    assert ['"1' in one.reason or "is empty" in one.reason for one in bad(polls)] == [True, True]


def test_bad_rows_are_set_aside_with_their_row(tmp_path):
    polls = read(
        tmp_path,
        id=pa.array([1, None, 3, 4, 5]),
        created=[START, START, None, datetime(2026, 4, 1, tzinfo=UTC), START],
        a=["A", "A", "A", "A", "X"],
        b=["", "", "", "", "B"],
        others={"levels": 1},
    )
    assert ids(polls) == ["1"]
    assert [one.place for one in bad(polls)] == [f"a.parquet, row {n}" for n in (2, 3, 4, 5)]
    assert [one.reason.split(" (")[0] for one in bad(polls)[:3]] == [
        "its id is empty",
        "created_at",
        "created_at",
    ]
    assert '"id": 3' in bad(polls)[1].row


def test_flags_texts_tags_and_lists(tmp_path):
    fields = with_fields(
        category=("path",),
        escalated=Flag("prio", ("1",)),
        void=Flag("spam", ("true",)),
        tags="tags",
        text="text",
    )
    first, second = tickets(
        read(
            tmp_path,
            fields=fields,
            path=[["A", "B"], None],
            prio=[1, None],
            spam=[False, True],
            tags=[["media"], None],
            text=[" as is ", ""],
        )
    )
    assert (first.path, first.escalated_at, first.void, first.text) == (("A", "B"), START, False, " as is ")
    assert first.tags == {"media"}
    assert (second.path, second.escalated_at, second.void, second.text) == ((), None, True, None)


def test_reading_goes_on_in_the_middle_of_a_file(tmp_path):
    write(tmp_path / "a.parquet", id=pa.array(range(50_000)), group=7_500)
    polls = list(source(tmp_path, batch_rows=15_000).history(NOW))
    assert len(polls) > 1
    assert ids(polls) == [str(i) for i in range(50_000)]
    for i, poll in enumerate(polls):
        read_on = ids(polls[: i + 1]) + ids(listen(source(tmp_path), poll.cursor))
        assert read_on == [str(i) for i in range(50_000)]


def test_small_row_groups_are_read_together(tmp_path):
    names = [f"A{i // 7}" for i in range(60_000)]
    write(tmp_path / "a.parquet", id=pa.array(range(60_000)), a=names, group=700)
    polls = list(source(tmp_path, batch_rows=25_000).history(NOW))
    assert [len(poll.batch) for poll in polls] == [25_000, 25_000, 10_000]
    assert [ticket.path for ticket in tickets(polls)] == [(name, "B") for name in names]


def test_row_groups_that_number_their_names_in_too_few_bits_are_read_one_by_one(tmp_path):
    few = pa.dictionary(pa.int8(), pa.string())
    groups = [[f"{group} {i}" for i in range(100)] for group in "ab"]
    schema = pa.schema({"id": pa.string(), "created": STAMP, "updated": STAMP, "a": few, "b": few})
    with pq.ParquetWriter(tmp_path / "a.parquet", schema) as writer:
        for names in groups:
            columns = names, [START] * 100, [START] * 100, pa.array(names, few), pa.array(names, few)
            writer.write_table(pa.table(dict(zip(schema.names, columns, strict=True)), schema))
    touch(tmp_path / "a.parquet", NOW - timedelta(seconds=60))
    assert ids(source(tmp_path).history(NOW)) == groups[0] + groups[1]


def test_a_file_that_is_no_parquet_is_named(tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"PAR1 or not")
    (tmp_path / "b.parquet").write_bytes(b"")
    write(tmp_path / "c.parquet", a=["A"])
    polls, error = listen_anyway(source(tmp_path).history(NOW))
    assert ids(polls) == ["T0"]
    assert "a.parquet cannot be read to its end: it is no whole parquet file" in error


def test_a_missing_column_is_named(tmp_path):
    pq.write_table(pa.table({"id": [1], "created": [START]}), tmp_path / "a.parquet")
    _, error = listen_anyway(source(tmp_path).history(NOW))
    assert 'no column "updated" (for updated_at)' in error
    assert "it has: id, created" in error


names = st.sampled_from(["A", " A", "B", "?", "", None, "C "])


@effort(deadline=None, max_examples=60)
@given(st.lists(st.tuples(names, names, names), min_size=1, max_size=20))
def test_paths_are_those_that_single_rows_would_have(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("any") / "a.parquet"
    columns = {name: pa.array([row[i] for row in rows], pa.string()) for i, name in enumerate("xyz")}
    write(path, **columns)
    reader = source(path, fields=with_fields(category=("x", "y", "z")), others={"empty": ("?",)})
    single = Reading(settings(empty=("?",)))
    assert [t.path for t in tickets(reader.history(NOW))] == [single.path(row) for row in rows]
