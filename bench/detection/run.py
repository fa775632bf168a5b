"""The detector on directories of the detection harness: quality, realised false-alarm rate and cost.

    python ../shared/detection/simulate.py --out /tmp/h/501 --seed 501
    python bench/detection/real_sets.py --out /tmp/real/601 --seed 601
    python bench/detection/run.py --harness ../shared/detection /tmp/h/* /tmp/real/*

Reads DIR/*/series.csv through `score_file`, as `complaint-monitor score` does, and judges the result with the
harness's own `evaluate.py`. The last rows of each set are the means over the directories.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

from monitor.scoring.score_file import score_file

PERIOD = {"hourly": "hour", "daily": "day", "weekly": "week"}
COLUMNS = ("pauc", "pod@0.1%", "fpr", "pod", "delay", "us")


def judged(folder: Path, evaluate, work: Path) -> dict[str, float]:
    """Score one directory and evaluate it."""
    truth = evaluate.load_truth(str(folder))
    out = work / "scores.csv"
    rows = (folder / "series.csv").read_text().count("\n") - 1
    begun = time.process_time()
    score_file(folder / "series.csv", period=PERIOD[truth["meta"]["step"]], timezone="UTC", out=out)
    spent = time.process_time() - begun
    score, alarm, series = evaluate.load_output(out, truth)
    found = evaluate.score_detector(score, alarm, series, truth)
    return {name: found[name] for name in COLUMNS[:-1]} | {"us": spent / rows * 1e6}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--harness", type=Path, default=Path("../shared/detection"))
    parser.add_argument("folders", type=Path, nargs="+")
    wanted = parser.parse_args()
    sys.path.insert(0, str(wanted.harness))
    import evaluate

    found = defaultdict(list)
    print(f"{'set':14}{'from':>6}" + "".join(f"{name:>10}" for name in COLUMNS))
    with tempfile.TemporaryDirectory() as work:
        for meta in sorted(
            (m for f in wanted.folders for m in f.glob("*/meta.json")), key=lambda m: m.parent.name
        ):
            row = judged(meta.parent, evaluate, Path(work))
            found[meta.parent.name].append(list(row.values()))
            print(f"{meta.parent.name:14}{meta.parent.parent.name:>6}" + line(row.values()), flush=True)
    for name, rows in found.items():
        print(f"{name:14}{'mean':>6}" + line(np.mean(rows, axis=0)))


def line(values) -> str:
    """Numbers in columns."""
    return "".join(f"{value:10.5f}" if value < 1 else f"{value:10.1f}" for value in values)


if __name__ == "__main__":
    main()
