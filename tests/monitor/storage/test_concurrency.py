"""Several threads and programs at once: writers queue up, readers see one moment."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from storing import NOON, SHANGHAI, fed, stored_counts, ticket

from connectors.ticket import NEVER, to_us
from monitor.storage import Store
from monitor.storage.recount import recount

ROOT = Path(__file__).parents[3]


def test_writers_of_several_threads_lose_nothing(store):
    def write(worker: int) -> None:
        for n in range(10):
            fed(store, ticket(f"{worker}-{n}", path=(f"node {n % 3}",)))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, range(4)))
    assert stored_counts(store)[0].total() == 40
    with store.reading() as tx:
        assert len(recount(tx, SHANGHAI)) == 0


def test_a_reader_sees_one_moment_while_others_write(store):
    fed(store, ticket("1"))
    with store.reading() as tx:
        assert tx.ticket_reads.ticket("desk", "1") is not None
        fed(store, ticket("2"))
        assert tx.ticket_reads.ticket("desk", "2") is None
        assert len(tx.ticket_reads.created(to_us(NOON), to_us(NOON) + 1)) == 1
    with store.reading() as tx:
        assert tx.ticket_reads.ticket("desk", "2") is not None


def test_two_programs_may_make_the_schema_at_once(empty_url):
    with ThreadPoolExecutor(3) as threads:
        for opened in threads.map(Store.open, [empty_url] * 3):
            opened.close()


WRITER = """
import sys
from connectors.ticket import to_us
from monitor.storage import Store
from storing import NOON, SHANGHAI, LEVELS, feed, ticket
from connectors.taxonomy import Taxonomy

store = Store.open(sys.argv[1])
start = int(sys.argv[2])
print("ready", flush=True)
for n in range(start, start + 100_000):
    with store.writing() as tx:
        taxonomy = Taxonomy(LEVELS, tx.nodes.paths())
        path = (f"node {n % 7}",)
        feed(tx, taxonomy, [ticket(f"{n}-{i}", path=path, escalated_at=NOON) for i in range(20)])
        tx.sources.progress(0, polled_at=to_us(NOON), cursor=str(n))
    print(n, flush=True)
"""


def test_a_program_killed_at_any_moment_leaves_whole_transactions(store, url):
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "support")])
    told = -1
    for kill in range(3):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, url, str(told + 1)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": paths},
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        time.sleep(0.05 + 0.13 * kill)
        writer.send_signal(signal.SIGKILL)
        said = writer.stdout.read().split()
        writer.wait()
        writer.stdout.close()
        with store.reading() as tx:
            assert len(recount(tx, SHANGHAI)) == 0
            sources = tx.sources.all()
            cursor = int(sources[0].cursor or -1) if sources else -1
            sums = [int(tx.counts.leaf(column, 0, NEVER)[1].sum()) for column in ("tickets", "escalated")]
        # What was told as stored is stored; at most the answer to the last commit was lost.
        told = int(said[-1]) if said else told
        assert cursor in {told, told + 1}
        told = cursor
        assert sums == [20 * (told + 1)] * 2
