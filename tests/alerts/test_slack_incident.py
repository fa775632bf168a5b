"""What Slack shows of an incident, within its limits whatever people wrote."""

from alerting import LABELS, NOW, SHANGHAI, pages
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts import slack_incident
from alerts.catalogue import LANGUAGES
from alerts.desk import Deed, Order
from alerts.incidents.event import Event, Kind
from alerts.incidents.incident import Deadline, Incident, State
from alerts.plan import Contact, ResponsePlan
from alerts.rendering.moments import Moments
from alerts.rendering.sheet import sheet
from alerts.slack_app.orders import Click
from alerts.slack_app.views import view_of
from alerts.testing.slack_limits import broken_limits, broken_view
from connectors.ticket import to_us

AT = to_us(NOW)
EVENTS = st.builds(
    Event,
    key=st.text(min_size=1, max_size=5),
    kind=st.sampled_from([kind for kind in Kind if kind is not Kind.OPENED]),
    at=st.just(AT),
    by=LABELS,
    why=LABELS,
    level=LABELS,
    node=st.lists(LABELS, max_size=5).map(tuple),
    facts=st.tuples(
        st.tuples(st.just("told"), LABELS),
        st.tuples(st.just("assignee"), LABELS),
        st.tuples(st.just("count"), st.integers(0, 10**6).map(str)),
        st.tuples(st.just("previous"), st.integers(0, 10**6).map(str)),
        st.tuples(st.just("field"), st.sampled_from(["cause", "odd one"])),
    ),
)
INCIDENTS = st.builds(
    Incident,
    id=st.integers(1, 10**6),
    key=st.just("k"),
    node=st.lists(LABELS, max_size=5).map(tuple),
    level=LABELS,
    opened_at=st.just(AT),
    since=st.just(AT),
    state=st.sampled_from(State),
    acknowledged_by=st.none() | LABELS,
    acknowledged_at=st.just(AT),
    assignee=st.none() | LABELS,
    deadlines=st.lists(st.builds(Deadline, LABELS, st.just(AT)), max_size=2).map(tuple),
    log=st.lists(EVENTS, max_size=60).map(tuple),
)
SLOW = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


@SLOW
@given(page=pages(), incident=INCIDENTS, language=st.sampled_from(LANGUAGES))
def test_any_incident_is_within_slacks_limits(page, incident, language):
    moments = Moments(language, SHANGHAI, AT)
    words = sheet(page, language=language, zone=SHANGHAI)
    for part in slack_incident.first_message(words, incident, moments):
        assert broken_limits({"text": slack_incident.headline(words, incident), "blocks": list(part)}) == (
            "",
            [],
        )
    told = slack_incident.story(incident.log, moments)
    for one in told:
        assert broken_limits({"text": one.text, "blocks": list(one.blocks)}) == ("", [])
    assert [one.upto for one in told] == sorted({one.upto for one in told})


@SLOW
@given(
    names=st.lists(LABELS, min_size=1, max_size=150),
    deed=st.sampled_from([Deed.ASSIGN, Deed.SILENCE, Deed.EXEMPT, Deed.FILL]),
    language=st.sampled_from(LANGUAGES),
)
def test_any_form_is_within_slacks_limits(names, deed, language):
    contacts = tuple(Contact(name, {"slack": "U1"}) for name in names)
    click = Click(Order("k" * 20, deed, 10**6, names[0][:100], AT), "U1", "C1", "t")
    assert broken_view(view_of(click, ResponsePlan(contacts=contacts), language)) == []


def test_the_hours_change_is_recorded_with_its_ratio():
    hour = Event("e", Kind.MEASURED, AT, facts=(("count", "31"), ("previous", "50"), ("hour", str(AT))))
    (told,) = slack_incident.story([hour], Moments("en", SHANGHAI, AT))
    assert told.text.endswith("(change -19, -38%)")
    first = Event("e", Kind.MEASURED, AT, facts=(("count", "31"), ("previous", "0"), ("hour", str(AT))))
    (told,) = slack_incident.story([first], Moments("zh", SHANGHAI, AT))
    assert told.text.endswith("（增减 +31）")


def test_a_long_story_is_told_in_parts_that_say_how_far_they_tell():
    events = [Event(f"e{i}", Kind.NOTED, AT, by="李娜", why="x" * 300) for i in range(20)]
    told = slack_incident.story(events, Moments("zh", SHANGHAI, AT))
    assert len(told) > 1
    assert told[-1].upto == 20
    again = slack_incident.story(events[told[0].upto :], Moments("zh", SHANGHAI, AT))
    assert [one.text for one in again] == [one.text for one in told[1:]]
