"""How well, how surely and how fast are texts placed? Run: `python bench/placement/measure.py [--seeds 3]`.

Random 80/20 splits of banking_queries (77 classes), with and without the sentence model: accuracy, also
with ten labelled texts a class; expected calibration error; milliseconds a text (processor time; set
OPENBLAS_NUM_THREADS=1) of all at once, by tens and one by one; the share that was read. AUROC of the
confidence against texts of no class: of other topics (strangers.txt), of other business of a bank
(strangers_near.txt), kinds of complaints to a city (nyc311), and ten classes held out. Last, five
held-out classes streamed in: emerged clusters, their purity, how many of the five were found.
`--only svm` is the yardstick: a linear SVM on words and letters.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np

from connectors.clustering.emerging import Emerging, Text
from connectors.clustering.encoder import installed_encoder
from connectors.clustering.placer import Placer

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[2] / "shared" / "data"
ALONE = 200  # texts placed by tens and one by one
START = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seeds", type=int, default=3)
    options.add_argument("--first", type=int, default=0, help="first seed")
    options.add_argument("--data", type=Path, default=DATA)
    options.add_argument("--only", choices=["model", "grams", "svm"], action="append")
    arguments = options.parse_args()
    texts, labels = read(arguments.data)
    strangers = strange(arguments.data)
    for way in arguments.only or ["model", "grams", "svm"]:
        if way == "model" and installed_encoder() is None:
            continue
        print(f"\n{way}")
        figures: list[dict[str, float]] = []
        for seed in range(arguments.first, arguments.first + arguments.seeds):
            one = svm_split if way == "svm" else partial(one_split, encoder=way == "model")
            figures.append(one(texts, labels, strangers, seed))
            print(seed, "  ".join(f"{name} {value:.3f}" for name, value in figures[-1].items()), flush=True)
        means = {name: np.mean([row[name] for row in figures]) for name in figures[0]}
        print("mean", "  ".join(f"{name} {value:.4f}" for name, value in means.items()))


def read(folder: Path) -> tuple[list[str], list[str]]:
    rows = table(folder / "banking_queries.csv.gz")
    return [row["text"] for row in rows], [row["category"] for row in rows]


def strange(folder: Path) -> dict[str, list[str]]:
    """Texts of no class, by the name of their set."""
    city = {f"{row['complaint_type']}: {row['descriptor']}" for row in table(folder / "nyc311_2026.csv.gz")}
    return {
        "far": (HERE / "strangers.txt").read_text(encoding="utf-8").splitlines(),
        "near": (HERE / "strangers_near.txt").read_text(encoding="utf-8").splitlines(),
        "city": sorted(city),
    }


def table(file: Path) -> list[dict[str, str]]:
    with gzip.open(file, "rt", encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def parts(labels, seed):
    """Rows to train and to test on, training rows with ten a class, and ten classes to hold out."""
    order = np.random.default_rng(seed).permutation(len(labels))
    train, test = order[: len(order) * 4 // 5], order[len(order) * 4 // 5 :]
    taken: Counter[str] = Counter()
    few = [row for row in train if taken.update([labels[row]]) or taken[labels[row]] <= 10]
    draw = np.random.default_rng(1000 + seed)
    held = set(draw.choice(sorted(set(labels)), 10, replace=False).tolist())
    return order, train, test, few, held, draw


def one_split(texts, labels, strangers, seed: int, *, encoder: bool) -> dict[str, float]:
    order, train, test, few, held, draw = parts(labels, seed)
    found: dict[str, float] = {}
    placer, found["fit_s"] = fitted(texts, labels, train, encoder=encoder)
    found["accuracy"], sure, right = judged(placer, texts, labels, test)
    started = time.process_time()
    placed = placer.place([texts[row] for row in test])
    found["ms"] = (time.process_time() - started) / len(test) * 1e3
    for size in (10, 1):
        started = time.process_time()
        for start in range(0, ALONE, size):
            placer.place([texts[row] for row in test[start : start + size]])
        found[f"ms_by_{size}"] = (time.process_time() - started) / ALONE * 1e3
    found["read"] = float(np.mean([row.read for row in placed]))
    found["ece"] = calibration_error(sure, right)
    for name, some in strangers.items():
        found[name] = auroc(sure, [row.confidence for row in placer.place(some)])

    placer, _ = fitted(texts, labels, few, encoder=encoder)
    found["few_accuracy"], sure, right = judged(placer, texts, labels, test)
    started = time.process_time()
    placed = placer.place([texts[row] for row in test])
    found["few_ms"] = (time.process_time() - started) / len(test) * 1e3
    found["few_ece"] = calibration_error(sure, right)
    for name, some in strangers.items():
        found[f"few_{name}"] = auroc(sure, [row.confidence for row in placer.place(some)])

    placer, _ = fitted(texts, labels, [row for row in train if labels[row] not in held], encoder=encoder)
    known = [row for row in test if labels[row] not in held]
    _, sure, _ = judged(placer, texts, labels, known)
    _, outside, _ = judged(placer, texts, labels, [row for row in test if labels[row] in held])
    found["held"] = auroc(sure, outside)
    novel = sorted(held)[:5]
    new = [row for row in order if labels[row] in novel]
    stream = draw.permutation([*draw.permutation(known)[:900], *draw.permutation(new)[:300]])
    return found | emerging(placer, [texts[row] for row in stream], [labels[row] for row in stream], novel)


def svm_split(texts, labels, strangers, seed: int) -> dict[str, float]:
    """The same of a linear SVM, whose confidence is its largest margin."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.svm import LinearSVC

    _, train, test, few, held, _ = parts(labels, seed)
    found: dict[str, float] = {}
    kept = [row for row in train if labels[row] not in held]
    for name, rows in (("", train), ("few_", few), ("held", kept)):
        words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
        letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
        model = make_pipeline(make_union(words, letters), LinearSVC())
        model.fit([texts[row] for row in rows], [labels[row] for row in rows])
        if name == "held":
            sure = model.decision_function([texts[row] for row in test]).max(axis=1)
            outside = np.array([labels[row] in held for row in test])
            found["held"] = auroc(sure[~outside], sure[outside])
            continue
        margins = model.decision_function([texts[row] for row in test])
        right = model.classes_[margins.argmax(axis=1)] == np.array([labels[row] for row in test])
        found[f"{name}accuracy"] = float(right.mean())
        for kind, some in strangers.items():
            found[f"{name}{kind}"] = auroc(margins.max(axis=1), model.decision_function(some).max(axis=1))
    return found


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
            at = START + timedelta(seconds=3 * step)
            seen = groups.observe(Text(text, placed.vector, placed.near, placed.known, at))
            mine = members.setdefault(seen.group, [])
            mine.append(label)
            for gone in seen.absorbed:
                mine.extend(members.pop(gone, []))
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
