"""How well, how surely and how fast are texts placed? Run: `python bench/placement/measure.py [--seeds 3]`.

Random 80/20 splits of banking_queries (77 classes), with and without the sentence model: accuracy, also with
ten labelled texts a class; AUROC of the confidence against texts of no class (strangers.txt, and ten classes
held out); expected calibration error; milliseconds a text (processor time, one thread); the share that was
read; and five held-out classes streamed in: emerged clusters, their purity, how many of the five were found.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from connectors.clustering.emerging import Emerging
from connectors.clustering.encoder import installed_encoder
from connectors.clustering.placer import Placer

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[2] / "shared" / "data" / "banking_queries.csv.gz"
START = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seeds", type=int, default=3)
    options.add_argument("--data", type=Path, default=DATA)
    options.add_argument("--only", choices=["model", "grams"])
    arguments = options.parse_args()
    texts, labels = read(arguments.data)
    strangers = (HERE / "strangers.txt").read_text(encoding="utf-8").splitlines()
    for encoder in (True, False):
        if (encoder and installed_encoder() is None) or arguments.only == ("grams" if encoder else "model"):
            continue
        print(f"\n{'with the sentence model' if encoder else 'grams alone'}")
        figures: list[dict[str, float]] = []
        for seed in range(arguments.seeds):
            figures.append(one_split(texts, labels, strangers, seed, encoder=encoder))
            print(seed, "  ".join(f"{name} {value:.3f}" for name, value in figures[-1].items()), flush=True)
        means = {name: np.mean([row[name] for row in figures]) for name in figures[0]}
        print("mean", "  ".join(f"{name} {value:.4f}" for name, value in means.items()))


def read(file: Path) -> tuple[list[str], list[str]]:
    with gzip.open(file, "rt", encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [row["text"] for row in rows], [row["category"] for row in rows]


def one_split(
    texts: list[str], labels: list[str], strangers: list[str], seed: int, *, encoder: bool
) -> dict[str, float]:
    order = np.random.default_rng(seed).permutation(len(texts))
    train, test = order[: len(order) * 4 // 5], order[len(order) * 4 // 5 :]
    found: dict[str, float] = {}
    placer, found["fit_s"] = fitted(texts, labels, train, encoder=encoder)
    found["accuracy"], sure, right = judged(placer, texts, labels, test)
    started = time.process_time()
    placed = placer.place([texts[row] for row in test])
    found["ms"] = (time.process_time() - started) / len(test) * 1e3
    found["read"] = float(np.mean([row.read for row in placed]))
    found["ece"] = calibration_error(sure, right)
    found["auroc"] = auroc(sure, [row.confidence for row in placer.place(strangers)])

    taken: Counter[str] = Counter()
    few = [row for row in train if taken.update([labels[row]]) or taken[labels[row]] <= 10]
    placer, _ = fitted(texts, labels, few, encoder=encoder)
    found["few_accuracy"], sure, right = judged(placer, texts, labels, test)
    found["few_ece"] = calibration_error(sure, right)
    found["few_auroc"] = auroc(sure, [row.confidence for row in placer.place(strangers)])

    draw = np.random.default_rng(1000 + seed)
    held = set(draw.choice(sorted(set(labels)), 10, replace=False).tolist())
    placer, _ = fitted(texts, labels, [row for row in train if labels[row] not in held], encoder=encoder)
    _, sure, _ = judged(placer, texts, labels, [row for row in test if labels[row] not in held])
    _, outside, _ = judged(placer, texts, labels, [row for row in test if labels[row] in held])
    found["held_auroc"] = auroc(sure, outside)
    novel = sorted(held)[:5]
    known = [row for row in test if labels[row] not in held]
    new = [row for row in order if labels[row] in novel]
    stream = draw.permutation([*draw.permutation(known)[:900], *draw.permutation(new)[:300]])
    return found | emerging(placer, [texts[row] for row in stream], [labels[row] for row in stream], novel)


def fitted(texts, labels, rows, *, encoder):
    started = time.perf_counter()
    placer = Placer.fit([texts[row] for row in rows], [(labels[row],) for row in rows], encoder=encoder)
    return placer, time.perf_counter() - started


def judged(placer, texts, labels, rows):
    placed = placer.place([texts[row] for row in rows])
    right = np.array([found.path == (labels[row],) for found, row in zip(placed, rows, strict=True)])
    return float(right.mean()), np.array([found.confidence for found in placed]), right


def calibration_error(sure, right, bins: int = 10) -> float:
    """Expected calibration error (Naeini et al. 2015): mean gap of confidence and accuracy over ten bins."""
    place = np.minimum((sure * bins).astype(int), bins - 1)
    inside = [place == number for number in range(bins)]
    return float(sum(abs(sure[bin_].sum() - right[bin_].sum()) for bin_ in inside) / len(sure))


def auroc(inside, outside) -> float:
    """Probability that a text of some class is placed more surely than a text of none."""
    outside = np.sort(outside)
    below = np.searchsorted(outside, inside, "left") + np.searchsorted(outside, inside, "right")
    return float(below.mean() / 2 / len(outside))


def emerging(placer, texts, labels, novel) -> dict[str, float]:
    """A stream of known and novel classes, three seconds apart."""
    groups = Emerging(placer.rarity)
    members: dict[int, list[str]] = {}
    for step, (text, label, placed) in enumerate(zip(texts, labels, placer.place(texts), strict=True)):
        if placed.vector is not None:
            number = groups.observe(text, placed.vector, START + timedelta(seconds=3 * step))
            members.setdefault(number, []).append(label)
    tops = {number: Counter(members[number]).most_common(1)[0] for number in groups.emerged()}
    inside = sum(len(members[number]) for number in tops)
    return {
        "clusters": len(tops),
        "purity": sum(count for _, count in tops.values()) / max(inside, 1),
        "found_of_5": len({label for label, _ in tops.values()} & set(novel)),
        "false": sum(label not in novel for label, _ in tops.values()),
    }


if __name__ == "__main__":
    main()
