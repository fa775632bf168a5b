from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from reading import FIELDS, NOW, only, settings, with_fields

from connectors.rows.judging import Rows
from connectors.rows.mapping import Reading
from connectors.source import Flag, SourceError

CREATED = datetime(2026, 3, 1, 8, tzinfo=UTC)


def read(fields=FIELDS, *, now=NOW, others=None, **columns):
    """Batch and quarantined rows of columns; what is not given is the same plain value in every row."""
    size = len(next(iter(columns.values())))
    plain = {"id": [f"T{i}" for i in range(size)], "created": ["2026-03-01T08:00"] * size}
    plain |= {"updated": ["2026-03-01T09:00"] * size, "a": ["A"] * size, "b": ["B"] * size}
    columns = plain | columns
    rows = Rows(
        place=lambda row: f"file, line {row + 2}",
        raw=lambda row: ",".join(str(column[row]) for column in columns.values()),
        value=lambda column, row: columns[column][row],
    )
    return Reading(settings(fields=fields, **(others or {}))).batch(columns, rows, now)


def test_a_path_is_trimmed_and_ends_at_its_first_empty_name():
    batch, _ = read(
        a=[" A ", "?", "", "A", None, "\u3000A"], b=["B", "B", "B", "N/A", "B", " "], others={"empty": ("?",)}
    )
    assert [ticket.path for ticket in batch.tickets()] == [("A", "B"), (), (), ("A", "N/A"), (), ("A",)]


def test_the_paths_of_a_batch_are_distinct_and_all_used():
    batch, bad = read(
        a=["A", "A ", "X", "A"],
        b=["B", "B", "", "B"],
        created=["2026-03-01", "2026-03-01", "soon", "2026-03-01"],
    )
    assert batch.paths == (("A", "B"),)
    assert len(bad) == 1


def test_a_list_in_one_field_is_a_path():
    batch, _ = read(
        with_fields(category=("a",)), a=[["A", " B ", ""], ["A", None, "C"], [], "A", None, [7, True]]
    )
    assert [t.path for t in batch.tickets()] == [("A", "B"), ("A",), (), ("A",), (), ("7", "true")]


def test_an_object_where_a_name_was_mapped_is_a_category_of_its_text_and_stops_nothing():
    """It shows in every page and trend row, until the mapping names the part that is meant."""
    batch, bad = read(with_fields(category=("a",)), a=["A", {"name": "A"}, {}])
    assert [ticket.path for ticket in batch.tickets()] == [("A",), ('{"name": "A"}',), ("{}",)]
    assert not bad


def test_without_category_columns_every_ticket_is_unspecified():
    batch, _ = read(with_fields(category=()), a=["A", "B"])
    assert batch.paths == ((),)
    assert batch.category.tolist() == [0, 0]


def test_a_path_of_more_names_than_levels_is_quarantined_and_its_path_forgotten():
    batch, bad = read(with_fields(category=("a",)), a=[list("ABCDEF"), list("ABCDE")])
    assert [t.path for t in batch.tickets()] == [tuple("ABCDE")]
    assert batch.paths == (tuple("ABCDE"),)
    assert "A > B > C > D > E > F" in only(bad).reason
    assert "6 names, and the taxonomy has 5 levels" in only(bad).reason


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("id", "  ", "its id is empty (column id)"),
        ("id", None, "its id is empty (column id)"),
        ("created", "", "created_at (column created) is empty"),
        ("created", "31/12/2026", 'created_at (column created) is "31/12/2026", which is no ISO 8601'),
        ("updated", "soon", 'updated_at (column updated) is "soon", which is no ISO 8601'),
        ("updated", 1_700_000_000, 'set datetime_format = "unix" or "unix_ms"'),
        ("id", "T\0", "which holds a NUL character"),
        ("a", "\udcff", "which is not text in the source's encoding"),
    ],
)
def test_a_bad_row_is_set_aside_alone_with_its_place_and_reason(column, value, reason):
    good = {"id": "T0", "created": "2026-03-01", "updated": "2026-03-01", "a": "A"}[column]
    batch, bad = read(**{column: [good, value, good]})
    assert len(batch) == 2
    assert reason in only(bad).reason
    assert only(bad).place == "file, line 3"
    assert "T" in only(bad).row
    only(bad).row.encode()
    only(bad).reason.encode()
    assert "\0" not in only(bad).row + only(bad).reason


def test_a_creation_far_in_the_future_is_quarantined_and_one_within_the_tolerance_is_not():
    within, beyond = NOW + timedelta(hours=1), NOW + timedelta(hours=1, microseconds=1)
    batch, bad = read(created=[within, beyond])
    assert len(batch) == 1
    assert "which is in the future" in only(bad).reason


def test_a_creation_after_its_own_update_is_accepted():
    batch, bad = read(created=["2026-03-02"], updated=["2026-03-01"])
    assert (len(batch), bad) == (1, ())


def test_the_key_of_a_bad_row_is_the_same_when_it_is_read_again_and_differs_from_others():
    keys = [only(read(created=[value])[1]).key for value in ("soon", "soon", "later")]
    assert keys[0] == keys[1] != keys[2]


def test_a_flag_says_that_this_version_is_escalated():
    fields = with_fields(escalated=Flag("priority", ("1", "true")))
    batch, _ = read(fields, priority=["1", " 1 ", 1, True, "2", None, "11"])
    updated = CREATED + timedelta(hours=1)
    assert [t.escalated_at for t in batch.tickets()] == [updated] * 4 + [None] * 3


def test_an_escalation_has_its_own_stamp_where_the_source_has_one():
    batch, _ = read(with_fields(escalated_at="esc"), esc=["2026-03-01T08:30", "", None])
    assert [t.escalated_at for t in batch.tickets()] == [CREATED + timedelta(minutes=30), None, None]


def test_void_closed_and_texts_are_read():
    fields = with_fields(
        void=Flag("state", ("spam",)),
        closed_at="closed",
        complainant="who",
        text="text",
        region="where",
        channel="by",
    )
    batch, _ = read(
        fields,
        state=["spam", "open"],
        closed=["2026-03-01T10:00", "?"],
        who=[13_800_000_000, " "],
        text=[" as it \n stands ", "?"],
        where=[" 上海 ", None],
        by=["hotline", "?"],
        others={"empty": ("?",)},
    )
    first, second = batch.tickets()
    assert (first.void, second.void) == (True, False)
    assert (first.closed_at, second.closed_at) == (CREATED + timedelta(hours=2), None)
    assert (first.complainant, second.complainant) == ("13800000000", None)
    assert (first.text, second.text) == (" as it \n stands ", None)
    assert (first.region, second.region) == ("上海", None)
    assert (first.channel, second.channel) == ("hotline", None)


@pytest.mark.parametrize(
    "told", ["media, lawsuit", "media;lawsuit;", "media|lawsuit", "media、lawsuit", ["media", "lawsuit "]]
)
def test_tags_are_a_list_or_a_text_that_lists_them(told):
    batch, _ = read(with_fields(tags="tags"), tags=[told, "", None])
    assert [t.tags for t in batch.tickets()] == [frozenset({"media", "lawsuit"}), frozenset(), frozenset()]


def test_an_update_that_is_empty_is_the_creation():
    batch, _ = read(updated=["", None])
    assert batch.updated.tolist() == batch.created.tolist()


def test_without_an_update_column_the_creation_is_the_update():
    batch, _ = read(with_fields(updated_at=None), id=["T0"])
    assert batch.updated.tolist() == batch.created.tolist()


def test_numbers_are_ids_too_and_long_ones_keep_every_digit():
    batch, _ = read(id=[7, 20241122123456789012])
    assert batch.ids.tolist() == ["7", "20241122123456789012"]


def test_no_rows_are_an_empty_batch():
    batch, bad = read(id=[])
    assert (len(batch), bad) == (0, ())
    assert batch.created.dtype == np.int64


def test_missing_columns_are_named_with_those_there_are():
    with pytest.raises(
        SourceError, match=r'file.csv has no column "b" \(for category\); it has: id, created'
    ):
        Reading(settings()).require(["id", "created", "updated", "a"], "file.csv")


def test_a_source_without_fields_says_what_to_add():
    with pytest.raises(SourceError, match=r"add \[sources.fields\]"):
        Reading(settings(fields=None))
