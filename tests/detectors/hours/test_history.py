"""What hours like one brought before, beside the same counted version by version."""

from datetime import timedelta
from random import Random

import pytest
from histories import SHANGHAI, History, at, later, ticket
from stepping import ByHand, Told

from connectors.ticket import to_us
from detectors.columns import window_codes
from detectors.grouping import group_of
from detectors.hours.changes import RowsOfHour
from detectors.hours.history import EVERYTHING, HourHistory
from detectors.hours.usual_change import Usual, comparable, usual

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
START = at("2026-05-01T00:00")


def fortnight(days=16):
    """Some tickets each evening, more at ten than at nine; some of them seen later, moved or void."""
    random, found = Random(3), []
    for n in range(days):
        for hour, number in ((20, 6), (21, 5), (22, 9)):
            for k in range(number + random.randrange(4)):
                created = START + n * DAY + hour * HOUR + timedelta(seconds=random.randrange(3600))
                one = ticket(f"{n} {hour} {k}", created, random.choice("aab"))
                found.append(one)
                if random.random() < 0.2:
                    found.append(later(one, created + random.choice((HOUR, 3 * DAY)), void=True))
    found.sort(key=lambda version: version.updated_at)
    return Told.of(History(found, [], SHANGHAI, 1, ["s"], {}))


@pytest.mark.parametrize("cut", [0, 150, 280])
def test_it_is_that_of_the_hours_that_were_known_and_of_the_tickets_that_had_come(cut):
    told = fortnight()
    step = told.whole() if cut == 0 else told.halves(cut)[1]
    hand, calendar = ByHand(step), step.calendar
    history = HourHistory(step, RowsOfHour(*window_codes(calendar, "hour", step.ledger.tickets.at)))
    usuals = set()
    for day in (5, 12, 15):
        hour = to_us(START + day * DAY + 22 * HOUR)
        for arrived in range(0, len(step.ledger.news) + 1, 7):
            for name in "ab":
                group = group_of(step.taxonomy.node((name,)), exact=False)
                alike = [one[step.known_pairs(one, arrived)] for one in comparable(calendar, hour)]
                chosen = next((one for one in alike if len(one) >= 3), ())
                pairs = [
                    (one, int(calendar.previous_hours(chosen)[k])) for k, one in enumerate(map(int, chosen))
                ]
                mine, everything = (
                    [tuple(hand.count(g, h, arrived) for h in pair) for pair in pairs]
                    for g in (group, EVERYTHING)
                )
                found = history.usual(group, hour, arrived)
                assert found == (usual(mine, everything) if pairs else Usual())
                usuals.add(found)
    assert len(usuals) >= 6
