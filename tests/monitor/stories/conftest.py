"""The four shipped plans, each through whole incidents, on people's phones."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from story import Story


@pytest.fixture
def story(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Story]]:
    """A plan, the minute at which its story begins, and what the company has added to the plan's file."""
    told: list[Story] = []

    def tell(plan: str, at: str, more: str = "") -> Story:
        told.append(Story(plan, tmp_path, capsys, monkeypatch, at=at, more=more))
        return told[-1]

    yield tell
    for one in told:
        one.phones.close()
