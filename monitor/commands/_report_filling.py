"""The fields of an incident's report, filled in from a file: TOML, one `field = "text"` for each."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from alerts.catalogue import Sentence
from alerts.incidents.book import Changed
from alerts.incidents.clocks import answered
from alerts.incidents.event import Event, Kind, event_key
from alerts.incidents.fields import filling
from alerts.incidents.incident import Incident
from alerts.incidents.transitions import apply
from alerts.plan import ResponsePlan
from monitor.commands import CommandError, Exit
from monitor.commands._acting import ACCOUNT, account
from monitor.storage import Transaction


def fields_of(file: Path) -> Mapping[str, str]:
    """Fields and texts of a file.

    Raises CommandError where it cannot be read, or holds something else.
    """
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        said = Sentence("refused.unread", file=str(file), detail=error.strerror)
        raise CommandError(said, Exit.USAGE) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        said = Sentence("refused.no_toml", file=str(file), detail=str(error))
        raise CommandError(said, Exit.USAGE) from error
    for name, text in found.items():
        if not isinstance(text, str):
            raise CommandError(Sentence("refused.no_text", file=str(file), name=name), Exit.USAGE)
    return {name: text.strip() for name, text in found.items()}


def filled(
    tx: Transaction, incident: Incident, fields: Mapping[str, str], *, plan: ResponsePlan, by: str, now: int
) -> Incident:
    """The incident with these fields; what stands there already is not written again."""
    known = dict(incident.fields)
    events = tuple(
        Event(
            event_key(incident.key, Kind.FILLED, "file", name, text, now),
            Kind.FILLED,
            now,
            by=by,
            facts=(*filling(plan, incident, name, text), (ACCOUNT, account())),
        )
        for name, text in fields.items()
        if known.get(name, "") != text
    )
    met = answered(apply(incident, events), plan)
    changed = apply(incident, (*events, *met))
    tx.incidents.save([Changed(changed, (*events, *met))] if events else [])
    return changed
