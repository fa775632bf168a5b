"""A process that listens: started in a folder, waited for, stopped, started again."""

import atexit
import os
import shutil
import signal
import socket
import subprocess
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Protocol

import pytest
from ports import reserved_port
from process import PATIENCE, eventually

NOBODY = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
DEMANDED = "COMPLAINT_MONITOR_REAL"
HELD = ExitStack()
atexit.register(HELD.close)


class Desk(Protocol):
    """A ticket system in which complaints are worked on, as its own people do it."""

    name: str

    def open(self, path: tuple[str, str]) -> str:
        """A new ticket; its id."""

    def move(self, ident: str, path: tuple[str, str]) -> None:
        """It is about something else."""

    def escalate(self, ident: str) -> None:
        """It is urgent."""

    def finish(self, ident: str) -> None:
        """It is closed."""

    def delete(self, ident: str) -> None:
        """It was none."""

    def listing(self) -> dict[str, tuple[str, str]]:
        """Paths of all tickets that there are, closed ones too, by id: the whole truth."""


class Listening:
    """What `command` starts in a folder, with what it says in `server.log`."""

    def __init__(self, folder: Path, command: list[str], port: int, **environment: str) -> None:
        self.folder, self.command, self.port = folder, command, port
        self.environment = os.environ | environment
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, within: float = PATIENCE) -> None:
        """Start it, and wait until it listens."""
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        eventually(self._listens, within, f"{self.command[0]} on port {self.port}")

    def stop(self) -> None:
        """End it and all that it has started."""
        if self.process is None:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(10)
                break
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        # A child that is about to die still holds the port, and would be taken for the next server.
        eventually(lambda: not self._is_reached(), what=f"the end of {self.command[0]} on port {self.port}")

    def _listens(self) -> bool:
        assert self.process is not None
        code = self.process.poll()
        log = (self.folder / "server.log").read_text(errors="replace")[-2_000:]
        assert code is None, f"{self.command[0]} ended with {code}: {log}"
        return self._is_reached()

    def _is_reached(self) -> bool:
        with suppress(OSError), closing(socket.create_connection(("127.0.0.1", self.port), timeout=5)):
            return True
        return False


def own_port() -> int:
    """A port that is a server's until the session ends, also while it is stopped."""
    return HELD.enter_context(reserved_port())


def demand(*programs: str) -> None:
    """Skip the test, unless `make test-real` runs it; then what is not installed fails it."""
    if os.environ.get(DEMANDED) != "1":
        pytest.skip("`make test-real` runs it")
    absent = [one for one in programs if shutil.which(one) is None and not Path(one).exists()]
    assert not absent, f"not installed: {', '.join(absent)}; see tests/real/install.sh"


def told(command: list[str], folder: Path, **environment: str) -> str:
    """What a command that must not fail says."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}: {done.stdout[-2_000:]} {done.stderr[-2_000:]}"
    return done.stdout
