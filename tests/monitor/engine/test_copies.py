"""A page says when many of its tickets say nearly the same; they count all the same."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from live import sqlite
from placed import KINDS, PARCEL, START, Placed, unlabelled

from alerts.rendering.plain import plain
from alerts.rendering.sheet import sheet
from monitor.engine.copies import LOOKED_AT

PATH = ("delivery", "late")
TEMPLATE = (
    "Dear sir, my order {n} of last week has not arrived and nobody answers the phone. I demand {n} yuan."
)


@pytest.fixture
def placed(tmp_path):
    made = Placed(sqlite(tmp_path), enabled=False)
    yield made
    made.store.close()


def page_of(placed, tickets):
    [page] = [page for done in placed.tell(tickets, together=1) for page in done.pages]
    return page


def copies(number, **told):
    return [
        replace(one, path=PATH, text=TEMPLATE.format(n=1000 + 37 * n), **told)
        for n, one in enumerate(unlabelled(PARCEL, number, name="copy"))
    ]


def others(number):
    later = START + timedelta(hours=1)
    return [replace(one, path=PATH) for one in unlabelled(KINDS["card"][1], number, at=later)]


def told(page, language):
    return plain(sheet(page, language=language, zone=ZoneInfo("Asia/Shanghai")))


def test_a_template_is_named_in_the_page_and_its_tickets_count(placed):
    page = page_of(placed, [*copies(6), *others(5)])
    assert page.signals[0].observed == 10
    assert dict(page.subject) == {"copies": "6", "compared": "10"}
    assert "6 of 10 texts say nearly the same: a template, or something that spreads" in told(page, "en")
    assert "10件内容中有6件几乎相同" in told(page, "zh")


def test_one_customer_who_sends_ten_times_is_named_as_one(placed):
    page = page_of(placed, copies(10, complainant="hash"))
    assert "10 of 10 texts say nearly the same, all by one complainant" in told(page, "en")
    assert "均来自同一投诉人" in told(page, "zh")


def test_different_texts_and_texts_that_are_not_kept_are_not_spoken_of(placed):
    page = page_of(placed, [*copies(2), *others(9)])
    assert page.subject == ()
    assert "nearly the same" not in told(page, "en")


def test_only_the_most_important_pages_of_a_decision_wait_for_a_comparison(placed):
    several = [
        replace(one, path=("delivery", f"late {n}"), id=f"{n}/{one.id}")
        for n in range(7)
        for one in copies(10)
    ]
    pages = [page for done in placed.tell(several, together=len(several)) for page in done.pages]
    assert [bool(page.subject) for page in pages] == [True] * LOOKED_AT + [False] * 2


def test_without_texts_nothing_is_compared(placed):
    assert page_of(placed, [replace(one, text=None) for one in copies(10)]).subject == ()
