"""Tickets without a category are placed by their text, once, until their source tells one."""

import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from live import sqlite
from placed import CALENDAR, KINDS, LIFT, PARCEL, START, Placed, labelled, unlabelled

from connectors.clustering.placer import Placer
from connectors.placing import clusters_of
from connectors.ticket import Ticket
from monitor.engine.work import Work
from monitor.storage.recount import recount

CARD, CARD_WORDS = KINDS["card"]


@pytest.fixture
def placed(tmp_path):
    made = Placed(sqlite(tmp_path))
    yield made
    made.store.close()


def recounts(placed) -> bool:
    with placed.store.reading() as tx:
        return len(recount(tx, CALENDAR)) == 0


def test_texts_go_where_texts_like_them_were_put_and_stay_there_when_told_again(placed):
    placed.tell(labelled(60))
    cards = unlabelled(CARD_WORDS, 8)
    placed.tell(cards)
    assert placed.counted()[CARD] == 28
    before = placed.counted()
    # Polls overlap; later versions without a category come; more is learned; the monitor starts again.
    placed.tell(cards)
    placed.tell([replace(one, updated_at=one.updated_at + timedelta(hours=1)) for one in cards])
    placed.restart()
    placed.tell(labelled(60, seed=5))
    placed.tell(cards)
    assert placed.counted() == {path: count + 20 if path else count for path, count in before.items()}
    assert recounts(placed)
    with placed.store.reading() as tx:
        assert tx.placements.figures() == (8, 0)


@pytest.mark.parametrize("together", [1, 7, 20])
def test_the_daemon_finds_the_kinds_that_place_finds_in_whatever_parts_tickets_come(placed, together):
    known = labelled(60)
    placed.tell(known)
    new = [*unlabelled(PARCEL, 30), *unlabelled(LIFT, 30), *unlabelled(CARD_WORDS, 30)]
    stream = sorted(new, key=lambda ticket: (ticket.created_at, ticket.id))
    placed.tell(stream, together=together)

    texts = [ticket.text for ticket in stream]
    placer = Placer.fit([one.text for one in known], [one.path for one in known], encoder=False)
    found = Counter(name for name in clusters_of(placer, texts, placer.place(texts)) if name)
    assert len(found) >= 2
    assert {path[1]: count for path, count in placed.counted().items() if path[:1] == ("Emerging",)} == found


def test_before_enough_was_learned_tickets_stay_without_a_category_and_the_stack_is_not_loaded(placed):
    placed.tell(labelled(20))
    placed.tell(unlabelled(CARD_WORDS, 5))
    assert placed.counted()[()] == 5
    assert placed.classifier.placer is None


def test_what_staff_tell_moves_the_count_and_teaches(tmp_path):
    placed = Placed(sqlite(tmp_path), min_confidence=0.4)
    placed.tell(labelled(60))
    lost = unlabelled(PARCEL, 6)
    placed.tell(lost)
    assert placed.counted()[()] == 6
    told = [
        replace(one, path=("delivery", "wet"), updated_at=one.updated_at + timedelta(hours=1)) for one in lost
    ]
    placed.tell(told)
    assert placed.counted()["delivery", "wet"] == 6
    assert () not in placed.counted()
    placed.tell(unlabelled(PARCEL, 4, seed=9, at=START + timedelta(hours=2)))
    assert placed.counted()["delivery", "wet"] == 10
    # A version from before the correction changes nothing, neither does the same one told again.
    placed.tell(lost)
    placed.tell(told)
    assert placed.counted()["delivery", "wet"] == 10
    assert recounts(placed)
    with placed.store.reading() as tx:
        assert tx.placements.figures() == (10, 6)
    placed.store.close()


def test_a_ticket_that_loses_its_category_is_placed_anew(placed):
    placed.tell(labelled(60))
    [card] = unlabelled(CARD_WORDS, 1)
    placed.tell([card])
    told = replace(card, path=("x", "y"), updated_at=card.updated_at + timedelta(hours=1))
    placed.tell([told, replace(card, updated_at=card.updated_at + timedelta(hours=2))])
    assert sum(placed.counted().values()) == 61
    assert recounts(placed)
    with placed.store.reading() as tx:
        assert tx.placements.figures() == (1, 0)


def test_an_unsure_text_stays_at_the_level_that_is_sure(placed):
    either = "invoice charged wrong amount twice refund"
    known = [
        replace(one, id=f"{product}{n}", path=("bills", product))
        for product in ("paper", "online")
        for n, one in enumerate(unlabelled(either, 30, seed=len(product)))
    ]
    placed.tell([*labelled(60), *known])
    placed.tell(unlabelled(either, 12, seed=77))
    found = placed.counted()
    assert found["bills",] >= 3
    assert sum(count for path, count in found.items() if path[:1] == ("bills",)) == 72
    assert recounts(placed)


def test_only_the_sources_that_are_named_are_placed_and_none_where_it_is_off(tmp_path):
    for name, settings in {"named": {"sources": ("phone",)}, "off": {"enabled": False}}.items():
        placed = Placed(f"sqlite:///{tmp_path / name}.db", **settings)
        placed.tell(labelled(60))
        placed.tell(unlabelled(CARD_WORDS, 5))
        assert placed.counted()[()] == 5
        placed.store.close()


def test_a_text_that_a_source_stops_telling_leaves_its_ticket_where_it_is(placed):
    placed.tell(labelled(60))
    cards = unlabelled(CARD_WORDS, 8)
    placed.tell(cards)
    placed.restart()
    placed.tell([replace(one, text=None, updated_at=one.updated_at + timedelta(hours=1)) for one in cards])
    assert placed.counted()[CARD] == 28


@pytest.mark.parametrize("text", ["", " ", "\0", "🙂" * 50, "\ud800", "x" * 1_000_000, "\x00\xff\x01" * 99])
def test_strange_texts_are_counted_like_all_others(placed, text):
    placed.tell(labelled(60))
    placed.tell([Ticket("desk", "strange", START, START, text=text)])
    assert sum(placed.counted().values()) == 61
    assert recounts(placed)


def test_the_text_stack_is_not_imported_where_no_source_tells_texts(tmp_path):
    look = f"""
import sys
sys.path[:0] = {sys.path!r}
from dataclasses import replace
from placed import Placed, labelled
placed = Placed("sqlite:///{tmp_path}/x.db")
told = labelled(200)
placed.tell([replace(one, text=None, path=() if n % 2 else one.path) for n, one in enumerate(told)])
heavy = {{"scipy", "sklearn", "opencc", "connectors.clustering.placer"}} & set(sys.modules)
assert not heavy, heavy
placed.tell(labelled(60, seed=2))
assert "connectors.clustering.placer" in sys.modules
"""
    subprocess.run([sys.executable, "-c", look], check=True)


# --- groups of texts that fit nowhere -------------------------------------------------------------------


def emerging(placed) -> dict[str, int]:
    return {path[1]: count for path, count in placed.counted().items() if path[:1] == ("Emerging",)}


def test_ten_alike_in_two_hours_that_fit_nowhere_become_a_node_that_is_judged(placed):
    placed.tell(labelled(90))
    done = placed.tell(unlabelled(PARCEL, 9) + unlabelled(LIFT, 4), together=1)
    assert emerging(placed) == {}
    done = placed.tell(unlabelled(PARCEL, 3, seed=8, at=START + timedelta(minutes=20)), together=1)
    [(name, count)] = emerging(placed).items()
    assert count == 12
    assert set(name.split()) & set(PARCEL.split())
    [signal] = [signal for one in done for signal in one.signals]
    assert (signal.node, signal.observed) == (("Emerging", name), 10)
    assert sum(len(one.pages) for one in done) == 1
    assert recounts(placed)


def test_a_group_that_emerges_within_one_batch_takes_all_its_tickets_along(placed):
    placed.tell(labelled(90))
    placed.tell(unlabelled(PARCEL, 6))
    placed.tell(unlabelled(PARCEL, 14, seed=8, at=START + timedelta(minutes=20)))
    assert list(emerging(placed).values()) == [20]
    assert recounts(placed)


def test_a_member_that_is_told_again_when_its_group_emerges_moves_too(placed):
    placed.tell(labelled(90))
    story = unlabelled(PARCEL, 12)
    placed.tell(story[:8])
    placed.tell([story[0], replace(story[1], void=True, updated_at=START + timedelta(hours=1)), *story[8:]])
    assert list(emerging(placed).values()) == [11]
    assert () not in placed.counted()
    assert recounts(placed)


def test_ten_over_a_long_time_are_no_surge_of_a_new_kind(placed):
    placed.tell(labelled(90))
    slow = [
        replace(one, created_at=START + timedelta(hours=n), updated_at=START + timedelta(hours=n))
        for n, one in enumerate(unlabelled(PARCEL, 12))
    ]
    placed.tell(slow, together=1)
    assert emerging(placed) == {}


@pytest.mark.parametrize("after", [1, 5, 9, 11])
def test_a_group_goes_on_after_a_restart_as_if_there_had_been_none(tmp_path, after):
    stories = {}
    for restarted in (False, True):
        placed = Placed(f"sqlite:///{tmp_path / str(restarted)}.db")
        placed.tell(labelled(90))
        story = [t for pair in zip(unlabelled(PARCEL, 14), unlabelled(LIFT, 14), strict=True) for t in pair]
        placed.tell(story[: 2 * after], together=1)
        if restarted:
            placed.restart()
        placed.tell(story[2 * after :], together=1)
        stories[restarted] = placed.counted()
        assert recounts(placed)
        placed.store.close()
    assert stories[True] == stories[False]
    assert sorted(n for path, n in stories[True].items() if path[:1] == ("Emerging",)) == [14, 14]


def test_a_transaction_that_fails_leaves_no_trace_in_the_groups(placed, monkeypatch):
    placed.tell(labelled(90))
    story = unlabelled(PARCEL, 12)
    placed.tell(story[:9], together=1)
    with monkeypatch.context() as broken:
        broken.setattr(Work, "judge", lambda *_, **__: 1 / 0)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                placed.tell(story[9:10])
    assert emerging(placed) == {}
    placed.tell(story[9:], together=1)
    assert list(emerging(placed).values()) == [12]


def test_an_emerged_node_is_adopted_and_new_texts_like_it_go_there(placed):
    placed.tell(labelled(90))
    placed.tell(unlabelled(PARCEL, 12), together=1)
    [name] = emerging(placed)
    placed.change("adopt", ("Emerging", name), ("delivery", "wet"))
    assert placed.counted()["delivery", "wet"] == 12
    placed.tell(unlabelled(PARCEL, 5, seed=7, at=START + timedelta(hours=1)), together=1)
    assert placed.counted()["delivery", "wet"] >= 16
    # A group of the same words gets a node of its own, not the adopted one's former name.
    assert emerging(placed) == {}
    assert recounts(placed)


def test_groups_gather_tickets_of_several_sources(tmp_path):
    placed = Placed(sqlite(tmp_path), told_by=("desk", "phone"))
    placed.tell(labelled(90))
    placed.tell(unlabelled(PARCEL, 6), together=1)
    placed.tell(unlabelled(PARCEL, 6, seed=8, source="phone", at=START + timedelta(minutes=9)), together=1)
    assert list(emerging(placed).values()) == [12]
    assert recounts(placed)
    placed.store.close()


def test_a_corrected_ticket_does_not_move_when_its_group_emerges(placed):
    placed.tell(labelled(90))
    story = unlabelled(PARCEL, 14)
    placed.tell(story[:5], together=1)
    placed.tell([replace(story[0], path=CARD, updated_at=START + timedelta(hours=1))])
    placed.tell(story[5:], together=1)
    assert list(emerging(placed).values()) == [13]
    assert placed.counted()[CARD] == 31
