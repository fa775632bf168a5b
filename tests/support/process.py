"""A real daemon process: started, watched, killed. Waiting is for a condition, never for a time."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, TypeVar

PROGRAM = Path(sys.executable).with_name("complaint-monitor")
PAUSE = 0.02
# Seconds after which what has not come never will. Not less: how long something takes on a busy machine says
# nothing of the code. Not more: pytest's own limit would end the test without the last answer.
PATIENCE = 120.0

PAGE = re.compile(r" page ([0-9a-f]{8})$", re.MULTILINE)

Found = TypeVar("Found")


def eventually(
    condition: Callable[[], Found], within: float = PATIENCE, what: str = "the condition"
) -> Found:
    """What the condition answers as soon as it is truthy; fails when it is not within so many seconds."""
    deadline = time.monotonic() + within
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come true within {within:g} s; last answer: {found!r}")
        time.sleep(PAUSE)
    return found


class DaemonProcess:
    """`complaint-monitor run` on the config.toml of a folder; what it prints and logs is kept over restarts.

    Attributes
    ----------
    console : standard output, where pages are printed
    log : standard error, JSON lines
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.console, self.log = folder / "console.txt", folder / "log.jsonl"
        self.process: subprocess.Popen[bytes] | None = None
        self._begun_at = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.running:
            self.kill()

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self, *before: str) -> None:
        """Start it, by the command given `before` if any; returns at once."""
        assert not self.running
        self._begun_at = self.log.stat().st_size if self.log.exists() else 0
        with self.console.open("ab") as out, self.log.open("ab") as err:
            self.process = subprocess.Popen(
                [*before, str(PROGRAM), "run", "--config", "config.toml"],
                cwd=self.folder,
                stdout=out,
                stderr=err,
                env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            )

    def started(self, within: float = PATIENCE) -> Self:
        """Start it, and wait until it says so."""
        self.start()
        self.wait_for_start(within)
        return self

    def wait_for_start(self, within: float = PATIENCE) -> None:
        """Wait until it says that it has started."""
        try:
            eventually(lambda: self.told("started") or self._ended(), within, "the start")
        except AssertionError as error:
            error.add_note(f"its log: {self.lines()}")
            raise

    def kill(self) -> None:
        """`kill -9`."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(PATIENCE)

    def hang_up(self) -> None:
        """SIGHUP: read the configuration again."""
        assert self.process is not None
        self.process.send_signal(signal.SIGHUP)

    def terminate(self, within: float = PATIENCE) -> int:
        """SIGTERM, and the exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(within)

    def lines(self) -> list[dict[str, Any]]:
        """The log since the last start; what is no JSON is there as {"text": ...}."""
        with self.log.open("rb") as file:
            file.seek(self._begun_at)
            whole = file.read().rpartition(b"\n")[0]
        return [_line(line) for line in whole.decode("utf-8", "replace").splitlines()]

    def told(self, event: str, **fields: Any) -> list[dict[str, Any]]:
        """Log lines of that event with these fields, since the last start."""
        return [
            line
            for line in self.lines()
            if line.get("event") == event and all(line.get(name) == told for name, told in fields.items())
        ]

    def printed(self) -> Counter[str]:
        """Short keys of the pages that were printed whole, since the first start."""
        return Counter(PAGE.findall(self.console.read_text(encoding="utf-8", errors="replace")))

    def health(self) -> tuple[int, dict[str, Any]]:
        """Status and body of `GET /health`."""
        [line] = self.told("health_listens")
        try:
            with urllib.request.urlopen(line["url"], timeout=PATIENCE) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def _ended(self) -> bool:
        assert self.process is not None
        code = self.process.poll()
        assert code is None, f"the daemon ended with exit code {code}: {self.lines()[-5:]}"
        return False


def _line(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {"text": text}
    return found if isinstance(found, dict) else {"text": text}
