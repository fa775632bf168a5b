"""`drill` opens an exercise in the store, which a running monitor delivers and follows."""

import pytest

from alerts.page import Reason


@pytest.fixture
def ordered(kept):
    return kept.told("drill", "--by", "Zhou Min", "--why", "first exercise", "--node", "移动业务/5G套餐")


def test_the_page_awaits_delivery_and_the_incident_is_open(kept, ordered):
    assert ordered.startswith("The drill has begun: incident 1, 1 person is told.")
    store = kept.store()
    with store.reading() as tx:
        [page] = [page for page in tx.outbox.pages() if page.reason is Reason.DRILL]
        assert tx.outbox.deliveries(page.key)
        [incident] = tx.incidents.find(only_open=True)
    store.close()
    assert page.incidents == (incident.id,)
    assert "DRILL" in incident.node[0]


def test_a_second_one_is_refused_until_the_first_is_resolved(kept, ordered):
    code, said = kept.refused("drill", "--by", "Zhou Min")
    assert code == 1
    assert "a drill is open there already" in said
    kept.told("incident", "resolve", "1", "--by", "Zhou Min", "--why", "done")
    assert "incident 2" in kept.told("drill", "--by", "Zhou Min")


def test_its_report_can_be_written(kept, ordered, tmp_path):
    kept.told("report", "1", "--format", "html", "--out", str(tmp_path))
    assert "演练 DRILL" in (tmp_path / "incident-1.html").read_text("utf-8")
