"""Whether the store can be reached and written, without leaving anything behind."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from alerts.catalogue import in_language
from alerts.notifier import missing
from connectors.options import SecretError
from connectors.said import of_error
from monitor.commands._check_findings import Area, Finding, Weight
from monitor.commands._check_words import Words
from monitor.config.schema import Config
from monitor.storage.database import connect, parse, transaction
from monitor.storage.errors import StoreError
from monitor.storage.facts import Cut, Facts
from monitor.storage.schema import META

if TYPE_CHECKING:
    from sqlalchemy.engine import URL


class _UndoError(Exception):
    """Ends the trial transaction, so that nothing of it stays."""


def store_checked(config: Config, words: Words) -> list[Finding]:
    """Findings of the store; one that is not there yet is not made."""
    try:
        url = parse(config.store.address())
        if url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists():
            return [_before_it_is_made(Path(str(url.database)), words)]
        differs = _tried(url, config, words)
    except SecretError as error:
        return [_problem(in_language(missing(error), config.language))]
    except StoreError as error:
        return [_problem(in_language(of_error(error), config.language))]
    if differs is not None:
        return [_problem(differs, unreachable=False)]
    return [Finding(Area.STORE, "", Weight.OK, words["writable"])]


def _before_it_is_made(file: Path, words: Words) -> Finding:
    folder = next(parent for parent in file.parents if parent.exists())
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        return _problem(words["folder_closed"].format(folder=folder))
    return Finding(Area.STORE, "", Weight.OK, words["will_be_made"].format(file=file))


def _tried(url: URL, config: Config, words: Words) -> str | None:
    """Write something and take it back; what the store's counts were cut by, where that is different now."""
    from sqlalchemy import inspect

    engine = connect(url)
    differs: str | None = None
    try:
        with transaction(engine, writing=True) as connection:
            if inspect(connection).has_table(META.name):
                known = Facts(connection).cut()
                now = Cut(config.timezone.key, config.taxonomy.levels)
                differs = None if known is None else _differs(known, now, words)
            connection.exec_driver_sql("CREATE TABLE complaint_monitor_check (id INTEGER)")
            raise _UndoError
    except _UndoError:
        return differs
    finally:
        engine.dispose()


def _differs(known: Cut, now: Cut, words: Words) -> str | None:
    if known.zone != now.zone:
        return words["cut_zone"].format(then=known.zone, now=now.zone)
    if known.levels != now.levels:
        return words["cut_levels"].format(then=", ".join(known.levels), now=", ".join(now.levels))
    return None


def _problem(sentence: str, *, unreachable: bool = True) -> Finding:
    return Finding(Area.STORE, "", Weight.PROBLEM, sentence, unreachable=unreachable)
