"""Do many of a signal's tickets say nearly the same? One customer's ten mails, or a template that spreads.

Such tickets are tickets, and count; a page says what they are. They are looked for when a page is decided,
among the latest tickets of its window whose text is kept, so that nothing is stored for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from alerts.page import Facts
from connectors.taxonomy import ROOT, Taxonomy
from connectors.ticket import at_us
from detectors.signal import Signal
from monitor.storage.store import Transaction

# So many texts are compared, a tenth of a second.
COMPARED: Final = 400

# Only the most important pages of a decision are looked at: in a storm, pages must not wait for this.
LOOKED_AT: Final = 5

# Fewer copies, or a smaller share of the compared, are not worth a line.
LEAST: Final = 3
SHARE: Final = 0.1


class Copies:
    """Near-duplicates among the tickets of pages, which are asked for in order of importance."""

    def __init__(self, tx: Transaction, taxonomy: Taxonomy) -> None:
        self._tx, self._taxonomy, self._looked = tx, taxonomy, 0

    def __call__(self, signals: Sequence[Signal]) -> Facts:
        """Facts of the largest family of near-duplicates among the signals' tickets, if there is one.

        `copies` of the `compared` texts are nearly the same; `copies_by_one` where one complainant sent them
        all. The signals are of one node, and that with the most tickets is looked at.
        """
        counting = [signal for signal in signals if not signal.subject]
        if not counting or self._looked == LOOKED_AT:
            return ()
        self._looked += 1
        return _facts(self._tx, self._taxonomy, max(counting, key=lambda signal: signal.observed))


def _facts(tx: Transaction, taxonomy: Taxonomy, signal: Signal) -> Facts:
    node = taxonomy.find(signal.node) or ROOT
    below = np.flatnonzero(taxonomy.ancestor[:, signal.depth] == node).tolist()
    nodes = [node] if signal.exact else below
    texts = tx.ticket_reads.texts(nodes, signal.window_start, signal.window_end, most=COMPARED)
    if len(texts) < LEAST:
        return ()
    from connectors.clustering.duplicates import Duplicates

    duplicates = Duplicates()
    families: dict[object, list[str | None]] = {}
    for one in texts:
        key = (one.source, one.ticket)
        original = duplicates.observe(key, one.text, at_us(one.created))
        families.setdefault(key if original is None else original.key, []).append(one.complainant)
    largest = max(families.values(), key=len)
    if len(largest) < max(LEAST, SHARE * len(texts)):
        return ()
    by_one = len(set(largest)) == 1 and largest[0] is not None
    facts = (("copies", str(len(largest))), ("compared", str(len(texts))))
    return (*facts, ("copies_by_one", "yes")) if by_one else facts
