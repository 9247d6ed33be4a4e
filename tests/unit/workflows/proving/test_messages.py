"""What a verification sends: the gateway's messages verify, and each bend is wrong in just its way."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey

from contracts.wire import Ask, Lookup, Undo
from workflows.agencies.signing import Request, SignatureInvalid, SigningKey, verify_request
from workflows.loading.contracts import load_contract
from workflows.proving.messages import OVERSIZE, Writer, new_writer
from workflows.proving.steps import Message, Step, conversation

OSS = load_contract(Path(__file__).parents[4] / "examples" / "purbalingga" / "contracts" / "oss-register-business.yaml")
KEY = SigningKey("gateway/1", ec.derive_private_key(7001, ec.SECP256R1()))
JWK = dict(ECKey.import_key(KEY.private.public_key()).as_dict(private=False))
NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
STEPS = {step.name: step for step in conversation(OSS)}
URL = "http://127.0.0.1:7103/gapura"

WRONG = {
    "unsigned": "missing",
    "stranger": "wrong",
    "unregistered": "unknown-key",
    "elsewhere": "wrong",
    "altered": "digest",
    "altered with its digest": "wrong",
    "old": "too-old",
    "ahead": "in-future",
}

_KINDS: dict[str, msgspec.json.Decoder[Ask] | msgspec.json.Decoder[Undo] | msgspec.json.Decoder[Lookup]] = {
    "asks": msgspec.json.Decoder(Ask),
    "undos": msgspec.json.Decoder(Undo),
    "lookups": msgspec.json.Decoder(Lookup),
}


@pytest.fixture
def writer() -> Writer:
    return new_writer(OSS, f"{URL}/", KEY, "http://127.0.0.1:8000/v1/callbacks")


def fault(message: Message) -> str:
    try:
        request = Request("POST", message.url, message.headers, message.body)
        verify_request(request, lambda key_id: JWK if key_id == KEY.key_id else None, now=NOW)
    except SignatureInvalid as invalid:
        return invalid.fault
    return ""


@pytest.mark.parametrize("name", [name for name in STEPS if name != "replayed"])
def test_a_message_is_wrong_in_another_way_than_it_should_be(writer: Writer, name: str) -> None:
    assert fault(writer.write(STEPS[name], NOW, {})) == WRONG.get(name, "")


def test_messages_are_not_those_of_the_wire_protocol(writer: Writer) -> None:
    for name, path in (("example 1", "asks"), ("undo", "undos"), ("lookup", "lookups")):
        message = writer.write(STEPS[name], NOW, {})
        said = _KINDS[path].decode(message.body)
        assert message.url == f"{URL}/{path}"
        assert message.headers["Idempotency-Key"] == said.key
        assert said.contract == OSS.name


def test_every_verification_has_the_same_keys() -> None:
    cases = {new_writer(OSS, URL, KEY, "").case for _ in range(5)}
    assert len(cases) == 5
    assert all(case.startswith("verify-") for case in cases)


def test_a_replay_is_signed_afresh(writer: Writer) -> None:
    repeat = writer.write(STEPS["repeat"], NOW, {})
    assert writer.write(STEPS["replayed"], NOW, {"repeat": repeat}) is repeat


def test_a_body_is_not_bent_as_it_should_be(writer: Writer) -> None:
    def body(name: str) -> bytes:
        return writer.write(STEPS[name], NOW, {}).body

    for name in ("cut", "bytes", "nested"):
        with pytest.raises((ValueError, RecursionError)):
            msgspec.json.decode(body(name), type=Ask)
    assert len(body("oversize")) > OVERSIZE - 100
    assert msgspec.json.decode(body("oversize"), type=Ask).contract == OSS.name, "too large, and else an ask"
    assert msgspec.json.decode(body("no such contract"), type=Ask).contract == "oss/no-such-contract@1"
    assert msgspec.json.decode(body("another input"), type=Ask).input == OSS.examples[1].input
    assert msgspec.json.decode(body("repeat"), type=Ask).input == OSS.examples[0].input


def test_a_message_of_a_made_up_step_is_sent_plainly(writer: Writer) -> None:
    assert writer.deadline_s == 5
    assert fault(writer.write(Step(name="x", wish="x"), NOW, {})) == ""
