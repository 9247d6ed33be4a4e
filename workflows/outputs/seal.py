"""Sealing joint outputs with the gateway's own key: credentials, the status list, and the text of the QR code."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
from joserfc.jwk import ECKey
from msgspec import Struct, field

from contracts.agreement import PaperWord
from contracts.ids import Instant
from contracts.views import JointOutput
from workflows.outputs.agreement_records import sign_record
from workflows.outputs.credential import (
    CREDENTIAL_TYPE,
    VERIFY_PATH,
    credential_of,
    decode_credential,
    encode_credential,
)
from workflows.outputs.jws import encode_base64url, peek_jws, sign_jws
from workflows.outputs.keys import SigningKeys
from workflows.outputs.status import Revoked, build_status_list, status_entry
from workflows.ports import Sealed

QR_TYPE = "qr+jwt"
QR_LIMIT = 412
"""Characters that a QR code holds and still scans when it is printed small."""

QR_KID = 12
"""Characters of the `kid` that the claims repeat."""


class QrClaims(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a QR code says, under names of one letter: it must stay small.

    The case; base64url(SHA-256) of the credential; the beginning of the signing key's `kid` (so that a QR code whose
    header was altered is still known for one of ours); its place in the status lists, `list#index`; until when it is
    valid, in seconds since 1970 (0: it has no end).
    """

    case: str = field(name="c")
    sha256: str = field(name="d")
    kid: str = field(name="k")
    status: str = field(name="s")
    until: int = field(name="u", default=0)


class LocalSeal:
    """Signs with a key in a file of this machine. The default; it is no certified electronic signature."""

    def __init__(self, keys: SigningKeys, *, issuer: str) -> None:
        """Take the keys, and the public URL under which this gateway is known (the credentials' issuer)."""
        self._keys = keys
        self.issuer = issuer.rstrip("/")

    async def seal(self, output: JointOutput, *, status_index: int) -> Sealed:
        """Seal a joint output as a compact `vc+jwt`. It needs nothing but the key, so it is never unavailable."""
        return seal_output(output, status_index=status_index, issuer=self.issuer, key=self._keys.current)

    def public_keys(self) -> dict[str, Any]:
        """Give the public keys, older ones included, as a JWK Set."""
        return self._keys.public()

    def status_list(self, revoked: Revoked, *, number: int, now: Instant) -> str:
        """Give status list `number` as a compact `vc+jwt`."""
        return build_status_list(revoked, number=number, issuer=self.issuer, now=now, key=self._keys.current)

    def record(self, word: PaperWord) -> str:
        """Give a signed record of a word on an agreement that came back on paper."""
        return sign_record(word, self._keys.current)

    def qr_link(self, credential: str) -> str:
        """Give the link of the QR code: the verify page, with a compact JWS that never leaves the browser by itself.

        Raises:
            ValueError: no credential of a joint output, or its case reference is too long to print.

        """
        claims = decode_credential(peek_jws(credential, typ=CREDENTIAL_TYPE).payload)
        kid = self._keys.current.kid or ""
        said = QrClaims(
            case=claims.credential_subject.case,
            sha256=encode_base64url(hashlib.sha256(credential.encode("ascii")).digest()),
            kid=kid[:QR_KID],
            status=claims.credential_status.id.rpartition("/")[2],
            until=0 if claims.valid_until is msgspec.UNSET else int(claims.valid_until.timestamp()),
        )
        jws = sign_jws(msgspec.json.encode(said), typ=QR_TYPE, key=self._keys.current)
        if len(jws) > QR_LIMIT:
            message = f"the QR code of {said.case} would need {len(jws)} characters, and {QR_LIMIT} can be scanned"
            raise ValueError(message)
        return f"{self.issuer}{VERIFY_PATH}#{jws}"


def seal_output(output: JointOutput, *, status_index: int, issuer: str, key: ECKey) -> Sealed:
    """Sign a joint output as a credential of `issuer`."""
    claims = credential_of(output, issuer=issuer, status=status_entry(status_index, issuer=issuer))
    credential = sign_jws(encode_credential(claims), typ=CREDENTIAL_TYPE, key=key)
    return Sealed(credential, credential_digest(credential))


def credential_digest(credential: str) -> str:
    """Give `sha256:<hex>` of a compact credential, as it is recorded with the case."""
    return f"sha256:{hashlib.sha256(credential.encode('ascii')).hexdigest()}"
