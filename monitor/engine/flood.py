"""Nobody gets more than so many pages an hour: what is withheld is stored, and summed up soon.

Only pages of signals and hourly figures are withheld, never those of the highest level, and nothing that
calls somebody. A withheld page is in the outbox in a state of its own until its summary, which names all its
signals with their counts, takes its place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from alerts import routing
from alerts.digest import named
from alerts.incidents.incident import Incident
from alerts.page import Page, Reason, Told, key_of
from alerts.plan import ResponsePlan
from connectors.ticket import HOUR, MICROSECOND
from monitor.storage.store import Transaction

Address = tuple[str, str]
"""Channel and address there."""

_MAY_WAIT: Final = frozenset({Reason.LEVEL_REACHED, Reason.MEASURED, Reason.NO_CONTACT})


def save_capped(tx: Transaction, pages: Sequence[Page], *, plan: ResponsePlan, now: int) -> list[Page]:
    """Store pages, the most important first; what is beyond an address's cap is withheld: the new ones."""
    sent = Counter(tx.outbox.told_since(now - HOUR)) if pages else Counter[Address]()
    withheld: set[tuple[str, str, str]] = set()
    highest = len(plan.levels) - 1
    for page in pages:
        may_wait = page.reason in _MAY_WAIT and plan.rank(page.level) < highest
        for channel, address in dict.fromkeys((one.channel, one.address) for one in page.told):
            if may_wait and sent[channel, address] >= plan.flood.most_per_hour:
                withheld.add((page.key, channel, address))
            else:
                sent[channel, address] += 1
    return tx.outbox.save(pages, withheld=withheld)


def summaries(tx: Transaction, *, plan: ResponsePlan, now: int) -> list[Page]:
    """One page for each address from which something has been withheld long enough: pages to be stored."""
    waiting = tx.outbox.withheld()
    by_address: dict[Address, list[tuple[int, str, Told, int]]] = {}
    for id, page_key, told, at in waiting:
        by_address.setdefault((told.channel, told.address), []).append((id, page_key, told, at))
    found = []
    for rows in by_address.values():
        if now - min(at for _, _, _, at in rows) < plan.flood.summary_every // MICROSECOND:
            continue
        keys = list(dict.fromkeys(key for _, key, _, _ in rows))
        pages = [page for key in keys if (page := tx.outbox.page(key)) is not None]
        ids = sorted({id for page in pages for id in page.incidents})
        incidents = [one for id in ids if (one := tx.incidents.get(id)) is not None]
        summary = _summary(pages, incidents, told=rows[0][2], plan=plan, now=now)
        tx.outbox.summed_up([id for id, _, _, _ in rows], into=summary.key, at=now)
        found.append(summary)
    return found


def _summary(
    pages: Sequence[Page], incidents: Sequence[Incident], *, told: Told, plan: ResponsePlan, now: int
) -> Page:
    ordered = sorted(pages, key=lambda page: (-plan.rank(page.level), page.at, page.key))
    node = routing.shared([page.node for page in ordered])
    return Page(
        key=key_of("summary", told.channel, told.address, *sorted(page.key for page in pages)),
        at=now,
        reason=Reason.SUMMARY,
        level=ordered[0].level,
        node=node,
        told=(told,),
        titles=plan.titles([told.role]),
        subject=(("n", str(len(pages))), ("named", named(incidents, plan))),
        about=tuple(signal for page in ordered for signal in (page.signals or page.about)),
        incidents=tuple(one.id for one in incidents),
        sample=any(page.sample for page in ordered),
    )
