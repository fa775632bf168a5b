"""A ticket as a value and as columns: one is the other."""

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.ticket import NEVER, Ticket, TicketBatch, at_us, from_us, objects, to_us

STAMPS = st.datetimes(
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001 - Hypothesis wants them plain
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
TEXTS = st.none() | st.text(max_size=3)
TICKETS = st.lists(
    st.builds(
        Ticket,
        source=st.just("s"),
        id=st.text(min_size=1, max_size=3),
        created_at=STAMPS,
        updated_at=STAMPS,
        path=st.lists(st.sampled_from(["网络", "b"]), max_size=3).map(tuple),
        escalated_at=st.none() | STAMPS,
        closed_at=st.none() | STAMPS,
        void=st.booleans(),
        tags=st.frozensets(st.sampled_from(["media", "regulator"])),
        complainant=TEXTS,
        text=TEXTS,
        region=TEXTS,
        channel=TEXTS,
    ),
    max_size=6,
)


@settings(deadline=None)
@given(TICKETS)
def test_tickets_come_back_from_columns_as_they_went_in(tickets):
    batch = TicketBatch.of("s", tickets)
    assert len(batch) == len(tickets)
    assert batch.tickets() == tickets
    assert len(set(batch.paths)) == len(batch.paths)


@settings(deadline=None, max_examples=40)
@given(TICKETS)
def test_rows_are_taken_by_index_mask_or_slice(tickets):
    batch = TicketBatch.of("s", tickets)
    every_other = np.arange(len(tickets)) % 2 == 0
    assert batch.take(every_other).tickets() == tickets[::2]
    assert batch.take(np.flatnonzero(every_other)[::-1]).tickets() == tickets[::2][::-1]
    assert batch.take(slice(1, 3)).tickets() == tickets[1:3]


@given(STAMPS)
def test_an_instant_is_its_microseconds(stamp):
    assert from_us(to_us(stamp)) == at_us(to_us(stamp)) == stamp


@pytest.mark.parametrize(
    ("stamp", "us"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), 0),
        (datetime(1970, 1, 1, 8, tzinfo=timezone(timedelta(hours=8))), 0),
        (datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), -1),
        (None, NEVER),
    ],
)
def test_microseconds_since_1970(stamp, us):
    assert to_us(stamp) == us


def test_what_has_not_happened_is_later_than_everything_and_is_no_instant():
    assert from_us(NEVER) is None
    assert to_us(datetime(9999, 12, 31, tzinfo=UTC)) < NEVER
    with pytest.raises(ValueError, match="has not happened"):
        at_us(NEVER)


def test_a_batch_of_nothing_has_no_rows():
    assert len(TicketBatch.empty("s")) == 0
    assert TicketBatch.empty("s").tickets() == []


def test_a_column_of_tuples_holds_one_tuple_a_row():
    assert objects([("a", "b"), ("c", "d")]).tolist() == [("a", "b"), ("c", "d")]
