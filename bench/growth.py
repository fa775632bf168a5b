"""Target 6: the cost of a batch grows with the nodes that it touches, and not with the length of history.

Two stores of the same leaves and tickets a day, one with eight times the history of the other. They take
turns with batches of a thousand new tickets on a thousand leaves, and of 250 on 250; what is compared is the
median of `Engine.take`.
"""

import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from bench.living import Living, later, poll
from bench.result import Figure

LEAVES, DAYS, LONGER, A_DAY, ROUNDS = 5_000, 21, 8, 3_000, 15
QUICK = (1_000, 1, 2, 300, 2)
MANY, FEW = 1_000, 250
# Noise of a shared machine, not growth.
SAME = 1.2


def measure(*, quick: bool) -> list[Figure]:
    leaves, days, longer, a_day, rounds = QUICK if quick else (LEAVES, DAYS, LONGER, A_DAY, ROUNDS)
    random = np.random.default_rng(5)
    seconds: dict[tuple[str, int], list[float]] = {}
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        short = Living.make(Path(one), leaves=leaves, days=days, a_day=a_day)
        long = Living.make(Path(two), leaves=leaves, days=days * longer, a_day=a_day)
        sides = {"short": (short, short.engine()), "long": (long, long.engine())}
        first_id = 50_000_000
        for round_ in range(rounds + 1):
            at = later(1 + round_)
            for size in (MANY, FEW):
                chosen = random.choice(leaves, size, replace=False)
                first_id += MANY
                for name in ("short", "long") if round_ % 2 else ("long", "short"):
                    living, engine = sides[name]
                    part = poll(living.batch(np.full(size, at), chosen, first_id=first_id))
                    start = time.perf_counter()
                    engine.take(part, now=at)
                    if round_:
                        seconds.setdefault((name, size), []).append(time.perf_counter() - start)
    middle = {key: 1_000 * statistics.median(times) for key, times in seconds.items()}
    return [
        Figure(
            f"6 {longer}x the history, {MANY:,} tickets",
            middle["long", MANY] / middle["short", MANY],
            SAME,
            note=f"{middle['long', MANY]:.0f} against {middle['short', MANY]:.0f} ms; {days} days against "
            f"{days * longer}",
        ),
        Figure(
            f"6 {MANY // FEW}x the touched nodes",
            middle["long", MANY] / middle["long", FEW],
            MANY / FEW,
            note=f"{middle['long', MANY]:.0f} against {middle['long', FEW]:.0f} ms",
        ),
    ]
