"""A history as it arrived: with the polling delays that were, as far as the store knows them. Pure.

A source's history says when a version was made, the store when the latest version of each ticket was first
seen. What was updated before the monitor's first look came as history and has no delay; a version that the
store no longer has takes the usual delay of its source.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from statistics import median
from typing import Any

import numpy as np

from connectors.counting import Versions

Polled = tuple[str, str, int, int]
"""Source, ticket, updated, seen: a version that arrived by polling."""


def as_polled(versions: Versions, sources: Sequence[str], polled: Iterable[Polled]) -> tuple[Versions, int]:
    """The versions, seen when they were seen, in that order; and of how many that is known.

    Parameters
    ----------
    versions : a history, seen when it was updated
    sources : names by the number of the source
    """
    numbers = {name: number for number, name in enumerate(sources)}
    known: list[dict[str, tuple[int, int]]] = [{} for _ in sources]
    for source, ticket, updated, seen in polled:
        if source in numbers:
            known[numbers[source]][ticket] = (updated, seen)
    if not any(known):
        return versions, 0
    arrived, told = versions.seen.copy(), 0
    for number, tickets in enumerate(known):
        if not tickets or versions.ids is None:
            continue
        usual = int(median(max(0, seen - updated) for updated, seen in tickets.values()))
        first = min(updated for updated, _ in tickets.values())
        rows = np.flatnonzero((versions.source == number) & (versions.updated >= first))
        for row, ticket, updated in zip(
            rows.tolist(), versions.ids[rows].tolist(), versions.updated[rows].tolist(), strict=True
        ):
            last, seen = tickets.get(str(ticket), (updated - 1, updated + usual))
            arrived[row] = max(updated, seen if last == updated else min(updated + usual, seen))
            told += last == updated
    order = np.argsort(arrived, kind="stable")

    in_order: dict[str, Any] = {
        field.name: column[order]
        for field in fields(versions)
        if isinstance(column := getattr(versions, field.name), np.ndarray)
    }
    in_order["seen"] = arrived[order]
    return replace(versions, **in_order), told
