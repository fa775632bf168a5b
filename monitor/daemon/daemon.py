"""The daemon: sources polled on their threads, a tick, delivery, health - started, reloaded and stopped."""

from __future__ import annotations

import threading
from collections import deque
from datetime import datetime, timedelta
from typing import Final

import structlog

from alerts.desk import Manner
from alerts.incidents.incident import Incident
from alerts.page import Page
from connectors.ticket import to_us
from monitor.clock import Clock
from monitor.config import Config
from monitor.daemon.apps import Apps
from monitor.daemon.desk import EngineDesk
from monitor.daemon.instance import without_password
from monitor.daemon.papers import picture, report_as_pdf
from monitor.daemon.preparing import prepared_by
from monitor.daemon.pruning import prune_by
from monitor.daemon.reload import Change, changed
from monitor.daemon.reporting import report_of
from monitor.daemon.self_watch import SelfWatch
from monitor.daemon.telling import tell
from monitor.daemon.trend_files import TrendFiles
from monitor.daemon.worker import SourceWorker
from monitor.delivery import Delivery
from monitor.engine.digesting import digest_due
from monitor.engine.done import Done
from monitor.engine.watching import watch_sources
from monitor.health import systemd
from monitor.health.report import Report, State
from monitor.health.server import Health
from monitor.pages.links import links_of
from monitor.pages.server import PageServer
from monitor.pages.site import Site
from monitor.placement.classifier import beside
from monitor.storage.errors import LeaseLostError, StoreBusyError, StoreError
from monitor.storage.store import Store
from monitor.trend.rows import TrendLogRows
from monitor.wiring import adopt_table, engine_of, placing_of, rules_of

log: Final = structlog.get_logger()

# Without a renewal for so long, another instance may take over the store.
LEASE: Final = timedelta(seconds=60)
RENEW_EVERY: Final = timedelta(seconds=10)
PRUNE_EVERY: Final = timedelta(hours=1)

# Without a tick for so long, the dead-man switch outside is not told that all is well.
ALIVE_FOR: Final = timedelta(minutes=2)

# A source that is stopped or changed ends by then, or is left alone: what it still brings is not taken.
LEAVE_WITHIN: Final = timedelta(seconds=5)


class Daemon:
    """Everything that runs, over a store whose lease it holds.

    `start` begins, `tick` is called again and again, `stop` ends within the configured deadline.
    """

    def __init__(self, config: Config, store: Store, clock: Clock) -> None:
        self.config = config
        self.lost: LeaseLostError | None = None
        self._store, self._clock = store, clock
        self._engine = engine_of(config, store)
        self._prepare = prepared_by(config, self._engine, self._store)
        self._links = links_of(config.pages, store)
        self._delivery = Delivery(
            store,
            clock,
            plan=config.plan,
            language=config.language,
            zone=config.timezone,
            draw=self._draw,
            links=self._links,
        )
        desk = EngineDesk(self._engine, clock, changed=self._delivery.wake, write=self._write_report)
        self._apps = Apps(desk)
        site = None if self._links is None else Site(desk, self._links, self._manner())
        self._pages = PageServer(config.pages, site)
        self._files = TrendFiles(
            store,
            folder=config.trend.folder,
            keep=config.trend.keep,
            calendar=self._engine.calendar,
            clock=clock,
        )
        self._watch = SelfWatch(store, clock, settings=config.audit, alive_for=ALIVE_FOR)
        self._health = Health(config.web, self.report, clock=clock, zone=config.timezone)
        self._workers: dict[str, SourceWorker] = {}
        self._rows: deque[TrendLogRows] = deque()
        self._state = State.STARTING
        self._started_at = clock.now()
        self._ticked_at: datetime | None = None
        self._renewed_at = self._pruned_at = self._started_at
        self._ticking = threading.Lock()

    @property
    def health_url(self) -> str:
        """Where `GET /health` answers."""
        return self._health.url

    def start(self) -> None:
        """Look at what is there by the rules of now, then begin to read, to deliver and to answer.

        Raises HealthError, StoreError.
        """
        self._health.start()
        for problem in self.config.warnings:
            log.warning("config_warning", problem=str(problem))
        self._follow_taxonomy()
        self._told("", self._engine.reconsider(rules_of(self.config), now=self._now()))
        self._files.catch_up()
        self._delivery.start()
        self._apps.configure(self.config.plan.channels, self._manner())
        self._pages.start()
        for source in self.config.sources:
            self._employ(source.settings.name)
        self._state = State.RUNNING
        self._watch.start()
        log.info(
            "started",
            sources=[source.settings.name for source in self.config.sources],
            store=without_password(self.config.store.address()),
            health=self._health.url,
        )
        systemd.notify("READY=1")

    def tick(self) -> None:
        """Watch the sources, close what is over, renew the lease, tidy up. Never raises."""
        if self._state is not State.RUNNING or not self._ticking.acquire(blocking=False):
            return
        try:
            self._tick()
        except LeaseLostError as error:
            self.lost = error
            log.error("lease_lost", error=str(error))  # noqa: TRY400 - the sentence says it all
        except StoreBusyError as error:
            log.warning("store_busy", error=str(error))
        except StoreError as error:
            log.error("tick_failed", error=str(error))  # noqa: TRY400 - the sentence says it all
        except Exception:
            log.exception("tick_failed")
        finally:
            self._ticking.release()

    def _tick(self) -> None:
        now = self._clock.now()
        if now - self._renewed_at >= RENEW_EVERY or now < self._renewed_at:
            self._store.renew(ttl=LEASE, now=to_us(now))
            self._renewed_at = now
        for worker in list(self._workers.values()):
            worker.watch()
        self._follow_taxonomy()
        settings = [source.settings for source in self.config.sources]
        started = to_us(self._started_at)
        pages = watch_sources(self._store, self._engine.rules, settings, started=started, now=self._now())
        self._paged(pages)
        while self._state is State.RUNNING:
            self._engine.prepare(now=self._now())
            done = self._engine.close(now=self._now())
            self._told("", done)
            if not done.hours:
                break
            self._write_files()
        self._write_files()
        if self._clock.now() - self._pruned_at >= PRUNE_EVERY:
            self._pruned_at = self._clock.now()
            prune_by(self.config, self._store, self._engine.calendar, now=self._now())
        self._paged(self._watch.tick(self._engine.rules, self._engine.calendar))
        self._paged(digest_due(self._store, self.config.plan, self._engine.calendar, now=self._now()))
        self._ticked_at = self._clock.now()
        systemd.notify("WATCHDOG=1")

    def reload(self, config: Config) -> None:
        """Go on with another configuration; nothing is sent again.

        Raises ValueError, with a sentence, where it needs a new start, and LookupError, StoreError; then
        nothing has changed.
        """
        change: Change = changed(self.config, config)
        prepare = prepared_by(config, self._engine, self._store)
        adopt_table(config, self._store, now=self._now())
        done = self._engine.reconsider(rules_of(config), now=self._now())
        leaving = [self._workers.pop(name) for name in change.stopped if name in self._workers]
        for worker in leaving:
            worker.leave()
        deadline = self._clock.now() + LEAVE_WITHIN
        for worker in leaving:
            worker.wait_until_stopped(self._left(deadline))
        if config.clustering != self.config.clustering or config.language != self.config.language:
            self._engine.place_by(placing_of(config, self._engine.taxonomy, refit=beside))
        self.config, self._prepare = config, prepare
        self._delivery.configure(plan=config.plan, language=config.language, zone=config.timezone)
        self._apps.configure(config.plan.channels, self._manner())
        self._watch.configure(config.audit)
        self._told("", done)
        for name in change.started:
            self._employ(name)
        log.info("config_reloaded", file=config.file.name)

    def stop(self, why: str) -> None:
        """End gracefully: take nothing more, let what is being sent arrive, give the lease back."""
        log.info("stopping", why=why)
        systemd.notify("STOPPING=1")
        self._state = State.STOPPING
        self._watch.stop()
        deadline = self._clock.now() + self.config.daemon.shutdown_within
        for worker in self._workers.values():
            worker.leave()
        # One that hangs must not take all the time: what is being sent is to arrive too.
        halfway = self._clock.now() + self.config.daemon.shutdown_within / 2
        left = [
            w.settings.name for w in self._workers.values() if not w.wait_until_stopped(self._left(halfway))
        ]
        self._apps.stop()
        self._pages.stop()
        left += self._delivery.stop(self._left(deadline))
        # A tick that is under way ends after the part it is at.
        if self._ticking.acquire(timeout=self._left(deadline).total_seconds()):
            self._write_files()
            self._ticking.release()
        self._health.stop()
        if self.lost is None:
            try:
                self._store.release()
            except StoreError as error:
                log.warning("store_busy", error=str(error))
        log.info("stopped", unfinished=left)

    def report(self) -> Report:
        """How the daemon is, for `GET /health`."""
        return report_of(
            self._store,
            state=self._state,
            started_at=self._started_at,
            tick_every=self.config.daemon.tick,
            ticked_at=self._ticked_at,
            sources=self._engine.rules.sources,
            hung=self._delivery.hung,
        )

    def _follow_taxonomy(self) -> None:
        """Count by what people changed in the taxonomy, if they did."""
        done = self._engine.rearrange(now=self._now())
        if done.changed:
            log.info("taxonomy_changed", tickets_moved=done.moved)
            self._told("", done)

    def _manner(self) -> Manner:
        return Manner(self.config.language, self.config.timezone)

    def _draw(self, incident: Incident, language: str) -> bytes | None:
        return picture(incident, self.config, language, now=self._now())

    def _write_report(self, incident: Incident, language: str, by: str) -> bytes:
        now, links = self._now(), self._links
        return report_as_pdf(
            self._store, incident, self.config, language=language, by=by, links=links, now=now
        )

    def _employ(self, name: str) -> None:
        source = next(source for source in self.config.sources if source.settings.name == name)
        worker = SourceWorker(
            self._engine,
            source.settings,
            source.open(),
            clock=self._clock,
            prepare=self._prepare,
            report=self._told,
            log=log,
        )
        self._workers[name] = worker
        worker.start()

    def _told(self, source: str, done: Done) -> None:
        """What a step did goes to the log, the trend files and the outbox's threads."""
        tell(log, source, done, calendar=self._engine.calendar)
        self._rows.extend(done.trend)
        if done.pages:
            self._delivery.wake()

    def _paged(self, pages: list[Page]) -> None:
        self._told("", Done(pages=pages))

    def _write_files(self) -> None:
        while self._rows:
            self._files.append(self._rows.popleft(), self._engine.taxonomy.paths)

    def _now(self) -> int:
        return to_us(self._clock.now())

    def _left(self, deadline: datetime) -> timedelta:
        return max(timedelta(0), deadline - self._clock.now())
