"""What has been learned from the texts whose category somebody told, and when it is learned anew.

Nothing is imported and nothing fitted before enough texts were seen. The classifier is fitted again whenever
the labelled texts have doubled, later when they have grown by a quarter, or when people have corrected it; in
between it answers as it was, and corrections are taught at once. It holds the latest labelled texts in memory
and no others.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, Protocol

from connectors.ticket import Path

if TYPE_CHECKING:
    from connectors.clustering.judge import Placement
    from connectors.clustering.placer import Placer

HELD: Final = 20_000
"""Labelled texts in memory; `Placer` learns from 8,192 of them at most."""
WHOLE: Final = 8_192
"""From so many labelled texts on, more of them change little: it is fitted again after a quarter more."""

CORRECTIONS: Final = 50
"""One correction to so many labelled texts is reason enough to fit again: somebody says that it was wrong."""

Labelled = tuple[str, Path]


class Run(Protocol):
    """Runs a fit: at once, or on a thread of its own."""

    def __call__(self, fit: Callable[[], None]) -> None: ...


def at_once(fit: Callable[[], None]) -> None:
    """For a replay, whose clock stands still meanwhile."""
    fit()


def beside(fit: Callable[[], None]) -> None:
    """For the daemon: tickets go on being placed as before."""
    threading.Thread(target=fit, name="classifier", daemon=True).start()


def due_after(fitted_on: int, least: int) -> int:
    """From how many labelled texts on the classifier is fitted again, when it was fitted on so many."""
    if fitted_on < least:
        return least
    return min(2 * fitted_on, fitted_on + max(WHOLE // 4, least))


class Classifier:
    """Learns from labelled texts as they arrive and places others. Safe to use from several threads.

    Attributes
    ----------
    version : labelled texts that had been seen when the classifier was fitted last; 0 before the first time

    `encoder` False leaves the sentence model out, also where it is installed.
    """

    def __init__(
        self, *, least: int, min_confidence: float, refit: Run = at_once, encoder: bool = True
    ) -> None:
        self.version = 0
        self._encoder = encoder
        self._least, self._sure, self._refit = least, min_confidence, refit
        self._texts: deque[Labelled] = deque(maxlen=HELD)
        self._seen = self._corrections = 0
        self._placer: Placer | None = None
        self._fitting = False
        self._lock = threading.Lock()

    @property
    def placer(self) -> Placer | None:
        """The fitted classifier; None while too few labelled texts were seen."""
        return self._placer

    def start(self, labelled: Sequence[Labelled]) -> None:
        """Begin, or begin anew, with the labelled texts that are stored, the latest last."""
        with self._lock:
            self._texts = deque(labelled, maxlen=HELD)
            self._seen, self._corrections = len(labelled), 0
            self._placer, self.version = None, 0
        self._fit_if_due()

    def learn(self, labelled: Sequence[Labelled]) -> None:
        """Labelled texts arrived. Fits where it is time; the first time the caller waits for it."""
        if labelled:
            self._hear(labelled)
            self._fit_if_due()

    def correct(self, labelled: Sequence[Labelled]) -> None:
        """People told a category for texts that had been placed; texts like them go there from now on.

        One step of teaching holds at once. Words that no labelled text had before count from the next fit on,
        which corrections bring nearer.
        """
        if not labelled:
            return
        self._hear(labelled)
        if self._placer is not None:
            for text, path in labelled:
                self._placer.teach(text, path)
        with self._lock:
            self._corrections += len(labelled)
        self._fit_if_due()

    def _hear(self, labelled: Sequence[Labelled]) -> None:
        with self._lock:
            self._texts.extend(labelled)
            self._seen += len(labelled)

    def place(self, texts: Sequence[str]) -> list[Placement] | None:
        """Where texts belong, each as deep in the tree as it is sure; None while nothing was fitted."""
        placer = self._placer
        return None if placer is None else placer.place(texts, sure=self._sure)

    def _fit_if_due(self) -> None:
        with self._lock:
            enough = self._corrections * CORRECTIONS >= max(self.version, 1) and self._placer is not None
            if self._fitting or not (enough or self._seen >= due_after(self.version, self._least)):
                return
            self._fitting = True
        (at_once if self._placer is None else self._refit)(self._fit)

    def _fit(self) -> None:
        from connectors.clustering.placer import Placer

        with self._lock:
            texts, seen, self._corrections = list(self._texts), self._seen, 0
        try:
            placer = Placer.fit(
                [text for text, _ in texts], [path for _, path in texts], encoder=self._encoder
            )
            with self._lock:
                self._placer, self.version = placer, seen
        finally:
            with self._lock:
                self._fitting = False
