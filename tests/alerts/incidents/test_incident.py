from dataclasses import replace

import pytest
from alerting import NO_SIGNAL
from hypothesis import given
from hypothesis import strategies as st
from incidents import OPENED_AT, acknowledgement, event, incident, opening

from alerts.incidents.event import Event, Kind, event_from_json, event_to_json
from alerts.incidents.incident import Incident, Refusal, Refused, State
from alerts.incidents.transitions import TRANSITIONS, after, fold, opened


def test_an_incident_goes_from_its_first_signal_to_its_end():
    done = incident(
        acknowledgement(),
        event(Kind.HANDLED, 60, by="王强", why="重启了基站"),
        event(Kind.RESOLVED, 240),
    )
    assert done.state is State.RESOLVED
    assert (done.assignee, done.handled_by) == ("李娜", "王强")
    assert (done.tickets_before_detection, done.tickets_before_acknowledgement) == (104, 130)


def test_a_click_that_is_repeated_is_the_same_event():
    once = incident(acknowledgement())
    assert after(once, acknowledgement()) is once


def test_somebody_else_cannot_take_what_is_taken_and_learns_by_whom():
    refused = after(incident(acknowledgement()), acknowledgement(6, by="张伟"))
    assert isinstance(refused, Refusal)
    assert refused.why is Refused.TAKEN
    assert ("who", "李娜") in refused.facts


def test_who_has_taken_it_may_say_so_again_and_its_time_runs_anew():
    again = incident(acknowledgement(), acknowledgement(50, facts=(("tickets", "200"),)))
    assert again.acknowledged_at == OPENED_AT + 50 * 60_000_000
    assert again.tickets_before_acknowledgement == 130


def test_an_acknowledgement_that_ends_leaves_it_open_and_waiting_from_then_on():
    lapsed = incident(acknowledgement(), event(Kind.LAPSED, 65))
    assert lapsed.state is State.OPEN
    assert lapsed.acknowledged_by is None
    assert lapsed.waiting_since == OPENED_AT + 65 * 60_000_000


def test_what_is_over_absorbs_nothing_and_still_takes_notes():
    over = incident(event(Kind.RESOLVED, 9))
    assert isinstance(after(over, event(Kind.ABSORBED, 10, signals=("s2",))), Refusal)
    noted = after(over, event(Kind.FILLED, 11, facts=(("field", "cause"), ("value", "光缆中断"))))
    assert isinstance(noted, Incident)
    assert noted.filled("cause") == "光缆中断"


def test_what_went_into_a_wider_incident_cannot_be_reopened():
    merged = incident(event(Kind.MERGED, 3, facts=(("into", "7"),)))
    assert (merged.state, merged.signals, merged.merged_into) == (State.RESOLVED, (), 7)
    refused = after(merged, event(Kind.REOPENED, 4))
    assert isinstance(refused, Refusal)
    assert refused.why is Refused.MERGED


def test_a_clock_is_set_reminded_of_and_missed():
    found = incident(
        event(Kind.DUE, 0, facts=(("deadline", "report"), ("due_at", str(OPENED_AT + 3_600_000_000)))),
        event(Kind.REMINDED, 45, facts=(("deadline", "report"),)),
        event(Kind.MISSED, 60, facts=(("deadline", "report"),)),
    )
    clock = found.deadline("report")
    assert clock is not None
    assert (clock.due_at, clock.missed_at) == (OPENED_AT + 3_600_000_000,) * 2
    assert not clock.running


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("kind", Kind)
def test_what_the_table_does_not_name_is_refused_with_a_reason_and_changes_nothing(state, kind):
    before = replace(incident(), state=state)
    result = after(before, event(kind, 2, by="李娜"))
    if (state, kind) in TRANSITIONS:
        assert isinstance(result, Incident)
        assert result.state is TRANSITIONS[state, kind]
        assert result.log[-1].kind is kind
    else:
        assert isinstance(result, Refusal)
        assert isinstance(result.why, Refused)


def test_nothing_but_an_opening_begins_an_incident():
    with pytest.raises(ValueError, match="opens it"):
        opened(acknowledgement(), id=1)


texts = st.text(max_size=5)
paths = st.lists(st.text(min_size=1, max_size=3), max_size=3).map(tuple)
events = st.builds(
    Event,
    key=st.text(min_size=1, max_size=4),
    kind=st.sampled_from([kind for kind in Kind if kind is not Kind.OPENED]),
    at=st.integers(0, 10**16),
    by=texts,
    why=texts,
    level=st.none() | texts.filter(bool),
    node=st.none() | paths,
    nodes=st.lists(paths, max_size=2).map(tuple),
    signals=st.lists(texts, max_size=3).map(tuple),
    facts=st.lists(st.tuples(st.sampled_from(["assignee", "field", "value", "deadline"]), texts)).map(tuple),
)


@given(events)
def test_an_event_is_read_as_it_was_written(one):
    assert event_from_json(event_to_json(one)) == one


@given(st.lists(events, max_size=12))
def test_an_incident_is_the_fold_of_its_log(history):
    found = opened(opening(), id=3)
    for one in history:
        changed = after(found, one)
        found = changed if isinstance(changed, Incident) else found
    assert fold(3, found.log) == found
    assert found.node == NO_SIGNAL or any(one.node == found.node for one in found.log)
