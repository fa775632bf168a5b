"""A mailbox on a real Dovecot."""

from datetime import UTC, datetime, timedelta

import pytest
from imapclient import IMAPClient
from reading import ids, listen, only, settings, tickets
from servers.others import dovecot

from connectors.mailbox import Options, Source
from connectors.options import Secret

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def server(open_folder):
    folder = open_folder / "dovecot"
    folder.mkdir()
    running = dovecot(folder)
    yield running
    running.stop()


@pytest.fixture
def people(server, request):
    with IMAPClient("127.0.0.1", server.port, ssl=False) as client:
        client.login(request.node.name, "secret")
        yield client


@pytest.fixture
def source(server, request, monkeypatch):
    monkeypatch.setenv("DESK_MAILBOX", "secret")

    def opened(*folders):
        options = Options(
            host="127.0.0.1",
            port=server.port,
            security="none",
            user=request.node.name,
            password=Secret("env:DESK_MAILBOX"),
            folders=folders or ("INBOX",),
            settle=timedelta(0),
        )
        return Source(settings("mailbox", fields=None), options)

    return opened


def mail(ident, *head, body=b"no signal"):
    lines = [f"Message-ID: <{ident}>", "From: Ann <ann@b.test>", "Subject: S", *head]
    return "\r\n".join([*lines, "", ""]).encode() + body


def now():
    return datetime.now(UTC)


def test_mails_are_told_once_and_nothing_newer_is_nothing(people, source):
    people.append("INBOX", mail("1@a", body="镕字".encode("gb18030")))
    people.append("INBOX", mail("2@a", "In-Reply-To: <1@a>"))
    people.append("INBOX", mail("3@a", "In-Reply-To: <0@elsewhere>"))
    reader = source()
    polls = listen(reader, now=now())
    assert ids(polls) == ["1@a", "3@a"]
    assert tickets(polls)[0].text == "S\n镕字"
    assert abs(tickets(polls)[0].created_at - now()) < timedelta(minutes=1)
    assert ids(listen(reader, polls[-1].cursor, now=now())) == []
    people.append("INBOX", mail("4@a"))
    assert ids(listen(source(), polls[-1].cursor, now=now())) == ["4@a"]
    people.select_folder("INBOX", readonly=True)
    assert people.search("SEEN") == []


def test_a_folder_that_was_made_anew_is_read_again(people, source):
    people.create_folder("Desk")
    people.append("Desk", mail("1@a"))
    cursor = listen(source("Desk"), now=now())[-1].cursor
    people.delete_folder("Desk")
    people.create_folder("Desk")
    people.append("Desk", mail("2@a"))
    assert ids(listen(source("Desk"), cursor, now=now())) == ["2@a"]


def test_a_mail_that_was_moved_to_a_folder_that_is_read_is_known(people, source):
    people.create_folder("Done")
    people.append("INBOX", mail("1@a"))
    cursor = listen(source("INBOX", "Done"), now=now())[-1].cursor
    people.select_folder("INBOX")
    people.copy(people.search(), "Done")
    people.delete_messages(people.search())
    people.expunge()
    people.append("INBOX", mail("2@a", "References: <0@x> <1@a>"))
    assert set(ids(listen(source("INBOX", "Done"), cursor, now=now()))) <= {"1@a"}


def test_a_wrong_password_and_a_missing_folder_are_sentences(people, source, monkeypatch):
    assert "no folder Nowhere" in only(source("Nowhere").examine(now()))
    monkeypatch.setenv("DESK_MAILBOX", "wrong")
    assert "does not let" in only(source().examine(now()))
