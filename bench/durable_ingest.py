"""Target 1, measured by `bench/ingest.py`: its own line is read."""

import io
import re
from contextlib import redirect_stdout

from bench import ingest
from bench.result import Figure


def measure(*, quick: bool) -> list[Figure]:
    said = io.StringIO()
    with redirect_stdout(said):
        ingest.main(10 if quick else 200)
    found = re.search(r"ingest: ([\d.]+)%.*?; (.*)", said.getvalue())
    if found is None:
        raise SystemExit(f"bench/ingest.py said something else: {said.getvalue()}")
    share = float(found[1]) / 100
    return [Figure("1 ingest / sqlite3 by hand", share, ingest.TARGET, at_least=True, note=found[2])]
