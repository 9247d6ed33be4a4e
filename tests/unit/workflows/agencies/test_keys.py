"""Only a private P-256 key with a name signs."""

from __future__ import annotations

import pytest
from joserfc.jwk import ECKey

from tests.conformance.signed_messages import KEYS, NOW, OSS, public, signed
from workflows.agencies.signing import (
    SigningKey,
    verify_request,
)


def test_a_signing_key_is_read_from_its_jwk() -> None:
    jwk = dict(ECKey.import_key(OSS.private).as_dict(private=True)) | {"kid": "1"}
    assert verify_request(signed(SigningKey.from_jwk("oss", jwk)), KEYS.get, now=NOW).party == "oss"


@pytest.mark.parametrize(
    "jwk", [{}, {"kty": "oct", "k": "AA"}, {**public(OSS), "kid": "1"}, {"kty": "EC", "crv": "P-256"}]
)
def test_a_jwk_that_cannot_sign_is_no_signing_key(jwk: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="P-256"):
        SigningKey.from_jwk("oss", jwk)


def test_a_signing_key_without_a_kid_has_no_name() -> None:
    with pytest.raises(ValueError, match="kid"):
        SigningKey.from_jwk("oss", dict(ECKey.import_key(OSS.private).as_dict(private=True)))
