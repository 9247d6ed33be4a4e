from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from workflows.journal import encryption
from workflows.ports import JournalDamaged

KEY = bytes(range(32))
NONCE = bytes(12)


def test_what_was_sealed_comes_back() -> None:
    context = encryption.row_context("A", 1, b"{}")
    sealed = encryption.seal(KEY, b"form", nonce=NONCE, context=context)
    assert b"form" not in sealed
    assert encryption.unseal(KEY, sealed, nonce=NONCE, context=context, what="version 1 of A") == b"form"


def test_a_small_value_carries_its_nonce() -> None:
    context = encryption.line_context("A")
    sealed = encryption.seal_small(KEY, b"503", nonce=NONCE, context=context)
    assert encryption.unseal_small(KEY, sealed, context=context, what="line") == b"503"
    with pytest.raises(JournalDamaged):
        encryption.unseal_small(KEY, sealed[:5], context=context, what="line")


@pytest.mark.parametrize(
    ("key", "nonce", "stream", "version", "header"),
    [
        (bytes(32), NONCE, "A", 1, b"{}"),
        (KEY, b"\1" * 12, "A", 1, b"{}"),
        (KEY, NONCE, "B", 1, b"{}"),
        (KEY, NONCE, "A", 2, b"{}"),
        (KEY, NONCE, "A", 1, b"{ }"),
        (KEY, b"", "A", 1, b"{}"),
    ],
)
def test_a_row_in_another_place_or_under_another_header_is_found_out(
    key: bytes, nonce: bytes, stream: str, version: int, header: bytes
) -> None:
    sealed = encryption.seal(KEY, b"form", nonce=NONCE, context=encryption.row_context("A", 1, b"{}"))
    context = encryption.row_context(stream, version, header)
    with pytest.raises(JournalDamaged, match="version 1 of A is not what was recorded"):
        encryption.unseal(key, sealed, nonce=nonce, context=context, what="version 1 of A")


def test_no_two_contexts_are_the_same() -> None:
    contexts = [
        encryption.row_context("A", 1, b""),
        encryption.row_context("A", 11, b""),
        encryption.row_context("A1", 1, b""),
        encryption.claim_context("A", b""),
        encryption.line_context("A"),
        encryption.step_key_context("A", ""),
        encryption.step_key_context("A", "a"),
        encryption.step_key_context("Aa", ""),
    ]
    assert len(set(contexts)) == len(contexts)


def test_a_salt_follows_from_key_and_subject_alone() -> None:
    salt = encryption.derive_salt(KEY, "A/identity/ask/1")
    assert len(salt) == 16
    assert encryption.derive_salt(KEY, "A/identity/ask/1") == salt
    assert encryption.derive_salt(KEY, "A/identity/ask/2") != salt
    assert encryption.derive_salt(bytes(32), "A/identity/ask/1") != salt


def test_scope_and_key_of_a_claim_cannot_run_into_each_other() -> None:
    assert encryption.claim_id(KEY, "ab", "c") != encryption.claim_id(KEY, "a", "bc")
    assert encryption.claim_id(KEY, "a", "b") == encryption.claim_id(KEY, "a", "b")


def test_a_commitment_tells_keys_apart_and_no_key() -> None:
    assert encryption.commitment(KEY) != encryption.commitment(bytes(32))
    assert KEY not in encryption.commitment(KEY)


def test_derived_keys_are_those_of_hkdf() -> None:
    judge = HKDFExpand(algorithm=SHA256(), length=16, info=b"gapura.salt.1\0x")
    assert encryption.derive_salt(KEY, "x") == judge.derive(KEY)
