"""Ports on which somebody else is to listen. A port that was found and let go is soon another test's."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def reserved_port() -> Iterator[int]:
    """A port of this machine that nobody else gets meanwhile, by name or by chance.

    It is held by a socket that never listens. Connections are refused until a server listens there, with
    SO_REUSEADDR as servers do, and again when it has stopped; the kernel gives the port to nobody by chance.
    """
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])
