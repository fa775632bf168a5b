"""Which process holds which store: how both are named to others, and whether a named one still runs."""

from __future__ import annotations

import os
import socket


def holder() -> str:
    """Who this process is, as another instance is told."""
    return f"{socket.gethostname()} process {os.getpid()}"


def has_ended(other: str) -> bool:
    """Another holder is a process of this machine that does not run any more."""
    host, _, process = other.partition(" process ")
    if host != socket.gethostname() or not process.isdigit():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def without_password(address: str) -> str:
    """The store as a log may name it."""
    from sqlalchemy.engine import make_url

    return make_url(address).render_as_string(hide_password=True)
