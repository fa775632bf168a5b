"""The tree benchmark: one cause one page, at the right node, within the budget of false pages.

python -m bench.tree                                   # 300 leaves, five seeds that were not tuned on
python -m bench.tree --leaves 5000 --seeds 901 902
python -m bench.tree --null --leaves 300 5000          # no surges, no nuisances: false pages only
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from bench.tree.evaluate import judged, pages
from bench.tree.simulate import SURGES_A_WEEK, make
from detectors.tree.cause import TreeSettings

REPORTED = (901, 902, 903, 904, 905)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=REPORTED)
    parser.add_argument("--leaves", type=int, nargs="+", default=[300])
    parser.add_argument("--null", action="store_true", help="trees without surges and nuisances")
    parser.add_argument("--budget", type=float, default=2.0, help="false pages a week")
    parser.add_argument("--every", type=int, default=5, help="minutes between ticks; 0 = at full hours only")
    parser.add_argument("--renew", type=int, default=24, help="hours between fits of the baseline")
    parser.add_argument("--show", action="store_true", help="print each page")
    wanted = parser.parse_args()
    settings = TreeSettings(false_pages_per_week=wanted.budget)
    for leaves in wanted.leaves:
        rows, begun = [], time.process_time()
        for seed in wanted.seeds:
            made = make(
                seed, leaves=leaves, surges=0 if wanted.null else SURGES_A_WEEK, nuisances=not wanted.null
            )
            told = pages(made, settings=settings, every=wanted.every, renewed=wanted.renew)
            rows.append(judged(made, told))
            if wanted.show:
                show(made, told)
        report(leaves, rows, time.process_time() - begun)


def report(leaves: int, rows: list[dict], spent: float) -> None:
    """Print figures of several trees."""
    total = {name: sum(row[name] for row in rows) for name in rows[0] if name != "delays"}
    delays = np.concatenate([row["delays"] for row in rows])
    print(f"{leaves} leaves, {len(rows)} trees, {total['weeks']:.0f} weeks, {spent:.0f} s of processor time")
    print(f"  false pages a week       {total['false'] / total['weeks']:6.2f}")
    if not total["surges"]:
        return

    def share(name: str, part: float, of: float) -> None:
        print(f"  {name:24} {100 * part / max(of, 1):5.1f} %  of {of:.0f}")

    print(f"  pages on nuisances       {total['nuisance'] / len(rows):6.2f} a tree")
    share("detected", total["detected"], total["surges"])
    pages_a_cause = total["pages"] / max(total["detected"], 1)
    print(f"  pages a cause            {pages_a_cause:6.2f}  ({total['again']:.0f} because it grew worse)")
    share("named node exact", total["exact"], total["detected"])
    share("within one level", total["near"], total["detected"])
    share("region explained", total["region"], total["regions"])
    share("complainant explained", total["complainant"], total["complainants"])
    if len(delays):
        print(f"  median delay             {np.median(delays):6.2f} h")


def show(made, told) -> None:
    """Print surges, nuisances and pages in the order of time."""
    lines = [(s.start * 60, f"surge {s}") for s in made.surges]
    lines += [(n.start * 60, f"nuisance {n}") for n in made.nuisances]
    for page in told:
        c = page.cause
        marks = " again" * c.again + " borrowed" * c.borrowed
        text = f"{c.observed:.0f}/{c.expected:.1f} in {c.minutes or c.steps} score {c.score:.1f}"
        lines.append((page.minute, f"    page node {c.node} {text} severity {c.severity}{marks}"))
    for minute, text in sorted(lines):
        print(f"{minute / 60:8.2f}  {text}")


if __name__ == "__main__":
    main()
