"""`monthly`: valid volume, closure rate and comparison of a month, for every node."""

import csv
import io
from datetime import timedelta

import docx
import pytest
from storing import NOON, fed, later, ticket

from connectors.ticket import to_us

APRIL, BILL, CALL = NOON - timedelta(days=20), ("mobile", "bill"), ("mobile", "call")


@pytest.fixture
def months(place):
    """April: two bills, one closed in time. May: three bills (one void, one closed) and a call, open."""
    store = place.store()
    fed(
        store,
        ticket("1", path=BILL, created_at=APRIL, closed_at=APRIL + timedelta(days=1)),
        ticket("2", path=BILL, created_at=APRIL, closed_at=NOON),
        ticket("3", path=BILL, closed_at=NOON + timedelta(hours=1), escalated_at=NOON),
        ticket("4", path=BILL, void=True),
        ticket("5", path=BILL),
        later(ticket("6", path=BILL), path=CALL, closed_at=NOON + timedelta(days=30)),
    )
    with store.writing() as tx:
        source = tx.sources.id(ticket("1").source)
        tx.sources.progress(source, polled_at=to_us(NOON), first_created=to_us(APRIL))
    store.close()
    return place


def rows(place, *arguments):
    text = place.told("monthly", "--month", "2026-05", "--format", "csv", *arguments)
    return {row["node"]: row for row in csv.DictReader(io.StringIO(text))}


def test_a_month_counts_valid_tickets_and_those_closed_by_its_end(months):
    bill = rows(months)["mobile > bill"]
    assert (bill["valid"], bill["invalid"], bill["closed"], bill["escalated"]) == ("2", "1", "1", "1")
    assert (bill["previous"], bill["previous_closed"]) == ("2", "1")


def test_a_node_has_all_below_it_and_a_ticket_is_where_it_was_moved(months):
    found = rows(months)
    assert found["mobile"]["valid"] == found[""]["valid"] == "3"
    assert found["mobile > call"]["valid"] == "1"
    assert found["mobile > call"]["closed"] == "0"
    assert set(rows(months, "--depth", "1")) == {"", "mobile"}


def test_the_table_is_for_people(months):
    lines = months.told("monthly", "--month", "2026-05").splitlines()
    assert lines[0].startswith("Category")
    assert lines[0].endswith("Valid before  Change  Closure before")
    assert lines[-4:-1] == ["", "Complaints in May 2026", "As of Mon 2026-06-01 00:00"]
    [bill] = [line for line in lines if "mobile > bill" in line]
    assert bill.split()[3:] == ["2", "1", "1", "1", "50.0%", "2", "+0.0%", "50.0%"]


def test_a_month_before_that_had_long_begun_at_the_first_ticket_is_not_whole(months, tmp_path):
    warning = "The month before is not whole: the first ticket of all is of"
    assert months.told("monthly", "--month", "2026-05").splitlines()[-1].startswith(warning)
    assert warning not in months.told("monthly", "--month", "2026-06")
    file = tmp_path / "may.html"
    months.told("monthly", "--month", "2026-05", "--format", "html", "--out", str(file))
    assert warning in file.read_text(encoding="utf-8")


@pytest.mark.parametrize("ending", ["html", "docx", "pdf"])
def test_a_report_is_written_for_leaders(months, ending, tmp_path):
    file = tmp_path / f"may.{ending}"
    assert months.told(
        "monthly", "--month", "2026-05", "--format", ending, "--out", str(file)
    ).strip() == str(file)
    assert file.stat().st_size > 1_000
    if ending == "docx":
        assert docx.Document(str(file)).paragraphs[0].text == "Complaints in May 2026"


@pytest.mark.parametrize(
    ("month", "sentence"),
    [("may", "--month may is no month; write it as 2026-10"), ("2999-01", "--month 2999-01 has not begun")],
)
def test_a_month_that_is_none_is_refused(place, month, sentence):
    code, said = place.refused("monthly", "--month", month)
    assert code == 2
    assert sentence in said


def test_without_tickets_there_is_nothing_to_compare(place):
    place.store().close()
    assert (
        place.told("monthly", "--month", "2020-01") == "Neither this month nor the one before has a ticket.\n"
    )
