"""Silences, those that are over too: who kept what quiet, and when."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from alerts.silences import Silence, from_json, to_json
from monitor.storage import bulk
from monitor.storage.schema_told import SILENCES
from monitor.storage.texts import storable

if TYPE_CHECKING:
    from sqlalchemy import Connection

_ALL: Final = "SELECT id, body FROM silences ORDER BY id"
# Asked for with each page.
_OPEN: Final = "SELECT id, body FROM silences WHERE ended_at IS NULL ORDER BY id"


class Silences:
    """Reads and writes the table `silences`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, silence: Silence) -> Silence:
        """Keep a silence: the same with its number."""
        values = {"created_at": silence.start, "body": _body(silence)}
        made = self._connection.execute(SILENCES.insert().values(values).returning(SILENCES.c.id))
        return replace(silence, id=int(made.scalar_one()))

    def open(self) -> list[Silence]:
        """Those that nobody and nothing has ended, in the order of their numbers."""
        return self._found(_OPEN)

    def all(self) -> list[Silence]:
        """Every silence."""
        return self._found(_ALL)

    def change(self, silence: Silence) -> None:
        """It ends earlier, or is over, as its `ended_at` says."""
        values = {"ended_at": silence.ended_at, "body": _body(silence)}
        self._connection.execute(SILENCES.update().where(SILENCES.c.id == silence.id).values(values))

    def _found(self, chosen: str) -> list[Silence]:
        return [from_json(body, id=id) for id, body in bulk.rows(self._connection, chosen)]


def _body(silence: Silence) -> str:
    text = to_json(silence)
    return text if storable(text) == text else json.dumps(json.loads(text))
