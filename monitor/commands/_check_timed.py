"""Runs what may hang: all at once, each on a thread of its own with a time limit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Job(Generic[T_co]):
    """Something to do, and how long it may take."""

    limit: timedelta
    do: Callable[[], T_co]


def within_limits(jobs: Sequence[Job[T_co]]) -> list[T_co | BaseException]:
    """What each job returned or raised; TimeoutError for one that did not end. Its thread is left behind."""
    results: list[T_co | BaseException] = [TimeoutError() for _ in jobs]

    def run(i: int) -> None:
        try:
            results[i] = jobs[i].do()
        except BaseException as error:  # noqa: BLE001 - handed to whoever asked
            results[i] = error

    threads = [threading.Thread(target=run, args=(i,), daemon=True) for i in range(len(jobs))]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread, job in zip(threads, jobs, strict=True):
        thread.join(max(0.0, job.limit.total_seconds() - (time.monotonic() - started)))
    return list(results)
