"""A replay places as the daemon does, and never by what came later."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from live import sqlite
from placed import CALENDAR, KINDS, LEVELS, LIFT, PARCEL, START, Placed, labelled, unlabelled

from connectors.lineage import Lineage
from connectors.taxonomy import Taxonomy
from connectors.ticket import TicketBatch, to_us
from monitor.config.schema import Clustering
from monitor.placement.classifier import Classifier
from monitor.placement.placing import Placing
from monitor.placement.replaying import placed_history
from monitor.replay.history import versions_of
from monitor.replay.replay import replay

CARD, CARD_WORDS = KINDS["card"]


def replayed(*stories, detectors=None):
    """The replay of stories, one a source."""
    settings = Clustering(least_labelled=30)
    taxonomy, tree = Taxonomy(LEVELS), Taxonomy(LEVELS)
    classifier = Classifier(least=30, min_confidence=0.7, encoder=False)
    placing = Placing(settings, classifier, taxonomy=tree, emerging="Emerging")
    placing.follow(Lineage(depth=2))
    batches = [(n, TicketBatch.of(story[0].source, story)) for n, story in enumerate(stories)]
    versions = versions_of(placed_history(batches, placing, taxonomy=tree, calendar=CALENDAR), taxonomy)
    names = [story[0].source for story in stories]
    found = replay(versions, taxonomy=taxonomy, calendar=CALENDAR, sources=names, detectors=detectors or {})
    changes = found.step.ledger.tickets
    counted = Counter()
    for node, sign in zip(changes.node.tolist(), changes.sign.tolist(), strict=True):
        counted[taxonomy.paths[node]] += sign
    return {path: n for path, n in counted.items() if n}, found


def spread(tickets, start, minutes=1):
    """The same tickets, told one after another."""
    stamps = [start + timedelta(minutes=minutes * n) for n in range(len(tickets))]
    return [replace(t, created_at=s, updated_at=s) for t, s in zip(tickets, stamps, strict=True)]


def test_a_replay_counts_and_fires_what_the_daemon_counts_and_fires(tmp_path):
    later = START + timedelta(days=1)
    known = spread(labelled(90), START)
    cards = spread(unlabelled(CARD_WORDS, 12), later)
    parcels = spread(unlabelled(PARCEL, 14), later + timedelta(minutes=30))
    told = replace(parcels[3], path=CARD, updated_at=later + timedelta(hours=3))
    live = Placed(sqlite(tmp_path))
    for part in (known, cards, parcels, [told]):
        live.tell(part, together=1)
    counted, found = replayed([*known, *cards, *parcels, told], detectors=live.rules.detectors)
    assert counted == live.counted()
    assert counted[CARD] == 43
    assert [n for path, n in counted.items() if path[:1] == ("Emerging",)] == [13]
    with live.store.reading() as tx:
        fired = {s.signal.identity for s in tx.signals.find()}
    assert {signal.identity for signal in found.signals} == fired
    [new] = [signal for signal in found.signals if signal.node[:1] == ("Emerging",)]
    assert new.crossed_at == to_us(parcels[9].updated_at)
    live.store.close()


def test_nothing_is_judged_by_what_came_later():
    early = spread(unlabelled(CARD_WORDS, 5), START)
    late = spread(unlabelled(CARD_WORDS, 5, seed=9), START + timedelta(days=2))
    known = spread(labelled(60), START + timedelta(days=1))
    counted, _ = replayed([*late, *known, *early])
    assert counted[()] == 5
    assert counted[CARD] == 25


def test_sources_are_placed_together_and_those_without_texts_pass():
    later = START + timedelta(days=1)
    desk = [*spread(labelled(90), START), *spread(unlabelled(LIFT, 6), later)]
    phone = spread(unlabelled(LIFT, 6, seed=5, source="phone"), later)
    plain = [replace(one, source="old", text=None) for one in spread(labelled(9, seed=3), START)]
    batches = [(n, TicketBatch.of(s[0].source, s)) for n, s in enumerate([desk, phone, plain])]
    assert batches[2][1].text is not None
    counted, _ = replayed(desk, phone, plain)
    assert [n for path, n in counted.items() if path[:1] == ("Emerging",)] == [12]
    assert sum(counted.values()) == 111
