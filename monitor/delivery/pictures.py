"""Pictures of incidents are drawn beside the thread that sends: words never wait for them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Final

import structlog

from alerts.incidents.incident import Incident
from monitor.storage.threads import Thread

log: Final = structlog.get_logger()

Draw = Callable[[Incident, str], bytes | None]
"""A picture of an incident's hours, in a language; None where there is nothing to draw."""

# Of more that wait the oldest are left out: a picture is worth something while it is news.
MOST_WAITING: Final = 20


class Pictures:
    """Draws one after the other.

    Attributes
    ----------
    draw : what draws; may be slow, and may fail
    background : on a thread of its own; else when it is asked for
    """

    def __init__(self) -> None:
        self.draw: Draw | None = None
        self.background = False
        self._wanted: deque[tuple[Thread, Incident]] = deque(maxlen=MOST_WAITING)
        self._drawn: deque[tuple[Thread, Incident, bytes]] = deque(maxlen=MOST_WAITING)
        self._lock = threading.Lock()
        self._drawing = False

    def ask(self, thread: Thread, incident: Incident) -> None:
        """Draw an incident as it stands, for one place. Returns at once where there is a thread for it."""
        if self.draw is None:
            return
        with self._lock:
            self._wanted.append((thread, incident))
            start, self._drawing = not self._drawing, True
        if not start:
            return
        if self.background:
            threading.Thread(target=self._work, name="pictures", daemon=True).start()
        else:
            self._work()

    def take(self) -> tuple[Thread, Incident, bytes] | None:
        """A picture that is ready."""
        with self._lock:
            return self._drawn.popleft() if self._drawn else None

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._wanted:
                    self._drawing = False
                    return
                thread, incident = self._wanted.popleft()
            try:
                picture = self.draw(incident, thread.language) if self.draw is not None else None
            except Exception:
                log.exception("chart_broken", incident=incident.id)
                continue
            if picture is not None:
                with self._lock:
                    self._drawn.append((thread, incident, picture))
