"""All benches, each in a process of its own, and one table of their figures.

Run: python -m bench [--quick] [--only NAME ...]
"""

import argparse
import importlib
import json
import subprocess
import sys
from dataclasses import asdict

from bench.result import Figure

BENCHES = (
    "durable_ingest",
    "tick",
    "seasonal",
    "replay",
    "latency",
    "start",
    "growth",
    "webhook",
    "sql_polling",
    "paging",
    "storm",
    "frames",
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure, and compare with targets.")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it runs")
    parser.add_argument("--only", action="append", choices=BENCHES, metavar="NAME", help=", ".join(BENCHES))
    parser.add_argument("--child", choices=BENCHES, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        figures = importlib.import_module(f"bench.{args.child}").measure(quick=args.quick)
        print(json.dumps([asdict(figure) for figure in figures]))
        return 0
    failed, figures = [], []
    for name in args.only or BENCHES:
        print(f"{name} ...", file=sys.stderr, flush=True)
        found = in_child(name, quick=args.quick)
        figures += found
        failed += [] if found else [name]
    show(figures, quick=args.quick)
    if failed:
        print(f"\ndid not end: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def in_child(name: str, *, quick: bool) -> list[Figure]:
    """The figures of one bench; none where it failed. What it says meanwhile is passed on."""
    command = [sys.executable, "-m", "bench", "--child", name, *(["--quick"] if quick else [])]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    lines = done.stdout.splitlines()
    if done.returncode or not lines:
        return []
    print(*(f"  {line}" for line in lines[:-1]), sep="\n", file=sys.stderr)
    return [Figure(**figure) for figure in json.loads(lines[-1])]


def show(figures: list[Figure], *, quick: bool) -> None:
    """Print the table."""
    rows = [("target", "measured", "wanted", "met", "")]
    for figure in figures:
        sign = ">=" if figure.at_least else "<="
        met = "-" if quick or figure.met is None else ("yes" if figure.met else "NO")
        wanted = "-" if figure.wanted is None else f"{sign} {figure.wanted:g} {figure.unit}"
        rows.append((figure.target, f"{figure.measured:.3g} {figure.unit}", wanted, met, figure.note))
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        print("  ".join((*cells, row[4])).rstrip())


if __name__ == "__main__":
    sys.exit(main())
