"""Links that open one incident for one person until a time, and nothing else."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.catalogue import Sentence
from connectors.ticket import DAY
from monitor.pages.links import Links, Pass

LINKS = Links("https://monitor.example.com", b"k" * 32, timedelta(days=30))
AT = 1_800_000_000_000_000


def token(contact="李娜", incident=7, links=LINKS):
    return links.link(contact, incident, at=AT).rpartition("/")[2]


def test_a_link_says_who_which_incident_and_until_when():
    assert LINKS.link("李娜", 7, at=AT).startswith("https://monitor.example.com/answer/")
    assert LINKS.read(token(), now=AT) == Pass("李娜", 7, AT + 30 * DAY)


def test_the_same_page_has_the_same_link_whenever_it_is_sent():
    assert token() == token()
    assert len({token(), token("王强"), token(incident=8)}) == 3


def test_a_link_ends():
    assert LINKS.read(token(), now=AT + 30 * DAY - 1) == Pass("李娜", 7, AT + 30 * DAY)
    refused = LINKS.read(token(), now=AT + 30 * DAY)
    assert isinstance(refused, Sentence)
    assert refused.key == "answer.refused.expired"


def test_another_key_makes_other_links():
    other = Links(LINKS.address, b"o" * 32, LINKS.lasts)
    refused = LINKS.read(token(links=other), now=AT)
    assert isinstance(refused, Sentence)
    assert refused.key == "answer.refused.forged"


@given(st.integers(0, len(token()) - 1), st.characters())
def test_a_link_with_one_other_character_opens_nothing(place, character):
    changed = token()[:place] + character + token()[place + 1 :]
    if changed != token():
        assert isinstance(LINKS.read(changed, now=AT), Sentence)


@given(st.text())
def test_whatever_somebody_makes_up_opens_nothing(text):
    assert isinstance(LINKS.read(text, now=AT), Sentence)


@pytest.mark.parametrize("cut", [1, 5, 20, 60])
def test_a_link_that_a_mail_program_has_cut_opens_nothing(cut):
    assert isinstance(LINKS.read(token()[:-cut], now=AT), Sentence)
