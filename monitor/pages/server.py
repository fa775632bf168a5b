"""The pages' own server, beside that of `GET /health`: people reach it through a proxy with TLS."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

import structlog

from alerts.catalogue import Sentence
from monitor.config.schema import Pages
from monitor.health.server import HealthError
from monitor.pages.site import MOST_BODY, Site

if TYPE_CHECKING:
    from connectors.receiving.endpoint import Endpoint

log: Final = structlog.get_logger()

# Requests at work get so many seconds to end.
PATIENCE: Final = 2.0


class PageServer:
    """Serves a site; nothing where there is none."""

    def __init__(self, pages: Pages, site: Site | None) -> None:
        self._pages, self._site = pages, site
        self._endpoint: Endpoint | None = None

    def start(self) -> None:
        """Listen from now on. Raises HealthError."""
        if self._site is None:
            return
        from connectors.receiving.endpoint import Endpoint

        host, port = self._pages.host, self._pages.port
        try:
            self._endpoint = Endpoint(host, port, self._site.answer, most=MOST_BODY)
        except (OSError, OverflowError) as error:
            facts = {"host": host, "port": str(port), "detail": str(error)}
            raise HealthError(Sentence("run.deaf", section="pages", **facts)) from error
        log.info("pages_listen", url=self._pages.address, host=host, port=self._endpoint.port)

    def stop(self) -> None:
        """Take nothing more."""
        if self._endpoint is not None:
            # Whoever asks for a report at this moment must not hold up pages that are on their way.
            stopping = threading.Thread(target=self._endpoint.stop, name="pages-end", daemon=True)
            stopping.start()
            stopping.join(PATIENCE)
            self._endpoint = None
