"""A small real store: four hours of tickets, its trend log, signals and pages, and its config.toml."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from storing import NOON, SHANGHAI, fed, signal, ticket

from alerts.page import Page
from alerts.respond import respond
from connectors.source import Quarantined
from connectors.taxonomy import Taxonomy
from connectors.ticket import HOUR, to_us
from monitor.cli import main
from monitor.config import Config, load
from monitor.known_time import KnownTime
from monitor.storage import Store, Transaction
from monitor.trend.rows import HourCounts, Hours, trend_rows

CONFIG = """\
timezone = "Asia/Shanghai"
language = "en"
[store]
url = "sqlite:///var/store.db"
[taxonomy]
levels = ["business", "product", "stage"]
[[sources]]
name = "desk"
kind = "csv"
path = "desk.csv"
[sources.fields]
id = "id"
created_at = "created"
[[rules]]
name = "same-day volume"
kind = "daily_threshold"
thresholds = { "三级预警" = 100 }
[[levels]]
name = "三级预警"
notify = ["supervisor"]
"""

# Somebody is on call from nine to six, and nobody at night.
DUTY = """
[[contacts]]
name = "Li"
addresses = { console = "Li" }
[[channels]]
name = "console"
kind = "console"
[[escalation]]
name = "default"
steps = [{ after = "10m", schedules = ["duty"] }]
[[schedules]]
name = "duty"
rotations = [{ contacts = ["Li"], from = 2026-01-05T09:00:00, start = "09:00", end = "18:00" }]
"""
NO_SIGNAL = ("移动业务", "5G套餐", "无信号")
BILLS = ("宽带业务", "光纤/铜线", "账单")


@dataclass
class Place:
    """A folder with config.toml and, once it is asked for, a store."""

    folder: Path
    capsys: pytest.CaptureFixture[str]

    @property
    def config(self) -> Config:
        return load(self.folder / "config.toml")

    def store(self) -> Store:
        return Store.open(self.config.store.address())

    def with_duty(self, more: str = "") -> None:
        """The plan has a schedule, and more."""
        file = self.folder / "config.toml"
        file.write_text(file.read_text("utf-8") + DUTY + more, "utf-8")

    def in_language(self, language: str) -> None:
        file = self.folder / "config.toml"
        file.write_text(
            file.read_text("utf-8").replace('language = "en"', f'language = "{language}"'), "utf-8"
        )

    def run(self, command: str, *arguments: str) -> tuple[int, str, str]:
        """Exit code, standard output and standard error of a command."""
        self.capsys.readouterr()
        code = main([command, "--config", str(self.folder / "config.toml"), *arguments])
        said = self.capsys.readouterr()
        return code, said.out, said.err

    def told(self, command: str, *arguments: str) -> str:
        """What a command that went well printed."""
        code, out, err = self.run(command, *arguments)
        assert (code, err) == (0, "")
        return out

    def refused(self, command: str, *arguments: str) -> tuple[int, str]:
        """Exit code and sentence of a command that did nothing."""
        code, out, err = self.run(command, *arguments)
        assert out == ""
        assert "Traceback" not in err
        return code, err

    def change(self, what: Callable[[Transaction], object]) -> None:
        """Change the store."""
        store = self.store()
        with store.writing() as tx:
            what(tx)
        store.close()


@pytest.fixture
def place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Place:
    """A configuration, and no store yet."""
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    return Place(tmp_path, capsys)


@pytest.fixture
def kept(place: Place) -> Place:
    """With a store: four hours before noon of 2026-05-09 in Shanghai, and one page that did not arrive."""
    store, noon = place.store(), to_us(NOON)
    stories = [
        (path, NOON.replace(hour=NOON.hour - 4 + hour, minute=n))
        for hour, number in enumerate((2, 4, 0, 16))
        for path in (NO_SIGNAL, BILLS)
        for n in range(number if path is NO_SIGNAL else 1)
    ]
    fed(store, *(ticket(f"{i}", path=path, created_at=at) for i, (path, at) in enumerate(stories)))
    with store.writing() as tx:
        tx.facts.save_cut("Asia/Shanghai", place.config.taxonomy.levels)
        tx.facts.close_hours(noon)
        _log(tx, place.config, noon)
        fired = signal(NO_SIGNAL, crossed_at=noon - HOUR, revised_to=97, subject=())
        people = signal(
            BILLS,
            rule="again",
            kind="repeat_after_close",
            crossed_at=noon - 2 * HOUR,
            subject=(("complainant", "hash of somebody"),),
        )
        tx.signals.save([fired, people], fired_at=noon)
        pages: list[Page] = [
            page for one in (fired, people) for page in respond([one], plan=place.config.plan, now=NOON).pages
        ]
        tx.outbox.save(pages)
        first, *_ = tx.outbox.deliveries()
        tx.outbox.undeliverable(first.id, "channel_not_found; invite the bot", at=noon)
        desk = tx.sources.id("desk")
        tx.sources.progress(desk, polled_at=noon, complete_to=noon, cursor="c")
        tx.quarantine.add([Quarantined("desk", "desk.csv, line 7", "its id is empty", ",", "k")], seen=noon)
        gone = tx.sources.id("crm")
        tx.sources.failed(gone, "crm: connection refused", at=noon)
        tx.sources.blind(gone, noon)
    store.close()
    return place


def _log(tx: Transaction, config: Config, noon: int) -> None:
    taxonomy = Taxonomy(config.taxonomy.levels, tx.nodes.paths())
    hours = SHANGHAI.hours_between(noon - 4 * HOUR, noon)
    known = KnownTime(SHANGHAI, (noon - 4 * HOUR,), ())
    counted = HourCounts(*tx.counts.hourly("tickets", 0, noon))
    raised = HourCounts(*tx.counts.hourly("escalated", 0, noon))
    rows = trend_rows(taxonomy, SHANGHAI, hours=Hours.of(hours, known), tickets=counted, escalated=raised)
    tx.trend.save(rows, written_at=noon)
