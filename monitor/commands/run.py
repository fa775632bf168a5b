"""run the monitor: poll the sources, count, judge, page, until it is stopped

SIGTERM or Ctrl-C stops it gracefully, SIGHUP reads the configuration again.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import threading
from contextlib import suppress
from datetime import UTC
from pathlib import Path
from types import FrameType
from typing import Final

import structlog

from connectors.category_table import TableError
from connectors.ticket import to_us
from monitor.clock import SystemClock
from monitor.commands import Exit, config_argument
from monitor.commands._refusing import refused, refused_secret, refused_table
from monitor.config import Config, ConfigError, load
from monitor.daemon.banner import where_to_look
from monitor.daemon.daemon import LEASE, Daemon
from monitor.daemon.instance import has_ended, holder
from monitor.health.server import HealthError
from monitor.logs import configure_logs
from monitor.storage import Store, StoreError
from monitor.wiring import adopt_cut, adopt_table

log: Final = structlog.get_logger()

# How often the main thread looks whether a signal asked for something, in seconds.
LOOK_EVERY: Final = 0.5
PROGRAM: Final = "complaint-monitor"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    config_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Run until a signal, or a lost lease, ends it."""
    config = load(args.config)
    args.language = config.language
    configure_logs(config.daemon.log_format, config.daemon.log_level)
    asked = _Asked()
    clock = SystemClock()
    try:
        store = Store.open(config.store.address())
    except LookupError as error:
        raise refused_secret("store.url", error) from error
    try:
        now = clock.now()
        store.acquire(holder(), ttl=LEASE, now=to_us(now), gone=has_ended)
        adopt_cut(config, store)
        adopt_table(config, store, now=to_us(now))
        return _run(config, Daemon(config, store, clock), asked)
    except TableError as error:
        raise refused_table(error, config.language) from error
    except (ValueError, HealthError) as error:
        raise refused(error) from error
    except LookupError as error:
        raise refused_secret("privacy.key", error) from error
    finally:
        # Where it has started it has given the lease back itself; where that fails now, it expires.
        with suppress(StoreError):
            store.release()
        store.close()


def _run(config: Config, daemon: Daemon, asked: _Asked) -> int:
    from apscheduler.schedulers.background import BackgroundScheduler

    daemon.start()
    sys.stdout.write(where_to_look(config, health=daemon.health_url, program=_as_called()) + "\n")
    sys.stdout.flush()
    scheduler = BackgroundScheduler(timezone=UTC)
    seconds = config.daemon.tick.total_seconds()
    # A tick that comes while another one is at work returns at once: no reason for a warning.
    scheduler.add_job(
        daemon.tick, "interval", seconds=seconds, max_instances=2, coalesce=True, misfire_grace_time=None
    )
    scheduler.start()
    try:
        while not asked.to_stop and daemon.lost is None:
            asked.event.wait(LOOK_EVERY)
            asked.event.clear()
            if asked.to_reload:
                asked.to_reload = False
                _reload(daemon)
    finally:
        scheduler.shutdown(wait=False)
        daemon.stop(asked.why or "the lease was lost")
    return Exit.LEASE if daemon.lost is not None else Exit.OK


def _as_called() -> str:
    """This program by its name, and by its path where a shell would not find it: `make run` is in .venv."""
    called = Path(sys.argv[0])
    return str(called) if called.name == PROGRAM and shutil.which(PROGRAM) is None else PROGRAM


def _reload(daemon: Daemon) -> None:
    """Read the configuration again; one with mistakes is refused with its reasons, and the old one stays."""
    try:
        daemon.reload(load(daemon.config.file))
    except ConfigError as error:
        for problem in error.problems:
            log.error("config_refused", problem=str(problem))  # noqa: TRY400 - no mistake of the program
    except (ValueError, LookupError, StoreError) as error:
        log.error("config_refused", problem=str(error))  # noqa: TRY400 - no mistake of the program


class _Asked:
    """What signals have asked for. Handlers only note it; the main thread does it."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.to_stop = self.to_reload = False
        self.why = ""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGHUP, self._reload)

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        self.to_stop, self.why = True, signal.Signals(number).name
        self.event.set()

    def _reload(self, _number: int, _frame: FrameType | None) -> None:
        self.to_reload = True
        self.event.set()
