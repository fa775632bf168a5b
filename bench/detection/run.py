"""The detector on directories of the detection harness: quality, realised false-alarm rate and cost.

    python ../shared/detection/simulate.py --out /tmp/h/501 --seed 501
    python -m bench.detection.real_sets --out /tmp/real --seeds 601 602
    python -m bench.detection.run --harness ../shared/detection --rules /tmp/h/* /tmp/real/*

Reads DIR/*/series.csv through `score_file`, as `complaint-monitor score` does, and judges the result with the
harness's own `evaluate.py`; with `--rules`, the harness's simple rules (3-sigma and others) beside it. The
last rows of each set are the means over the directories.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
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


def ruled(folder: Path, evaluate, harness: Path) -> Iterator[tuple[str, dict[str, float]]]:
    """Evaluate the harness's simple rules on one directory, each with its name."""
    truth = evaluate.load_truth(str(folder))
    with tempfile.TemporaryDirectory() as work:
        rules = harness / "detectors" / "simple.py"
        subprocess.run([sys.executable, rules, folder, work], check=True, stdout=subprocess.DEVNULL)
        for out in sorted(Path(work).glob("*.csv")):
            score, alarm, series = evaluate.load_output(out, truth)
            found = evaluate.score_detector(score, alarm, series, truth)
            us = float(out.with_suffix(".time").read_text())
            yield out.stem.removeprefix("rule_"), {name: found[name] for name in COLUMNS[:-1]} | {"us": us}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--harness", type=Path, default=Path("../shared/detection"))
    parser.add_argument("--rules", action="store_true", help="the harness's simple rules as well")
    parser.add_argument("folders", type=Path, nargs="+")
    wanted = parser.parse_args()
    sys.path.insert(0, str(wanted.harness))
    import evaluate

    found = defaultdict(list)
    print(f"{'set':28}{'from':>6}" + "".join(f"{name:>10}" for name in COLUMNS))
    with tempfile.TemporaryDirectory() as work:
        for meta in sorted(
            (m for f in wanted.folders for m in f.glob("*/meta.json")), key=lambda m: m.parent.name
        ):
            rows = [("", judged(meta.parent, evaluate, Path(work)))]
            if wanted.rules:
                rows += ruled(meta.parent, evaluate, wanted.harness)
            for rule, row in rows:
                name = f"{meta.parent.name} {rule}".strip()
                found[name].append(list(row.values()))
                print(f"{name:28}{meta.parent.parent.name:>6}" + line(row.values()), flush=True)
    for name, values in found.items():
        print(f"{name:28}{'mean':>6}" + line(np.mean(values, axis=0)))


def line(values) -> str:
    """Numbers in columns."""
    return "".join(f"{value:10.5f}" if value < 1 else f"{value:10.1f}" for value in values)


if __name__ == "__main__":
    main()
