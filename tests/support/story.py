"""A shipped plan through a night: tickets come, the daemon works on a clock to move, people answer in Slack.

Nothing is in place of a real part but the clock, the daemon's own threads and Slack's servers: the plan's own
file, CSV exports, the engine, a store on disk, deliveries, the Slack app, and the commands beside it.
"""

import csv
import re
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import docx
import pytest
from phones import Phones
from simulating import Simulation

from alerts.incidents.incident import Incident
from alerts.page import Page
from alerts.rendering.plain import plain
from alerts.rendering.sheet import sheet
from alerts.reports.pdf import pdf_report
from alerts.reports.special import special_report
from connectors.ticket import to_us
from monitor.audit.auditing import audit
from monitor.cli import main
from monitor.clock import ManualClock
from monitor.reports.dossier import dossier_of

ROOT = Path(__file__).parents[2]
ZONE = ZoneInfo("Asia/Shanghai")
FIELDS = ("ticket_no", "created_at", "updated_at", "closed_at", "problem", "household", "customer", "tags")
COLUMNS = (*FIELDS, "project", "area", "class", "kind", "product", "validity", "channel", "escalated")

# Plan T comes with made-up tickets; its first real source would be like this one.
TELECOM = """
[[sources]]
name = "tickets"
kind = "csv"
path = "inbox/*.csv"
[sources.fields]
id = "ticket_no"
created_at = "created_at"
updated_at = "updated_at"
category = ["class", "product", "area", "kind", "problem"]
tags = "tags"
escalated = { column = "escalated", is = ["是"] }

# --- What"""


def shipped(plan: str, folder: Path) -> Path:
    """A copy of a shipped plan that reads the CSV files of a folder."""
    config = Path(shutil.copy(ROOT / f"alerts/plans/{plan}.toml", folder))
    text = config.read_text("utf-8")
    if plan == "telecom":
        text = re.sub(r"\n\[\[sources\]\].*?\n# --- What", TELECOM, text, flags=re.DOTALL)
    config.write_text(text, "utf-8")
    return config


def inbox(config: Path) -> Path:
    """The folder of the first source of a shipped plan."""
    found = re.search(r'path = "(inbox/[^*]*)\*', config.read_text("utf-8"))
    assert found is not None
    return config.parent / found[1]


class Story:
    """What happens, and what people hear. Times are "22:40", or "2026-09-28 22:40", on the clock of Shanghai.

    A time of the day is the next one that comes.
    """

    def __init__(
        self,
        plan: str,
        folder: Path,
        told: pytest.CaptureFixture[str],
        patch: pytest.MonkeyPatch,
        *,
        at: str,
        more: str = "",
    ) -> None:
        self.config = shipped(plan, folder)
        # Files are dropped whole, at a time that is not the one of this machine.
        text = self.config.read_text("utf-8").replace('kind = "csv"\n', 'kind = "csv"\nsettle = "0s"\n')
        self.config.write_text(text + more, "utf-8")
        for name in re.findall(r'path = "(inbox/[^*]*)\*', text):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self.inbox, self._told = inbox(self.config), told
        self.started = datetime.fromisoformat(at).replace(tzinfo=ZONE)
        clock = ManualClock(self.started)
        self.phones = Phones(self.config, clock, patch)
        self.daemon = Simulation(self.config, self.started, clock=clock, carrier=self.phones.carrier)
        self.phones.open(self.daemon.config, self.daemon.engine, self._pdf)
        for command in ("incident", "report"):
            patch.setattr(f"monitor.commands.{command}.SystemClock", lambda: clock)
        self._tickets = self._heard = self._files = 0

    # -- what happens -------------------------------------------------------------------------------------

    @property
    def now(self) -> datetime:
        """The minute; what a message takes on the wire is told by the seconds."""
        return self.daemon.clock.now().astimezone(ZONE).replace(second=0, microsecond=0)

    def ordinary(self, days: int, every: float = 1, **told: str) -> None:
        """A ticket every so many hours, on the days before the story begins, read when it begins."""
        start = self.now - timedelta(days=days)
        moments = [start + timedelta(hours=every * n, minutes=7) for n in range(int(days * 24 / every))]
        self._drop(moments, told)
        listening = self.inbox.parent / "listening"
        if listening.is_dir():
            # What has never told anything is not known to be quiet.
            note = f"note_no,created_at,product,problem\nL1,{start.isoformat()},灶具,打火\n"
            (listening / "notes.csv").write_text(note, encoding="utf-8")
        self._look(self.now)

    def until(self, time: str, tickets: int = 0, every: float = 10, **told: str) -> None:
        """Time passes, in looks of so many minutes, and so many tickets come evenly until then."""
        start, end = self.now, self._moment(time)
        step, done, before = timedelta(minutes=every), 0, start
        while before < end:
            now = min(end, before + step)
            due = round(tickets * ((now - start) / (end - start)))
            gap = (now - before) / max(1, due - done)
            self._drop([before + gap * i for i in range(due - done)], told)
            done, before = due, now
            self._look(now)

    def presses(self, by: str, button: str, *, incident: int = 1, where: str | None = None) -> str:
        """Somebody presses a button in Slack; what only they are answered."""
        answer = self.phones.presses(by, button, incident=incident, where=where)
        self._settle()
        return answer

    def fills_in(self, by: str, form: str, *, incident: int = 1, **given: str) -> str:
        """Somebody presses a button that asks for more, and sends the form; what they are answered."""
        answer = self.phones.fills_in(by, form, given, incident=incident)
        self._settle()
        return answer

    def does(self, by: str, deed: str, *more: str, incident: int = 1) -> str:
        """Somebody acts by command; what the command answers."""
        self._told.readouterr()
        words = ["incident", deed, "--config", str(self.config), str(incident), *more, "--by", by]
        assert main(words) == 0, self._told.readouterr().err
        return self._told.readouterr().out.strip()

    # -- what people hear ---------------------------------------------------------------------------------

    def heard(self) -> list[str]:
        """Pages that arrived since this was asked last: time, reason, and the roles that got it."""
        pages = self._pages()[self._heard :]
        self._heard += len(pages)
        return [
            f"{self._clock(page.at)} {page.reason}: {', '.join(dict.fromkeys(one.role for one in page.told))}"
            for page in pages
        ]

    def words(self, number: int) -> str:
        """A page that arrived, counted from 0, as text."""
        return plain(sheet(self._pages()[number], language="en", zone=ZONE))

    def screen(self, who: str, incident: int = 1) -> str:
        """The first line of the incident's message on somebody's phone, as it stands now."""
        return str(self.phones.message(who, incident)["text"])

    def thread(self, who: str, incident: int = 1) -> list[str]:
        """The incident's story below that message."""
        return self.phones.thread(who, incident)

    def incident(self, number: int = 1) -> Incident:
        """How an incident stands."""
        with self.daemon.store.reading() as tx:
            found = tx.incidents.get(number)
        assert found is not None
        return found

    def deadlines(self, number: int = 1) -> dict[str, str]:
        """The clocks of an incident: when each was due, and what became of it."""
        became = {(False, False): "runs", (True, False): "met", (False, True): "missed", (True, True): "late"}
        return {
            clock.name: f"{datetime.fromtimestamp(clock.due_at / 1e6, ZONE):%m-%d %H:%M} "
            + became[clock.met_at is not None, clock.missed_at is not None]
            for clock in self.incident(number).deadlines
        }

    def report(self, language: str, number: int = 1) -> str:
        """All words of the special report, as somebody reads it who opens the document."""
        folder = self.config.parent / "reports"
        words = ["report", "--config", str(self.config), str(number), "--format", "docx"]
        assert main([*words, "--language", language, "--out", str(folder)]) == 0
        document = docx.Document(str(folder / f"incident-{number}.docx"))
        return "\n".join(_words(document))

    def gaps(self) -> list[str]:
        """What the monitor's own audit finds."""
        found = audit(
            self.daemon.store,
            self.daemon.engine.rules,
            self.daemon.engine.calendar,
            settings=self.daemon.config.audit,
            rules_since=to_us(self.started),
            now=to_us(self.now),
        )
        return [one.gap.name for one in found.findings]

    # -- how ----------------------------------------------------------------------------------------------

    def _look(self, now: datetime) -> None:
        self.daemon.reach(now)
        self._settle()

    def _settle(self) -> None:
        """A little later: what has become of incidents is told where they were told."""
        self.daemon.delivery.deliver_due()
        self.daemon.clock.advance(timedelta(seconds=4))
        self.daemon.delivery.deliver_due()

    def _pages(self) -> list[Page]:
        """Pages in the order in which each first arrived somewhere."""
        return list({message.page.key: message.page for message in self.daemon.reader.sent}.values())

    def _pdf(self, incident: Incident, language: str, _by: str) -> bytes:
        with self.daemon.store.reading() as tx:
            dossier = dossier_of(tx, incident, self.daemon.config, language=language, now=to_us(self.now))
        return pdf_report(special_report(dossier, language=language, zone=ZONE))

    def _moment(self, time: str) -> datetime:
        if len(time) > len("22:40"):
            return datetime.fromisoformat(time).replace(tzinfo=ZONE)
        hour, minute = map(int, time.split(":"))
        then = self.now.replace(hour=hour, minute=minute, second=0, microsecond=0)
        return then if then > self.now else then + timedelta(days=1)

    def _clock(self, us: int) -> str:
        return f"{datetime.fromtimestamp(us / 1e6, ZONE):%H:%M}"

    def _drop(self, moments: list[datetime], told: dict[str, Any]) -> None:
        if not moments:
            return
        self._files += 1
        with (self.inbox / f"{self._files:04}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            for at in moments:
                self._tickets += 1
                own = {name: text.format(n=self._tickets) for name, text in told.items()}
                stamps = {"created_at": at.isoformat(), "updated_at": at.isoformat()}
                row = {**dict.fromkeys(COLUMNS, ""), "ticket_no": f"N{self._tickets}", **stamps, **own}
                writer.writerow(row)


def _words(document: Any) -> Iterator[str]:
    yield from (paragraph.text for paragraph in document.paragraphs)
    for table in document.tables:
        yield from (" | ".join(cell.text for cell in row.cells) for row in table.rows)
