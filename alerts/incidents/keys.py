"""Keys of the events that an incident has taken: a set that grows one by one and is never changed.

In a storm one incident takes thousands of events in one decision. A frozenset of them all would be copied for
each; this one copies the last few, and all only now and then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_FEW: Final = 64


@dataclass(frozen=True, slots=True)
class Keys:
    """`key in keys`, and `keys.and_(key)`."""

    _old: frozenset[str] = frozenset()
    _new: tuple[str, ...] = ()

    def __contains__(self, key: object) -> bool:
        return key in self._new or key in self._old

    def and_(self, key: str) -> Keys:
        """The same keys and another."""
        if len(self._new) < _FEW:
            return Keys(self._old, (*self._new, key))
        return Keys(self._old.union(self._new), (key,))
