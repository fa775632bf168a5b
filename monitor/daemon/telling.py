"""What a step did, as lines of the log."""

from __future__ import annotations

from typing import Any

from alerts.page import Page
from connectors.windows import Calendar
from detectors.signal import Signal
from monitor.engine.done import Done


def tell(log: Any, source: str, done: Done, *, calendar: Calendar) -> None:
    """One line for each fact."""
    if done.versions:
        log.info("source_read", source=source, versions=done.versions)
    if done.quarantined:
        log.warning("rows_quarantined", source=source, rows=done.quarantined)
    for signal in done.signals:
        _tell_signal(log, signal, calendar)
    if done.hours:
        rows = sum(len(part) for part in done.trend)
        log.info("hours_closed", hours=done.hours, trend_rows=rows)
    for page in done.pages:
        _tell_page(log, page)


def _tell_signal(log: Any, signal: Signal, calendar: Calendar) -> None:
    log.info(
        "signal_fired",
        rule=signal.rule,
        node=" > ".join(signal.node),
        level=signal.level,
        observed=signal.observed,
        threshold=signal.threshold,
        window=calendar.iso(signal.window_start),
    )


def _tell_page(log: Any, page: Page) -> None:
    log.warning(
        "page_decided",
        page=page.key,
        reason=page.reason.value,
        level=page.level,
        node=" > ".join(page.node),
        signals=len(page.signals),
        roles=sorted({told.role for told in page.told}),
        muted_by=page.muted_by,
    )
