"""A clock, and the trend files beside the store."""

import pytest
from trending import NOW, trend_files

from monitor.clock import ManualClock


@pytest.fixture
def clock():
    return ManualClock(NOW)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "var" / "trend"


@pytest.fixture
def files(store, folder, clock):
    return trend_files(store, folder, clock)
