from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, RSAKey

from workflows.outputs.jws import (
    MAX_CHARACTERS,
    JwsAltered,
    JwsInvalid,
    JwsKeyUnknown,
    JwsUnreadable,
    decode_base64url,
    encode_base64url,
    open_jws,
    peek_jws,
    read_keys,
    sign_jws,
)

KEY = ECKey.generate_key("P-256", auto_kid=True)
KID = str(KEY.kid)
KEYS = {KID: KEY}
SIGNED = sign_jws(b'{"a":1}', typ="test+jwt", key=KEY)


@given(st.binary())
def test_base64url_comes_back_as_it_went(data: bytes) -> None:
    assert decode_base64url(encode_base64url(data)) == data


@pytest.mark.parametrize("text", ["QQ==", "Q Q", "QQ\n", "Q", "QR", "+/+/", "é"])
def test_base64url_with_a_second_spelling_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="base64url"):
        decode_base64url(text)


def test_signing_twice_gives_the_same_text() -> None:
    assert sign_jws(b'{"a":1}', typ="test+jwt", key=KEY) == SIGNED


def test_what_was_signed_is_opened() -> None:
    opened = open_jws(SIGNED, KEYS, typ="test+jwt")
    assert (opened.kid, opened.payload) == (KID, b'{"a":1}')
    assert peek_jws(SIGNED, typ="test+jwt") == opened


def test_a_key_without_a_name_signs_under_its_thumbprint() -> None:
    nameless = ECKey.generate_key("P-256")
    assert peek_jws(sign_jws(b"", typ="t", key=nameless), typ="t").kid == nameless.thumbprint()


def test_a_public_key_does_not_sign() -> None:
    with pytest.raises(ValueError, match="only a private key signs"):
        sign_jws(b"", typ="t", key=ECKey.import_key(KEY.as_dict(private=False)))


def test_each_failure_says_which_one_it_is() -> None:
    with pytest.raises(JwsUnreadable, match="typ is 'test"):
        open_jws(SIGNED, KEYS, typ="vc+jwt")
    with pytest.raises(JwsKeyUnknown, match="no trusted key"):
        open_jws(SIGNED, {}, typ="test+jwt")
    with pytest.raises(JwsAltered, match="not the one of key"):
        open_jws(SIGNED, {KID: ECKey.generate_key("P-256")}, typ="test+jwt")
    with pytest.raises(JwsUnreadable, match="three parts"):
        open_jws("a.b", KEYS, typ="test+jwt")
    with pytest.raises(JwsUnreadable, match="longer than"):
        open_jws("a" * (MAX_CHARACTERS + 1), KEYS, typ="test+jwt")


@given(position=st.integers(0, len(SIGNED) - 1), character=st.characters())
def test_no_character_can_be_changed(position: int, character: str) -> None:
    altered = SIGNED[:position] + character + SIGNED[position + 1 :]
    if altered != SIGNED:
        with pytest.raises(JwsInvalid):
            open_jws(altered, KEYS, typ="test+jwt")


@given(st.text())
def test_no_text_whatever_makes_it_crash(text: str) -> None:
    with pytest.raises(JwsInvalid):
        open_jws(text, KEYS, typ="test+jwt")


def test_a_deep_header_is_refused() -> None:
    header = encode_base64url(b"[" * 100_000)
    with pytest.raises(JwsUnreadable):
        open_jws(f"{header}.e30.e30", KEYS, typ="test+jwt")


def test_keys_for_other_uses_and_of_other_kinds_are_passed_over() -> None:
    jwks: dict[str, Any] = {
        "keys": [
            KEY.as_dict(private=True),
            {**ECKey.generate_key("P-256").as_dict(private=False), "use": "enc", "kid": "enc"},
            RSAKey.generate_key(2048, {"kid": "rsa"}).as_dict(private=False),
            ECKey.generate_key("P-384", {"kid": "p384"}).as_dict(private=False),
            {"kty": "AKP", "kid": "tomorrow"},
        ]
    }
    keys = read_keys(jwks)
    assert list(keys) == [KID]
    assert not keys[KID].is_private


def test_a_key_without_kid_is_called_by_its_thumbprint() -> None:
    nameless = ECKey.generate_key("P-256")
    assert list(read_keys({"keys": [nameless.as_dict(private=False)]})) == [nameless.thumbprint()]


@pytest.mark.parametrize(
    ("jwks", "said"),
    [
        ({}, "keys"),
        ({"keys": {}}, "keys"),
        ({"keys": [1]}, "object"),
        ({"keys": [{"kty": "EC", "crv": "P-256", "kid": "k"}]}, "the key 'k' cannot be read"),
        ({"keys": [{**KEY.as_dict(private=False), "x": KEY.as_dict()["y"]}]}, "cannot be read"),
        ({"keys": [{**KEY.as_dict(private=False), "x": 1}]}, "cannot be read"),
        ({"keys": [KEY.as_dict(), KEY.as_dict()]}, "two keys are called"),
    ],
    ids=["no keys", "keys no array", "key no object", "no point", "point off the curve", "number", "twice"],
)
def test_a_key_set_that_cannot_be_relied_on_is_refused(jwks: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_keys(jwks)


def test_the_header_has_nothing_but_algorithm_type_and_key() -> None:
    assert json.loads(decode_base64url(SIGNED.split(".", maxsplit=1)[0])) == {
        "alg": "ES256",
        "typ": "test+jwt",
        "kid": KID,
    }
