"""Python's csv reader without its limit on a field, which holds for the whole process and not for one reader.

131,072 characters are below a long mail, and whoever raises them raises them for everybody: what one reader
accepts would depend on what ran before it. So the limit is lifted for all, and a reader that must not be led
astray by a quote that is never closed bounds its lines itself.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from _csv import Reader

LONGEST_FIELD: Final = (1 << 31) - 1
"""Characters; the most that the limit, a C long, can be on every platform."""


def csv_reader(lines: Iterable[str], **dialect: Any) -> Reader:
    """As csv.reader, for fields of any length."""
    csv.field_size_limit(LONGEST_FIELD)
    return csv.reader(lines, **dialect)
