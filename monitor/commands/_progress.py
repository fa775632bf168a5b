"""How far long work is, on a terminal only; without one, nothing is printed and nothing is imported."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# Say what is being done now, and how many are done.
Report = Callable[[str, int], None]


@contextmanager
def reporting(*, shown: bool = True) -> Iterator[Report]:
    """A line on standard error that follows the work and goes away at its end."""
    if not (shown and sys.stderr.isatty()):
        yield lambda _what, _done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.completed:,.0f}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda what, done: progress.update(task, description=what, completed=done)
