"""The audit of a real store: a whole chain has no gap, and each link that is cut is found and told once."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from histories import SHANGHAI, at, burst, histories, ticket
from hypothesis import HealthCheck, Phase, given, settings
from live import Live, sqlite
from oracle import OracleRule
from sqlalchemy import text

from alerts.audit import Gap
from alerts.incident_plan import EscalationPolicy, IncidentSettings, Step, WorkdaySettings
from alerts.page import Reason
from alerts.rendering.sheet import sheet
from alerts.silences import Silence
from connectors.ticket import to_us
from monitor.audit.auditing import audit
from monitor.config.schema import Audit

START = at("2026-05-09T10:00")
LATER = START + timedelta(minutes=20)
RULES = [
    OracleRule("day", "daily_threshold", thresholds={"low": 3, "high": 5}),
    OracleRule("month", "monthly_escalation", thresholds={"low": 2}),
    OracleRule("people", "distinct_complainants", thresholds={"low": 2}),
]


@pytest.fixture
def live(tmp_path):
    one = Live(sqlite(tmp_path), RULES, zone=SHANGHAI, levels=1, sources=["s"], gaps={})
    one.arrive(burst(4, START), START + timedelta(minutes=1))
    people = [ticket(f"p{i}", START, "b", complainant=who, escalated_at=START) for i, who in enumerate("xy")]
    one.arrive(people, START + timedelta(minutes=2))
    yield one
    one.store.close()


def audited(live, now=START + timedelta(minutes=3), *, since=START - timedelta(days=1), **told):
    return audit(
        live.store,
        live.rules,
        live.calendar,
        settings=Audit(**told),
        rules_since=to_us(since),
        now=to_us(now),
    )


def changed(live, statement):
    with live.store.writing() as tx:
        tx.connection.execute(text(statement))


def delivered(live):
    changed(live, "UPDATE outbox SET state = 'sent', settled_at = 1")


def gaps(found):
    return sorted((one.gap.name, one.rule) for one in found.findings)


def test_a_whole_chain_has_no_gap(live):
    delivered(live)
    assert audited(live, LATER).findings == ()


def test_breaches_of_a_node_and_its_parent_are_both_covered_by_the_one_page_that_names_them(tmp_path):
    rules = [OracleRule("day", "daily_threshold", thresholds={"low": 3}, depths=(1, 2))]
    live = Live(sqlite(tmp_path), rules, zone=SHANGHAI, levels=2, sources=["s"], gaps={})
    live.arrive(burst(4, START, "a/x"), START + timedelta(minutes=1))
    [page] = live.pages
    assert (page.node, {one.node for one in page.signals}) == (("a", "x"), {("a",), ("a", "x")})
    assert {one.gap for one in audited(live, LATER).findings} == {Gap.NOBODY_REACHED}
    delivered(live)
    assert audited(live, LATER).findings == ()
    changed(live, "DELETE FROM signals WHERE node_id = (SELECT id FROM nodes WHERE path = '[\"a\"]')")
    assert gaps(audited(live, LATER)) == [("NO_SIGNAL", "day")]
    live.store.close()


def test_a_breach_without_a_signal_is_found_at_once_and_told_once(live):
    delivered(live)
    changed(live, "UPDATE signals SET id = 'lost' WHERE rule = 'day'")
    found = audited(live)
    assert ("NO_SIGNAL", "day") in gaps(found)
    [finding] = [one for one in found.findings if one.gap is Gap.NO_SIGNAL]
    assert (finding.node, dict(finding.facts)) == (("a",), {"count": "4", "threshold": "3"})
    assert found.page is not None
    assert [told.role for told in found.page.told] == ["watch"]
    again = audited(live)
    assert gaps(again) == gaps(found)
    assert again.page is None


def test_each_hard_rule_is_counted_from_the_tickets(live):
    changed(live, "UPDATE signals SET id = rule")
    lost = [one for one in audited(live).findings if one.gap is Gap.NO_SIGNAL]
    assert sorted((one.rule, one.node, one.level) for one in lost) == [
        ("day", ("a",), "low"),
        ("month", ("b",), "low"),
        ("people", ("b",), "low"),
    ]


def test_a_page_that_reached_nobody_is_found_after_its_time(live):
    assert gaps(audited(live)) == []
    late = audited(live, LATER)
    assert {one.gap for one in late.findings} == {Gap.NOBODY_REACHED}
    delivered(live)
    assert gaps(audited(live, LATER)) == []


def test_a_signal_without_a_page_is_found_after_its_time(live):
    delivered(live)
    changed(live, "UPDATE signals SET page_key = NULL WHERE rule = 'month'")
    assert gaps(audited(live)) == []
    assert gaps(audited(live, LATER)) == [("NO_PAGE", "month")]


def test_a_signal_in_two_pages_and_one_without_an_incident_are_found(live):
    delivered(live)
    with live.store.reading() as tx:
        [page] = [one for one in tx.outbox.pages() if {s.rule for s in one.signals} == {"day"}]
    stranger = replace(page.signals[0], rule="stranger")
    with live.store.writing() as tx:
        tx.outbox.save([replace(page, key="twin"), replace(page, key="new", signals=(stranger,))])
    delivered(live)
    assert gaps(audited(live, LATER)) == [("NO_INCIDENT", "stranger"), ("TWO_PAGES", "day")]


def test_an_incident_that_nobody_answers_is_found_once_for_each_wait(live):
    delivered(live)
    late = START + timedelta(hours=5)
    found = audited(live, late)
    assert {one.gap for one in found.findings} == {Gap.NO_ANSWER}
    assert audited(live, late + timedelta(hours=1)).page is None


def planned(live, **changes):
    live.rules = replace(live.rules, plan=replace(live.rules.plan, **changes))
    live.restart()


def unanswered(live, now):
    live.reach(now)
    delivered(live)
    return [one for one in audited(live, now).findings if one.gap is Gap.NO_ANSWER]


def test_an_incident_whose_steps_wait_for_business_hours_lacks_no_answer_before_they_begin(live):
    step = Step(after=timedelta(minutes=30), roles=("watch",), hours="business")
    planned(
        live,
        escalation=(EscalationPolicy("office", steps=(step,)),),
        workdays=WorkdaySettings(country=""),
        incidents=IncidentSettings(subsided_for=timedelta(days=7)),
    )
    # The incidents were opened on a Saturday; people are called on Monday at nine.
    for hours in (1, 5, 24, 46):
        assert unanswered(live, START + timedelta(hours=hours)) == []
    assert unanswered(live, at("2026-05-11T09:01")) == []
    assert unanswered(live, at("2026-05-11T12:59")) == []
    assert len(unanswered(live, at("2026-05-11T13:02"))) == 2


def test_an_incident_that_a_silence_keeps_quiet_lacks_no_answer_until_it_has_ended_for_some_time(live):
    silence = Silence((), to_us(START), to_us(START + timedelta(hours=6)), "Li", "works", approver="Li")
    with live.store.writing() as tx:
        tx.silences.add(silence)
    assert unanswered(live, START + timedelta(hours=5)) == []
    assert unanswered(live, START + timedelta(hours=7)) == []
    assert len(unanswered(live, START + timedelta(hours=11))) == 2


def test_an_incident_of_a_level_that_tells_nobody_lacks_no_answer(live):
    levels = tuple(replace(level, notify=()) for level in live.rules.plan.levels)
    planned(live, levels=levels)
    assert unanswered(live, START + timedelta(hours=5)) == []


def test_the_day_that_has_just_ended_is_looked_at_once_more_under_the_same_rules(live):
    changed(live, "UPDATE signals SET id = 'lost' WHERE rule = 'day'")
    midnight = at("2026-05-10T00:30")
    assert ("NO_SIGNAL", "day") in gaps(audited(live, midnight))
    assert ("NO_SIGNAL", "day") not in gaps(audited(live, midnight, since=midnight))
    assert ("NO_SIGNAL", "day") not in gaps(audited(live, midnight + timedelta(hours=3)))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", ["【自检】1处遗漏", "达到门限却没有预警", "a：4件（门限3），low，day"]),
        ("en", ["[Self-check] 1 gap found", "Limit reached, no warning", "a: 4 tickets (limit 3), low, day"]),
    ],
)
def test_its_page_names_what_is_broken(live, language, words):
    delivered(live)
    changed(live, "UPDATE signals SET id = 'lost' WHERE rule = 'day'")
    page = audited(live).page
    assert page.reason is Reason.AUDIT
    written = sheet(page, language=language, zone=live.calendar.zone)
    said = " ".join([written.headline, *(part for row in written.sections[0].rows for part in row)])
    for text_ in words:
        assert text_ in said


@pytest.mark.slow
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
@given(histories(max_tickets=8))
def test_no_history_of_tickets_leaves_a_breach_without_a_signal(history):
    with TemporaryDirectory() as folder:
        live = Live(
            sqlite(Path(folder)),
            history.rules,
            zone=history.zone,
            levels=history.levels,
            sources=history.sources,
            gaps=history.gaps,
        )
        live.run(history.versions)
        now = max(version.updated_at for version in history.versions)
        lost = [one for one in audited(live, now).findings if one.gap is Gap.NO_SIGNAL]
        assert lost == []
        live.store.close()
