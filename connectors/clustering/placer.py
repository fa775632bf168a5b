"""Where in the tree does a ticket belong, and how sure is that?

Texts are judged at two depths. All get a *glance*: their grams, and what their words meant where they were
read. The least sure, about `read_share` of texts like the labelled ones, are *read* by the whole sentence
model, which costs a hundred times as much and is right more often. Without the model's weights, and for
Chinese, grams judge alone.

`Placer` is a small mutable shell around an immutable state, so that one thread may place while another
refits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from connectors.clustering.backoff import Tree
from connectors.clustering.encoder import Encoder, installed_encoder
from connectors.clustering.grams import GramRows, Grams
from connectors.clustering.meaning import Meaning
from connectors.clustering.nearness import Nearness, pair_of
from connectors.clustering.stage import Judged, Stage, gram_weights

Floats = NDArray[np.float32]
Path = tuple[str, ...]

MOST_LABELLED: Final = (
    8_192  # texts the ridge is fitted on: its cost is their cube (4 s), its memory their square
)
LEAST_READ, MOST_READ = 0.08, 0.2  # shares of texts that are read: of well-known classes, and of others
WELL_KNOWN: Final = (
    10  # texts a class up to which most are read; from then on the fewer, the better it is known
)
KNOWN: Final = 0.9  # below it a text fits nowhere (strangers are assumed rare, so the bar is high)
AT_HOME: Final = 0.99  # from it on a text is not looked at as one of a new kind
PLACED_AT_ONCE: Final = 2_048  # those that are read are read together: the model is slow with few
COMPARED_AT_ONCE: Final = 256  # bounds the (rows, labelled) arrays to 8 MB each


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a text was placed.

    Attributes
    ----------
    path : deepest node that is sure enough; empty where none is
    confidence : probability that the text belongs to `path`, between 0 and 1
    known : probability that it belongs anywhere in the tree
    likeliest : the likeliest full path, however unsure
    vector : (width,) float32 of length one where the text may be of a new kind, for `Emerging`
    near : cosines of that vector to the third and the fifteenth nearest labelled text's
    read : whether the whole sentence model was asked
    """

    path: Path
    confidence: float
    known: float
    likeliest: Path
    vector: Floats | None
    near: tuple[float, float]
    read: bool


@dataclass(frozen=True)
class _State:
    """Everything a placement needs, replaced as a whole."""

    paths: tuple[Path, ...]
    tree: Tree
    grams: Grams
    shared: GramRows
    meaning: Meaning
    glance: Stage
    reading: Stage | None
    sure_at_a_glance: float
    nearness: Nearness


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
        self._state = _fit(self._texts, self._labels, encoder, read_share)
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
        state = self._state
        once = list(dict.fromkeys(texts))  # a template is sent again and again
        found: dict[str, Placement] = {}
        for start in range(0, len(once), PLACED_AT_ONCE):
            part = once[start : start + PLACED_AT_ONCE]
            found |= zip(part, _place(state, part, sure), strict=True)
        return [found[text] for text in texts]

    def vectors(self, texts: Sequence[str]) -> tuple[Floats, Floats]:
        """(n, width) vectors and (n, 2) `near` of texts as placements have them, wherever the texts fit."""
        state = self._state
        found = [(np.zeros((0, 0), dtype=np.float32), np.zeros((0, 2), dtype=np.float32))]
        for start in range(0, len(texts), PLACED_AT_ONCE):
            part = texts[start : start + PLACED_AT_ONCE]
            cuts = state.meaning.cut(part)
            readings = np.zeros((len(part), 0), dtype=np.float32)
            if state.reading is not None:
                readings = state.meaning.read(cuts, state.meaning.glance(cuts))
            found.append(state.nearness.of(state.grams, part, readings))
        vectors, near = zip(*(found[1:] or found), strict=True)
        return np.vstack(vectors), np.concatenate(near)

    @property
    def paths(self) -> tuple[Path, ...]:
        """The paths that texts can be placed on."""
        return self._state.paths

    def rarity(self, word: str) -> float:
        """Logarithm of how seldom a word is among the labelled texts; for `Emerging` to name groups by."""
        return self._state.grams.rarity(word)

    def teach(self, text: str, path: Path) -> None:
        """A person says where this text belongs: it and texts like it go there from now on."""
        with self._telling:
            self._texts.append(text)
            self._labels.append(path)
            self._state = _taught(self._state, text, path)
            self.untaught += 1

    def refit(self) -> None:
        """Learn everything taught so far exactly; place() answers from the old state until this is done."""
        with self._telling:
            texts, labels = list(self._texts), list(self._labels)
        kept = _representative(labels, MOST_LABELLED)
        known = [texts[row] for row in kept], [labels[row] for row in kept]
        state = _fit(*known, self._encoder, self._read_share)
        with self._telling:
            late = self._texts[len(texts) :], self._labels[len(texts) :]  # taught while this was fitting
            for text, path in zip(*late, strict=True):
                state = _taught(state, text, path)
            self._texts, self._labels = [*known[0], *late[0]], [*known[1], *late[1]]
            self._state, self.untaught = state, len(late[0])


def _taught(state: _State, text: str, path: Path) -> _State:
    """The state with one more labelled text."""
    paths = state.paths if path in state.paths else (*state.paths, path)
    code = paths.index(path)
    cuts = state.meaning.cut([text])
    glance = state.meaning.glance(cuts)
    rows = state.grams.rows([text], gram_weights(glance))
    shared = rows.similarity(state.shared)
    reading = state.meaning.read(cuts, glance)
    return replace(
        state,
        paths=paths,
        tree=Tree(paths),
        shared=GramRows.stacked([state.shared, rows]),
        glance=state.glance.taught(glance, shared, code),
        reading=state.reading.taught(reading, shared, code) if state.reading else None,
        nearness=state.nearness.taught(state.grams, text, reading),
    )


def _fit(
    texts: Sequence[str], labels: Sequence[Path], encoder: Encoder | None, read_share: float | None
) -> _State:
    number: dict[Path, int] = {}
    codes = np.array([number.setdefault(path, len(number)) for path in labels], dtype=np.intp)
    grams = Grams(texts)
    meaning, glances, readings = Meaning.learn(encoder, texts)
    rows = grams.labelled.times(gram_weights(glances))
    shared = rows.similarity(rows)
    glance = Stage.fit(glances, shared, codes, classes=len(number))
    if read_share is None:
        each = len(texts) / len(number)
        read_share = min(MOST_READ, max(LEAST_READ, MOST_READ * (WELL_KNOWN / each) ** 0.5))
    sure = float(np.quantile(glance.as_new.confidence.max(axis=1), read_share))
    reading = None
    if meaning.recall:
        legible = glances.any(axis=1)
        among = (
            _doubtful(glance.as_new, sure) & legible,
            _doubtful(glance.as_stranger, sure) & legible,
        )
        reading = Stage.fit(readings, shared, codes, classes=len(number), among=among)
    return _State(
        paths=tuple(number),
        tree=Tree(tuple(number)),
        grams=grams,
        shared=rows,
        meaning=meaning,
        glance=glance,
        reading=reading,
        sure_at_a_glance=sure,
        nearness=Nearness.learn(grams, texts, readings),
    )


def _place(state: _State, texts: Sequence[str], sure: float) -> Iterator[Placement]:
    cuts = state.meaning.cut(texts)
    glances = state.meaning.glance(cuts)
    rows = state.grams.rows(texts, gram_weights(glances))
    judged = _judged(state.glance, glances, rows, state.shared)
    confidence, known = judged.confidence, judged.known
    width = state.reading.meaning.shape[1] if state.reading is not None else 0
    readings = np.zeros((len(texts), width), dtype=np.float32)
    read = np.zeros(len(texts), dtype=np.bool_)
    if state.reading is not None:
        read = _doubtful(judged, state.sure_at_a_glance) & np.array([bool(cut) for cut in cuts])
        again = np.flatnonzero(read)
        if len(again):
            meaning = state.meaning.read([cuts[row] for row in again.tolist()], glances[again])
            readings[again] = meaning
            second = _judged(state.reading, meaning, rows[again], state.shared)
            confidence[again], known[again] = second.confidence, second.known
    # What was sure at a glance is not read for this: of new kinds there are enough that are not.
    legible = np.array([bool(cut) for cut in cuts]) if state.reading is not None else np.zeros_like(read)
    strange = np.flatnonzero((known < AT_HOME) & (read | ~legible)).tolist()
    vectors, near = state.nearness.of(state.grams, [texts[row] for row in strange], readings[strange])
    place = {row: number for number, row in enumerate(strange)}
    settled = state.tree.settle(confidence, sure=sure)
    best = confidence.argmax(axis=1)
    for row, (path, value) in enumerate(settled):
        yield Placement(
            path=path,
            confidence=min(1.0, value),
            known=float(known[row]),
            likeliest=state.paths[best[row]],
            vector=vectors[place[row]] if row in place else None,
            near=pair_of(near[place[row]]) if row in place else (0.0, 0.0),
            read=bool(read[row]),
        )


def _doubtful(judged: Judged, sure: float) -> NDArray[np.bool_]:
    """Which of the texts have to be read after a glance."""
    return np.asarray((judged.confidence.max(axis=1) < sure) | (judged.known < KNOWN))


def _judged(stage: Stage, meaning: Floats, rows: GramRows, labelled: GramRows) -> Judged:
    """What a stage says of texts, block by block."""
    parts = []
    for start in range(0, len(rows), COMPARED_AT_ONCE):
        block = slice(start, start + COMPARED_AT_ONCE)
        parts.append(stage.judge(meaning[block], rows[block].similarity(labelled)))
    return Judged(
        np.concatenate([part.confidence for part in parts]), np.concatenate([part.known for part in parts])
    )


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
