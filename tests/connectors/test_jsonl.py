import gzip
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st
from reading import NOW, append, bad, drop, ids, listen, listen_anyway, only, settings, tickets

from connectors.jsonl import Options, Source
from connectors.source import Fields, Flag

FIELDS = Fields(
    id="key",
    created_at="fields.created",
    category=("fields.category.name", "fields.problem"),
    escalated=Flag("fields.urgent", ("true",)),
    tags="fields.labels",
    text="fields.text",
)


def source(path, *, fields=FIELDS, **others):
    return Source(settings("jsonl", fields=fields, **others), Options(path=path))


def line(key, **fields):
    return (
        json.dumps({"key": key, "fields": {"created": "2026-03-01T08:00:00Z"} | fields}, ensure_ascii=False)
        + "\n"
    )


def test_dotted_fields_flags_and_lists_are_read(tmp_path):
    told = line("T1", category={"name": "移动"}, problem="无信号", urgent=True, labels=["media"], text="a\nb")
    drop(tmp_path / "a.jsonl", told + line(2, category=None, urgent=False))
    first, second = tickets(listen(source(tmp_path)))
    assert (first.id, first.path, first.text) == ("T1", ("移动", "无信号"), "a\nb")
    assert first.created_at == first.escalated_at == datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert first.tags == {"media"}
    assert (second.id, second.path, second.escalated_at, second.text) == ("2", (), None, None)


@pytest.mark.promise("zone", of="jsonl")
def test_stamps_without_a_zone_are_read_in_that_of_the_source(tmp_path):
    drop(tmp_path / "a.jsonl", line("T1", created="2026-03-01T08:00:00"))
    (ticket,) = tickets(listen(source(tmp_path, zone="Asia/Shanghai")))
    assert ticket.created_at == datetime(2026, 3, 1, tzinfo=UTC)


def test_one_field_may_hold_the_whole_path(tmp_path):
    drop(
        tmp_path / "a.jsonl", line("T1", path=["移动", "5G"]) + line("T2", path=[]) + line("T3", path="移动")
    )
    fields = Fields(id="key", created_at="fields.created", category=("fields.path",))
    assert [t.path for t in tickets(listen(source(tmp_path, fields=fields)))] == [
        ("移动", "5G"),
        (),
        ("移动",),
    ]


def test_elements_of_lists_and_fields_with_a_dot_in_their_name(tmp_path):
    drop(tmp_path / "a.jsonl", '{"a.b": "T1", "when": ["x", "2026-03-01"], "c": {"d": "C"}}\n')
    fields = Fields(id="a.b", created_at="when.1", category=("c.d", "when.7", "a.b.c"))
    assert only(tickets(listen(source(tmp_path, fields=fields)))).path == ("C",)


def test_epoch_numbers_are_read_when_the_format_says_so(tmp_path):
    drop(tmp_path / "a.jsonl", line("T1", created=1_772_352_000_000))
    ticket = only(tickets(listen(source(tmp_path, datetime_format="unix_ms"))))
    assert ticket.created_at == datetime(2026, 3, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{not json}", "it is no JSON"),
        ('{"key": "T9"', "it is no JSON"),
        ("[" * 100_000, "it is no JSON"),
        ("[1, 2]", "no object with fields"),
        ("null", "no object with fields"),
        ('{"key": "T9", "fields": 3}', "created_at (column fields.created) is empty"),
        ('{"key": "T\\u0000", "fields": {"created": "2026-03-01"}}', "NUL"),
        ('{"key": "T9", "fields": {"created": "2026-03-01", "text": "\\ud800"}}', "not text"),
        (b"\xff\xfe", "it is no JSON"),
        (b'{"key": "\xff"}', "it is not utf-8"),
    ],
)
def test_a_bad_line_is_set_aside_with_its_number(tmp_path, text, reason):
    raw = text if isinstance(text, bytes) else text.encode()
    drop(tmp_path / "a.jsonl", line("T1").encode() + b"\n" + raw + b"\n" + line("T2").encode())
    polls = listen(source(tmp_path))
    assert ids(polls) == ["T1", "T2"]
    assert only(bad(polls)).place == "a.jsonl, line 3"
    assert reason in only(bad(polls)).reason
    only(bad(polls)).row.encode()


def test_misnamed_fields_are_told_with_those_there_are(tmp_path):
    drop(tmp_path / "a.jsonl", line("T1", category={"name": "A"}))
    fields = Fields(id="key", created_at="fields.opened")
    _, error = listen_anyway(source(tmp_path, fields=fields).poll(None, NOW))
    assert '"fields.opened" (for created_at)' in error
    assert "it has: key, fields.created, fields.category.name" in error


def test_examine_names_fields_that_no_record_has(tmp_path):
    drop(tmp_path / "a.jsonl", line("T1", category={"name": "A"}, urgent=False, labels=[], text="x"))
    assert "fields.problem" in only(source(tmp_path).examine(NOW))


def test_packed_files_marks_and_blank_lines_are_read(tmp_path):
    drop(
        tmp_path / "a.jsonl.gz",
        gzip.compress(b"\xef\xbb\xbf" + line("T1").encode() + b"\r\n\n" + line("T2").encode()),
    )
    assert ids(listen(source(tmp_path))) == ["T1", "T2"]


def test_a_truncated_gz_gives_its_whole_lines_and_an_error(tmp_path):
    packed = gzip.compress("".join(line(i, text=f"{i * 7919}") for i in range(2_000)).encode())
    drop(tmp_path / "a.jsonl.gz", packed[: len(packed) // 2])
    polls, error = listen_anyway(source(tmp_path).poll(None, NOW))
    assert ids(polls) == [str(i) for i in range(len(ids(polls)))]
    assert 0 < len(ids(polls)) < 2_000
    assert "cannot be read to its end" in error


@effort(deadline=None, max_examples=40)
@given(st.lists(st.text(max_size=5), max_size=8), st.lists(st.integers(0, 900), max_size=5))
def test_a_file_written_in_any_pieces_tells_each_record(tmp_path_factory, texts, cuts):
    path = tmp_path_factory.mktemp("any") / "a.jsonl"
    content = "".join(line(i, text="x" + text.replace("\0", "")) for i, text in enumerate(texts)).encode(
        "utf-8"
    )
    cursor, heard = None, []
    for n, (start, end) in enumerate(zip([0, *sorted(cuts)], [*sorted(cuts), len(content)], strict=True)):
        append(path, content[start:end], age=60 - n)
        polls, _ = listen_anyway(source(path).poll(cursor, NOW))
        heard, cursor = heard + polls, polls[-1].cursor
    assert {t.id: t.text for t in tickets(heard)} == {
        str(i): "x" + text.replace("\0", "") for i, text in enumerate(texts)
    }
