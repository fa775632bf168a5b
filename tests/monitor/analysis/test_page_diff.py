"""The difference of pages between two configurations."""

from dataclasses import replace

from alerting import BILLING, NO_SIGNAL, NOW, event, plan, signal, signals, surge, us
from hypothesis import given
from hypothesis import strategies as st

from alerts.respond import respond
from connectors.ticket import HOUR, at_us
from monitor.analysis.page_diff import compare, readable

MINUTE = HOUR // 60


def paged(*found, by=None):
    """The pages of signals, each decided when it crossed."""
    return [
        page for one in found for page in respond([one], plan=by or plan(), now=at_us(one.crossed_at)).pages
    ]


def told(diff):
    return len(diff.added), len(diff.gone), len(diff.pairs), len(diff.lost)


def test_the_same_pages_differ_in_nothing():
    pages = paged(signal(), surge(), signal(node=BILLING))
    diff = compare(pages, pages)
    assert told(diff) == (0, 0, 3, 0)
    assert diff.changed == ()


def test_a_page_that_comes_later_is_one_page_and_not_lost():
    later = replace(signal(), threshold=150, crossed_at=signal().crossed_at + 40 * MINUTE)
    diff = compare(paged(signal()), paged(later))
    assert told(diff) == (0, 0, 1, 0)
    assert diff.changed[0].later_us == 40 * MINUTE


def test_a_page_of_the_same_cause_elsewhere_on_the_branch_is_its_counterpart():
    above = signal(node=NO_SIGNAL[:3], rule="another name")
    diff = compare(paged(signal()), paged(above))
    assert told(diff) == (0, 0, 1, 0)


def test_another_day_and_another_branch_are_other_causes():
    tomorrow = replace(signal(), window_start=us("2026-11-23 00:00"), window_end=us("2026-11-24 00:00"))
    for other in (tomorrow, signal(node=BILLING)):
        assert told(compare(paged(signal()), paged(other))) == (1, 1, 0, 1)


def test_a_hard_rule_that_pages_no_more_is_lost():
    assert told(compare(paged(signal(), surge()), paged(surge()))) == (0, 1, 1, 1)


def test_a_statistical_page_does_not_stand_in_for_a_hard_one_and_is_no_loss_itself():
    statistical = signal(kind="seasonal_surge", rule="surge", detail={"score": 5.0})
    assert told(compare(paged(signal()), paged(statistical))) == (0, 0, 1, 1)
    assert told(compare(paged(statistical), paged(surge()))) == (0, 0, 1, 0)
    assert told(compare(paged(statistical), [])) == (0, 1, 0, 0)


def test_a_page_of_everything_does_not_hide_that_a_leaf_is_lost():
    everything, leaf = signal(node=()), signal()
    assert told(compare(paged(everything, leaf), paged(everything))) == (0, 1, 1, 1)


def test_a_lower_level_that_tells_fewer_people_loses_the_page():
    lower = replace(signal(), level="一级预警")
    diff = compare(paged(signal()), paged(lower))
    assert told(diff) == (0, 0, 1, 1)


def test_a_page_that_is_split_into_two_at_the_same_levels_is_not_lost():
    together = respond([signal(), surge()], plan=plan(), now=NOW).pages
    assert told(compare(together, paged(surge(), signal())))[3] == 0


def test_a_page_that_an_exempt_event_mutes_is_lost():
    muted = paged(signal(), by=plan(exempt_events=(event(),)))
    assert [page.muted_by is not None for page in muted] == [True]
    assert told(compare(paged(signal()), muted)) == (0, 1, 0, 1)


def test_a_page_of_a_level_that_tells_nobody_counts_too():
    quiet = plan(levels=(replace(plan().levels[2], notify=()),))
    assert told(compare(paged(signal(), by=quiet), [])) == (0, 1, 0, 1)
    assert told(compare(paged(signal(), by=quiet), paged(signal(), by=quiet))) == (0, 0, 1, 0)


def test_one_tickets_page_is_no_other_tickets():
    def overdue(id):
        return signal(kind="overdue", rule="open", subject=(("id", id), ("source", "crm")))

    assert told(compare(paged(overdue("1")), paged(overdue("2")))) == (1, 1, 0, 1)


def test_of_several_candidates_the_likest_is_the_counterpart():
    old = paged(signal())
    near = replace(signal(), threshold=120, level="二级预警", crossed_at=signal().crossed_at + MINUTE)
    far = replace(signal(node=NO_SIGNAL[:2]), crossed_at=signal().crossed_at)
    [pair] = compare(old, paged(near, far)).pairs
    assert pair.new.node == NO_SIGNAL


@given(old=st.lists(signals(), max_size=8), new=st.lists(signals(), max_size=8))
def test_every_page_is_told_once_and_what_is_kept_is_never_lost(old, new):
    def pages(found):
        return list(respond(found, plan=plan(), now=at_us(us("2026-11-30 00:00"))).pages)

    before, after = pages(old), pages(new)
    diff = compare(before, after)
    olds = [page.key for page in diff.gone] + [pair.old.key for pair in diff.pairs]
    news = [page.key for page in diff.added] + [pair.new.key for pair in diff.pairs]
    assert sorted(olds) == sorted(page.key for page in before if readable(page))
    assert sorted(news) == sorted(page.key for page in after if readable(page))
    assert compare(before, before).lost == ()
    assert compare(before, [*before, *after]).lost == ()
