"""Real count series with surges put into them, in the directory format of the detection harness.

The harness simulates what the literature simulates; real feeds have batch jobs, office hours, holidays,
level shifts and days on which nothing was recorded. Here the *series* are real and only the *surges* are
made, so that both are known: what a detector should find, and what it should stay silent on. Real
outbreaks inside the test period stay in and count as false alarms; the realised rate is therefore an
upper bound.

    python -m bench.detection.real_sets --data ../shared/data --out /tmp/real --seeds 301 302

Each seed has a folder of its own. With five series a seed has ten surges: compare on twenty seeds, in pairs
(`--only tweets_hour`).

Sets (all from the folder of real data; nothing of it is committed):

    council_day, council_week   complaints to council offices, nodes of four levels, last third tested
    incident_hour               an incident log by category and group, six weeks, last two tested
    taxi_hour                   taxi passengers, thinned to five volumes, 30 weeks, last ten tested
    tweets_hour                 tweets about five companies, eight weeks, last three tested
    sandy_day                   hurricane calls by agency, last third tested
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

STRENGTHS = (2.0, 3.0, 5.0, 8.0)
"""Peak excess of a made surge, in local standard deviations."""


@dataclass(frozen=True)
class RealSet:
    """Counts on a full grid, with the steps that a surge and its metrics need.

    counts : DataFrame, index = time (naive local), columns = series; NaN where nothing is known
    step   : "hourly", "daily" or "weekly", as the harness names it
    tested : share of the time axis, at its end, that is tested
    """

    name: str
    counts: pd.DataFrame
    step: str
    tested: float


@cache
def council(data: Path) -> pd.DataFrame:
    """Daily counts of every node, root to descriptor, with at least 0.3 complaints a day."""
    rows = pd.read_csv(data / "nyc_council_2015_2018.csv.gz", dtype=str).drop_duplicates("unique_key")
    levels = ["borough", "council_dist", "complaint_type", "descriptor"]
    rows[levels] = rows[levels].fillna("?")
    day = pd.to_datetime(rows["opendate"])
    frames = [day.value_counts().rename("all").to_frame()]
    for depth in range(1, 5):
        node = rows[levels[:depth]].agg(" > ".join, axis=1)
        wide = pd.crosstab(day, node)
        frames.append(wide.loc[:, wide.sum() >= 0.3 * len(wide)])
    counts = pd.concat(frames, axis=1)
    full = pd.date_range(counts.index.min(), counts.index.max(), freq="D")
    return counts.reindex(full).fillna(0)


@cache
def incidents(data: Path) -> pd.DataFrame:
    """Hourly counts of incidents opened, by category, subcategory and group; 0.1 an hour at least."""
    rows = pd.read_csv(data / "incident_log_2016.csv.gz", dtype=str).drop_duplicates("number")
    hour = pd.to_datetime(rows["opened_at"], format="%d/%m/%Y %H:%M").dt.floor("h")
    rows, hour = rows[hour >= "2016-02-29"], hour[hour >= "2016-02-29"]
    frames = [hour.value_counts().rename("all").to_frame()]
    for key in (
        ["category"],
        ["category", "subcategory"],
        ["assignment_group"],
        ["contact_type"],
        ["location"],
    ):
        wide = pd.crosstab(hour, rows[key].agg(" > ".join, axis=1).radd("/".join(key) + " "))
        frames.append(wide.loc[:, wide.sum() >= 0.1 * 24 * 46])
    counts = pd.concat(frames, axis=1)
    full = pd.date_range(counts.index.min().normalize(), "2016-04-14 23:00", freq="h")
    return counts.reindex(full).fillna(0)


def taxi(data: Path, seed: int) -> pd.DataFrame:
    """Hourly passengers, thinned to about 1, 5, 30, 150 and 15,000 an hour."""
    rows = pd.read_csv(data / "nab/nyc_taxi.csv.gz", parse_dates=["timestamp"]).set_index("timestamp")[
        "value"
    ]
    hourly = rows.resample("h").sum()
    rng = np.random.default_rng(seed)
    shares = {"t1": 1 / 30000, "t5": 1 / 6000, "t30": 1 / 1000, "t150": 1 / 200, "t15000": 0.5}
    return pd.DataFrame(
        {k: rng.binomial(hourly.to_numpy(), p) for k, p in shares.items()}, index=hourly.index
    )


@cache
def tweets(data: Path) -> pd.DataFrame:
    """Hourly tweets about five companies."""
    series = {}
    for path in sorted((data / "nab").glob("Twitter_volume_*.csv.gz")):
        rows = pd.read_csv(path, parse_dates=["timestamp"]).set_index("timestamp")["value"]
        series[path.name.split("_")[-1][: -len(".csv.gz")]] = rows.resample("h").sum()
    return pd.DataFrame(series).dropna()


@cache
def sandy(data: Path) -> pd.DataFrame:
    """Daily calls about the hurricane by agency; the days before it struck are cut off."""
    rows = pd.read_csv(data / "sandy_311_by_day.csv.gz")
    rows["date"] = pd.to_datetime(rows["date"], format="%m/%d/%y")
    counts = rows.groupby("date").sum().sort_index()
    counts = counts.loc[:, counts.sum() > 100]
    return counts.reindex(pd.date_range(counts.index.min(), counts.index.max(), freq="D"))


def real_sets(data: Path, seed: int) -> list[RealSet]:
    """All sets, built from the folder of real data."""
    by_day = council(data)
    by_week = by_day.resample("W-MON", label="left", closed="left").sum().iloc[1:-1]
    return [
        RealSet("council_day", by_day, "daily", 1 / 3),
        RealSet("council_week", by_week, "weekly", 1 / 3),
        RealSet("incident_hour", incidents(data), "hourly", 1 / 3),
        RealSet("taxi_hour", taxi(data, seed), "hourly", 1 / 3),
        RealSet("tweets_hour", tweets(data), "hourly", 3 / 8),
        RealSet("sandy_day", sandy(data), "daily", 1 / 3),
    ]


def local_sd(counts: np.ndarray, season: int) -> np.ndarray:
    """Standard deviation to expect at each step: robust, against the same slot nearby. (T,) float.

    Mean of the slot over the eight cycles around; variance proportional to it, with the factor from the
    middle half of the residuals (a normal quartile is 0.674 sd), at least Poisson.
    """
    frame = pd.Series(counts)
    slots = [frame.groupby(np.arange(len(frame)) % season).shift(k) for k in range(-4, 5) if k]
    mean = np.maximum(pd.concat(slots, axis=1).mean(axis=1).to_numpy(), 0.05)
    z = (counts - mean) / np.sqrt(mean)
    busy = z[mean > np.nanmedian(mean)]
    spread = (np.nanquantile(busy, 0.75) - np.nanquantile(busy, 0.25)) / (2 * 0.674)
    return np.sqrt(max(spread**2, 1.0) * np.maximum(mean, 0.25 * np.nanmean(counts)))


def surge(rng: np.random.Generator, unit: int) -> tuple[str, np.ndarray]:
    """Name and relative course (peak 1) of a made surge; `unit` steps make a short burst."""
    kind = str(rng.choice(["spike", "step", "ramp", "wave"]))
    steps = int(rng.integers(unit, 6 * unit))
    if kind == "spike":
        return kind, np.ones(1)
    if kind == "step":
        return kind, np.ones(steps)
    if kind == "ramp":
        return kind, np.linspace(1 / steps, 1, steps)
    return kind, np.sin(np.pi * (np.arange(steps) + 1) / (steps + 1))


def write(made: RealSet, out: Path, seed: int) -> dict[str, object]:
    """Put surges into the tested part of `made` and write the directory; returns its meta data."""
    rng = np.random.default_rng([seed, sum(map(ord, made.name))])
    unit, season, grace, cooldown = {"hourly": (6, 168, 2, 6), "daily": (3, 7, 1, 2), "weekly": (1, 1, 0, 1)}[
        made.step
    ]
    stamps = made.counts.index.strftime("%Y-%m-%dT%H" if made.step == "hourly" else "%Y-%m-%d").to_numpy()
    total = len(stamps)
    start = int(total * (1 - made.tested))
    events, truth, series = [], [], []
    for name in made.counts.columns:
        counts = made.counts[name].to_numpy(float).copy()
        sd, event = local_sd(counts, season), np.zeros(total, int)
        share = max(20 * unit, (total - start) // 4)
        for begin in range(start, total - share + 1, share):
            if rng.random() < 0.5:
                continue
            kind, course = surge(rng, unit)
            strength = float(rng.choice(STRENGTHS)) * (1.5 if kind == "spike" else 1)
            at = begin + int(rng.integers(0, share - len(course) - 3 * unit))
            cases = rng.poisson(course * strength * sd[at : at + len(course)])
            while cases.sum() < 2:
                cases[int(rng.integers(len(cases)))] += 1
            first, last = np.flatnonzero(cases)[[0, -1]]
            counts[at : at + len(cases)] += cases
            number = len(events) + 1
            event[at + first : at + last + 1] = number
            events.append(
                (number, name, stamps[at + first], stamps[at + last], kind, strength, int(cases.sum()))
            )
        known = ~np.isnan(counts)
        series.append(pd.DataFrame({"series": name, "ts": stamps[known], "count": counts[known].astype(int)}))
        truth.append(
            pd.DataFrame(
                {
                    "series": name,
                    "ts": stamps[start:],
                    "event": event[start:],
                    "ignore": (~known[start:]).astype(int),
                }
            )
        )
    folder = out / made.name
    folder.mkdir(parents=True, exist_ok=True)
    pd.concat(series).to_csv(folder / "series.csv", index=False)
    pd.concat(truth).to_csv(folder / "truth.csv", index=False)
    pd.DataFrame(events, columns=["event", "series", "start", "end", "shape", "k", "cases"]).to_csv(
        folder / "events.csv", index=False
    )
    meta = {
        "step": made.step,
        "seed": seed,
        "season": season,
        "grace": grace,
        "cooldown": cooldown,
        "per_day": {"hourly": 24, "daily": 1, "weekly": 1 / 7}[made.step],
        "test_start": str(stamps[start]),
        "n_series": len(series),
        "n_steps": total,
        "n_test": total - start,
        "n_events": len(events),
    }
    (folder / "meta.json").write_text(json.dumps(meta, indent=1))
    return meta


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[301])
    parser.add_argument("--only", nargs="+", help="names of sets")
    wanted = parser.parse_args()
    for seed in wanted.seeds:
        for made in real_sets(wanted.data, seed):
            if wanted.only and made.name not in wanted.only:
                continue
            meta = write(made, wanted.out / str(seed), seed)
            print(
                f"{made.name}: {meta['n_series']} series, {meta['n_steps']} steps, {meta['n_events']} surges"
            )


if __name__ == "__main__":
    main()
