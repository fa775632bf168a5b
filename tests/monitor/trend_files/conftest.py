"""A store, a clock and the trend files beside them."""

import shutil

import pytest
from trending import NOW, trend_files

from monitor.clock import ManualClock
from monitor.storage import Store


@pytest.fixture
def store(sqlite_template, tmp_path):
    shutil.copy(sqlite_template, tmp_path / "store.db")
    opened = Store.open(f"sqlite:///{tmp_path}/store.db")
    yield opened
    opened.close()


@pytest.fixture
def clock():
    return ManualClock(NOW)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "var" / "trend"


@pytest.fixture
def files(store, folder, clock):
    return trend_files(store, folder, clock)
