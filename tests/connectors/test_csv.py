import csv
import gzip
import io
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from reading import (
    HEADER,
    NOW,
    bad,
    drop,
    ids,
    listen,
    listen_anyway,
    only,
    row,
    settings,
    table,
    tickets,
    with_fields,
)

from connectors.csv import Options, Source
from connectors.source import SourceError


def source(path, *, fields=None, others=None, **options):
    made = settings(**({"fields": fields} if fields else {}), **(others or {}))
    return Source(made, Options(path=path, **options))


@pytest.mark.promise("zone", of="csv")
def test_an_export_is_read_with_its_zone_and_its_path(tmp_path):
    drop(tmp_path / "a.csv", HEADER + "\nT1,2026-03-01T08:00,2026-03-01T09:00,移动, 5G \n")
    ticket = only(tickets(listen(source(tmp_path / "a.csv", others={"zone": "Asia/Shanghai"}))))
    assert (ticket.source, ticket.id, ticket.path) == ("desk", "T1", ("移动", "5G"))
    assert ticket.created_at == datetime(2026, 3, 1, 0, tzinfo=UTC)
    assert ticket.updated_at == datetime(2026, 3, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("packed", [False, True])
def test_files_are_read_in_their_encoding_packed_or_not(tmp_path, encoding, packed):
    content = table([row(1, a="网络质量"), row(2, a="䶮")]).encode(encoding)
    drop(tmp_path / "a.csv.gz", gzip.compress(content) if packed else content)
    polls = listen(source(tmp_path, encoding=encoding if encoding != "utf-8" else "utf-8-sig"))
    assert [t.path[0] for t in tickets(polls)] == ["网络质量", "䶮"]


def test_a_wrong_encoding_quarantines_the_rows_it_hurts_and_says_what_to_set(tmp_path):
    drop(tmp_path / "a.csv", table([row(1), row(2, a="网络质量")]).encode("gb18030"))
    polls = listen(source(tmp_path))
    assert ids(polls) == ["T1"]
    assert "set `encoding`" in only(bad(polls)).reason


def test_another_delimiter_and_quoted_fields_with_line_breaks(tmp_path):
    first = 'T1;2026-03-01;"one; two\nthree ""four""";A;B\n'
    text = f"id;created;text;a;b\n{first}T2;2026-03-01;;A;B\nT3;soon;x;A;B\n"
    drop(tmp_path / "a.csv", text)
    polls = listen(source(tmp_path, fields=with_fields(updated_at=None, text="text"), delimiter=";"))
    assert [t.text for t in tickets(polls)] == ['one; two\nthree "four"', None]
    assert only(bad(polls)).place == "a.csv, line 5"


@pytest.mark.parametrize(
    "content", [b"", b"\xef\xbb\xbf", HEADER.encode(), (HEADER + "\n").encode(), b"\n\n"]
)
def test_an_empty_file_or_a_header_alone_is_no_tickets_and_no_error(tmp_path, content):
    drop(tmp_path / "a.csv", content)
    poll = only(listen(source(tmp_path / "a.csv")))
    assert (len(poll.batch), poll.quarantined) == (0, ())
    assert poll.complete_to == NOW - timedelta(seconds=2)


def test_a_missing_column_is_named_with_the_file_and_the_columns_there_are(tmp_path):
    drop(tmp_path / "a.csv", "id,created,changed,a\nT1,2026-03-01,2026-03-01,A\n")
    polls, error = listen_anyway(source(tmp_path).poll(None, NOW))
    assert (
        'source desk: a.csv has no column "updated" (for updated_at), "b" (for category); it has: '
        "id, created, changed, a"
    ) in error
    assert polls[-1].complete_to is None


def test_a_file_of_another_delimiter_is_recognised(tmp_path):
    drop(tmp_path / "a.csv", table([row(1)]).replace(",", ";"))
    with pytest.raises(SourceError, match="is `delimiter` right"):
        listen(source(tmp_path))


def test_a_file_that_lacks_a_column_is_read_once_it_has_it(tmp_path):
    drop(tmp_path / "a.csv", "id,created\nT1,2026-03-01\n")
    drop(tmp_path / "b.csv", table([row(2)]))
    polls, _ = listen_anyway(source(tmp_path).poll(None, NOW))
    assert ids(polls) == ["T2"]
    mended = source(tmp_path, fields=with_fields(updated_at=None, category=()))
    assert ids(listen(mended, polls[-1].cursor)) == ["T1", "T2"]


BAD_LINES = [
    ("T9,2026-03-01\n", "it has 2 fields, and the header has 5"),
    (row(9)[:-1] + ",more\n", "it has 6 fields, and the header has 5"),
    ('T9,"2026-03-01,2026-03-01,A,B\n', "a quote in it is never closed"),
    ("T9,2026-03-01,2026-03-01,A,B\0\n", "which holds a NUL character"),
    ("T9,soon,2026-03-01,A,B\n", 'created_at (column created) is "soon"'),
    (f"T9,2026-03-01,2026-03-01,A,{'x' * 2_000_000}\n", "it is longer than 1,048,576 characters"),
    (",2026-03-01,2026-03-01,A,B\n", "its id is empty"),
    ("T9,2026-03-11,2026-03-01,A,B\n", "which is in the future"),
    ("T9,2026\r-03-01,2026-03-01,A,B\n", "it is no row of a csv file"),
]


@pytest.mark.parametrize(("line", "reason"), BAD_LINES, ids=range(len(BAD_LINES)))
def test_a_bad_row_is_set_aside_with_its_line_and_stops_no_other(tmp_path, line, reason):
    drop(tmp_path / "a.csv", table([row(1), row(2), line, row(3), row(4)]))
    polls = listen(source(tmp_path / "a.csv"))
    assert ids(polls) == ["T1", "T2", "T3", "T4"]
    one = only(bad(polls))
    assert (one.place, one.source) == ("a.csv, line 4", "desk")
    assert reason in one.reason
    assert len(one.row) < 11_000
    again = only(bad(source(tmp_path / "a.csv").history(NOW)))
    assert again == one


def test_a_long_text_is_read_whole(tmp_path):
    long = "长" * 900_000
    drop(tmp_path / "a.csv", f"id,created,text\nT1,2026-03-01,{long}\nT2,2026-03-01,{long}\n")
    polls = listen(source(tmp_path, fields=with_fields(updated_at=None, category=(), text="text")))
    assert [t.text for t in tickets(polls)] == [long, long]


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        ('"id,created\n' + "T1,2026-03-01\n" * 100_000, "it is longer than 1,048,576 characters"),
        ("id,created\rT1,2026-03-01\r", "it is no row of a csv file"),
    ],
    ids=["open", "old line ends"],
)
def test_a_first_row_that_is_none_is_told_with_its_file_and_stops_no_other(tmp_path, head, reason):
    drop(tmp_path / "a.csv", head)
    drop(tmp_path / "b.csv", table([row(2)]))
    reader = source(tmp_path)
    polls, error = listen_anyway(reader.poll(None, NOW))
    assert ids(polls) == ["T2"]
    assert f"source desk: a.csv: its first row names no columns: {reason}" in error
    assert polls[-1].complete_to is None
    assert "its first row names no columns" in only(reader.examine(NOW))


def test_every_line_of_a_file_full_of_bad_rows_is_accounted_for(tmp_path):
    lines = [row(1), *(line for line, _ in BAD_LINES), row(2), *(line for line, _ in BAD_LINES), row(3)]
    drop(tmp_path / "a.csv", table(lines))
    polls = listen(source(tmp_path))
    assert ids(polls) == ["T1", "T2", "T3"]
    assert len(bad(polls)) == 2 * len(BAD_LINES)


def test_a_deep_path_is_quarantined(tmp_path):
    drop(tmp_path / "a.csv", table([row(1), row(2, b="")]))
    polls = listen(source(tmp_path, others={"levels": 1}))
    assert ids(polls) == ["T2"]
    assert 'category "A > B" has 2 names, and the taxonomy has 1 levels' in only(bad(polls)).reason


def test_a_truncated_gz_gives_what_is_readable_and_then_an_error_until_it_is_dropped_again(tmp_path):
    whole = table(row(i, minute=i) for i in range(3_000))
    packed = gzip.compress(whole.encode())
    drop(tmp_path / "a.csv.gz", packed[: len(packed) // 2])
    drop(tmp_path / "b.csv", table([row(9_000)]))
    reader = source(tmp_path)
    polls, error = listen_anyway(reader.poll(None, NOW))
    heard = ids(polls)
    assert heard[-1] == "T9000"
    assert 0 < len(heard) - 1 < 3_000
    assert heard[:-1] == [f"T{i}" for i in range(len(heard) - 1)]
    assert "a.csv.gz cannot be read to its end: it ends in the middle of its compressed content" in error
    assert polls[-1].complete_to is None
    assert only(bad(polls)).place == f"a.csv.gz, line {len(heard) + 1}"
    polls, error = listen_anyway(reader.poll(polls[-1].cursor, NOW))
    assert (ids(polls), bad(polls), polls[-1].complete_to) == ([], [], None)
    assert "a.csv.gz" in error
    drop(tmp_path / "a.csv.gz", packed)
    polls = listen(reader, polls[-1].cursor)
    assert ids(polls) == [f"T{i}" for i in range(3_000)]
    assert polls[-1].complete_to is not None


def test_damaged_compression_and_a_plain_file_named_gz(tmp_path):
    packed = bytearray(gzip.compress(table(row(i) for i in range(3_000)).encode()))
    packed[len(packed) // 2] ^= 0xFF
    drop(tmp_path / "a.csv.gz", bytes(packed))
    drop(tmp_path / "b.csv.gz", table([row(9_000)]))
    polls, error = listen_anyway(source(tmp_path).poll(None, NOW))
    assert ids(polls)[-1] == "T9000"
    assert "its compressed content is damaged" in error


def test_a_large_file_comes_in_parts_that_can_each_be_resumed(tmp_path):
    drop(tmp_path / "a.csv", table(row(i, minute=i % 7) for i in range(45_000)))
    reader = source(tmp_path)
    polls = listen(reader)
    assert [len(poll.batch) for poll in polls] == [20_000, 20_000, 5_000]
    assert [poll.complete_to is None for poll in polls] == [True, True, False]
    for i, poll in enumerate(polls):
        rest = listen(source(tmp_path), poll.cursor)
        assert ids(rest) == [f"T{n}" for n in range(20_000 * (i + 1), 45_000)]


def test_history_is_every_row_once_without_waiting(tmp_path):
    drop(tmp_path / "b.csv", table([row(2)]), age=0)
    drop(tmp_path / "a.csv", table([row(1)]) + row(3)[:-1], age=-60)
    polls = list(source(tmp_path).history(NOW))
    assert ids(polls) == ["T1", "T3", "T2"]
    assert polls[-1].complete_to == NOW


@pytest.mark.parametrize(
    ("options", "culprit"),
    [({"encoding": "utf8mb4"}, "utf8mb4"), ({"delimiter": ";;"}, ";;"), ({"delimiter": ""}, "delimiter")],
)
def test_options_are_checked_at_the_door(tmp_path, options, culprit):
    with pytest.raises(ValueError, match=culprit):
        Options(path=tmp_path, **options)


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)


@effort(deadline=None)
@given(st.lists(st.tuples(cells, cells), max_size=12), st.data())
@example([("\n", '"')], None)
def test_whatever_the_csv_module_writes_is_read_back_whole(tmp_path_factory, written, data):
    path = tmp_path_factory.mktemp("any") / "a.csv"
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["id", "created", "text", "who"])
    writer.writerows([f"T{i}", "2026-03-01", one, other] for i, (one, other) in enumerate(written))
    fields = with_fields(updated_at=None, category=(), text="text", complainant="who")
    drop(
        path,
        text.getvalue().replace("\r\n", "\n")
        if data is None or data.draw(st.booleans())
        else text.getvalue(),
    )
    polls = listen(source(path, fields=fields))
    assert bad(polls) == []
    assert ids(polls) == [f"T{i}" for i in range(len(written))]
    expected = [one if one.strip() else None for one, _ in written]
    assert [same(t.text) for t in tickets(polls)] == [same(text) for text in expected]


def same(text):
    """A text without the difference between the line ends that were swapped."""
    return None if text is None else text.replace("\r\n", "\n")


def test_examine_names_what_is_wrong(tmp_path):
    assert "there is no file or folder" in only(source(tmp_path / "nowhere").examine(NOW))
    assert source(tmp_path).examine(NOW) == []
    drop(tmp_path / "a.csv", table([row(1), "T2\n"]))
    drop(tmp_path / "a.xlsx", "x")
    rows, others = source(tmp_path).examine(NOW)
    assert "1 of the first 2 rows of a.csv are quarantined; a.csv, line 3: it has 1 fields" in rows
    assert "a.xlsx" in others
