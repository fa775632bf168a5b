"""Signals that a step may have brought back under their threshold, or over it again."""

from __future__ import annotations

from typing import Final

import numpy as np

from connectors.ticket import HOUR
from detectors.signal import Signal
from detectors.step import Step
from detectors.ticket_rule import ticket_subject
from monitor.engine.fired import Fired
from monitor.storage.store import Transaction

# An hour's change is felt by the signal of the hour after it; a day of 25 hours never makes it longer.
AFTER: Final = 2 * HOUR


def signals_touched(tx: Transaction, step: Step, fired: Fired, *, now: int) -> list[Signal]:
    """Stored signals whose counts the step changed."""
    found: dict[str, Signal] = {}
    changes = (step.ledger.tickets, step.ledger.escalations, step.ledger.people)
    at = np.concatenate([change.at for change in changes])
    if len(at):
        leaves = np.unique(np.concatenate([change.node for change in changes]))
        touched = np.unique(step.taxonomy.ancestor[leaves])
        paths = [step.taxonomy.paths[node] for node in touched[touched >= 0].tolist()]
        for signal in fired.overlapping(tx, paths, int(at.min()), int(at.max()) + AFTER, now=now):
            found[signal.identity] = signal
    for stored in tx.signals.about(_subjects(step)):
        found[stored.signal.identity] = stored.signal
    return list(found.values())


def _subjects(step: Step) -> set[tuple[tuple[str, str], ...]]:
    """The tickets and complainants that the step tells of."""
    versions = step.versions
    if versions.ids is None:
        return set()
    pairs = zip(versions.source.tolist(), versions.ids.tolist(), strict=True)
    subjects = {ticket_subject(step.sources[source], str(id)) for source, id in set(pairs)}
    if versions.complainant is not None:
        subjects |= {(("complainant", str(who)),) for who in set(versions.complainant.tolist()) if who}
    return subjects
