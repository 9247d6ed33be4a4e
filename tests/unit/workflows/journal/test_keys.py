from __future__ import annotations

import pytest

from workflows.journal.encryption import seal_small, step_key_context
from workflows.journal.keys import KeyRing
from workflows.journal.vault import FileVault
from workflows.ports import Erased, JournalDamaged

STREAM_KEY = bytes(range(32))


class CountingVault(FileVault):
    """A vault that counts what it unwraps."""

    unwrapped = 0

    def unwrap(self, wrapped: bytes) -> bytes:
        self.unwrapped += 1
        return super().unwrap(wrapped)


def test_a_key_is_unwrapped_once_and_again_after_forgetting() -> None:
    vault = CountingVault(bytes(32))
    ring = KeyRing(vault)
    wrapped = ring.wrap(STREAM_KEY)
    assert [ring.stream_key("A", wrapped) for _ in range(3)] == [STREAM_KEY] * 3
    assert vault.unwrapped == 1
    ring.forget()
    assert ring.stream_key("A", wrapped) == STREAM_KEY
    assert vault.unwrapped == 2


def test_a_destroyed_key_is_erased_not_damaged() -> None:
    ring = KeyRing(FileVault(bytes(32)))
    with pytest.raises(Erased, match="the key of A was destroyed"):
        ring.stream_key("A", None)
    with pytest.raises(Erased, match="the key of A, identity, was destroyed"):
        ring.step_cipher("A", "identity", STREAM_KEY, None)
    with pytest.raises(Erased, match="its own events"):
        ring.step_cipher("A", "", STREAM_KEY, None)


def test_a_step_key_works_only_for_its_step() -> None:
    ring = KeyRing(FileVault(bytes(32)))
    wrapped = seal_small(STREAM_KEY, bytes(32), nonce=bytes(12), context=step_key_context("A", "identity"))
    assert ring.step_cipher("A", "identity", STREAM_KEY, wrapped).encrypt(bytes(12), b"x", None)
    with pytest.raises(JournalDamaged, match="the key of A, place,"):
        ring.step_cipher("A", "place", STREAM_KEY, wrapped)
    with pytest.raises(JournalDamaged, match="the key of A cannot be unwrapped"):
        ring.stream_key("A", bytes(60))
