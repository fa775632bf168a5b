"""All detectors over one step: the signals it makes, each once."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence

from detectors.signal import Signal
from detectors.step import Counts, Detector, Place, Step


def judge(detectors: Iterable[Detector], step: Step) -> list[Signal]:
    """Signals of all detectors in order of crossing; of several with one identity, the first."""
    signals = [signal for detector in detectors for signal in detector.judge(step)]
    once: dict[Hashable, Signal] = {}
    for signal in sorted(signals, key=lambda signal: signal.crossed_at):
        once.setdefault(signal.key, signal)
    return list(once.values())


def revise(
    detectors: Mapping[str, Detector], signals: Sequence[Signal], counts: Counts, place: Place
) -> list[Signal]:
    """The same signals, each marked with the count now where that no longer fires.

    `detectors` are by the name of their rule; signals of rules that are gone stay as they are.
    """
    by_rule: dict[str, list[int]] = {}
    for i, signal in enumerate(signals):
        by_rule.setdefault(signal.rule, []).append(i)
    revised = list(signals)
    for rule, places in by_rule.items():
        detector = detectors.get(rule)
        if detector is None:
            continue
        mine = [signals[i] for i in places]
        standing = detector.standing(mine, counts, place)
        for i, signal, count in zip(places, mine, standing, strict=True):
            revised[i] = signal.revised(count)
    return revised
