"""The promises of TicketSource, held against every connector that there is.

A connector is found by itself: a module of `connectors/` that has `Options` and `Source`. What lies outside
of it - a folder, a database, a server - is made by `worlds/<kind>.py`, a class World with

    now       the clock
    many      a number of versions that comes in more than one part
    move(number, name)   a ticket is re-categorised: its path is now (name, "B"); not every world has it
    source()  a Source that reads this world, as after a restart
    tell(numbers)  tickets with these numbers come to the world, and some time passes
    spoil()   a row that cannot become a ticket; None where there is no such thing
    lose()    the world can no longer be reached; None where that cannot be
    close()   its servers end, if it has some
"""

import importlib
import os
import pickle
import pkgutil
import re
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import fields, is_dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
import stamina
import told_and_killed
from conformance import WORLDS, world_module
from reading import bad, listen, only, tickets

import connectors
from connectors.source import SourceError
from connectors.ticket import NEVER, to_us
from monitor.config import load

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "connectors"
REST_OF_A_CONFIGURATION = """
timezone = "Asia/Shanghai"
taxonomy = { levels = ["business", "product", "cause"] }
rules = [{ name = "same day", kind = "daily_threshold", thresholds = { "red" = 100 } }]
levels = [{ name = "red", notify = ["supervisor"] }]
roles = [{ name = "supervisor", contacts = ["Li Na"] }]
contacts = [{ name = "Li Na", addresses = { console = "here" } }]
channels = [{ name = "console", kind = "console" }]
"""
HEAVY = (
    "pandas",
    "pyarrow",
    "polars",
    "sklearn",
    "scipy",
    "river",
    "matplotlib",
    "httpx",
    "stamina",
    "waitress",
    "imapclient",
)


def found():
    for module in pkgutil.iter_modules(connectors.__path__):
        loaded = importlib.import_module(f"connectors.{module.name}")
        if hasattr(loaded, "Options") and hasattr(loaded, "Source"):
            yield module.name


KINDS = sorted(found())


def moving():
    """The connectors whose world has tickets that are moved; services are asked elsewhere for that."""
    for kind in KINDS:
        # A connector without a world, or whose library is not there, says so in the tests that need it.
        with suppress(pytest.skip.Exception, FileNotFoundError):
            if hasattr(world_module(kind).World, "move"):
                yield kind


MOVING = list(moving())


@pytest.fixture(autouse=True)
def _at_once():
    """Waits between attempts take no time."""
    with stamina.set_testing(True, attempts=10, cap=True):
        yield


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture
def world(kind, tmp_path):
    file = WORLDS / f"{kind}.py"
    assert file.exists(), (
        f"connectors/{kind}.py has no world to be tested in: write {file.name} in {WORLDS.name}/"
    )
    made = world_module(kind).World(tmp_path)
    yield made
    getattr(made, "close", lambda: None)()


def versions(polls):
    return {(t.id, t.updated_at, t.path, t.escalated_at, t.closed_at, t.void) for t in tickets(polls)}


def test_the_connectors_that_ship_are_found():
    files = {"csv", "jsonl", "parquet", "sample", "sql"}
    services = {"freshdesk", "hubspot", "intercom", "jira", "salesforce", "servicenow", "zendesk"}
    assert files | services <= set(KINDS)


def test_options_are_frozen_and_each_says_what_it_is(kind):
    options = importlib.import_module(f"connectors.{kind}").Options
    assert is_dataclass(options)
    assert options.__dataclass_params__.frozen
    for field in fields(options):
        assert len(field.metadata["doc"]) > 10, f"{kind}: {field.name} has no doc"


def test_each_has_a_page_with_a_configuration_that_works(kind, tmp_path):
    page = PAGES / f"{kind}.md"
    assert page.exists(), f"write {page.relative_to(ROOT)}: what to create over there, and a configuration"
    assert f"](connectors/{kind}.md)" in (ROOT / "docs" / "connectors.md").read_text(encoding="utf-8")
    texts = re.findall(r"^```toml\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    for text in texts:
        file = tmp_path / "config.toml"
        file.write_text(REST_OF_A_CONFIGURATION + text, encoding="utf-8")
        config = load(file)
        assert [source.settings.kind for source in config.sources] == [kind]
        config.sources[0].open()
    assert texts


def test_loading_a_connector_loads_no_heavy_library(kind):
    look = f"import sys, connectors.{kind}; print(*(set(sys.modules) & {set(HEAVY)!r}))"
    told = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert told.stdout.split() == []


def test_loading_the_package_loads_no_connector():
    look = (
        "import sys, connectors; print(*(m for m in sys.modules if m in ('sqlalchemy', 'numpy', 'pandas')))"
    )
    told = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert told.stdout.split() == []


def test_a_poll_without_news_still_says_how_far_it_is_complete(world):
    for _ in range(2):
        polls = listen(world.source(), now=world.now)
        assert polls[-1].complete_to is not None
        assert polls[-1].complete_to <= world.now


def test_only_the_last_part_of_a_poll_says_that_it_is_complete(world):
    world.tell(range(world.many))
    polls = listen(world.source(), now=world.now)
    assert len(polls) > 1
    assert [poll.complete_to for poll in polls[:-1]] == [None] * (len(polls) - 1)
    assert isinstance(polls[-1].complete_to, datetime)
    assert all(isinstance(poll.cursor, str) for poll in polls)


def test_batches_are_columns_of_equal_length_with_trimmed_paths(world):
    world.tell(range(50))
    source = world.source()
    polls = listen(source, now=world.now)
    assert sum(len(poll.batch) for poll in polls) >= 50
    for batch in (poll.batch for poll in polls):
        assert batch.source == "desk"
        for name in ("created", "updated", "escalated", "closed"):
            assert getattr(batch, name).dtype == np.int64
            assert len(getattr(batch, name)) == len(batch.ids)
        assert (batch.created != NEVER).all()
        assert (batch.updated != NEVER).all()
        assert (batch.category.dtype, batch.void.dtype) == (np.int32, np.bool_)
        assert len(batch.category) == len(batch.void) == len(batch.ids)
        assert len(set(batch.paths)) == len(batch.paths)
        assert set(batch.category.tolist()) == set(range(len(batch.paths))) or len(batch) == 0
        assert all(name == name.strip() != "" for path in batch.paths for name in path)
        assert all(len(path) <= 5 for path in batch.paths)
        for name in ("complainant", "tags", "text", "region", "channel"):
            assert getattr(batch, name) is None or len(getattr(batch, name)) == len(batch.ids)


@pytest.mark.promise("once")
def test_what_comes_later_is_told_after_a_restart_too(world):
    source, cursor, heard = world.source(), None, set()
    for n in range(4):
        world.tell(range(n * 10, n * 10 + 10))
        if n % 2:
            source = world.source()
        polls = listen(source, cursor, now=world.now)
        cursor = polls[-1].cursor
        assert not versions(polls) <= heard
        heard |= versions(polls)
    if not getattr(world, "rewrites_history", False):
        assert (
            heard
            == versions(listen(world.source(), now=world.now))
            == versions(world.source().history(world.now))
        )


@pytest.mark.promise("once")
def test_each_part_can_be_resumed_without_a_loss(world):
    world.tell(range(world.many))
    polls = listen(world.source(), now=world.now)
    everything = versions(polls)
    before = set()
    for poll in polls:
        before |= versions([poll])
        rest = listen(world.source(), poll.cursor, now=world.now)
        assert before | versions(rest) == everything
        assert rest[-1].complete_to == polls[-1].complete_to


@pytest.mark.promise("kill")
def test_after_a_kill_within_a_part_the_stored_cursor_goes_on(world, kind, tmp_path, monkeypatch):
    """A process stores what it is told with the cursor, and is killed with its second part half stored."""
    world.tell(range(world.many))
    source, database = tmp_path / "source.pickle", tmp_path / "told.sqlite"
    with monkeypatch.context() as patched:
        for module in (world_module(kind), importlib.import_module(f"connectors.{kind}")):
            patched.setattr(module, "Source", lambda *told: told, raising=False)
        source.write_bytes(pickle.dumps(world.source()))
    started = [sys.executable, told_and_killed.__file__, source, database, world.now.isoformat(), "1"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(started, stdout=subprocess.PIPE, stdin=subprocess.PIPE, env=environment) as process:
        assert process.stdout.readline() == b"within a part\n"
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL

    stored = told_and_killed.opened(database)
    ((part, cursor),) = stored.execute("select part, cursor from cursors").fetchall()
    assert part == 0
    before = set(stored.execute("select id, updated from told").fetchall())
    rest = listen(world.source(), cursor, now=world.now)
    after = {(t.id, to_us(t.updated_at)) for t in tickets(rest)}
    everything = {(t.id, to_us(t.updated_at)) for t in tickets(world.source().poll(None, world.now))}
    assert before | after == everything
    assert before - after
    assert rest[-1].complete_to is not None


@pytest.mark.promise("moved")
@pytest.mark.parametrize("kind", MOVING, indirect=True)
def test_a_recategorised_ticket_is_told_with_its_new_path(world):
    world.tell(range(5))
    polls = listen(world.source(), now=world.now)
    first = tickets(polls)[3]
    world.move(3, "Billing")
    news = tickets(listen(world.source(), polls[-1].cursor, now=world.now))
    told = only([ticket for ticket in news if ticket.id == first.id])
    assert (told.path, first.path) == (("Billing", "B"), ("A", "B"))
    assert told.updated_at > first.updated_at


def test_without_news_nothing_new_is_told(world):
    world.tell(range(20))
    polls = listen(world.source(), now=world.now)
    again = listen(world.source(), polls[-1].cursor, now=world.now)
    assert versions(again) <= versions(polls)


@pytest.mark.promise("once")
def test_history_tells_every_version_once(world):
    world.tell(range(world.many))
    told = tickets(world.source().history(world.now))
    assert len(
        {(t.id, t.updated_at, t.path, t.void, t.closed_at, t.escalated_at, t.text) for t in told}
    ) == len(told)
    assert len(told) >= world.many


def test_a_bad_row_is_set_aside_and_recognised_when_it_is_read_again(world):
    if world.spoil is None:
        pytest.skip("nothing that this source tells is bad")
    world.tell(range(5))
    world.spoil()
    world.tell(range(5, 10))
    polls = listen(world.source(), now=world.now)
    assert len({t.id for t in tickets(polls)}) == 10
    one = only(bad(polls))
    assert one.source == "desk"
    assert one.place
    assert one.row
    assert one.reason
    assert only(bad(world.source().history(world.now))).key == one.key


def test_a_source_that_cannot_be_reached_says_so_and_goes_on_when_it_can_be(world):
    assert world.source().examine(world.now) == []
    if world.lose is None:
        pytest.skip("this source cannot be lost")
    world.tell(range(5))
    cursor = listen(world.source(), now=world.now)[-1].cursor
    world.lose()
    for polls in (world.source().poll(cursor, world.now), world.source().history(world.now)):
        with pytest.raises(SourceError, match=r"^source desk: "):
            list(polls)
    assert only(world.source().examine(world.now)).startswith("source desk: ")
