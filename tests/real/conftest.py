"""Real ticket servers, each once a session. Their folders lie where any user may enter."""

import shutil
import tempfile
from pathlib import Path

import pytest
from servers.redmine import Redmine
from servers.request_tracker import RequestTracker
from servers.roundup import Roundup


@pytest.fixture(scope="session")
def open_folder():
    """A folder that other users than root may enter, as pytest's own may not be."""
    folder = Path(tempfile.mkdtemp(prefix="complaint-monitor-real-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def _served(made):
    yield made
    made.close()


@pytest.fixture(scope="session")
def roundup(open_folder):
    (open_folder / "roundup").mkdir()
    yield from _served(Roundup(open_folder / "roundup"))


@pytest.fixture(scope="session")
def redmine(open_folder):
    (open_folder / "redmine").mkdir()
    yield from _served(Redmine(open_folder / "redmine"))


@pytest.fixture(scope="session")
def request_tracker(open_folder):
    (open_folder / "rt").mkdir()
    yield from _served(RequestTracker(open_folder / "rt"))
