"""Real ticket servers, read by an account in another time zone, as a service desk works in them."""

import json
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from dropping import World
from oracle import OracleRule
from process import PROGRAM, eventually
from reading import ids, listen, tickets

from connectors.source import SourceError
from monitor.config import load

# Before the first of them a server is set up.
pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]


@pytest.fixture(params=["roundup", "redmine", "request_tracker"])
def desk(request):
    return request.getfixturevalue(request.param)


def configured(desk, folder, keys="", **others):
    """A configuration with this desk as its only source."""
    world = World(
        folder,
        f"sqlite:///{folder}/complaints.db",
        [OracleRule("volume", "daily_threshold", (1,), {"low": 10})],
        sources=(),
        sources_toml=desk.toml(keys, **others),
    )
    return world.write()


def source_of(desk, folder, keys='settle = "0s"\npage_size = 4', **others):
    return load(configured(desk, folder, keys, **others)).sources[0].open()


def now():
    return datetime.now(UTC)


def told(source, cursor=None):
    """The last versions by id, and the cursor after them."""
    polls = listen(source, cursor, now=now() + timedelta(seconds=2))
    return {ticket.id: ticket for ticket in tickets(polls)}, polls[-1].cursor


def test_what_a_desk_does_is_told(desk, tmp_path):
    source = source_of(desk, tmp_path)
    opened = [desk.open(("net", f"part {n % 2}")) for n in range(7)]
    found, cursor = told(source)
    assert {ident: found[ident].path for ident in opened} == {
        ident: ("net", f"part {n % 2}") for n, ident in enumerate(opened)
    }
    assert all(abs(found[ident].created_at - now()) < timedelta(minutes=2) for ident in opened)
    moved, urgent, done, deleted = opened[:4]
    desk.move(moved, ("bill", "wrong"))
    desk.escalate(urgent)
    desk.finish(done)
    desk.delete(deleted)
    found, _ = told(source, cursor)
    assert found[moved].path == ("bill", "wrong")
    assert found[urgent].escalated_at is not None
    assert (found[done].closed_at is None) == (desk.name == "roundup")
    assert set().union(*source.gone([*opened, "999999"])) == {deleted, "999999"}
    assert set(desk.listing()) >= set(opened) - {deleted}


def test_the_history_is_the_whole_listing(desk, tmp_path):
    for n in range(5):
        desk.open(("net", f"part {n}"))
    told_ = ids(source_of(desk, tmp_path).history(now() + timedelta(seconds=2)))
    assert sorted(told_) == sorted(desk.listing())


def test_a_restart_of_the_server_costs_nothing(desk, tmp_path):
    source = source_of(desk, tmp_path)
    desk.open(("net", "a"))
    _, cursor = told(source)
    desk.server.stop()
    with pytest.raises(SourceError, match=r"^source \w+: 127.0.0.1:\d+ cannot be reached"):
        told(source, cursor)
    desk.server.start()
    ident = desk.open(("net", "b"))
    assert ident in told(source, cursor)[0]


def test_check_shows_three_tickets_as_they_are_mapped(desk, tmp_path):
    for n in range(3):
        desk.open(("net", f"part {n}"))
    configured(desk, tmp_path, 'settle = "0s"')
    done = subprocess.run(
        [str(PROGRAM), "check", "--json"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    found = [one for one in json.loads(done.stdout)["findings"] if one["name"] == desk.name]
    assert [one["weight"] for one in found] == ["ok"], done.stdout
    assert len(found[0]["sample"]) == 3


def test_a_wrong_password_is_named_with_its_mend(desk, tmp_path, monkeypatch):
    config = configured(desk, tmp_path)
    for name in ("ROUNDUP_PASSWORD", "REDMINE_KEY", "RT_PASSWORD"):
        monkeypatch.setenv(name, "wrong")
    [sentence] = load(config).sources[0].open().examine(now())
    assert "does not know env:" in sentence


def test_a_field_that_is_not_there_is_named(desk, tmp_path):
    desk.open(("net", "a"))
    config = configured(desk, tmp_path)
    config.write_text(config.read_text().replace("Business", "Nowhere").replace('"business"', '"nowhere"'))
    [sentence] = load(config).sources[0].open().examine(now())
    assert "nowhere" in sentence.lower()
    assert "there are: " in sentence


def test_an_account_of_request_tracker_that_sees_nothing_is_told_what_it_needs(request_tracker, tmp_path):
    [sentence] = source_of(request_tracker, tmp_path, user="blind").examine(now())
    assert "sees no queue; give it the rights SeeQueue" in sentence


def test_a_merged_ticket_of_request_tracker_is_gone(request_tracker, tmp_path):
    source = source_of(request_tracker, tmp_path)
    one, other = (request_tracker.open(("net", "a")) for _ in range(2))
    request_tracker.merge(other, one)
    assert set().union(*source.gone([one, other])) == {other}


def test_a_limit_of_roundup_is_waited_for(roundup, tmp_path):
    config = roundup.folder / "tracker/config.ini"
    before = config.read_text()
    limited = before.replace("api_calls_per_interval = 0", "api_calls_per_interval = 3")
    config.write_text(limited.replace("api_interval_in_sec = 3600", "api_interval_in_sec = 60"))
    roundup.server.stop()
    roundup.server.start()
    source = source_of(roundup, tmp_path)
    try:
        with pytest.raises(SourceError, match="asks to wait") as caught:
            eventually(lambda: bool(told(source)) and None, what="the limit")
        assert timedelta(0) < caught.value.retry_after <= timedelta(minutes=1)
    finally:
        config.write_text(before)
        roundup.server.stop()
        roundup.server.start()
