"""Versions replayed by the command, and held against the brute force."""

import pytest
from histories import SHANGHAI
from oracle import run
from replaying import assert_same, replay, write_files, written


@pytest.fixture
def replayed(tmp_path):
    """Replays versions and holds the files against the brute force; what was written."""

    def go(versions, *rules, zone=SHANGHAI, levels=1, sources=("s",), gaps=None, more="", extra=()):
        write_files(
            tmp_path, versions, rules, zone=zone, levels=levels, sources=sources, gaps=gaps, more=more
        )
        assert replay(tmp_path, *extra) == 0
        found = written(tmp_path)
        # Sources are read one after the other, and equal times stay in the order of reading.
        in_order = sorted(versions, key=lambda version: sources.index(version.source))
        expected = run(
            in_order, rules, zone=zone, levels_of_taxonomy=levels, gaps=gaps or {}, sources=sources
        )
        assert_same(found, expected, zone)
        return found

    return go
