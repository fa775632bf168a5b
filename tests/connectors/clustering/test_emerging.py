"""Emerging clusters: what fits nowhere, grows, and gets a name from its own words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from connectors.clustering.emerging import Emerging
from connectors.clustering.naming import name_of

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
KINDS = 5


def vector(kind, draw, noise=0.5):
    """A unit vector near one of several orthogonal directions."""
    found = np.eye(64)[kind] + draw.normal(0, noise / 8, 64)
    return (found / np.linalg.norm(found)).astype(np.float32)


def test_five_new_kinds_in_one_stream_become_five_pure_clusters():
    draw = np.random.default_rng(1)
    emerging = Emerging(lambda _: 1.0)
    members: dict[int, set[int]] = {}
    for step in range(200):
        kind = int(draw.integers(KINDS))
        number = emerging.observe(
            f"kind{'abcde'[kind]} text", vector(kind, draw), NOW + timedelta(seconds=20 * step)
        )
        members.setdefault(number, set()).add(kind)
    found = emerging.emerged()
    assert len(found) == KINDS
    assert all(len(members[number]) == 1 for number in found)
    assert sorted(group.name for group in found.values()) == [f"kind{sign} text" for sign in "abcde"]


def test_ten_similar_tickets_in_two_hours_emerge_and_ten_in_a_week_do_not():
    draw = np.random.default_rng(2)
    for minutes, emerges in ((13, True), (14, False), (1000, False)):
        emerging = Emerging(lambda _: 1.0)
        for step in range(10):
            emerging.observe("late train", vector(0, draw), NOW + timedelta(minutes=minutes * step))
        assert bool(emerging.emerged()) is emerges


def test_nine_are_not_ten():
    draw = np.random.default_rng(3)
    emerging = Emerging(lambda _: 1.0)
    for _ in range(9):
        emerging.observe("late train", vector(0, draw), NOW)
    assert not emerging.emerged()
    emerging.observe("late train", vector(0, draw), NOW)
    (group,) = emerging.emerged().values()
    assert (group.name, group.size) == ("late train", 10)


def test_a_dissolved_cluster_starts_anew():
    draw = np.random.default_rng(4)
    emerging = Emerging(lambda _: 1.0)
    for _ in range(12):
        number = emerging.observe("late train", vector(0, draw), NOW)
    other = emerging.observe("cold soup", vector(1, draw), NOW)
    emerging.dissolve(number)
    assert not emerging.emerged()
    assert emerging.observe("cold soup", vector(1, draw), NOW) == other
    assert emerging.observe("late train", vector(0, draw), NOW) != number


def test_groups_that_nobody_joins_are_forgotten():
    draw = np.random.default_rng(5)
    emerging = Emerging(lambda _: 1.0, forget=timedelta(days=1))
    for step in range(2000):
        lonely = draw.normal(size=64).astype(np.float32)
        emerging.observe("x", lonely / np.linalg.norm(lonely), NOW + timedelta(hours=step))
    assert len(emerging._groups) < 600


def test_texts_without_a_direction_share_no_group():
    emerging = Emerging(lambda _: 1.0)
    nothing = np.zeros(64, dtype=np.float32)
    assert len({emerging.observe("", nothing, NOW) for _ in range(20)}) == 20
    assert not emerging.emerged()


def test_names_are_readable_in_chinese_too():
    texts = ["共享单车押金不退", "押金一直不退给我", "共享单车的押金退不了", "单车押金什么时候退"]
    assert "押金" in name_of(texts, lambda _: 1.0)
    assert name_of(["\U0001f600", "!!"], lambda _: 1.0) == "?"


def test_two_clusters_with_the_same_words_have_two_names():
    draw = np.random.default_rng(6)
    emerging = Emerging(lambda _: 1.0)
    for kind in (0, 1):
        for _ in range(10):
            emerging.observe("late train", vector(kind, draw), NOW)
    names = [group.name for group in emerging.emerged().values()]
    assert len(set(names)) == 2
