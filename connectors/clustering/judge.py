"""How is a text judged: at a glance, and by a reading where that leaves doubt?

All texts get a *glance*: their grams, and what their words meant where they were read. The least sure, about
`read_share` of texts like the labelled ones, are *read* by the whole sentence model, which costs a hundred
times as much and is right more often. Without the model's weights, and for Chinese, grams judge alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from connectors.clustering.backoff import Tree
from connectors.clustering.encoder import Encoder
from connectors.clustering.grams import GramRows, Grams
from connectors.clustering.meaning import Cuts, Meaning
from connectors.clustering.nearness import Nearness, pair_of
from connectors.clustering.stage import Judged, Stage, gram_weights

Floats = NDArray[np.float32]
Path = tuple[str, ...]

LEAST_READ, MOST_READ = 0.08, 0.2  # shares of texts that are read: of well-known classes, and of others
WELL_KNOWN: Final = (
    10  # texts a class up to which most are read; from then on the fewer, the better it is known
)
KNOWN: Final = 0.93  # below it a text fits nowhere (strangers are assumed rare, so the bar is high)
AT_HOME: Final = 0.99  # from it on a text is not looked at as one of a new kind
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
    near : cosines of that vector to labelled texts around it (`nearness`)
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
class Judge:
    """The labelled texts as both depths see them; replaced as a whole.

    Attributes
    ----------
    sizes : (paths,) labelled texts of each path
    reading : None where no model reads
    sure_at_a_glance : confidence below which a text is read
    """

    paths: tuple[Path, ...]
    sizes: NDArray[np.intp]
    tree: Tree
    grams: Grams
    shared: GramRows
    meaning: Meaning
    glance: Stage
    reading: Stage | None
    sure_at_a_glance: float
    nearness: Nearness

    @classmethod
    def fit(
        cls, texts: Sequence[str], labels: Sequence[Path], encoder: Encoder | None, read_share: float | None
    ) -> Self:
        """Learn from labelled texts; no `read_share` is one that keeps a text under 1 ms."""
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
        return cls(
            paths=tuple(number),
            sizes=np.bincount(codes, minlength=len(number)),
            tree=Tree(tuple(number)),
            grams=grams,
            shared=rows,
            meaning=meaning,
            glance=glance,
            reading=reading,
            sure_at_a_glance=sure,
            nearness=Nearness.learn(grams, texts, readings),
        )

    def taught(self, text: str, path: Path) -> Self:
        """With one more labelled text, whose answer is right from now on (exact after the next fit)."""
        paths = self.paths if path in self.paths else (*self.paths, path)
        code = paths.index(path)
        sizes = np.pad(self.sizes, (0, len(paths) - len(self.paths)))
        sizes[code] += 1
        cuts = self.meaning.cut([text])
        glance = self.meaning.glance(cuts)
        rows = self.grams.rows([text], gram_weights(glance))
        shared = rows.similarity(self.shared)
        reading = self.meaning.read(cuts, glance)
        return replace(
            self,
            paths=paths,
            sizes=sizes,
            tree=Tree(paths),
            shared=GramRows.stacked([self.shared, rows]),
            glance=self.glance.taught(glance, shared, code),
            reading=self.reading.taught(reading, shared, code) if self.reading else None,
            nearness=self.nearness.taught(self.grams, text, reading),
        )

    def place(self, texts: Sequence[str], *, sure: float) -> Iterator[Placement]:
        """A placement a text; `sure` is the confidence that a node must have."""
        seen = self._seen(texts, every=False)
        # What was sure at a glance is not read for this: of new kinds there are enough that are not.
        strange = np.flatnonzero((seen.known < AT_HOME) & (seen.read | ~seen.legible))
        vectors, near = self._vectors(texts, seen, strange)
        place = {row: number for number, row in enumerate(strange.tolist())}
        best = seen.confidence.argmax(axis=1)
        for row, (path, value) in enumerate(self.tree.settle(seen.confidence, sure=sure)):
            yield Placement(
                path=path,
                confidence=min(1.0, value),
                known=float(seen.known[row]),
                likeliest=self.paths[best[row]],
                vector=vectors[place[row]] if row in place else None,
                near=pair_of(near[place[row]]) if row in place else (0.0, 0.0),
                read=bool(seen.read[row]),
            )

    def vectors(self, texts: Sequence[str]) -> tuple[Floats, Floats, Floats]:
        """(n, width) vectors, (n, 2) `near` and (n,) `known` of texts, as of those that are read."""
        seen = self._seen(texts, every=True)
        return (*self._vectors(texts, seen, np.arange(len(texts))), seen.known)

    def _vectors(self, texts: Sequence[str], seen: _Seen, rows: NDArray[np.intp]) -> tuple[Floats, Floats]:
        some = [texts[row] for row in rows.tolist()]
        sizes = self.sizes[seen.confidence[rows].argmax(axis=1)]
        return self.nearness.of(self.grams, some, seen.readings[rows], sizes, stage=self.reading)

    def _seen(self, texts: Sequence[str], *, every: bool) -> _Seen:
        """What is seen of texts; `every` one is read, or those that are doubtful at a glance."""
        cuts = self.meaning.cut(texts)
        glances = self.meaning.glance(cuts)
        rows = self.grams.rows(texts, gram_weights(glances))
        judged = _judged(self.glance, glances, rows, self.shared)
        legible = np.zeros(len(texts), dtype=np.bool_)
        width = 0 if self.reading is None else len(self.reading.axes)
        seen = _Seen(
            judged.confidence,
            judged.known,
            np.zeros((len(texts), width), np.float32),
            legible.copy(),
            legible,
        )
        if self.reading is not None:
            legible[:] = [bool(cut) for cut in cuts]
            seen.read[:] = legible if every else legible & _doubtful(judged, self.sure_at_a_glance)
            self._read(seen, cuts, glances, rows)
        return seen

    def _read(self, seen: _Seen, cuts: Cuts, glances: Floats, rows: GramRows) -> None:
        """Judge again, by reading, those that are to be read."""
        again = np.flatnonzero(seen.read)
        if self.reading is None or not len(again):
            return
        meaning = self.meaning.read([cuts[row] for row in again.tolist()], glances[again])
        second = _judged(self.reading, meaning, rows[again], self.shared)
        seen.readings[again] = meaning
        seen.confidence[again], seen.known[again] = second.confidence, second.known


@dataclass(frozen=True)
class _Seen:
    """What both depths say of n texts.

    Attributes
    ----------
    confidence, known : (n, paths) and (n,) float32, of the reading where a text was read
    readings : (n, width) float32, zero where a text was not read
    read, legible : (n,) masks
    """

    confidence: Floats
    known: Floats
    readings: Floats
    read: NDArray[np.bool_]
    legible: NDArray[np.bool_]


def _doubtful(judged: Judged, sure: float) -> NDArray[np.bool_]:
    """Which of the texts have to be read after a glance."""
    return np.asarray((judged.confidence.max(axis=1) < sure) | (judged.known < KNOWN))


def _judged(stage: Stage, meaning: Floats, rows: GramRows, labelled: GramRows) -> Judged:
    """What a stage says of texts, block by block."""
    if len(rows) <= COMPARED_AT_ONCE:
        return stage.judge(meaning, rows.similarity(labelled))
    parts = []
    for start in range(0, len(rows), COMPARED_AT_ONCE):
        block = slice(start, start + COMPARED_AT_ONCE)
        parts.append(stage.judge(meaning[block], rows[block].similarity(labelled)))
    return Judged(
        np.concatenate([part.confidence for part in parts]), np.concatenate([part.known for part in parts])
    )
