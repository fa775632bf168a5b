"""What lies ahead for whoever is called: nobody on call, workdays that are not known yet."""

from __future__ import annotations

from datetime import datetime

from alerts.catalogue import in_language
from alerts.incident_check import ahead
from alerts.incident_plan import Override
from alerts.workdays import Workdays
from connectors.said import of_error
from connectors.ticket import to_us
from monitor.commands import CommandError
from monitor.commands._check_findings import Area, Finding, Weight
from monitor.commands._store import opened
from monitor.config import Config
from monitor.config.problem import spelled
from monitor.storage.errors import StoreError
from monitor.wiring import plan_of


def ahead_checked(config: Config, *, now: datetime) -> list[Finding]:
    """Findings of the plan's schedules and workdays."""
    try:
        plan = plan_of(config)
    except ValueError as error:
        said = in_language(of_error(error), config.language)
        return [Finding(Area.CONFIG, "workdays.file", Weight.PROBLEM, said)]
    workdays = Workdays(plan.workdays, config.timezone)
    found = ahead(plan, workdays, now=now, overrides=_standing_in(config, now))
    return [
        Finding(Area.CONFIG, spelled(key), Weight.WARNING, in_language(sentence, config.language))
        for key, sentence in found
    ]


def _standing_in(config: Config, now: datetime) -> tuple[tuple[str, Override], ...]:
    """People who stand in by command; a store that is not ready is told of elsewhere."""
    if not config.plan.schedules:
        return ()
    try:
        with opened(config) as store, store.reading() as tx:
            return tx.oncall.overrides(to_us(now))
    except (CommandError, StoreError):
        return ()
