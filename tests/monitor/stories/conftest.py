"""The four shipped plans, each through one whole incident."""

from collections.abc import Callable
from pathlib import Path

import pytest
from story import Story


@pytest.fixture
def story(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, str], Story]:
    """A plan, and the minute at which its story begins."""
    return lambda plan, at: Story(plan, tmp_path, capsys, monkeypatch, at=at)
