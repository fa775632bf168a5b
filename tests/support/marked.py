"""Single tickets as a detector of a tree sees them."""

import numpy as np

from detectors.tree.marks import Marks


def marks(at, node, region=-1, channel=-1, complainant=-1):
    """Tickets by the step in which they come, each at a node or all at one."""
    columns = [np.broadcast_to(np.asarray(one), len(at)) for one in (region, channel, complainant)]
    nodes = np.broadcast_to(np.asarray(node, np.int32), len(at)).copy()
    return Marks(np.asarray(at, float), nodes, np.array(columns, np.int32))
