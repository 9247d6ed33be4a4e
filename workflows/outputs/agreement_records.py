"""The gateway's signed record of a word on an agreement that came back on paper: what anybody checks offline.

A compact JWS (ES256) over the canonical word, by a key that `GET /v1/keys` publishes. It says that operators recorded
this, with the digest of the PDF; whether the paper binds the agency is for the law.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from joserfc.jwk import ECKey

from contracts.agreement import PaperWord
from workflows.loading.agreement_standing import Recorded
from workflows.loading.hashing import canonical
from workflows.outputs.jws import JwsInvalid, open_jws, peek_jws, read_keys, sign_jws

RECORD_TYPE: Final = "gapura-agreement-record+jws"


def sign_record(word: PaperWord, key: ECKey) -> str:
    """Sign a record of a word on paper."""
    return sign_jws(canonical(word), typ=RECORD_TYPE, key=key)


def is_record(text: str) -> bool:
    """Whether a text is a record rather than an agency's own signature; nothing is verified."""
    try:
        peek_jws(text.strip(), typ=RECORD_TYPE)
    except JwsInvalid:
        return False
    return True


def read_record(text: str, keys: Mapping[str, Any]) -> Recorded:
    """Verify a record with a gateway's JWK Set, and give it.

    Raises:
        JwsInvalid: it is not this gateway's record.

    """
    opened = open_jws(text.strip(), read_keys(keys), typ=RECORD_TYPE)
    try:
        return Recorded(msgspec.json.decode(opened.payload, type=PaperWord), text.strip())
    except msgspec.DecodeError as error:
        raise JwsInvalid(f"it records no word on an agreement: {error}") from error
