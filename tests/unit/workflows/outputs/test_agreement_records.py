"""The gateway's record of a word on paper holds with its published key, and with no other text or key."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from joserfc.jwk import ECKey
from msgspec import structs

from contracts.agreement import PaperWord
from tests.unit.workflows.outputs.sample import AGENCY_KEYS
from workflows.outputs.agreement_records import RECORD_TYPE, is_record, read_record, sign_record
from workflows.outputs.jws import JwsInvalid, sign_jws

WORD = PaperWord(
    agreement="sha256:a",
    agency="oss",
    decision="accept",
    at=datetime(2026, 11, 24, tzinfo=UTC),
    file="sha256:f",
    name="Ani",
    office="Kepala",
    number="1",
    date="2026-11-24",
)
KEY = AGENCY_KEYS["oss"]
KEYS = {"keys": [KEY.as_dict(private=False)]}


def test_a_record_is_not_read_as_it_was_signed() -> None:
    text = sign_record(WORD, KEY)
    assert is_record(f"{text}\n")
    assert not is_record("a.b.c")
    assert read_record(f"{text}\n", KEYS).word == WORD


def test_a_record_of_another_key_or_text_holds() -> None:
    other = ECKey.generate_key("P-256", {"kid": KEY.kid or ""})
    text = sign_record(WORD, KEY)
    altered = ".".join([text.split(".")[0], sign_record(structs.replace(WORD, agency="djp"), KEY).split(".")[1], "AA"])
    for wrong in (sign_record(WORD, other), altered, sign_jws(b"{}", typ=RECORD_TYPE, key=KEY)):
        with pytest.raises(JwsInvalid):
            read_record(wrong, KEYS)
