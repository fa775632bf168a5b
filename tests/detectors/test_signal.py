"""When two signals are the same one, and how late a signal is."""

from dataclasses import replace

import pytest

from detectors.signal import Signal

SIGNAL = Signal(
    rule="same day",
    kind="daily_threshold",
    node=("a", "b"),
    exact=False,
    window_start=1_000,
    window_end=2_000,
    level="low",
    observed=100,
    threshold=100,
    crossed_at=1_500,
    created_at=1_400,
)
PERSON = (("complainant", "x"),)
TICKET = (("id", "7"), ("source", "s"))


@pytest.mark.parametrize(
    ("what", "changes", "same"),
    [
        ("another rule", {"rule": "hour"}, False),
        ("another node", {"node": ("a",)}, False),
        ("two names joined are not one", {"node": ("a b",)}, False),
        ("the node alone", {"exact": True}, False),
        ("the next window", {"window_start": 2_000, "window_end": 3_000}, False),
        ("the next level of the ladder", {"level": "high"}, False),
        ("a person", {"subject": PERSON}, False),
        ("another count, seen later", {"observed": 120, "crossed_at": 1_900, "created_at": 1_800}, True),
        ("a threshold that was configured anew", {"threshold": 90}, True),
        ("details", {"detail": {"previous": 3}}, True),
        ("a revision", {"revised_to": 97}, True),
    ],
)
def test_a_signal_is_known_by_its_rule_group_window_and_level(what, changes, same):
    assert (replace(SIGNAL, **changes).identity == SIGNAL.identity) is same, what


def test_a_complainant_fires_once_for_a_node_in_whatever_window():
    signal = replace(SIGNAL, subject=PERSON)
    assert replace(signal, window_start=2_000).identity == signal.identity
    assert replace(signal, node=("a",)).identity != signal.identity


def test_a_ticket_fires_once_wherever_it_is_moved():
    signal = replace(SIGNAL, subject=TICKET)
    assert replace(signal, node=("z",), exact=True, window_start=2_000).identity == signal.identity
    assert replace(signal, subject=(("id", "8"), ("source", "s"))).identity != signal.identity
    assert replace(signal, subject=(("source", "s"), ("id", "7"))).identity == signal.identity


def test_an_identity_is_the_same_for_ever():
    """Stores hold it: another text for the same signal would page everything again."""
    assert SIGNAL.identity == "0e84fbbdf16b491e3a08"


@pytest.mark.parametrize(("crossed_at", "late"), [(1_500, 0), (2_000, 0), (2_001, 1), (9_000, 7_000)])
def test_a_signal_is_late_by_what_its_window_was_over(crossed_at, late):
    assert replace(SIGNAL, crossed_at=crossed_at).late_us == late


def test_a_revision_marks_a_signal_and_can_be_taken_back():
    assert SIGNAL.revised(97).revised_to == 97
    assert SIGNAL.revised(97).revised(None) == SIGNAL


def test_depth_is_the_number_of_names():
    assert SIGNAL.depth == 2
    assert replace(SIGNAL, node=()).depth == 0
