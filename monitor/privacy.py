"""What is done to every batch before anything is stored or judged (law 7)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace

from connectors.privacy.complainants import Complainants
from connectors.ticket import TicketBatch, objects
from monitor.config.schema import Privacy
from monitor.storage.store import Store

Prepare = Callable[[TicketBatch], TicketBatch]


def preparing(privacy: Privacy, key: str) -> Prepare:
    """Complainants become keyed hashes; texts are left out, or redacted where they are to be kept.

    Raises ValueError, with a sentence, for a key that is too short to protect anybody.
    """
    complainants = Complainants(key)

    def prepare(batch: TicketBatch) -> TicketBatch:
        who, text = batch.complainant, batch.text
        if text is not None and privacy.keep_text:
            from connectors.privacy.redaction import redact

            text = objects([redact(one).text if one else None for one in text.tolist()])
        else:
            text = None
        return replace(batch, complainant=None if who is None else complainants.column(who), text=text)

    return prepare


def configured_key(privacy: Privacy) -> str | None:
    """The configured key; None where none is. Raises LookupError, with a sentence."""
    return None if privacy.key is None else privacy.key.reveal()


def passing_key() -> str:
    """A key for one run: nobody can compare its hashes with those of another."""
    return secrets.token_hex(32)


def stored_key(store: Store) -> str:
    """The key that the store keeps where none is configured; made at first use."""
    with store.writing() as tx:
        key = tx.facts.own_key()
        if key is None:
            key = passing_key()
            tx.facts.save_own_key(key)
    return key
