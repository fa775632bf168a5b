"""Telling systemd how far the daemon is, by its own protocol; nothing happens where nobody listens."""

from __future__ import annotations

import os
import socket


def notify(state: str) -> bool:
    """Say READY=1, STOPPING=1, or STATUS=...; whether somebody was told (sd_notify(3))."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as told:
            # A leading @ stands for the NUL of Linux's abstract namespace.
            told.sendto(state.encode(), "\0" + address[1:] if address[0] == "@" else address)
    except OSError:
        # A service manager that does not listen must not keep complaints from being counted.
        return False
    return True
