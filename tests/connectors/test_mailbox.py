"""Which mails are complaints, what they say, and that none is lost when numbers or connections change."""

from base64 import b64encode
from datetime import timedelta

import pytest
from conformance import world_module
from reading import ids, listen, listen_anyway, only, tickets

from connectors.letters import Letter
from connectors.mailbox import Options
from connectors.options import Secret
from connectors.source import Fields, SourceError


@pytest.fixture
def world(tmp_path):
    made = world_module("mailbox").World(tmp_path)
    yield made
    made.close()


def read(world):
    return listen(world.source(), now=world.now)


def word(text, charset="gb2312"):
    """An encoded word; `charset` is what it calls itself."""
    return f"=?{charset}?B?{b64encode(text.encode('gb18030')).decode()}?="


def test_nothing_newer_is_nothing_though_the_server_answers_with_the_last_mail(world):
    world.tell(range(3))
    polls = read(world)
    assert len(ids(polls)) == 3
    assert ids(listen(world.source(), polls[-1].cursor, now=world.now)) == []


def test_new_numbers_mean_that_the_folder_is_read_again_and_no_ticket_is_another(world):
    world.tell(range(3))
    polls = read(world)
    world.fake.folders["INBOX"].pop(0)
    world.fake.renumber()
    world.tell([7])
    again = listen(world.source(), polls[-1].cursor, now=world.now)
    assert sorted(ids(again)) == ["1@a.test", "2@a.test", "7@a.test"]


@pytest.mark.promise("broken", of="mailbox")
@pytest.mark.parametrize("after", range(1, 7))
def test_a_connection_that_breaks_costs_no_mail(world, after):
    world.tell(range(250))
    world.fake.breaks_after = after
    polls, failed = listen_anyway(world.source().poll(None, world.now))
    assert failed.startswith("source desk: 127.0.0.1, port ")
    world.fake.breaks_after = None
    rest = listen(world.source(), polls[-1].cursor if polls else None, now=world.now)
    assert len(set(ids(polls)) | set(ids(rest))) == 250


@pytest.mark.promise("ties", of="mailbox")
def test_mails_of_one_second_fill_several_parts(world):
    world.tell(range(250))
    polls = read(world)
    assert [len(poll.batch) for poll in polls] == [100, 100, 50, 0]


@pytest.mark.promise("zone", of="mailbox")
def test_a_mail_is_received_when_the_server_says_in_whatever_zone(world):
    from zoneinfo import ZoneInfo

    at = (world.now - timedelta(minutes=5)).astimezone(ZoneInfo("Asia/Kathmandu"))
    world.put("Message-ID: <1@a>", "Date: Mon, 1 Jan 2001 00:00:00 +0000", at=at)
    assert only(tickets(read(world))).created_at == at


def test_an_answer_to_a_mail_that_is_there_is_no_ticket(world):
    world.put("Message-ID: <1@a>")
    cursor = read(world)[-1].cursor
    world.put("Message-ID: <2@a>", "In-Reply-To: <1@a>")
    world.put("Message-ID: <3@a>", "References: <0@elsewhere> <1@a>")
    world.put("Message-ID: <4@a>", "In-Reply-To: <0@elsewhere>")
    assert ids(listen(world.source(), cursor, now=world.now)) == ["4@a"]


def test_a_mail_that_was_moved_to_another_folder_that_is_read_is_known(world):
    world.put("Message-ID: <1@a>", folder="Done")
    world.put("Message-ID: <2@a>", "In-Reply-To: <1@a>")
    source = world.source(folders=("INBOX", "Done"))
    assert ids(listen(source, now=world.now)) == ["1@a"]


def test_a_mail_that_stands_in_two_folders_is_one_ticket(world):
    world.put("Message-ID: <1@a>")
    world.put("Message-ID: <1@a>", folder="Done")
    assert set(ids(listen(world.source(folders=("INBOX", "Done")), now=world.now))) == {"1@a"}


@pytest.mark.parametrize(
    "head",
    [
        ("Content-Type: multipart/report; report-type=delivery-status; boundary=x",),
        ("Return-Path: <>",),
        ("Auto-Submitted: auto-replied (vacation)",),
        ("X-Complaint-Monitor-Page: 0123",),
        ("In-Reply-To: <0123456789abcdef0123@company.test>",),
    ],
)
def test_bounces_and_our_own_pages_are_no_tickets(world, head):
    world.put("Message-ID: <1@a>", *head)
    assert ids(read(world)) == []


def test_a_form_on_the_web_that_calls_itself_automatic_is_a_ticket(world):
    world.put("Message-ID: <1@a>", "Auto-Submitted: auto-generated")
    assert ids(read(world)) == ["1@a"]


@pytest.mark.parametrize(
    ("subject", "read_as"),
    [
        (word("投诉：朱镕基路没有信号"), "投诉：朱镕基路没有信号"),
        (word("话费", "gb18030") + "\r\n " + word("错误", "gb18030"), "话费错误"),
        ("=?utf-8?Q?Caf=C3=A9_closed?=", "Café closed"),
        ("=?x-unknown?B?" + b64encode("断网".encode()).decode() + "?=", "断网"),
        (
            "=?utf-8?B?{}?= =?utf-8?B?{}?=".format(
                b64encode("宽带".encode()[:4]).decode(), b64encode("宽带".encode()[4:]).decode()
            ),
            "宽带",
        ),
        ("=?utf-8?B?====?=", ""),
        ("plain", "plain"),
    ],
)
def test_a_subject_is_read_whatever_its_charset_calls_itself(subject, read_as):
    assert Letter.read(f"Subject: {subject}\r\n\r\n".encode()).header("Subject") == read_as


def test_a_subject_of_bytes_that_should_not_be_there_is_read_all_the_same():
    for charset in ("utf-8", "gb18030"):
        raw = b"Subject: " + "投诉没有信号".encode(charset) + b"\r\n\r\n"
        assert Letter.read(raw).header("Subject") == "投诉没有信号"


@pytest.mark.parametrize("charset", ["gb2312", "gb18030", "GBK", "utf-8", "nonsense", ""])
def test_a_body_is_read_by_its_charset_or_by_one_that_reads_it(charset):
    kind = f"Content-Type: text/plain; charset={charset}" if charset else "Content-Type: text/plain"
    raw = kind.encode() + b"\r\n\r\n" + "镕字：没有信号".encode("gb18030" if charset != "utf-8" else "utf-8")
    assert Letter.read(raw).text() == "镕字：没有信号"


def test_html_is_read_without_its_markup_and_attachments_are_not_read():
    raw = b"\r\n".join(
        [
            b"Content-Type: multipart/mixed; boundary=x",
            b"",
            b"--x",
            b"Content-Type: text/html; charset=utf-8",
            b"",
            b"<html><head><style>p {}</style></head><p>No &amp; signal<br>since   noon</p></html>",
            b"--x",
            b"Content-Disposition: attachment; filename=a.txt",
            b"",
            b"secret",
            b"--x--",
        ]
    )
    assert Letter.read(raw).text() == "No & signal\nsince noon"


@pytest.mark.parametrize(
    "raw", [b"", b"\0" * 400, b"\xff" * 9, b"Subject: a\r\nContent-Type: multipart/mixed\r\n"]
)
def test_a_mail_that_is_none_has_an_id_all_the_same(raw):
    letter = Letter.read(raw)
    assert letter.id == Letter.read(raw).id != ""
    assert "\0" not in letter.text()


def test_of_a_large_mail_the_beginning_is_read(world):
    world.put("Message-ID: <1@a>", text="no signal " * 100_000)
    source = world.source(fields=Fields(id="id", created_at="received", text="text"))
    assert 260_000 < len(only(tickets(listen(source, now=world.now))).text) < 262_144


def test_flags_and_headers_can_be_mapped_by_name(world):
    world.put("Message-ID: <1@a>", "X-Region: North", flags=("\\Flagged", "$Junk"))
    fields = Fields(id="id", created_at="received", category=("header.X-Region", "flags.$Junk", "flags.Seen"))
    assert only(tickets(listen(world.source(fields=fields), now=world.now))).path == (
        "North",
        "true",
        "false",
    )


def test_a_column_that_no_mail_has_is_named(world):
    source = world.source(fields=Fields(id="id", created_at="recieved"))
    assert "no field recieved" in only(source.examine(world.now))


@pytest.mark.promise("token", of="mailbox")
def test_a_wrong_password_names_the_secret(world):
    world.fake.password = "another"
    sentence = only(world.source().examine(world.now))
    assert "does not let desk in with env:DESK_MAILBOX" in sentence
    assert "'" not in sentence
    with pytest.raises(SourceError, match="does not let desk in"):
        listen(world.source(), now=world.now)


def test_a_folder_that_is_not_there_is_named_with_those_that_are(world):
    assert "no folder Sent that may be read" in only(world.source(folders=("Sent",)).examine(world.now))
    assert "there are: INBOX" in only(world.source(folders=("Sent",)).examine(world.now))


def test_a_password_is_never_sent_in_the_clear():
    with pytest.raises(ValueError, match="in the clear"):
        Options(host="imap.example.com", user="desk", password=Secret("env:X"), security="none")
