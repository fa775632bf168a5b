"""Target 3: replay of ten million tickets of 20,000 leaves from Parquet, the plan's three rules.

Three sides read the same file, each time in a new process, in turns: a bare scan by pyarrow that does
nothing with what it reads, our replay, and what one writes with pandas. The pandas side must find the same
signals; it says the same of each: rule, path, window, count, and the instant of crossing.

Seconds are those of the work alone, without imports. Memory is the peak of the process with imports.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bench.result import Figure
from bench.rules import DAY_TICKETS, MONTH_ESCALATIONS, default_rules
from bench.tickets_file import LEVELS, write

ROWS, ROUNDS = 10_000_000, 3
QUICK_ROWS = 100_000
ZONE = ZoneInfo("Asia/Shanghai")
END = datetime(2027, 1, 1, tzinfo=UTC)
IMPORTED = {
    "scan": ("pyarrow.parquet",),
    "ours": (
        "pyarrow.parquet",
        "scipy.special",
        "connectors.parquet",
        "monitor.replay.history",
        "monitor.replay.replay",
    ),
    "pandas": ("pyarrow.parquet", "pandas", "scipy.stats"),
}
SCANS, LIMIT_MIB, FASTER = 6, 2_048, 2.5


def measure(*, quick: bool) -> list[Figure]:
    rows = QUICK_ROWS if quick else ROWS
    seconds: dict[str, list[float]] = {"scan": [], "ours": [], "pandas": []}
    peaks: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "tickets.parquet"
        write(file, rows)
        file.read_bytes()
        signals = {}
        for round_ in range(1 if quick else ROUNDS):
            for side, times in seconds.items():
                if side == "pandas" and round_:
                    continue
                took, peak, found = _in_child(side, file)
                times.append(took)
                peaks[side] = max(peak, peaks.get(side, 0))
                signals[side] = found
                print(f"{side}: {took:.2f} s, peak {peak:,.0f} MiB", flush=True)
    if signals["ours"] != signals["pandas"]:
        raise SystemExit("replay and pandas do not find the same signals")
    scan, ours, pandas = (statistics.median(seconds[side]) for side in seconds)
    scans = sorted(o / s for o, s in zip(seconds["ours"], seconds["scan"], strict=True))
    print(f"signals, the same on both sides: {signals['ours'][0]}")
    note = f"{ours:.1f} s, bare scan {scan:.1f} s; rounds {scans[0]:.1f} to {scans[-1]:.1f}"
    return [
        Figure("3 replay 10M / bare scan", statistics.median(scans), SCANS, note=note),
        Figure("3 replay 10M, peak memory", peaks["ours"], LIMIT_MIB, "MiB"),
        Figure(
            "3 pandas / replay, same signals",
            pandas / ours,
            FASTER,
            at_least=True,
            note=f"{pandas:.1f} s, peak {peaks['pandas']:,.0f} MiB",
        ),
    ]


def _in_child(side: str, file: Path) -> tuple[float, float, list]:
    """(seconds, peak MiB, [number of signals, their digest]) of one side in a new process."""
    command = [sys.executable, "-m", "bench.replay", side, str(file)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return tuple(json.loads(done.stdout.splitlines()[-1]))


def scan(file: Path) -> None:
    """Read all columns into memory."""
    from pyarrow import parquet

    parquet.read_table(file)


def ours(file: Path) -> set[tuple]:
    """The production replay, without writing trend rows."""
    from connectors.parquet import Options, Source
    from connectors.source import Fields, Flag, SourceSettings
    from connectors.taxonomy import Taxonomy
    from connectors.windows import Calendar
    from monitor.replay.history import versions_of
    from monitor.replay.replay import replay

    fields = Fields(id="number", created_at="opened", category=LEVELS, escalated=Flag("urgent", ("true",)))
    settings = SourceSettings(name="desk", kind="parquet", timezone=ZONE, fields=fields)
    taxonomy = Taxonomy(LEVELS)
    history = Source(settings, Options(path=file)).history(END)
    versions = versions_of(((0, poll.batch) for poll in history), taxonomy)
    replayed = replay(
        versions,
        taxonomy=taxonomy,
        calendar=Calendar(ZONE),
        sources=["desk"],
        detectors=default_rules(len(LEVELS)),
    )
    return {
        (signal.rule, signal.node, signal.window_start, signal.observed, signal.crossed_at)
        for signal in replayed.signals
    }


def by_pandas(file: Path) -> set[tuple]:
    """The same rules by groupby, as one writes them who knows pandas: names as categories."""
    import numpy as np
    import pandas as pd
    from scipy.stats import binom

    tickets = pd.read_parquet(file)
    names = list(LEVELS)
    us = tickets["opened"].astype("int64")
    local = tickets["opened"].dt.tz_convert(ZONE)
    wall = local.dt.tz_localize(None)
    # Shanghai has no clock changes in these years, so that wall hours are hours.
    shift = int((wall.iloc[0] - tickets["opened"].iloc[0].tz_localize(None)).total_seconds() * 1e6)
    found: set[tuple] = set()

    def crossings(rule: str, chosen: pd.DataFrame, window: pd.Series, threshold: int) -> None:
        leaf = chosen.groupby(names, observed=True, sort=False).ngroup()
        nth = chosen.groupby([leaf, window]).cumcount()
        rows = chosen[nth == threshold - 1]
        paths = zip(*(rows[name].astype(str) for name in names), strict=True)
        starts = window[rows.index].astype("datetime64[us]").astype("int64") - shift
        for path, start, at in zip(paths, starts, us[rows.index], strict=True):
            found.add((rule, path, int(start), threshold, int(at)))

    crossings("day", tickets, wall.dt.floor("D"), DAY_TICKETS)
    urgent = tickets[tickets["urgent"]]
    month = wall[urgent.index].dt.to_period("M").dt.to_timestamp()
    crossings("month", urgent, month, MONTH_ESCALATIONS)

    hour = us // 3_600_000_000
    for depth in range(1, len(names) + 1):
        group = tickets.groupby(names[:depth], observed=True, sort=False).ngroup()
        count = tickets.groupby([group.rename("group"), hour.rename("hour")]).size().reset_index(name="count")
        before = count.assign(hour=count["hour"] + 1).rename(columns={"count": "previous"})
        pairs = count.merge(before, on=["group", "hour"], how="left").fillna({"previous": 0})
        # The hour before must be known: it lies after the hour of the first ticket.
        pairs = pairs[(pairs["count"] >= 10) & (pairs["hour"] - 1 > hour.iloc[0])]
        pairs = pairs[pairs["count"] >= 2 * pairs["previous"]]
        total = pairs["count"] + pairs["previous"]
        pairs = pairs[binom.sf(pairs["count"] - 1, total, 0.5) <= 0.001]
        example = group.drop_duplicates()
        place = pd.Series(example.index.to_numpy(), index=example.to_numpy())
        rows = tickets.loc[place[pairs["group"]].to_numpy(), names[:depth]]
        paths = list(zip(*(rows[name].astype(str) for name in names[:depth]), strict=True))
        start = pairs["hour"].to_numpy(np.int64) * 3_600_000_000
        for path, at, observed in zip(paths, start.tolist(), pairs["count"].tolist(), strict=True):
            found.add(("hour", path, at, int(observed), at + 3_600_000_000))
    return found


def _child(side: str, file: Path) -> None:
    import hashlib
    from importlib import import_module

    # What a process loads once is not part of the work.
    for name in IMPORTED[side]:
        import_module(name)
    start = time.perf_counter()
    found = {"scan": scan, "ours": ours, "pandas": by_pandas}[side](file)
    seconds = time.perf_counter() - start
    said = sorted(found or ())
    digest = hashlib.sha256(repr(said).encode()).hexdigest()[:12]
    print(json.dumps((seconds, _peak(), [len(said), digest])))


def _peak() -> float:
    """Largest resident memory of this process so far, MiB; unlike ru_maxrss it is not the parent's."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    _child(sys.argv[1], Path(sys.argv[2]))
