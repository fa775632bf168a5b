"""Why a source cannot be read: the connector's own sentence, which knows other languages where it can."""

from __future__ import annotations

from alerts.catalogue import Sentence, wording
from connectors.said import of_error
from connectors.source import SourceError


def told(error: SourceError) -> str:
    """The error's message, which knows other languages where the catalogue has words for it or its cause."""
    message, cause = of_error(error), error.cause
    if cause is None or f"trouble.source.{cause.word}" not in wording("en"):
        return message
    return Sentence(f"trouble.source.{cause.word}", said=message, **cause.facts)
