"""Target 5: from the start of the process to the first verdict, with 100,000 nodes and 8 weeks of counts.

What `complaint-monitor run` does before it can page, in a new process: import, open the store, build the
tree, reconsider the open windows by the rules, take a first ticket, close the first hour. The seconds are of
the whole process, as whoever starts it waits for them.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from bench.living import CALENDAR, NOW, Living, later, poll
from bench.result import Figure
from connectors.source import Poll
from connectors.ticket import HOUR, TicketBatch, at_us

LEAVES, DAYS, A_DAY, ROUNDS = 86_000, 56, 12_000, 3
QUICK = (500, 2, 500, 1)
SECONDS = 10


def measure(*, quick: bool) -> list[Figure]:
    leaves, days, a_day, rounds = QUICK if quick else (LEAVES, DAYS, A_DAY, ROUNDS)
    seconds = []
    with tempfile.TemporaryDirectory() as folder:
        living = Living.make(Path(folder), leaves=leaves, days=days, a_day=a_day)
        for round_ in range(rounds):
            start = time.perf_counter()
            command = [sys.executable, "-m", "bench.start", living.url, str(round_)]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            seconds.append(time.perf_counter() - start)
    note = f"{done.stdout.strip()}; {leaves:,} leaves, {days} days of {a_day:,} tickets"
    return [Figure("5 start to first verdict", statistics.median(seconds), SECONDS, "s", note=note)]


def _child(url: str, round_: int) -> None:
    living = Living(url, [("first", "ticket")])
    engine = living.engine()
    at = later(round_ * 3_600)
    engine.take(poll(living.batch(np.array([at]), np.array([0]), first_id=90_000_000 + round_)), now=at)
    end = CALENDAR.hour_end(CALENDAR.hour(NOW)) + round_ * HOUR
    engine.take(Poll(TicketBatch.empty("desk"), (), "", at_us(end)), now=end)
    done = engine.close(now=end)
    print(f"{len(engine.taxonomy):,} nodes, {done.hours} hour closed")


if __name__ == "__main__":
    _child(sys.argv[1], int(sys.argv[2]))
