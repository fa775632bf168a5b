"""The independent brute force: what a replay must say, computed slowly and plainly.

Written from the notes alone; it imports nothing of the product and uses the standard library only.
Where the product and this disagree, one of the two misreads `docs/semantics.md`: find out which.
"""

from .model import OracleResult, OracleRule, OracleTicket
from .printing import identity, jsonable, lasting, to_json
from .reader import CsvMapping, ReadResult, read_csv, read_csv_with_rejects
from .simulator import final_tickets, run
from .windows import Calendar

__all__ = [
    "Calendar",
    "CsvMapping",
    "OracleResult",
    "OracleRule",
    "OracleTicket",
    "ReadResult",
    "final_tickets",
    "identity",
    "jsonable",
    "lasting",
    "read_csv",
    "read_csv_with_rejects",
    "run",
    "to_json",
]
