"""A webhook from the request to the stored signal, at 200 tickets a second: the whole process, from outside.

`complaint-monitor run` on SQLite with synchronous=FULL; eight senders sign and bring one ticket a request,
each with a connection of its own. Every tenth ticket completes a threshold of its own node. The time is taken
from before the last of those ten requests is sent until another process' connection sees the signal's row;
looking itself adds up to 5 ms. Senders, daemon and looker share the machine.
"""

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing, suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from socket import create_server

from bench.result import Figure

A_SECOND, SECONDS, QUICK_SECONDS = 200, 60, 4
SENDERS, LOOK_EVERY = 8, 0.005
OF_A_NODE = 10
P99_S = 1.0
SECRET = "a secret of the bench"
CONFIG = """
timezone = "Asia/Shanghai"
language = "en"
store = {{ url = "sqlite:///complaints.db" }}
taxonomy = {{ levels = ["cause"] }}
web = {{ port = 0 }}
daemon = {{ tick = "1s" }}
[[sources]]
name = "desk"
kind = "webhook"
secrets = ["env:BENCH_WEBHOOK"]
journal = "journal"
port = {port}
[sources.fields]
id = "id"
created_at = "created"
category = ["cause"]
[[rules]]
name = "volume"
kind = "daily_threshold"
thresholds = {{ low = 10 }}
[[levels]]
name = "low"
notify = ["leader"]
"""


def measure(*, quick: bool) -> list[Figure]:
    seconds = QUICK_SECONDS if quick else SECONDS
    with tempfile.TemporaryDirectory() as name, closing(create_server(("127.0.0.1", 0))) as found:
        folder, port = Path(name), found.getsockname()[1]
        found.close()
        (folder / "config.toml").write_text(CONFIG.format(port=port), encoding="utf-8")
        os.environ["BENCH_WEBHOOK"] = SECRET
        with (folder / "log").open("wb") as log:
            command = [Path(sys.executable).with_name("complaint-monitor"), "run"]
            with subprocess.Popen(command, cwd=folder, stdout=log, stderr=log) as daemon:
                try:
                    _wait_for(port, daemon)
                    load = _Load(port, seconds * A_SECOND)
                    seen = load.bring_and_watch(folder / "complaints.db")
                    spent = _cpu(daemon.pid)
                finally:
                    daemon.terminate()
    took = sorted(seen[node] - max(sent) for node, sent in load.sent.items())
    answers = sorted(load.answered)
    p50, p99 = took[len(took) // 2], took[int(0.99 * len(took))]
    slowest = 1_000 * answers[int(0.99 * len(answers))]
    note = (
        f"p50 {p50:.3f} s, worst {took[-1]:.3f} s; {len(answers) / load.took:.0f} tickets a second; "
        f"answered p99 {slowest:.0f} ms; daemon {spent / load.took:.0%} of a core"
    )
    return [Figure("webhook to stored signal, p99", p99, P99_S, "s", note=note)]


class _Load:
    """The senders, and when each node's tickets were sent."""

    def __init__(self, port: int, tickets: int) -> None:
        self.sent: dict[str, list[float]] = {}
        self.answered: list[float] = []
        self.refused: list[str] = []
        self.took = 0.0
        self._port, self._tickets = port, tickets
        self._numbers, self._lock = count(), threading.Lock()

    def bring_and_watch(self, database: Path) -> dict[str, float]:
        """When each node's signal was first seen."""
        start = time.perf_counter()
        threads = [threading.Thread(target=self._bring, args=(start,)) for _ in range(SENDERS)]
        for thread in threads:
            thread.start()
        seen: dict[str, float] = {}
        deadline = start + self._tickets / A_SECOND + 60
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as looking:
            while len(seen) < self._tickets // OF_A_NODE and time.perf_counter() < deadline:
                found = looking.execute(
                    "SELECT nodes.path FROM signals JOIN nodes ON nodes.id = node_id WHERE signals.rowid > ?",
                    (len(seen),),
                ).fetchall()
                now = time.perf_counter()
                seen |= {json.loads(path)[0]: now for (path,) in found}
                time.sleep(LOOK_EVERY)
        for thread in threads:
            thread.join()
        if len(seen) < self._tickets // OF_A_NODE:
            missing = sorted(set(self.sent) - set(seen))
            raise SystemExit(f"never stored: signals of {missing}; refused were {self.refused}")
        return seen

    def _bring(self, start: float) -> None:
        import http.client

        with closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)) as connection:
            while (number := next(self._numbers)) < self._tickets:
                time.sleep(max(0.0, start + number / A_SECOND - time.perf_counter()))
                node = f"N{number // OF_A_NODE}"
                ticket = {"id": f"T{number}", "created": datetime.now(UTC).isoformat(), "cause": node}
                body = json.dumps(ticket).encode()
                began = time.perf_counter()
                connection.request("POST", "/tickets", body, _signed(body, str(number)))
                answer = connection.getresponse()
                told, ended = answer.read(), time.perf_counter()
                if answer.status != 202:
                    self.refused.append(f"{answer.status} {told.decode()}")
                    continue
                with self._lock:
                    self.sent.setdefault(node, []).append(began)
                    self.answered.append(ended - began)
                    self.took = max(self.took, ended - start)


def _signed(body: bytes, ident: str) -> dict[str, str]:
    from connectors.receiving.signatures import ID, SIGNATURE, TIMESTAMP, signature

    stamp = str(int(time.time()))
    return {ID: ident, TIMESTAMP: stamp, SIGNATURE: signature(SECRET.encode(), ident, stamp, body)}


def _wait_for(port: int, daemon: subprocess.Popen) -> None:
    import http.client

    for _ in range(600):
        with suppress(OSError), closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as asked:
            asked.request("GET", "/tickets")
            asked.getresponse().read()
            return
        if daemon.poll() is not None:
            raise SystemExit("the daemon did not start")
        time.sleep(0.1)
    raise SystemExit("nothing listens")


def _cpu(pid: int) -> float:
    """Seconds of processor time so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
