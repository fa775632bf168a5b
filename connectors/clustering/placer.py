"""Where in the tree does a ticket belong, and how sure is that?

`Placer` is a small mutable shell around an immutable `Judge`, so that one thread may place while another
refits.
"""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from connectors.clustering.encoder import Encoder, installed_encoder
from connectors.clustering.judge import Judge, Placement

Floats = NDArray[np.float32]
Path = tuple[str, ...]

MOST_LABELLED: Final = (
    8_192  # texts the ridge is fitted on: its cost is their cube (4 s), its memory their square
)
PLACED_AT_ONCE: Final = 2_048  # those that are read are read together: the model is slow with few


class Placer:
    """Places texts on the nodes of a tree that labelled texts have taught it.

    Example
    -------
    >>> placer = Placer.fit(
    ...     ["lost my card", "card was stolen", "rate of the loan"] * 4,
    ...     [("card", "lost"), ("card", "stolen"), ("loan",)] * 4,
    ... )
    >>> placer.place(["the card is lost"])[0].path
    ('card', 'lost')
    """

    def __init__(
        self,
        texts: Sequence[str],
        paths: Sequence[Path],
        *,
        encoder: Encoder | None,
        read_share: float | None,
    ) -> None:
        """Learn; `fit` is the door that checks what comes in."""
        self._texts = list(texts)
        self._labels = list(paths)
        self._encoder = encoder
        self._read_share = read_share
        self._judge = Judge.fit(self._texts, self._labels, encoder, read_share)
        self._telling = Lock()
        self.untaught = 0

    @classmethod
    def fit(
        cls,
        texts: Sequence[str],
        paths: Sequence[Path],
        *,
        encoder: Encoder | bool | None = True,
        read_share: float | None = None,
    ) -> Self:
        """Learn from labelled texts, latest last; `encoder=True` takes the installed one, False none.

        `read_share` of texts like the labelled ones are read by the whole model, by default as many as keep a
        text under 1 ms (a glance 0.1 to 0.4 ms, a reading 3 ms, on one busy core of a server of 2023).

        Raises ValueError when there is no text, or not one path for each.
        """
        if not texts or len(texts) != len(paths):
            raise ValueError(
                f"{len(texts)} texts with {len(paths)} paths: one path per text, and at least one, are needed"
            )
        found = installed_encoder() if encoder is True else (encoder or None)
        kept = _representative(paths, MOST_LABELLED)
        texts, paths = [texts[row] for row in kept], [tuple(paths[row]) for row in kept]
        return cls(texts, paths, encoder=found, read_share=read_share)

    def place(self, texts: Sequence[str], *, sure: float = 0.0) -> list[Placement]:
        """One placement per text, independent of the others; `sure` is the confidence a node must have."""
        judge = self._judge
        once = list(dict.fromkeys(texts))  # a template is sent again and again
        found: dict[str, Placement] = {}
        for start in range(0, len(once), PLACED_AT_ONCE):
            part = once[start : start + PLACED_AT_ONCE]
            found |= zip(part, judge.place(part, sure=sure), strict=True)
        return [found[text] for text in texts]

    def vectors(self, texts: Sequence[str]) -> tuple[Floats, Floats, Floats]:
        """(n, width) vectors, (n, 2) `near` and (n,) `known` of texts, wherever they fit.

        As placements have them of texts that are read.
        """
        judge = self._judge
        if not texts:
            nothing = np.zeros((0, 2), dtype=np.float32)
            return nothing[:, :0], nothing, nothing[:, 0]
        parts = [texts[start : start + PLACED_AT_ONCE] for start in range(0, len(texts), PLACED_AT_ONCE)]
        vectors, near, known = zip(*map(judge.vectors, parts), strict=True)
        return np.vstack(vectors), np.concatenate(near), np.concatenate(known)

    @property
    def paths(self) -> tuple[Path, ...]:
        """The paths that texts can be placed on."""
        return self._judge.paths

    def rarity(self, word: str) -> float:
        """Logarithm of how seldom a word is among the labelled texts; for `Emerging` to name groups by."""
        return self._judge.grams.rarity(word)

    def teach(self, text: str, path: Path) -> None:
        """A person says where this text belongs: it and texts like it go there from now on."""
        with self._telling:
            self._texts.append(text)
            self._labels.append(path)
            self._judge = self._judge.taught(text, path)
            self.untaught += 1

    def refit(self) -> None:
        """Learn everything taught so far exactly; place() answers from the old state until this is done."""
        with self._telling:
            texts, labels = list(self._texts), list(self._labels)
        kept = _representative(labels, MOST_LABELLED)
        known = [texts[row] for row in kept], [labels[row] for row in kept]
        judge = Judge.fit(*known, self._encoder, self._read_share)
        with self._telling:
            late = self._texts[len(texts) :], self._labels[len(texts) :]  # taught while this was fitting
            for text, path in zip(*late, strict=True):
                judge = judge.taught(text, path)
            self._texts, self._labels = [*known[0], *late[0]], [*known[1], *late[1]]
            self._judge, self.untaught = judge, len(late[0])


def _representative(paths: Sequence[Path], most: int) -> list[int]:
    """Rows to learn from, in order: all, or the latest of each path, small paths first whole."""
    if len(paths) <= most:
        return list(range(len(paths)))
    by_path: dict[Path, list[int]] = {}
    for row, path in enumerate(paths):
        by_path.setdefault(tuple(path), []).append(row)
    kept: list[int] = []
    for done, rows in enumerate(sorted(by_path.values(), key=len)):
        share = (most - len(kept)) // (len(by_path) - done)
        kept.extend(rows[-share:] if share else [])
    return sorted(kept)
