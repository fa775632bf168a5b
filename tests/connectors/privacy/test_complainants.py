"""Complainants as keyed hashes."""

from __future__ import annotations

import numpy as np
import pytest

from connectors.privacy.complainants import Complainants

KEY = "a made-up key of a test"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("13800138000", "+86 138-0013-8000"),
        ("13800138000", "１３８００１３８０００"),
        ("Li.Wei@Example.com ", "li.wei@example.com"),
        ("张  伟", "张 伟"),
    ],
)
def test_the_same_person_written_differently_is_one(one, other):
    assert Complainants(KEY).of(one) == Complainants(KEY).of(other)


def test_different_people_differ_and_so_do_different_keys():
    hashes = Complainants(KEY)
    assert hashes.of("张伟") != hashes.of("张炜")
    assert hashes.of("张伟") != Complainants(KEY + "2").of("张伟")


@pytest.mark.parametrize("nobody", [None, "", "  \t"])
def test_nobody_stays_nobody(nobody):
    assert Complainants(KEY).of(nobody) is None


def test_neither_the_hash_nor_the_object_tells_the_key_or_the_identity():
    hashes = Complainants(KEY)
    assert "13800138000" not in (hashes.of("13800138000") or "")
    assert KEY not in repr(hashes)


def test_a_column_is_hashed_like_its_rows():
    column = np.array(["a", None, "A", "", "b"], dtype=object)
    hashes = Complainants(KEY)
    assert hashes.column(column).tolist() == [hashes.of("a"), None, hashes.of("a"), None, hashes.of("b")]


def test_a_key_that_can_be_guessed_is_refused_with_the_mend():
    with pytest.raises(ValueError, match=r"has 5 bytes and needs at least 16.*token_hex"):
        Complainants("short")
