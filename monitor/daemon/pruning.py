"""What is old enough goes: tables by `[store] keep`, texts by `[privacy]`."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog

from connectors.windows import Calendar
from monitor.config import Config
from monitor.storage.retention import prune
from monitor.storage.store import Store

log: Final = structlog.get_logger()


def prune_by(config: Config, store: Store, calendar: Calendar, *, now: int) -> None:
    """Remove it, and log how much it was. Raises StoreError."""
    removed: dict[str, int] = {}
    keep = {**vars(config.store.keep), "texts": timedelta(days=config.privacy.text_days)}
    for pruned in prune(store, keep, now=now, calendar=calendar):
        removed[pruned.what] = removed.get(pruned.what, 0) + pruned.rows
    if any(removed.values()):
        log.info("store_pruned", **removed)
