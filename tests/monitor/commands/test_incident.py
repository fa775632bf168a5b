"""`incident`, `silence` and `oncall` over a small real store: people act without any channel."""

import json
import os
import pwd

import pytest
from storing import NOON, signal

from alerts.respond import Context, respond
from connectors.ticket import HOUR, to_us
from monitor.commands._acting import account

NO_SIGNAL = ("移动业务", "5G套餐", "无信号")
PLAN = """
[[roles]]
name = "supervisor"
contacts = ["Li", "Chen"]
[[contacts]]
name = "Chen"
addresses = { console = "Chen" }
[[contacts]]
name = "Wang"
addresses = { console = "Wang" }
[silences]
approvers = ["Li"]
[[deadlines]]
name = "final_report"
within = "1d"
"""


@pytest.fixture
def opened(kept):
    """One open incident, of the node whose four hours the store holds."""
    kept.with_duty(PLAN)
    one = signal(NO_SIGNAL, rule="surge", observed=16, threshold=10, crossed_at=to_us(NOON) - HOUR)

    def keep(tx):
        tx.signals.save([one], fired_at=to_us(NOON))
        book = tx.incidents.book()
        context = Context(tickets=lambda *_: 16)
        response = respond([one], plan=kept.config.plan, now=NOON, book=book, context=context)
        tx.incidents.save(book.taken())
        tx.outbox.save(response.pages)

    kept.change(keep)
    return kept


def shown(place, number=1):
    return json.loads(place.told("incident", "show", str(number), "--json"))


def test_incidents_are_listed_and_shown_with_their_story(opened):
    listed = opened.told("incident", "list")
    assert "#1" in listed
    assert " > ".join(NO_SIGNAL) in listed
    story = opened.told("incident", "show", "1")
    assert "Tickets before detection" in story
    assert "Page sent" in story
    opened.in_language("zh")
    assert "待签收" in opened.told("incident", "list")


def test_people_take_hand_on_handle_and_end_an_incident(opened):
    assert "Acknowledged by Li" in opened.told("incident", "ack", "1", "--by", "Li")
    opened.told("incident", "assign", "1", "Wang", "--by", "Li")
    opened.told("incident", "note", "1", "--by", "Li", "--text", "called the site")
    opened.told("incident", "note", "1", "--by", "Li", "--field", "cause", "--text", "a cut fibre")
    opened.told("incident", "handle", "1", "--by", "Wang")
    opened.told("incident", "resolve", "1", "--by", "Wang", "--why", "quiet since noon")
    record = shown(opened)
    assert (record["state"], record["assignee"], record["fields"]) == (
        "resolved",
        "Wang",
        {"cause": "a cut fibre"},
    )
    assert record["tickets_before_acknowledgement"] == 22
    assert [event["by"] for event in record["events"][2:]] == ["Li"] * 4 + ["Wang"] * 2
    assert opened.told("incident", "list") == "No incident is open.\n"
    opened.told("incident", "reopen", "1", "--by", "Li", "--why", "it is back")
    assert shown(opened)["state"] == "reopened"


def test_what_does_not_fit_is_a_sentence_and_changes_nothing(opened):
    before = shown(opened)
    opened.told("incident", "list", "--all")
    for arguments, sentence in (
        (("ack", "7", "--by", "Li"), "there is no incident 7"),
        (("ack", "1", "--by", " "), "--by is empty"),
        (("assign", "1", "Nobody", "--by", "Li"), 'no contact named "Nobody"; the plan has: Li, Chen, Wang'),
        (("reopen", "1", "--by", "Li", "--why", "x"), "neither handled nor resolved"),
        (("done", "1", "report", "--by", "Li"), 'no deadline named "report" runs on incident 1'),
    ):
        _, said = opened.refused("incident", *arguments)
        assert sentence in said, said
    assert shown(opened) == before


def test_a_silence_is_previewed_kept_listed_and_ended(opened):
    quiet = ("--node", " > ".join(NO_SIGNAL), "--by", "Chen", "--reason", "works")
    preview = opened.told("silence", "add", *quiet, "--for", "2h", "--preview")
    assert preview.startswith("Of the last 24 hours it would have muted 0 warnings.")
    assert opened.told("silence", "list") == "Nothing is kept quiet.\n"
    opened.told("silence", "add", *quiet, "--for", "2h", "--approver", "Li", "--until-doubled")
    (record,) = json.loads(opened.told("silence", "list", "--json"))
    assert (record["author"], record["approver"], record["node"]) == ("Chen", "Li", list(NO_SIGNAL))
    assert "#1" in opened.told("silence", "list")
    assert "ends now" in opened.told("silence", "end", "1", "--by", "Li")


def test_a_silence_that_may_not_be_is_refused(opened):
    quiet = ("silence", "add", "--node", "[]", "--by", "Chen", "--reason", "works")
    for arguments, sentence in (
        ((), "give either --until TIME or --for LENGTH"),
        (("--for", "9d"), "at most 7 days"),
        (("--until", "2026-01-01"), "over already"),
        (("--for", "1h", "--approver", "Wang"), "Wang may not silence hard rules. Those who may: Li"),
        (("--for", "soon"), "--for:"),
    ):
        _, said = opened.refused(*quiet, *arguments)
        assert sentence in said, said
    assert "There is no active silence 4;" in opened.refused("silence", "end", "4", "--by", "Li")[1]


def test_a_plan_that_names_nobody_takes_the_name_as_it_is_typed(kept):
    assert kept.told("drill", "--by", "Zhou Min").startswith("The drill has begun")
    assert "Acknowledged by Zhou Min" in kept.told("incident", "ack", "1", "--by", "Zhou Min")


@pytest.mark.parametrize(
    "arguments",
    [
        ("incident", "ack", "1"),
        ("incident", "handle", "1"),
        ("incident", "resolve", "1", "--why", "x"),
        ("incident", "assign", "1", "Li"),
        ("incident", "note", "1", "--text", "x"),
        ("incident", "note", "1", "--text", "x", "--field", "cause"),
        ("silence", "add", "--node", "[]", "--for", "1h", "--reason", "x"),
        ("silence", "add", "--node", "[]", "--for", "1h", "--reason", "x", "--approver", "Li"),
        ("drill",),
    ],
)
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Wang", "Wang may not do this. Those who may: Li, Chen."),
        ("Mallory", "The plan has no contact Mallory; --by takes one of these: Li, Chen."),
    ],
)
def test_who_is_not_entitled_does_nothing_by_command_and_is_told_who_may(opened, arguments, name, said):
    before = shown(opened)
    command, *more = arguments
    code, sentence = opened.refused(command, *more, "--by", name)
    assert (code, sentence) == (2, f"{said}\n")
    assert shown(opened) == before
    assert opened.told("silence", "list") == "Nothing is kept quiet.\n"


def test_whoever_has_it_may_act_too(opened):
    opened.refused("incident", "ack", "1", "--by", "Wang")
    opened.told("incident", "assign", "1", "Wang", "--by", "Li")
    assert "Acknowledged by Wang" in opened.told("incident", "ack", "1", "--by", "Wang")


def test_the_story_names_the_account_that_typed_a_command(opened, monkeypatch):
    monkeypatch.setattr("monitor.commands._acting._name", lambda: "root")
    monkeypatch.setenv("SUDO_USER", "ops7")
    said = opened.told("incident", "ack", "1", "--by", "Li")
    assert said == "#1 Acknowledged by Li (typed on the server by ops7 (sudo))\n"
    monkeypatch.delenv("SUDO_USER")
    opened.told("incident", "note", "1", "--by", "Chen", "--text", "on the phone with Li")
    assert "(typed on the server by root)" in opened.told("incident", "show", "1")
    assert [event["account"] for event in shown(opened)["events"][2:]] == ["ops7 (sudo)", "root"]
    opened.told("silence", "add", "--node", "[]", "--for", "1h", "--by", "Li", "--reason", "works")
    assert "Li (root)" in opened.told("silence", "list")
    opened.in_language("zh")
    assert "Li签收（由服务器账号 ops7 (sudo) 录入）" in opened.told("incident", "show", "1")


def test_an_account_is_that_of_the_process_whatever_the_environment_says(monkeypatch):
    monkeypatch.setenv("LOGNAME", "mallory")
    monkeypatch.setenv("USER", "mallory")
    monkeypatch.delenv("SUDO_USER", raising=False)
    assert account() == pwd.getpwuid(os.getuid()).pw_name


def test_a_silence_is_ended_by_whoever_could_have_made_it(opened):
    quiet = ("--node", "[]", "--for", "1h", "--reason", "works", "--approver", "Li")
    opened.told("silence", "add", *quiet, "--by", "Li")
    assert opened.refused("silence", "end", "1", "--by", "Wang")[1].startswith("Wang may not do this")
    assert "ends now" in opened.told("silence", "end", "1", "--by", "Chen")
    assert f"Chen ({account()}) ended it" in opened.told("silence", "list")


def test_who_is_on_call_when_nobody_is_and_who_stands_in(opened):
    office = opened.told("oncall", "show", "--at", "2026-05-09T10:00")
    assert "Li" in office
    assert "2026-05-09 18:00 to 2026-05-10 09:00, and more: 30 in all" in office
    code, said, _ = opened.run("oncall", "show", "--at", "2026-05-09T20:00")
    assert (code, "nobody" in said) == (1, True)
    cover = ("oncall", "cover", "duty", "Wang", "--from", "2036-05-09T18:00", "--to", "2036-05-10T09:00")
    assert "Wang" in opened.told(*cover, "--by", "Li")
    assert "Wang" in opened.told("oncall", "show", "--at", "2036-05-09T20:00")
    refused = ("oncall", "cover", "duty", "Zoe", *cover[4:], "--by", "Li")
    assert 'no contact named "Zoe"' in opened.refused(*refused)[1]


def test_a_schedule_is_shown_as_it_is_printed_and_covered_by_its_name(opened):
    file = opened.folder / "config.toml"
    text = file.read_text("utf-8").replace('name = "duty"', 'name = "duty"\ntitle = { zh = "值班" }')
    file.write_text(text, "utf-8")
    at = ("--at", "2026-05-09T10:00")
    assert opened.told("oncall", "show", *at, "--language", "zh").splitlines()[-1].split()[:2] == [
        "值班",
        "Li",
    ]
    assert opened.told("oncall", "show", *at).splitlines()[-1].split()[:2] == ["duty", "Li"]
    cover = ("oncall", "cover", "值班", "Wang", "--from", "2036-05-09", "--to", "2036-05-10", "--by", "Li")
    assert 'no schedule named "值班"; the plan has: duty (值班)' in opened.refused(*cover)[1]
    assert "duty (值班): nobody is on call from" in opened.run("check")[1]


def test_check_finds_nights_without_anybody_and_a_broken_list_of_workdays(opened):
    _, said, _ = opened.run("check")
    assert "schedules[0]: duty: nobody is on call from" in said
    assert "more such times within 30 days" in said
    file = opened.folder / "config.toml"
    file.write_text(file.read_text("utf-8") + '[workdays]\nfile = "days.toml"\n', "utf-8")
    code, said, _ = opened.run("check")
    assert "days.toml cannot be read" in said
    assert code != 0
    (opened.folder / "days.toml").write_text('2027-02-20 = "work"\n')
    _, said, _ = opened.run("check")
    assert "days.toml" not in said


def test_a_covered_time_is_no_gap_any_more(opened):
    cover = ("--from", "2026-01-01", "--to", "2046-01-01", "--by", "Li")
    opened.told("oncall", "cover", "duty", "Wang", *cover)
    _, said, _ = opened.run("check")
    assert "nobody is on call" not in said
