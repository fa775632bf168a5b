"""How many tickets were seen only when their hour was long over."""

import numpy as np

from connectors.counting import Versions
from connectors.ticket import HOUR
from monitor.replay.lateness import late_tickets


def versions(ticket, created, seen):
    """Versions in order of arrival, times in hours."""
    n = len(ticket)
    when, number = np.array(seen, np.int64) * HOUR, np.zeros(n, np.int32)
    never = np.zeros(n, np.int64)
    return Versions(
        ticket=np.array(ticket, np.int64), source=number, node=number,
        created=np.array(created, np.int64) * HOUR, updated=when, escalated=never, closed=never,
        void=np.zeros(n, bool), seen=when,
    )  # fmt: skip


def test_a_ticket_is_late_by_the_first_version_that_is_seen_of_it():
    both = versions(ticket=[1, 2, 1, 2], created=[0, 0, 0, 0], seen=[1, 2, 50, 50])
    assert late_tickets(both) == (1, 2)


def test_an_hour_is_not_late():
    assert late_tickets(versions(ticket=[1, 2], created=[0, 4], seen=[1, 5])) == (0, 2)


def test_no_tickets_are_none():
    assert late_tickets(versions([], [], [])) == (0, 0)
