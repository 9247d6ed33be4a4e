"""Idempotency-Keys: what is one wish, and what is kept of its reply."""

from __future__ import annotations

import msgspec
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.idempotency import Reply, Wish, claim_of, reply_of, wish_of
from gateway.problems import KeyReused, ParameterInvalid
from workflows.journal.vault import FileVault

KEY = '"8e03978e-40d5-43dd-bc93-6894a57f9324"'
REPLY = Reply(case="k7pm-2xq9-3fhz-8wtc", secret="gpc_told-once")


def wish(key: str = KEY, body: dict[str, object] | None = None) -> Wish:
    made = wish_of(key, caller="anyone", route="POST /x", body=body or {"a": 1})
    assert made is not None
    return made


def vault() -> FileVault:
    return FileVault(AESGCM.generate_key(256))


def test_no_header_is_no_wish() -> None:
    assert wish_of(None, caller="anyone", route="r", body={}) is None


def test_the_same_body_in_another_order_is_the_same_wish() -> None:
    assert wish(body={"a": 1, "b": 2}) == wish(body={"b": 2, "a": 1})


def test_quotes_around_the_key_make_no_difference() -> None:
    assert wish(KEY) == wish(KEY.strip('"'))


@pytest.mark.parametrize("key", ["", "short", "a" * 201, "with spaces in it 0123456789", "bell\x07 0123456789abcdef"])
def test_a_key_that_two_callers_could_hit_upon_is_refused(key: str) -> None:
    with pytest.raises(ParameterInvalid, match="UUID"):
        wish(key)


def test_a_kept_reply_comes_back_and_shows_nothing_while_kept() -> None:
    kept = vault()
    claim = claim_of(wish(), REPLY, kept)
    assert reply_of(claim, wish(), kept) == REPLY
    assert REPLY.secret not in repr(claim)
    assert KEY.strip('"') not in repr(claim)
    assert claim.stream == REPLY.case


def test_another_body_under_the_key_is_told() -> None:
    kept = vault()
    with pytest.raises(KeyReused):
        reply_of(claim_of(wish(), REPLY, kept), wish(body={"a": 2}), kept)


def test_a_reply_moved_to_another_key_does_not_open() -> None:
    kept = vault()
    claim = claim_of(wish(), REPLY, kept)
    other = wish("another-key-of-somebody-else")
    with pytest.raises(RuntimeError, match="cannot be opened"):
        reply_of(msgspec.structs.replace(claim, key=other.key), other, kept)


def test_a_reply_under_another_master_key_does_not_open() -> None:
    with pytest.raises(RuntimeError, match="master key"):
        reply_of(claim_of(wish(), REPLY, vault()), wish(), vault())
