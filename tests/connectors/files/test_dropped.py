import gzip
import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st
from reading import (
    NOW,
    append,
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
    touch,
)

from connectors.csv import Options, Source
from connectors.source import SourceError

SETTLE = timedelta(seconds=2)


def source(path, **options):
    return Source(settings(), Options(path=path, **options))


def later(seconds):
    return NOW + timedelta(seconds=seconds)


def test_files_that_were_dropped_together_are_read_by_name(tmp_path):
    for name, number in (("b.csv", 2), ("a.csv", 1), ("c.csv.gz", 3)):
        content = table([row(number)]).encode()
        drop(tmp_path / name, gzip.compress(content) if name.endswith("gz") else content, age=60 - number)
    assert ids([only(listen(source(tmp_path)))]) == ["T1", "T2", "T3"]


def test_a_folder_is_read_without_hidden_files_and_those_of_other_kinds(tmp_path):
    for name in (".a.csv", "a.part", "a.xlsx", "A.CSV"):
        drop(tmp_path / name, table([row(ord(name[0]))]))
    (tmp_path / "sub.csv").mkdir()
    assert ids(listen(source(tmp_path))) == ["T65"]


def test_a_glob_reads_what_it_matches_also_below(tmp_path):
    (tmp_path / "2026" / "03").mkdir(parents=True)
    drop(tmp_path / "2026" / "03" / "x-1.dat", table([row(1)]))
    drop(tmp_path / "2026" / "x-2.dat", table([row(2)]))
    drop(tmp_path / "2026" / "y-3.dat", table([row(3)]))
    assert ids(listen(source(tmp_path / "**" / "x-*.dat"))) == ["T1", "T2"]
    assert ids(listen(source(tmp_path / "*.nothing"))) == []
    with pytest.raises(SourceError, match="there is no file or folder"):
        listen(source(tmp_path / "nowhere" / "*.csv"))


def test_a_file_that_is_being_written_waits_and_the_poll_is_not_complete(tmp_path):
    drop(tmp_path / "a.csv", table([row(1)]))
    drop(tmp_path / "b.csv", table([row(2)]), age=1)
    poll = only(listen(source(tmp_path)))
    assert (ids([poll]), poll.complete_to) == (["T1"], None)
    poll = only(listen(source(tmp_path), poll.cursor, now=later(1)))
    assert (ids([poll]), poll.complete_to) == (["T2"], later(1) - SETTLE)


def test_a_file_is_complete_after_two_looks_when_the_clock_is_simulated(tmp_path):
    path = drop(tmp_path / "a.csv", table([row(1)]))
    touch(path, NOW + timedelta(days=4_000))
    poll = only(listen(source(tmp_path)))
    assert (ids([poll]), poll.complete_to) == ([], None)
    poll = only(listen(source(tmp_path), poll.cursor, now=later(1)))
    assert ids([poll]) == []
    assert ids(listen(source(tmp_path), poll.cursor, now=later(2))) == ["T1"]


def test_without_settling_a_file_is_complete_at_once(tmp_path):
    drop(tmp_path / "a.csv", table([row(1)]), age=-1_000)
    poll = only(listen(source(tmp_path, settle=timedelta(0))))
    assert (ids([poll]), poll.complete_to) == (["T1"], NOW)


def test_an_unchanged_file_is_not_read_again(tmp_path):
    path = drop(tmp_path / "a.csv", table([row(1)]))
    poll = only(listen(source(tmp_path)))
    touched = path.stat().st_mtime_ns
    path.write_text(table([row(2)]))  # a change that size and time don't show
    touch(path, NOW - timedelta(seconds=60))
    assert path.stat().st_mtime_ns == touched
    assert ids(listen(source(tmp_path), poll.cursor)) == []


def test_a_file_that_is_dropped_again_tells_the_same_versions(tmp_path):
    first = listen(source(tmp_path), None) if drop(tmp_path / "a.csv", table([row(1), row(2)])) else []
    drop(tmp_path / "a.csv", table([row(1), row(2)]), age=30)
    second = listen(source(tmp_path), first[-1].cursor)
    assert tickets(second) == tickets(first)


def test_an_appended_file_is_read_on_from_where_reading_ended(tmp_path):
    path = drop(tmp_path / "a.csv", table([row(1), row(2)]))
    poll = only(listen(source(tmp_path)))
    append(path, row(3), age=30)
    append(path, "bad\n", age=30)
    poll = only(listen(source(tmp_path), poll.cursor))
    assert ids([poll]) == ["T3"]
    assert only(bad([poll])).place == "a.csv, line 5"


def test_a_file_that_changed_before_its_end_is_read_from_its_start(tmp_path):
    drop(tmp_path / "a.csv", table(row(i, a="Old") for i in range(1_000)))
    poll = only(listen(source(tmp_path)))
    changed = "".join(row(i, a="New" if i == 500 else "Old") for i in range(1_001))
    drop(tmp_path / "a.csv", table([changed]), age=30)
    heard = tickets(listen(source(tmp_path), poll.cursor))
    assert len(heard) == 1_001
    assert heard[500].path[0] == "New"


def test_a_shorter_file_is_read_from_its_start(tmp_path):
    drop(tmp_path / "a.csv", table([row(1), row(2)]))
    poll = only(listen(source(tmp_path)))
    drop(tmp_path / "a.csv", table([row(3)]), age=30)
    assert ids(listen(source(tmp_path), poll.cursor)) == ["T3"]


def test_a_last_row_without_newline_counts_and_is_read_again_when_it_grows(tmp_path):
    path = drop(tmp_path / "a.csv", table([row(1), row(2, b="B")[:-1]]))
    poll = only(listen(source(tmp_path)))
    assert [t.path for t in tickets([poll])] == [("A", "B"), ("A", "B")]
    assert only(listen(source(tmp_path), poll.cursor)).batch.ids.tolist() == []
    append(path, "BB\n" + row(3), age=30)
    heard = tickets(listen(source(tmp_path), poll.cursor))
    assert [(t.id, t.path[1]) for t in heard] == [("T2", "BBB"), ("T3", "B")]


def test_the_open_last_row_of_a_growing_file_is_held_back(tmp_path):
    path = drop(tmp_path / "a.csv", table([row(1)]))
    poll = only(listen(source(tmp_path)))
    append(path, row(2) + "T3,2026-03", age=0)
    poll = only(listen(source(tmp_path), poll.cursor))
    assert (ids([poll]), bad([poll]), poll.complete_to) == (["T2"], [], None)
    append(path, "-01,2026-03-01,A,B\n", age=0)
    poll = only(listen(source(tmp_path), poll.cursor))
    assert ids([poll]) == ["T3"]
    assert poll.complete_to == NOW - SETTLE


def test_an_open_quote_at_the_end_of_a_growing_file_is_held_back(tmp_path):
    path = drop(tmp_path / "a.csv", table([row(1)]))
    poll = only(listen(source(tmp_path)))
    append(path, 'T2,2026-03-01,2026-03-01,"A\n', age=0)
    poll = only(listen(source(tmp_path), poll.cursor))
    assert (ids([poll]), bad([poll]), poll.complete_to) == ([], [], None)
    append(path, 'A",B\n', age=60)
    heard = only(tickets(listen(source(tmp_path), poll.cursor)))
    assert heard.path == ("A\nA", "B")


def test_a_quote_that_is_never_closed_holds_back_a_growing_file_only_for_so_long(tmp_path):
    path = drop(tmp_path / "a.csv", table([row(1)]))
    poll = only(listen(source(tmp_path)))
    rest = [row(number, minute=number % 60) for number in range(2, 40_000)]
    append(path, '"' + "".join(rest), age=0)
    polls = listen(source(tmp_path), poll.cursor)
    assert ids(polls) == [f"T{number}" for number in range(3, 40_000)]
    assert only(bad(polls)).place == "a.csv, line 3"


def test_a_log_that_never_rests_is_read_all_the_same(tmp_path):
    path = drop(tmp_path / "a.csv", table([]), age=0)
    cursor, heard = None, []
    for second in range(0, 120, 10):
        append(path, row(second), age=-second)
        poll = only(listen(source(tmp_path), cursor, now=later(second)))
        cursor = poll.cursor
        heard += ids([poll])
    assert heard == [f"T{second}" for second in range(0, 120, 10)]
    assert poll.complete_to == later(110) - SETTLE


def test_a_packed_file_is_only_read_whole(tmp_path):
    packed = gzip.compress(table([row(1)]).encode())
    cursor = None
    for second in range(0, 120, 10):
        drop(tmp_path / "a.csv.gz", packed[: 10 + second // 10], age=-second)
        poll = only(listen(source(tmp_path), cursor, now=later(second)))
        assert (ids([poll]), poll.complete_to) == ([], None)
        cursor = poll.cursor
    drop(tmp_path / "a.csv.gz", packed)
    assert ids(listen(source(tmp_path), cursor, now=later(120))) == ["T1"]


def test_a_deleted_file_is_forgotten_and_read_when_it_comes_back(tmp_path):
    path = drop(tmp_path / "a.csv", table([row(1)]))
    poll = only(listen(source(tmp_path)))
    path.unlink()
    poll = only(listen(source(tmp_path), poll.cursor))
    assert json.loads(poll.cursor)["known"] == {}
    drop(path, table([row(1)]))
    assert ids(listen(source(tmp_path), poll.cursor)) == ["T1"]


def test_a_file_that_cannot_be_opened_is_named_and_stops_no_other(tmp_path, monkeypatch):
    drop(tmp_path / "a.csv", table([row(1)]))
    drop(tmp_path / "b.csv", table([row(2)]))
    opened = type(tmp_path).open

    def refusing(path, *args, **kwargs):
        if path.name == "a.csv":
            raise PermissionError(13, "Permission denied")
        return opened(path, *args, **kwargs)

    monkeypatch.setattr(type(tmp_path), "open", refusing)
    polls, error = listen_anyway(source(tmp_path).poll(None, NOW))
    assert ids(polls) == ["T2"]
    assert "a.csv cannot be read" in error
    assert "Permission denied" in error
    monkeypatch.undo()
    assert ids(listen(source(tmp_path), polls[-1].cursor)) == ["T1"]


def test_many_small_files_come_together(tmp_path):
    for i in range(300):
        drop(tmp_path / f"{i:03d}.csv", table([row(i)]))
    polls = listen(source(tmp_path))
    assert len(only(polls).batch) == 300
    assert only(polls).batch.paths == (("A", "B"),)


def test_other_fields_mean_that_everything_is_read_anew(tmp_path):
    drop(tmp_path / "a.csv", table([row(1)]))
    poll = only(listen(source(tmp_path)))
    changed = Source(settings(empty=("B",)), Options(path=tmp_path))
    assert only(tickets(listen(changed, poll.cursor))).path == ("A",)


numbers = st.lists(st.integers(0, 9), max_size=12)


@effort(deadline=None, max_examples=60)
@given(numbers, st.data())
def test_a_file_written_in_any_pieces_tells_each_version(tmp_path_factory, wanted, data):
    path = tmp_path_factory.mktemp("any") / "a.csv"
    lines = [row(n, minute=i, a='"x\ny"' if n % 3 == 0 else "网") for i, n in enumerate(wanted)]
    content = table(lines).encode()
    if data.draw(st.booleans(), label="no newline at the end"):
        content = content.rstrip(b"\n")
    cuts = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=6), label="cuts"))
    cursor, heard, clock = None, [], 0
    for start, end in zip([0, *cuts], [*cuts, len(content)], strict=True):
        rest = data.draw(st.sampled_from([0, 1, 5]), label="seconds of rest")
        clock += 70
        append(path, content[start:end], age=rest - clock)
        polls, error = listen_anyway(source(path).poll(cursor, later(clock)))
        cursor = polls[-1].cursor
        heard += polls
        assert error == "" or "has no column" in error  # the pause fell into the header
    polls = listen(source(path), cursor, now=later(clock + 100))
    heard += polls
    expected = {(t.id, t.updated_at, t.path) for t in tickets(source(path).history(NOW))}
    assert len(expected) == len(wanted)
    assert expected <= {(t.id, t.updated_at, t.path) for t in tickets(heard)}
    last = {(t.id, t.updated_at): t.path for t in tickets(heard)}
    assert {(*key, value) for key, value in last.items()} == expected
    assert polls[-1].complete_to == later(clock + 100) - SETTLE
