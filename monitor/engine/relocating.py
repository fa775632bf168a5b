"""What people own follows a change of the tree: incidents and silences have the names of now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from alerts.incidents.relocation import relocate
from alerts.plan import ResponsePlan
from connectors.ticket import Path
from monitor.storage.store import Transaction


def relocate_incidents(
    tx: Transaction,
    moved: Callable[[Path], Path],
    signals: Mapping[str, str],
    *,
    plan: ResponsePlan,
    now: int,
) -> None:
    """Let incidents and silences follow.

    `moved` says where a node is now; `signals` are identities that have changed, by what they were.
    """
    book = tx.incidents.whole()
    relocate(book, moved, signals, plan=plan, now=now)
    tx.incidents.save(book.taken())
    for silence in tx.silences.open():
        if moved(silence.node) != silence.node:
            tx.silences.change(replace(silence, node=moved(silence.node)))
