"""A store that has lived for some hours: tickets of few nodes, closed hours, a known source."""

from datetime import timedelta

from storing import LEVELS, NOON, SHANGHAI, fed, ticket

from connectors.ticket import to_us
from connectors.windows import Calendar
from monitor.storage import Store

BILL, WRONG, NET = ("mobile", "bill"), ("mobile", "bill", "wrong"), ("net",)


def lived(address: str, *stories: tuple[tuple[str, ...], int], calendar: Calendar = SHANGHAI) -> None:
    """A store of tickets of a node so many hours after noon; all hours to the last one's are closed."""
    store = Store.open(address)
    tickets = [
        ticket(f"{i}", path=path, created_at=NOON + timedelta(hours=hours))
        for i, (path, hours) in enumerate(stories)
    ]
    fed(store, *tickets, calendar=calendar)
    end = calendar.hour_end(max(to_us(one.created_at) for one in tickets))
    with store.writing() as tx:
        tx.facts.save_cut(calendar.zone.key, LEVELS)
        tx.facts.close_hours(end)
        first = min(to_us(one.created_at) for one in tickets)
        tx.sources.progress(
            tx.sources.id("desk"), polled_at=end, complete_to=end, cursor="c", first_created=first
        )
    store.close()
