"""What a history teaches, as it is kept for the day."""

import json

import numpy as np

from detectors.tree.habits import Habits
from detectors.tree.learning import Learned, before
from detectors.tree.marks import Marks


def kept(learned):
    return json.loads(json.dumps(learned.to_json()))


def test_what_was_learned_is_the_same_after_a_restart():
    rng = np.random.default_rng(1)
    learned = Learned(rng.normal(4, 1, 6), bursts=True, habits=Habits(rng.random(3), rng.random((6, 3))))
    again = Learned.from_json(kept(learned))
    assert again.thresholds.tolist() == learned.thresholds.tolist()
    assert again.bursts
    assert again.habits.steady.tolist() == learned.habits.steady.tolist()
    assert again.habits.repeat.tolist() == learned.habits.repeat.tolist()
    assert Learned.from_json(kept(Learned(learned.thresholds, bursts=False, habits=None))).habits is None


def test_what_an_earlier_version_has_learned_today_holds_no_bursts():
    fields = kept(Learned(np.ones(3), bursts=True, habits=None))
    del fields["bursts"]
    assert not Learned.from_json(fields).bursts


def test_tickets_of_the_running_step_are_not_learned_from():
    marks = Marks(
        np.array([4.0, 5.0, 4.9]), np.array([1, 2, 3], np.int32), np.arange(9, dtype=np.int32).reshape(3, 3)
    )
    past = before(marks, 5)
    assert past.node.tolist() == [1, 3]
    assert past.at.tolist() == [4.0, 4.9]
    assert past.code.tolist() == [[0, 2], [3, 5], [6, 8]]
