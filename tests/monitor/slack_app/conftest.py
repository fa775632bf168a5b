"""A company on Slack, for the app that answers its people."""

import pytest
from slacking import Office


@pytest.fixture
def office(tmp_path):
    with Office(tmp_path) as office:
        yield office
