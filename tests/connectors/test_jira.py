from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from conformance import alone
from reading import ids, listen, only, tickets

from connectors.jira import Options
from connectors.options import Secret
from connectors.source import Flag, SourceError
from monitor.cli import main
from monitor.commands import Exit

CONFIGURATION = """
timezone = "Asia/Shanghai"
language = "en"
taxonomy = {{ levels = ["business", "product"] }}
rules = [{{ name = "same day", kind = "daily_threshold", thresholds = {{ "red" = 100 }} }}]
levels = [{{ name = "red", notify = ["supervisor"] }}]
roles = [{{ name = "supervisor", contacts = ["Li Na"] }}]
contacts = [{{ name = "Li Na", addresses = {{ console = "here" }} }}]
channels = [{{ name = "console", kind = "console" }}]
[[sources]]
name = "desk"
kind = "jira"
url = "{url}"
user = "reader@acme.test"
token = "env:DESK_JIRA"
fields = {{ id = "key", created_at = "created", category = ["Complaint"] }}
"""
SAID = {"type": "text", "text": "again"}


@pytest.fixture
def world(tmp_path):
    yield from alone("jira", tmp_path)


@pytest.mark.promise("zone", of="jira")
@pytest.mark.parametrize("minutes", range(0, 181, 20))
def test_no_issue_is_missed_in_the_hour_that_new_york_has_twice(world, minutes):
    """The night of 1 November 2026: 05:30Z and 06:30Z are both half past one."""
    at = datetime(2026, 11, 1, 4, 30, tzinfo=UTC) + timedelta(minutes=minutes)
    world.now = world.fake.now = at
    cursor = listen(world.source(), now=world.now)[-1].cursor
    world.pass_time(2)
    world.put(1, at - timedelta(seconds=30))
    assert ids(listen(world.source(), cursor, now=world.now)) == [world.name(1)]


@pytest.mark.promise("zone", of="jira")
@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/St_Johns", "Asia/Shanghai", "UTC"])
def test_a_poll_reads_back_no_further_than_it_has_to(world, zone):
    world.fake.zone = ZoneInfo(zone)
    world.tell(range(5))
    cursor = listen(world.source(), now=world.now)[-1].cursor
    world.pass_time(30)
    world.put(7, world.now - timedelta(minutes=3))
    assert ids(listen(world.source(), cursor, now=world.now)) == [world.name(7)]


@pytest.mark.promise("late", of="jira")
def test_what_the_index_does_not_know_yet_is_told_when_it_does(world):
    world.tell(range(3))
    cursor = listen(world.source(), now=world.now)[-1].cursor
    world.fake.lag = timedelta(minutes=8)
    world.pass_time(5)
    world.put(7, world.now - timedelta(minutes=1))
    late = listen(world.source(), cursor, now=world.now)
    assert world.name(7) not in ids(late)
    world.pass_time(8)
    assert world.name(7) in ids(listen(world.source(), late[-1].cursor, now=world.now))


def test_an_issue_that_was_just_told_is_asked_for_as_it_is_now(world):
    world.tell(range(3))
    source = world.source()
    cursor = listen(source, now=world.now)[-1].cursor
    world.pass_time(10)
    world.fake.lag = timedelta(minutes=60)
    world.put(1, world.now - timedelta(minutes=1), category="billing")
    assert [t.path[0] for t in tickets(listen(source, cursor, now=world.now))] == ["billing"]


def test_a_page_token_that_has_expired_begins_the_window_anew(world):
    world.tell(range(60))
    first = next(world.source().poll(None, world.now))
    world.fake.forgotten = AllTokens()
    with pytest.raises(SourceError, match="invalid or expired"):
        listen(world.source(), first.cursor, now=world.now)
    world.fake.forgotten = OnlyTheFirst()
    assert len(set(ids(listen(world.source(), first.cursor, now=world.now)))) == 60


class AllTokens:
    def __contains__(self, token):
        return True


class OnlyTheFirst:
    def __init__(self):
        self.asked = 0

    def __contains__(self, token):
        self.asked += 1
        return self.asked == 1


def test_options_people_pages_and_service_levels_are_told_as_people_name_them(world):
    world.pass_time()
    page = [
        {"type": "paragraph", "content": [{"type": "text", "text": "无信号 "}, SAID]},
        {"type": "bulletList", "content": [{"type": "listItem", "content": [
            {"type": "paragraph", "content": [{"type": "text", "text": "since noon"}]}]}]},
    ]  # fmt: skip
    world.put(
        1,
        world.now - timedelta(minutes=3),
        labels=["vip", "5G"],
        reporter={"accountId": "712020:ab", "displayName": "Li Na"},
        description={"type": "doc", "version": 1, "content": page},
        customfield_10051={"id": "2", "ongoingCycle": {"breached": True}},
        customfield_10010={"requestType": {"id": "7", "name": "Complaint by phone"}},
    )
    fields = replace(
        world.fields,
        tags="labels",
        complainant="Reporter",
        text="Description",
        escalated=Flag("Time to resolution.ongoingCycle.breached", ("true",)),
        channel="Request Type",
    )
    ticket = only(tickets(listen(world.source(fields=fields), now=world.now)))
    assert ticket.path == ("network", "B")
    assert (ticket.tags, ticket.complainant) == ({"vip", "5G"}, "712020:ab")
    assert ticket.text == "无信号 again\nsince noon"
    assert ticket.escalated_at == ticket.updated_at
    assert ticket.channel == "Complaint by phone"


def test_one_of_several_fields_of_one_name_is_named_by_its_id(world):
    world.tell(range(1))
    fields = replace(world.fields, region="Region")
    with pytest.raises(SourceError, match=r"2 fields .*name one of customfield_10052, customfield_10053"):
        listen(world.source(fields=fields), now=world.now)
    fields = replace(world.fields, region="customfield_10053")
    assert world.source(fields=fields).examine(world.now) == []


def test_a_jql_of_peoples_own_narrows_each_page(world):
    world.tell(range(60))
    listen(world.source(jql="project = SUP OR project = CARE"), now=world.now)
    searches = [body for _, path, _, body in world.server.asked if path.endswith("jql")]
    assert len(searches) == 3
    assert all(body["jql"].startswith("(project = SUP OR project = CARE) AND updated") for body in searches)


def test_an_order_of_peoples_own_is_refused():
    with pytest.raises(ValueError, match="leave out ORDER BY"):
        Options(
            url="https://acme.atlassian.net", token=Secret("env:T"), jql="project = SUP order  by created"
        )


def test_an_account_without_a_time_zone_is_no_guess(world):
    world.fake.zone = Nowhere()
    assert "in which time zone" in only(world.source().examine(world.now))


class Nowhere:
    key = None


def test_an_account_that_may_see_no_issue_is_told_so_although_the_search_is_no_error(world):
    world.tell(range(3))
    world.fake.may_browse = False
    assert "Browse projects" in only(world.source().examine(world.now))
    world.fake.may_browse = True
    assert world.source().examine(world.now) == []


@pytest.mark.promise("token", of="jira")
def test_a_token_that_expires_between_two_questions_is_no_quiet_hour(world):
    """But for /myself, Jira answers as to nobody: 200, and no issue."""
    world.tell(range(3))
    source, answer = world.source(), world.fake.answer
    cursor = listen(source, now=world.now)[-1].cursor
    world.pass_time(60)
    world.put(7, world.now - timedelta(minutes=40))

    def expiring(method, path, *question):
        world.fake.sign_in = "Basic renewed" if path.endswith("/jql") else world.fake.sign_in
        return answer(method, path, *question)

    world.fake.answer = expiring
    with pytest.raises(SourceError, match=rf"does not know env:{world.token} \(401\); make a new one"):
        listen(source, cursor, now=world.now)


@pytest.mark.promise("gone", of="jira")
def test_to_an_account_that_may_see_no_issue_any_more_none_is_gone_and_no_hour_is_quiet(world):
    world.tell(range(3))
    source = world.source()
    cursor = listen(source, now=world.now)[-1].cursor
    world.pass_time(60)
    world.fake.may_browse = False
    with pytest.raises(SourceError, match="Browse projects"):
        listen(source, cursor, now=world.now)
    with pytest.raises(SourceError, match="Browse projects"):
        list(source.gone([world.name(number) for number in range(3)]))


@pytest.mark.promise("token", of="jira")
def test_an_expired_token_deletes_no_issue(world):
    world.tell(range(3))
    source, answer = world.source(), world.fake.answer

    def expiring(method, path, *question):
        world.fake.sign_in = "Basic renewed" if path.endswith("/bulkfetch") else world.fake.sign_in
        return answer(method, path, *question)

    world.fake.answer = expiring
    with pytest.raises(SourceError, match=r"\(401\)"):
        list(source.gone([world.name(number) for number in range(3)]))


def test_no_more_issues_are_asked_for_as_they_are_than_jira_takes(world):
    source, cursor = world.source(page_size=100), None
    for count in (40, 70):
        world.tell(range(count))
        cursor = listen(source, cursor, now=world.now)[-1].cursor
    assert max(len(body["reconcileIssues"]) for _, _, _, body in world.server.asked if body) == 40
    world.pass_time()
    listen(source, cursor, now=world.now)
    assert len([body for *_, body in world.server.asked if body][-1]["reconcileIssues"]) == 50


def test_small_pages_end_while_all_that_was_told_last_changes_at_every_request(world):
    source, answer = world.source(page_size=10), world.fake.answer
    world.tell(range(40))
    cursor = listen(source, now=world.now)[-1].cursor

    def changing(*question):
        world.pass_time(1)
        world.tell(range(40))
        return answer(*question)

    world.fake.answer = changing
    polls = list(islice(source.poll(cursor, world.now), 30))
    assert polls[-1].complete_to is not None, "it pages for ever"


def test_check_shows_three_issues_as_they_are_mapped(world, tmp_path, capsys):
    world.now = world.fake.now = datetime.now(UTC)
    for number in range(5):
        world.put(number, world.now - timedelta(minutes=9 - number))
    file = tmp_path / "config.toml"
    file.write_text(CONFIGURATION.format(url=world.server.url), encoding="utf-8")
    assert main(["check", "--config", str(file)]) == Exit.OK
    said = capsys.readouterr().out
    assert said.count("SUP-") == 3
    assert "network > B" in said


def test_issues_that_jira_cannot_show_now_are_not_gone(world):
    world.tell(range(3))
    world.fake.unready = [{"id": "10001", "errorMessage": "try again"}]
    world.delete(0, world.now)
    with pytest.raises(SourceError, match="cannot show some issues now"):
        list(world.source().gone([world.name(number) for number in range(3)]))


def test_a_ticket_that_is_no_issue_by_its_id_is_never_called_gone(world):
    world.tell(range(3))
    fields = replace(world.fields, id="Summary")
    assert list(world.source(fields=fields).gone(["SUP-1"])) == [set()]
