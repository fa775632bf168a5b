"""What the store knows about itself: how its counts are cut, what is closed, what is sealed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alerts.catalogue import Sentence
from connectors.ticket import NEVER
from monitor.storage import bulk
from monitor.storage.schema import META

if TYPE_CHECKING:
    from sqlalchemy import Connection

# Before every instant: nothing is closed, or sealed, yet.
NOTHING = -NEVER


@dataclass(frozen=True)
class Cut:
    """What the stored counts depend on: the business zone and the names of the taxonomy's levels."""

    zone: str
    levels: tuple[str, ...]

    def differs(self, other: Cut) -> str | None:
        """What is different in the other, as a sentence; None where the counts stay valid."""
        if self.zone != other.zone:
            return Sentence("store.cut.zone", then=self.zone, now=other.zone)
        if self.levels != other.levels:
            return Sentence("store.cut.levels", then=self.levels, now=other.levels)
        return None


class Facts:
    """Reads and writes the table `meta`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def cut(self) -> Cut | None:
        """How the counts are cut; None in a new store."""
        known = self._all("zone", "levels")
        if len(known) < len(("zone", "levels")):
            return None
        return Cut(known["zone"], tuple(json.loads(known["levels"])))

    def save_cut(self, zone: str, levels: Sequence[str]) -> None:
        """The counts are cut like this from now on."""
        self.save("zone", zone)
        self.save("levels", json.dumps(list(levels), ensure_ascii=False))

    def closed_until(self) -> int | None:
        """End of the last hour that was closed, judged and logged; None where none was."""
        return self._instant("closed_until")

    def close_hours(self, until: int) -> None:
        """All hours that end at `until` or before are judged and logged."""
        self.save("closed_until", str(until))

    def clock(self) -> int | None:
        """Until when what becomes due with time has been judged; None where nothing was."""
        return self._instant("clock")

    def move_clock(self, to: int) -> None:
        """What becomes due until then has been judged."""
        self.save("clock", str(to))

    def own_key(self) -> str | None:
        """The key made for hashes of complainants where none is configured."""
        return self._all("own_key").get("own_key")

    def save_own_key(self, key: str) -> None:
        """Keep the key; without it the same person is somebody else."""
        self.save("own_key", key)

    def sealed_until(self) -> int:
        """Counts of hours before this instant never change any more: their tickets may be gone."""
        sealed = self._instant("sealed_until")
        return NOTHING if sealed is None else sealed

    def seal(self, until: int) -> None:
        """Seal all hours before `until`; a seal is never lifted."""
        self.save("sealed_until", str(max(until, self.sealed_until())))

    def value(self, key: str) -> str | None:
        """Any other fact, e.g. a key that was made once."""
        return self._all(key).get(key)

    def save(self, key: str, value: str) -> None:
        """Remember a fact."""
        then = "ON CONFLICT (key) DO UPDATE SET value = excluded.value"
        bulk.insert(self._connection, META, {"key": [key], "value": [value]}, then=then)

    def _instant(self, key: str) -> int | None:
        known = self._all(key)
        return int(known[key]) if known else None

    def _all(self, *keys: str) -> dict[str, str]:
        return dict(
            bulk.rows_among(self._connection, "SELECT key, value FROM meta WHERE key {among}", keys=keys)
        )
