"""A made-up operator: it tells by itself, nothing it tells is bad, and it cannot be lost."""

from datetime import timedelta
from pathlib import Path

from conformance import FILES
from reading import NOW, settings

from connectors.sample import Options, Source


class World:
    many = 1
    without = FILES | {"moved": "some of its tickets move by themselves", "zone": "it has a clock of its own"}
    spoil = None
    lose = None
    rewrites_history = True  # begins anew at each first start

    def __init__(self, folder: Path) -> None:
        self.now = NOW

    def source(self) -> Source:
        return Source(settings("sample", fields=None), Options(weeks=2, per_day=100))

    def tell(self, numbers) -> None:
        self.now += timedelta(minutes=30)
