"""What is done to each batch before the engine takes it: it becomes nameless, and its texts are judged."""

from __future__ import annotations

from typing import Final

import structlog

from connectors.ticket import TicketBatch
from monitor.config import Config
from monitor.engine.engine import Engine
from monitor.privacy import Prepare, configured_key, preparing, stored_key
from monitor.storage.errors import StoreError
from monitor.storage.store import Store

log: Final = structlog.get_logger()


def prepared_by(config: Config, engine: Engine, store: Store) -> Prepare:
    """How batches are prepared by a configuration, and by whatever the engine places texts with then."""
    nameless = preparing(config.privacy, configured_key(config.privacy) or stored_key(store))

    def prepare(batch: TicketBatch) -> TicketBatch:
        batch, placing = nameless(batch), engine.placing
        try:
            return batch if placing is None else placing.judge(store, batch)
        except StoreError:
            raise
        except Exception:
            # Whatever is wrong with a text or the classifier: a ticket that is not placed still counts.
            log.exception("placing_failed", source=batch.source)
            return batch

    return prepare
