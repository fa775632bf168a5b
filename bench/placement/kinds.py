"""Are new kinds found, and none where there is none? Run: `python bench/placement/kinds.py --seeds 31-40`.

Of banking_queries 80 % are labelled, but for five classes, and `complaint-monitor place` is asked for the
clusters of: the other 20 % with all texts of the five (found of five: those with a cluster in which they are
at least four fifths; purity; coverage: the five's texts in clusters of their own), and the other 20 %
without them, beside texts of other topics (clusters: all of them false). In between, of the five too only the
fifth that the split leaves, 11 to 45 texts a class. `--surge` asks another question:
five classes have 10 to 60 labelled texts, and all others of theirs come at once. All clusters are false then.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import numpy as np
from measure import DATA, HERE, fitted, read

from connectors.clustering.placer import Placer
from connectors.placing import clusters_of

LABELLED = (10, 20, 30, 40, 60)  # of the classes that surge


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, default=DATA)
    options.add_argument("--seeds", default="1-3")
    options.add_argument("--grams", action="store_true", help="without the sentence model")
    options.add_argument("--surge", action="store_true")
    arguments = options.parse_args()
    texts, labels = read(arguments.data)
    strangers = (HERE / "strangers.txt").read_text(encoding="utf-8").splitlines()
    first, _, last = arguments.seeds.partition("-")
    for seed in range(int(first), int(last or first) + 1):
        dice = np.random.default_rng(seed)
        order = dice.permutation(len(texts)).tolist()
        chosen = dice.choice(sorted(set(labels)), 5, replace=False).tolist()
        cut = len(order) * 4 // 5
        theirs = [row for row in order if labels[row] in chosen]
        train = [row for row in order[:cut] if labels[row] not in chosen]
        rest = [row for row in order[cut:] if labels[row] not in chosen]
        if arguments.surge:
            few = dict(zip(chosen, LABELLED, strict=True))
            taught = [row for name, most in few.items() for row in _of(theirs, labels, name)[:most]]
            train, theirs = [*train, *taught], sorted(set(theirs) - set(taught))
        placer, _ = fitted(texts, labels, train, encoder=not arguments.grams)

        def asked(rows: list[int], more: tuple[str, ...] = (), placer: Placer = placer, dice=dice):
            told = [(texts[row], labels[row]) for row in rows] + [(text, "") for text in more]
            return grouped(placer, [told[row] for row in dice.permutation(len(told))])

        few = set(order[cut:])
        fifth = asked([*rest, *(row for row in theirs if row in few)])
        both = asked([*rest, *theirs])
        top = {name: members.most_common(1)[0] for name, members in both.items()}
        own_few = {members.most_common(1)[0] + (members.total(),) for members in fifth.values()}
        found_few = {kind for kind, most, size in own_few if most >= 0.8 * size} & set(chosen)
        inside = sum(members.total() for members in both.values())
        own = {name: kind for name, (kind, most) in top.items() if most >= 0.8 * both[name].total()}
        taken = sum(most for kind, most in top.values() if kind in chosen)
        print(
            f"seed {seed}: of five {len(set(own.values()) & set(chosen))}, clusters {len(both)}, "
            f"purity {sum(most for _, most in top.values()) / max(1, inside):.2f}, "
            f"coverage {taken / len(theirs):.2f}, of known classes {len(set(own.values()) - set(chosen))}; "
            f"of a fifth of their texts {len(found_few)}, clusters {len(fifth)}; "
            f"{len(rest)} texts of known classes alone: clusters {len(asked(rest, tuple(strangers)))}",
            "|",
            ", ".join(both),
            flush=True,
        )


def _of(rows: list[int], labels: list[str], name: str) -> list[int]:
    return [row for row in rows if labels[row] == name]


def grouped(placer: Placer, told: list[tuple[str, str]]) -> dict[str, Counter[str]]:
    """The classes of the texts in each cluster."""
    texts = [text for text, _ in told]
    found: dict[str, Counter[str]] = {}
    for name, (_, label) in zip(clusters_of(placer, texts, placer.place(texts)), told, strict=True):
        if name:
            found.setdefault(name, Counter())[label] += 1
    return found


if __name__ == "__main__":
    main()
