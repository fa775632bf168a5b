"""What people are given of an incident: its picture, its special report. Heavy libraries load late."""

from __future__ import annotations

from alerts.incidents.incident import Incident
from monitor.config import Config
from monitor.pages.links import Links
from monitor.storage.store import Store


def picture(incident: Incident, config: Config, language: str, *, now: int) -> bytes | None:
    """Its hours as PNG, drawn on a thread of its own."""
    from monitor.reports.incident_chart import incident_chart

    return incident_chart(incident, config, language, now=now)


def report_as_pdf(
    store: Store, incident: Incident, config: Config, *, language: str, by: str, links: Links | None, now: int
) -> bytes:
    """The special report for somebody, on the thread of who asked for it."""
    from alerts.reports.pdf import pdf_report
    from alerts.reports.special import special_report
    from monitor.reports.dossier import dossier_of

    with store.reading() as tx:
        dossier = dossier_of(tx, incident, config, language=language, now=now)
    page = "" if links is None else links.link(by, incident.id, at=now)
    return pdf_report(special_report(dossier, language=language, zone=config.timezone, page=page))
