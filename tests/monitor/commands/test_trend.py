"""`trend` and `trend sign` on a small real store. Its hours are 08:00 to 11:00 of 2026-05-09 in Shanghai."""

import csv
import io
import json
from dataclasses import replace

import pytest
from storing import NOON

from alerts.rendering.widths import width
from connectors.ticket import HOUR, to_us
from monitor.cli import main

CONTRACT = ["hour", "node", "depth", "count", "previous", "change", "ratio"]
CONTRACT += ["day_to_date", "month_escalated", "complete"]
NODE = ["移动业务", "5G套餐", "无信号"]


def rows(place, *arguments):
    return [json.loads(line) for line in place.told("trend", "--format", "jsonl", *arguments).splitlines()]


def hours(found):
    return list(dict.fromkeys(row["hour"] for row in found))


def test_json_lines_hold_every_node_with_the_fields_of_a_replay_and_those_of_the_log(kept):
    found = rows(kept)
    assert list(found[0])[: len(CONTRACT)] == CONTRACT
    assert {"revision", "written_at", "signed_by", "remark"} < set(found[0])
    assert hours(found) == [f"2026-05-09T{hour:02}:00:00+08:00" for hour in (8, 9, 10, 11)]
    assert [row["node"] for row in found[:3]] == [[], ["宽带业务"], ["宽带业务", "光纤/铜线"]]
    assert found[0]["previous"] is None
    assert not found[0]["complete"]


@pytest.mark.parametrize(
    "asked",
    [
        ["--node", "移动业务 > 5G套餐 > 无信号"],
        ["--node", "移动业务/5G套餐/无信号"],
        ["--node", json.dumps(NODE, ensure_ascii=False)],
        ["--node", "移动业务", "--node", "5G套餐", "--node", "无信号"],
    ],
)
def test_a_node_can_be_named_in_four_ways(kept, asked):
    found = rows(kept, *asked)
    assert {tuple(row["node"]) for row in found} == {tuple(NODE)}
    assert [row["count"] for row in found] == [2, 4, 0, 16]


def test_a_name_with_a_slash_is_one_name(kept):
    found = rows(kept, "--node", "宽带业务 > 光纤/铜线")
    assert {tuple(row["node"]) for row in found} == {("宽带业务", "光纤/铜线")}


def test_a_node_with_all_below_it(kept):
    assert {len(row["node"]) for row in rows(kept, "--node", "移动业务", "--below")} == {1, 2, 3}


def test_a_node_that_no_ticket_has_named_is_refused_with_the_nearest(kept):
    code, told = kept.refused("trend", "--node", "移动业务 > 5G套")
    assert code == 2
    assert 'did you mean "移动业务 > 5G套餐"?' in told


def test_times_without_an_offset_are_on_the_business_zones_clock_and_the_end_is_not_included(kept):
    found = rows(kept, "--from", "2026-05-09T09:00", "--to", "2026-05-09T11:00")
    assert hours(found) == ["2026-05-09T09:00:00+08:00", "2026-05-09T10:00:00+08:00"]
    assert hours(rows(kept, "--from", "2026-05-09T03:00:00Z")) == ["2026-05-09T11:00:00+08:00"]
    assert rows(kept, "--to", "2026-05-09") == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--from", "yesterday"], "--from: a date and time is expected"),
        (["--from", "2026-05-09", "--to", "2026-05-09"], "is not after --from"),
    ],
)
def test_a_time_that_is_none_is_refused(kept, arguments, sentence):
    code, told = kept.refused("trend", *arguments)
    assert code == 2
    assert sentence in told


def test_csv_has_the_same_rows(kept):
    found = list(csv.DictReader(io.StringIO(kept.told("trend", "--format", "csv"))))
    lines = rows(kept)
    assert list(found[0]) == list(lines[0])
    assert [row["node"] for row in found] == [" > ".join(row["node"]) for row in lines]
    assert [row["count"] for row in found] == [str(row["count"]) for row in lines]
    assert (found[0]["previous"], found[0]["complete"]) == ("", "false")


def test_the_table_shows_everything_hour_by_hour_and_marks_what_nobody_has_signed(kept):
    kept.told("trend", "sign", "2026-05-09T09:00", "--by", "李娜", "--remark", "核实无误")
    lines = kept.told("trend").splitlines()
    [signed] = [line for line in lines if "李娜" in line]
    assert signed.startswith("   2026-05-09 09:00")
    assert signed.endswith("核实无误")
    assert sum(line.startswith("*  2026-05-09") for line in lines) == 3
    assert "* not signed: 3 hours" in lines
    assert "+1600%" in lines[lines.index("") + 6], "17 tickets after 1"
    assert "%" not in kept.told("trend", "--node", NODE[0], "--from", "2026-05-09T11:00"), "16 after none"


def test_the_table_lines_up_where_names_are_chinese(kept):
    kept.in_language("zh")
    lines = kept.told("trend", "--below", "--from", "2026-05-09T11:00").splitlines()
    [rule] = [line for line in lines if line.startswith("─")]
    titles = lines[lines.index(rule) - 1]
    start = width(titles[: titles.index("工单")])
    body = lines[lines.index(rule) + 1 : lines.index("", lines.index(rule))]
    assert len(body) == 7
    for line in body:
        columns = "".join(sign * 2 if width(sign) == 2 else sign for sign in line)
        assert columns[start : start + 4].strip().isdigit(), line


def test_signatures_stand_in_json_lines_and_are_only_added(kept):
    kept.told("trend", "sign", "2026-05-09T09:00", "--by", "李娜", "--remark", "核实无误")
    kept.told("trend", "sign", "2026-05-09T09:00", "--by", "王强", "--remark", "复核")
    kept.told("trend", "sign", "2026-05-09T09:00", "--by", "王强", "--remark", "复核")
    by_hour = {row["hour"]: (row["signed_by"], row["remark"]) for row in rows(kept)}
    assert by_hour["2026-05-09T09:00:00+08:00"] == ("李娜, 王强", "核实无误; 复核")
    assert by_hour["2026-05-09T08:00:00+08:00"] == (None, None)


def test_a_day_stands_for_its_hours_in_the_log(kept):
    told = kept.told("trend", "sign", "2026-05-09", "--by", "Li Na", "--remark", "checked")
    assert told.splitlines()[0] == "Signed 4 hours (Li Na: checked)"
    assert all(row["signed_by"] == "Li Na" for row in rows(kept))
    assert "All signed." in kept.told("trend")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["2026-05-09T09:30", "--by", "x", "--remark", "y"], "name the hour by its start, 2026-05-09T09:00"),
        (["2026-05-09T12:00", "--by", "x", "--remark", "y"], "is not over yet"),
        (["2026-05-01T12:00", "--by", "x", "--remark", "y"], "the log has no row of 2026-05-01T12:00"),
        (["nine", "--by", "x", "--remark", "y"], "HOUR: a date and time is expected"),
        (["2026-05-09T09:00", "--by", " ", "--remark", "y"], "--by is empty"),
        (["2026-05-09T09:00", "--by", "x", "--remark", ""], "--remark is empty"),
    ],
)
def test_an_hour_that_cannot_be_signed_is_refused_and_no_other_is_signed(kept, arguments, sentence):
    code, told = kept.refused("trend", "sign", "2026-05-09T08:00", *arguments)
    assert code == 2
    assert sentence in told
    assert not any(row["signed_by"] for row in rows(kept))


def test_a_late_ticket_after_the_signature_stands_out_as_a_new_revision(kept):
    kept.change(lambda tx: tx.trend.sign([to_us(NOON) - HOUR], by="李娜", remark="核实", at=to_us(NOON) + 1))

    def late(tx):
        log = tx.trend.of_node(0, to_us(NOON) - HOUR, to_us(NOON))
        tx.trend.save(replace(log.rows, count=log.rows.count + 1), written_at=to_us(NOON) + 2)

    kept.change(late)
    lines = kept.told("trend").splitlines()
    assert [line for line in lines if line.startswith("!  2026-05-09 11:00")]
    assert any("since it was signed" in line for line in lines)
    everything = ["--node", "", "--from", "2026-05-09T11:00"]
    assert [row["revision"] for row in rows(kept, *everything)] == [1]
    assert [row["count"] for row in rows(kept, *everything, "--revisions")] == [17, 18]


def test_the_configuration_may_be_named_after_sign(kept, capsys):
    config = str(kept.folder / "config.toml")
    sign = ["trend", "sign", "2026-05-09T08:00", "--by", "x", "--remark", "y", "--config", config]
    assert main(sign) == 0
    assert capsys.readouterr().out.startswith("Signed 1 hour (x: y)")


def test_an_empty_log_is_a_sentence(place):
    place.store().close()
    assert place.told("trend") == "The trend log has no row like that.\n"
    assert place.told("trend", "--format", "csv") == ""
    assert place.told("trend", "--format", "jsonl") == ""
