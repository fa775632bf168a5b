"""What was brought becomes tickets: bodies of requests, and the lines of the journal that keeps them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from connectors.rows.judging import Rows, quarantined
from connectors.rows.mapping import Reading
from connectors.rows.records import inside
from connectors.source import Quarantined, SourceSettings
from connectors.ticket import TicketBatch

Record = dict[str, Any]


class Entries:
    """Reads the records of one source by its `[sources.fields]`."""

    def __init__(self, settings: SourceSettings) -> None:
        self._name = settings.name
        self._reading = Reading(settings)
        self._inside = {name: inside(name) for name in self._reading.names}
        self.digest = self._reading.digest()

    def absent(self, records: Sequence[Record]) -> list[str]:
        """The mapped fields that none of these records has."""
        return [
            name
            for name, look in self._inside.items()
            if records and all(look(one) is None for one in records)
        ]

    def batch(
        self, brought: Sequence[tuple[str, Sequence[Record]]], now: datetime
    ) -> tuple[TicketBatch, tuple[Quarantined, ...]]:
        """Tickets, and what cannot become one, of requests: how each is called, and its records."""
        records = [record for _, of_request in brought for record in of_request]
        places = [
            f"{request}, ticket {n}" for request, of_request in brought for n in range(1, 1 + len(of_request))
        ]
        columns = {name: [look(record) for record in records] for name, look in self._inside.items()}
        rows = Rows(
            place=lambda row: places[row],
            raw=lambda row: json.dumps(records[row], ensure_ascii=False),
            value=lambda column, row: columns[column][row],
        )
        return self._reading.batch(columns, rows, now)

    def unread(self, entry: Record, line: bytes, *, place: str) -> Quarantined:
        """An entry without tickets: a body that was none, or a line at this place that is damaged."""
        if "unread" in entry:
            place, text = f"request {entry['id']}", str(entry["unread"])
            reason = "it is no ticket, no list of tickets, and no object with `tickets`"
        else:
            text = line.decode("utf-8", "replace")
            reason = "the journal is damaged here; have the sender bring its tickets again"
        return quarantined(self._name, place, reason, text)


def tickets_of(body: bytes) -> list[Record]:
    """The tickets of a body: one, a list of them, or an object that holds such a list.

    Raises ValueError, with a sentence.
    """
    try:
        told = json.loads(body)
    except UnicodeDecodeError:
        raise ValueError("the body is not utf-8") from None
    except (ValueError, RecursionError) as error:
        raise ValueError(f"the body is no JSON: {error}") from None
    found = told.get("tickets") if isinstance(told, dict) and isinstance(told.get("tickets"), list) else told
    if isinstance(found, dict):
        return [found]
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ValueError("the body is no ticket, no list of tickets, and no object with `tickets`")
    return found


def entry_of(line: bytes) -> Record:
    """What a line of the journal holds; nothing where it is damaged."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return entry if isinstance(entry, dict) else {}
