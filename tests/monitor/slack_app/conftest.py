"""A company on Slack, for the app that answers its people."""

import pytest
from slacking import Office


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def office(tmp_path):
    with Office(tmp_path) as office:
        yield office
