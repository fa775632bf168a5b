"""When the classifier learns: not before there is enough, then ever more seldom, from corrections at once."""

import random

import pytest
from placed import KINDS, text_of

from monitor.placement import classifier as module
from monitor.placement.classifier import Classifier, due_after


def texts(number, seed=1):
    dice, kinds = random.Random(seed), list(KINDS.values())
    return [(text_of(kinds[n % 3][1], dice), kinds[n % 3][0]) for n in range(number)]


def made(**told) -> Classifier:
    return Classifier(**{"least": 30, "min_confidence": 0.5, "encoder": False, **told})


@pytest.mark.parametrize(
    ("fitted_on", "again_at"),
    [(0, 50), (49, 50), (50, 100), (1_000, 2_000), (2_048, 4_096), (8_192, 10_240), (20_000, 22_048)],
)
def test_it_learns_anew_when_the_texts_have_doubled_and_later_after_a_quarter_more(fitted_on, again_at):
    assert due_after(fitted_on, least=50) == again_at


def test_it_answers_nothing_before_it_has_learned_enough():
    classifier = made()
    classifier.learn(texts(29))
    assert classifier.place(["lost card"]) is None
    classifier.learn(texts(1))
    assert classifier.version == 30
    assert classifier.place(["lost stolen wallet"]) is not None


def test_while_it_learns_anew_it_answers_as_before_and_what_comes_meanwhile_counts_for_the_next_time():
    waiting = []
    classifier = made(refit=waiting.append)
    classifier.start(texts(30))
    before = classifier.placer
    classifier.learn(texts(30, seed=2))
    classifier.learn(texts(10, seed=3))
    assert (classifier.placer, len(waiting)) == (before, 1)
    waiting.pop()()
    assert classifier.placer is not before
    assert classifier.version == 70


def test_it_holds_the_latest_texts_and_no_others(monkeypatch):
    monkeypatch.setattr(module, "HELD", 40)
    classifier = made()
    classifier.start(texts(100))
    assert len(classifier._texts) == 40
    assert list(classifier._texts) == texts(100)[-40:]


def test_corrections_hold_at_once_and_bring_the_next_fit_nearer():
    waiting = []
    classifier = made(refit=waiting.append)
    classifier.start(texts(200))
    told, where = "lost wallet at the exchange", ("cards", "abroad")
    classifier.correct([(told, where)] * 3)
    assert waiting == []
    assert classifier.place([told])[0].likeliest == where
    # Words that no labelled text had before count from the next fit on.
    classifier.correct([("robot vacuum eats socks", ("home", "robot"))] * 2)
    [fit] = waiting
    fit()
    assert classifier.version == 205
    assert classifier.place(["the robot vacuum eats socks"])[0].likeliest == ("home", "robot")
