"""The last weeks of a history, judged as they would be today."""

import numpy as np
import pytest

from detectors.seasonal.period import HOUR
from detectors.seasonal.stamps import name_steps
from detectors.tree.absurd import Sifted
from detectors.tree.branches import Branches
from detectors.tree.budget import branches_of, calm, peaks_of
from detectors.tree.likelihood import LEAST_DUE, even, log_likelihood_ratio
from detectors.tree.outlook import Outlook
from detectors.tree.rehearsal import BLOCK, PATH_HALF, PATH_SPREAD, Rehearsed, rehearsal
from detectors.tree.trailing import BUSIER

WEEK = 168


def made(weeks, leaves, seed, gaps=()):
    """A root with leaves, some of them busy, most quiet."""
    rng = np.random.default_rng(seed)
    course = np.exp(np.cos(np.arange(weeks * WEEK + 7) * 2 * np.pi / 24))[:, None]
    leaf = rng.poisson(course * rng.lognormal(-2, 1.5, leaves)).astype(np.float32)
    leaf[-50:-47, 1] += 9
    count = np.concatenate((leaf.sum(axis=1)[:, None], leaf), axis=1)
    for gap in gaps:
        count[gap] = np.nan
    stamps = name_steps(np.datetime64("2026-01-05T00", "h") + np.arange(len(count) + 48), HOUR)
    tree = Branches(np.array([-1] + [0] * leaves, np.int32))
    return count, Outlook(Sifted(count, count), stamps, tree)


def by_definition(count, outlook, node, step, first):
    """Score of one node at one step, window by window."""
    baseline, trailing, clumps = outlook.baseline, outlook.trailing, outlook.trailing.clumps
    occasions = clumps.occasions(count[first:])[:, node]
    known = ~np.isnan(count[first:, node])
    came = np.where(known, count[first:, node], 0).astype(float)
    usual = known * baseline.seasonal.profile[baseline.stamps.slot[first : len(count)], node].astype(float)
    weekly, usually = came.reshape(-1, WEEK).sum(axis=1), usual.reshape(-1, WEEK).sum(axis=1)
    near = 0.5 ** (np.abs(np.arange(len(weekly)) - step // WEEK) / PATH_HALF)
    prior, scores = baseline.dispersion.value[node] / PATH_SPREAD**2, []
    share = np.array(trailing.weights) / sum(trailing.weights)
    for length, weight in zip(trailing.lengths, share, strict=True):
        window = slice(max(step + 1 - length, 0), step + 1)
        some, due = came[window].sum(), usual[window].sum()
        overall = (max(came.sum() - some, 0) + 0.5) / max(usual.sum() - due, 1e-6)
        around = max(near @ weekly - some, 0) + prior
        due *= around / (max(near @ usually - due, 0) + prior / overall)
        dispersion = trailing.own[node] + trailing.relative[node] * due
        if some >= 5 and some > due and (some - due) ** 2 > 9 * dispersion * max(due, 0.05):
            known_steps = usual[window] > 0
            part, of = known_steps / known_steps.sum(), np.zeros(len(known_steps), int)
            course = np.maximum(usual[window], LEAST_DUE)
            course *= due / course.sum()
            rarer = clumps.ratio[node]
            varied = clumps.dispersion[node] + trailing.relative[node] * due * rarer
            both = [
                log_likelihood_ratio(
                    each, to_come, np.full(len(of), varies), even(each, to_come, part, of), of
                )[0]
                for each, to_come, varies in (
                    (came[window], course, dispersion),
                    (occasions[window], course * rarer, varied),
                )
            ]
            scores.append(np.log10(np.exp(both).mean() * weight))
    busy = BUSIER * np.log10(1 + due / trailing.lengths[-1])
    return max(0, max(scores, default=-busy) + busy)


@pytest.mark.parametrize("gaps", [(), (slice(100, 140), slice(700, 720))])
def test_every_window_is_judged_beside_the_weeks_around_it(gaps):
    count, outlook = made(6, 40, seed=3, gaps=gaps)
    first, judged = 7, np.ones(41, bool)
    judged[5] = False
    found = Rehearsed.of(
        list(rehearsal(count, outlook.baseline, outlook.trailing, judged=judged, fewest=5)),
    )
    scores = dict(zip(zip(found.step.tolist(), found.nodes.tolist(), strict=True), found.score, strict=True))
    assert max(scores.values()) > 5
    arrived = np.argwhere(np.nan_to_num(count[first:]) > 0).tolist()
    some = np.random.default_rng(1).permutation(len(arrived))[:400]
    for step, node in [*(arrived[k] for k in some), *scores]:
        wanted = by_definition(count, outlook, node, step, first) if node != 5 else 0
        assert scores.get((step, node), 0) == pytest.approx(wanted, rel=1e-3, abs=1e-3)


def test_blocks_of_nodes_tell_what_all_nodes_tell_together():
    count, outlook = made(3, BLOCK + 40, seed=5)
    judged = np.ones(count.shape[1], bool)
    baseline, trailing = outlook.baseline, outlook.trailing
    whole = Rehearsed.of(list(rehearsal(count, baseline, trailing, judged=judged, fewest=5)))
    for nodes in (np.arange(BLOCK + 41) < 60, np.arange(BLOCK + 41) >= 60):
        part = Rehearsed.of(list(rehearsal(count, baseline, trailing, judged=nodes, fewest=5)))
        mine = nodes[whole.nodes]
        assert sorted(zip(part.step, part.nodes, part.score, strict=True)) == sorted(
            zip(whole.step[mine], whole.nodes[mine], whole.score[mine], strict=True)
        )


def test_alarms_of_one_node_that_follow_each_other_are_one_peak():
    tree = Branches(np.array([-1, 0, 0], np.int32))
    steps, nodes = np.array([0, 3, 9, 4, 2]), np.array([1, 1, 1, 0, 2])
    scores = np.array([3.0, 4.0, 5.0, 6.0, 7.0])
    high = Rehearsed(steps, nodes, scores, np.zeros(5, int), np.ones(5))
    peaks = peaks_of(high, tree.depth, 2, quiet=6)
    assert [sorted(depth.tolist()) for depth in peaks] == [[6.0], [4.0, 5.0, 7.0]]
    # 2 rises at step 0, before the root holds both branches; at step 9 the root's alarm is still open.
    assert branches_of(high, tree, np.array([3.0, 3.0]), quiet=6) == 2
    assert branches_of(high, tree, np.array([9.0, 3.0]), quiet=6) == 3


def test_a_surge_is_left_out_with_all_that_its_line_shows_meanwhile_and_nothing_else():
    tree = Branches(np.array([-1, 0, 0, 1, 1], np.int32))
    step, nodes = np.array([1, 2, 3, 40, 2, 2, 2, 4, 0]), np.array([1, 1, 1, 1, 0, 2, 3, 3, 0])
    score = np.array([2.5, 9.0, 3.0, 3.5, 3.9, 3.8, 2.0, 2.2, 2.1])
    high = Rehearsed(step, nodes, score, np.zeros(9, int), score)
    kept, left = calm(high, tree, np.full(3, 4.0), steps=60, quiet=6)
    assert left.round(3).tolist() == [0.95, 0.975, 0.95]
    assert sorted(zip(kept.nodes.tolist(), kept.step.tolist(), strict=True)) == [
        (0, 0),
        (1, 40),
        (2, 2),
        (3, 4),
    ]
