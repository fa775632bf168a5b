"""Emerging clusters: what is nearer to itself than to all that is labelled, grows, and gets a name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from connectors.clustering import emerging as module
from connectors.clustering.emerging import Emerging, Text, part_of
from connectors.clustering.naming import name_of

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
KINDS = 5


def vector(kind, draw, noise=0.5):
    """A unit vector near one of several orthogonal directions: two of a kind have a cosine of 0.8."""
    found = np.eye(64)[kind] + draw.normal(0, noise / 8, 64)
    return (found / np.linalg.norm(found)).astype(np.float32)


def said(words, kind, draw, *, near=(0.4, 0.3), minutes=0.0, known=0.5):
    return Text(words, vector(kind, draw), near, known, NOW + timedelta(minutes=minutes))


class Told:
    """An `Emerging` and where its texts are by now."""

    def __init__(self, **settings):
        self.emerging = Emerging(lambda _: 1.0, **settings)
        self.seen, self.into = [], {}

    def tell(self, text):
        seen = self.emerging.observe(text)
        self.into |= dict.fromkeys(seen.absorbed, seen.group)
        self.seen.append(seen.group)
        return seen

    def groups(self):
        return [part_of(self.into, group) for group in self.seen]


def test_five_new_kinds_in_one_stream_become_five_pure_clusters():
    draw = np.random.default_rng(1)
    told, kinds = Told(), draw.integers(KINDS, size=200).tolist()
    for step, kind in enumerate(kinds):
        told.tell(said(f"kind{'abcde'[kind]} text", kind, draw, minutes=step / 3))
    found = told.emerging.emerged()
    assert len(found) == KINDS
    assert len(set(zip(told.groups(), kinds, strict=True))) == KINDS
    assert sorted(group.name for group in found.values()) == [f"kind{sign} text" for sign in "abcde"]


def test_texts_that_have_labelled_ones_among_them_are_no_new_kind_however_many_they_are():
    draw = np.random.default_rng(7)
    told = Told()
    for step in range(300):
        told.tell(said("late train", 0, draw, near=(0.88, 0.84), minutes=step / 10))
    assert not told.emerging.emerged()


def test_the_surer_texts_are_to_belong_to_a_class_the_denser_must_their_group_be():
    both, apart = np.eye(64, dtype=np.float32)[:2]
    around = (0.45 * both + (1 - 0.45**2) ** 0.5 * apart).astype(np.float32)
    for known, emerges in ((0.5, True), (0.75, True), (0.9, False)):
        told = Told()
        for vector in [around] * 8 + [both] * 10:  # of 17 texts around each of the ten 9 are near
            told.tell(Text("late train", vector, (0.5, 0.4), known, NOW))
        assert bool(told.emerging.emerged()) is emerges


def test_texts_that_have_nothing_in_common_but_that_they_are_strange_are_no_kind():
    draw = np.random.default_rng(8)
    told = Told()
    for _ in range(300):
        found = draw.normal(size=512) + 0.2
        told.tell(Text("x", (found / np.linalg.norm(found)).astype(np.float32), (-0.2, -0.3), 0.5, NOW))
    assert not told.emerging.emerged()


def test_two_near_kinds_stay_two_although_some_of_their_texts_are_linked():
    draw = np.random.default_rng(9)
    both, apart = np.eye(512)[:2]
    middles = both + 0.5 * apart, both - 0.5 * apart  # two of a kind have 0.5, of two kinds 0.3
    told, kinds = Told(), draw.integers(2, size=120).tolist()
    for kind in kinds:
        found = middles[kind] + draw.normal(0, (1.25 / 512) ** 0.5, 512)
        told.tell(Text("x", (found / np.linalg.norm(found)).astype(np.float32), (0.35, 0.3), 0.5, NOW))
    assert len(told.emerging.emerged()) == 2
    assert len(set(zip(told.groups(), kinds, strict=True))) == 2


def test_parts_of_one_kind_become_one_when_a_text_stands_between_them():
    told = Told(least=5)
    sides = np.array([[1, 0, 0], [0.2, 0.96**0.5, 0]], dtype=np.float32)
    between = (sides.sum(axis=0) / np.linalg.norm(sides.sum(axis=0))).astype(np.float32)
    one, other = (told.tell(Text("x", side, (0.5, 0.4), 0.5, NOW)).group for side in sides)
    assert one != other
    seen = told.tell(Text("x", between, (0.5, 0.4), 0.5, NOW))
    assert (seen.group, seen.absorbed) in {(one, (other,)), (other, (one,))}
    assert len(set(told.groups())) == 1
    for _ in range(2):
        told.tell(Text("x", between, (0.5, 0.4), 0.5, NOW))
    assert [group.size for group in told.emerging.emerged().values()] == [5]


def test_ten_similar_tickets_in_two_hours_emerge_and_ten_in_a_week_do_not():
    draw = np.random.default_rng(2)
    for minutes, emerges in ((13, True), (14, False), (1000, False)):
        told = Told()
        for step in range(10):
            told.tell(said("late train", 0, draw, minutes=minutes * step))
        assert bool(told.emerging.emerged()) is emerges


def test_nine_are_not_ten():
    draw = np.random.default_rng(3)
    told = Told()
    for _ in range(9):
        told.tell(said("late train", 0, draw))
    assert not told.emerging.emerged()
    told.tell(said("late train", 0, draw))
    (group,) = told.emerging.emerged().values()
    assert (group.name, group.size) == ("late train", 10)


def test_texts_are_forgotten_with_time_and_groups_with_their_texts():
    draw = np.random.default_rng(5)
    told = Told(forget=timedelta(days=1))
    for hour in range(12):
        told.tell(said("late train", 0, draw, minutes=5 * hour))
    assert told.emerging.emerged()
    told.tell(said("cold soup", 1, draw, minutes=60 * 26))
    assert not told.emerging.emerged()
    assert list(told.emerging._groups) == [told.seen[-1]]


def test_what_is_looked_at_is_bounded_and_what_is_bounded_goes_on(monkeypatch):
    monkeypatch.setattr(module, "MOST_TEXTS", 100)
    draw = np.random.default_rng(6)
    told = Told()
    for step in range(450):
        told.tell(said("late train", 2 + step % 50, draw, minutes=step / 60))
    assert sum(len(group.rows) for group in told.emerging._groups.values()) == 100
    assert not told.emerging.emerged()  # two of each kind are among the latest hundred
    for _ in range(10):
        told.tell(said("cold soup", 1, draw, minutes=8))
    assert [group.name for group in told.emerging.emerged().values()] == ["cold soup"]
    for group in told.emerging._groups.values():
        expected = told.emerging._vectors[group.rows].sum(axis=0)
        np.testing.assert_allclose(group.total, expected, atol=1e-4)


def test_restored_groups_go_on_as_if_they_had_never_been_away():
    draw = np.random.default_rng(10)
    texts = [said("late train", int(draw.integers(4)), draw, minutes=n) for n in range(60)]
    whole, first = Told(), Told()
    for text in texts[:30]:
        whole.tell(text)
        first.tell(text)
    again = Told()
    names = {number: group.name for number, group in first.emerging.emerged().items()}
    again.emerging.restore(list(zip(first.groups(), texts[:30], strict=True)), names)
    again.emerging.lead_from(max(first.seen) + 1)
    assert again.emerging.emerged() == first.emerging.emerged()
    for text in texts[30:]:
        assert again.tell(text).group == whole.tell(text).group
    assert again.emerging.emerged() == whole.emerging.emerged()


def test_texts_without_a_direction_share_no_group():
    told = Told()
    for _ in range(20):
        told.tell(Text("", np.zeros(64, dtype=np.float32), (0.0, 0.0), 0.5, NOW))
    assert len(set(told.seen)) == 20
    assert not told.emerging.emerged()


def test_names_are_readable_in_chinese_too():
    texts = ["共享单车押金不退", "押金一直不退给我", "共享单车的押金退不了", "单车押金什么时候退"]
    assert "押金" in name_of(texts, lambda _: 1.0)
    assert name_of(["\U0001f600", "!!"], lambda _: 1.0) == "?"


def test_a_name_says_nothing_twice():
    texts = ["activate my new card", "card activation", "activating the card", "how is a card activated"]
    assert name_of(texts, lambda _: 1.0).count("activ") == 1
    bikes = ["共享单车押金不退", "押金一直不退给我", "共享单车的押金退不了", "单车押金什么时候退"]
    assert name_of(bikes, lambda _: 1.0) == "共享单车 一直不退 押金"


def test_two_clusters_with_the_same_words_have_two_names():
    draw = np.random.default_rng(6)
    told = Told()
    for kind in (0, 1):
        for _ in range(10):
            told.tell(said("late train", kind, draw))
    names = [group.name for group in told.emerging.emerged().values()]
    assert len(set(names)) == 2
