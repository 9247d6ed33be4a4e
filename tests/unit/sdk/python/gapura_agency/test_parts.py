"""Parts: the gateway takes what the kit signs, and what is bound to something else is told."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from gapura_agency import SigningKey
from gapura_agency.messages import AskMessage, Contributed
from gapura_agency.parts import Bound, PartInvalid, input_digest, sign_part, verify_part
from tests.unit.sdk.python.gapura_agency.wire_page import messages, signing_key
from workflows.outputs import sdjwt

OSS = SigningKey.new("oss", "2026-1")
BOUND = Bound("c/s/ask/1", "sha256:1", "digest")
OUTPUT: dict[str, Any] = {"nib": "9120000000001", "list": [1, 2.5, None], "é": {"deep": True}}


def test_the_gateway_takes_a_part_that_the_kit_signed() -> None:
    part = sign_part(OSS, BOUND, OUTPUT, now=1_795_489_200.9)
    expected = sdjwt.Bindings(agency="oss", **msgspec.structs.asdict(BOUND))
    taken = sdjwt.verify_part(part, {"keys": [msgspec.to_builtins(OSS.public_jwk())]}, expected)
    assert taken.disclosed == OUTPUT
    assert taken.issued_at.timestamp() == 1_795_489_200


def test_the_digest_of_an_input_is_the_gateways() -> None:
    salt = b"0123456789abcdef"
    values = {"b": 1.0, "a": ["é", {"z": None}]}
    assert input_digest("MDEyMzQ1Njc4OWFiY2RlZg", values) == sdjwt.input_digest(salt, values)


def test_the_part_of_the_protocols_page_verifies() -> None:
    (request, answer), *_ = messages()
    ask = msgspec.json.decode(request.body, type=AskMessage)
    said = msgspec.json.decode(answer.body, type=Contributed)
    bound = Bound(ask.key, ask.contract_digest, input_digest(ask.salt, msgspec.json.decode(ask.input)))
    verify_part(said.part, signing_key("oss").verifier(), bound, said.output)


@pytest.mark.parametrize(
    ("bound", "output", "said"),
    [
        (Bound("c/s/ask/2", "sha256:1", "digest"), OUTPUT, "ask_key"),
        (Bound("c/s/ask/1", "sha256:2", "digest"), OUTPUT, "contract_digest"),
        (Bound("c/s/ask/1", "sha256:1", "other"), OUTPUT, "input_digest"),
        (BOUND, {**OUTPUT, "nib": "9120000000002"}, "exactly the output"),
        (BOUND, {}, "exactly the output"),
    ],
)
def test_a_part_of_something_else_is_told(bound: Bound, output: dict[str, Any], said: str) -> None:
    with pytest.raises(PartInvalid, match=said):
        verify_part(sign_part(OSS, BOUND, OUTPUT, now=0), OSS.verifier(), bound, output)


def test_a_part_of_another_key_is_told() -> None:
    with pytest.raises(PartInvalid, match="not the agency's"):
        verify_part(sign_part(SigningKey.new("oss"), BOUND, OUTPUT, now=0), OSS.verifier(), BOUND, OUTPUT)


@pytest.mark.parametrize("part", ["", "a.b~", "a.b.c~", "eyJ9.eyJ9.AA~xx~"])
def test_what_is_no_part_is_told(part: str) -> None:
    with pytest.raises(PartInvalid, match="no SD-JWT"):
        verify_part(part, OSS.verifier(), BOUND, OUTPUT)
