"""Pages link to where their reader answers, in their own name and for them alone."""

from dataclasses import replace
from datetime import timedelta

from delivering import Channels, company, decide, delivery

from alerts.plan import Channel, Contact
from monitor.pages.links import Links


def mailed(store, clock, inbox, mail_notifier, told):
    """The text of the mail that a leader gets, with pages to link to."""
    decide(store, plan=told)
    links = Links("https://monitor.example.com", b"k" * 32, timedelta(days=30))
    delivery(store, clock, Channels(mail=mail_notifier), told, links=links).deliver_due()
    ((_, letter),) = inbox.letters
    return letter.get_body(("plain",)).get_content()


def test_a_mail_links_to_the_page_on_which_its_reader_answers(store, clock, inbox, mail_notifier):
    text = mailed(store, clock, inbox, mail_notifier, company(Channel("mail", "email")))
    assert "https://monitor.example.com/answer/" in text


def test_people_who_share_an_address_get_no_link_in_the_name_of_one_of_them(
    store, clock, inbox, mail_notifier
):
    told = company(Channel("mail", "email"))
    other = Contact("刘洋", {"mail": "wang@example.com, deputy@example.com"})
    told = replace(told, contacts=(*told.contacts, other))
    assert "/answer/" not in mailed(store, clock, inbox, mail_notifier, told)
