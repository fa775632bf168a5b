"""How many tickets a history meets only when their hour was long over.

An export with one row a ticket, dated by its last change, tells of each ticket on the day on which somebody
closed it. A replay cannot know better, and what follows the clock sees hours with nothing in them.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from connectors.counting import Versions
from connectors.ticket import HOUR

USUAL: Final = 0.2
"""Part of the tickets up to which lateness is that of people who enter tickets after a call."""


def late_tickets(versions: Versions) -> tuple[int, int]:
    """Tickets that were first seen more than an hour after they were created, and all tickets.

    Parameters
    ----------
    versions : in order of arrival
    """
    late = versions.seen - versions.created > HOUR
    if not late.any():
        return 0, len(versions)
    tickets, first = np.unique(versions.ticket, return_index=True)
    return int(late[first].sum()), len(tickets)
