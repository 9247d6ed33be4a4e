"""The agency as a whole: who may ask, what is said to those who may not, and what does not fit together."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from msgspec import json

from gapura_agency import Agency, Ask, Fields, FunctionMissing, Given, MemoryStore, NotNow, Request, SigningKey, Unheard
from gapura_agency.exchange import Call, Problem
from gapura_agency.keys import PublicKey
from gapura_agency.testing import StandIn, Wrong
from tests.unit.sdk.python.gapura_agency.small_office import CARD, FINAL, REGISTER, TRADER, Office, accept, written

UTF_8 = b'{"key":"k\xff","undoes":"k","contract":"oss/register-business@2"}'
DEEP = b"[" * 100_000


@pytest.fixture
def bare(tmp_path: Path) -> Agency:
    """Give an agency without a function."""
    return Agency(
        key=SigningKey.new("oss"),
        gateway=StandIn(),
        contracts=written(tmp_path / "c"),
        store=MemoryStore(),
        url="https://oss.test",
    )


def test_every_missing_function_is_named_at_once(bare: Agency) -> None:
    with pytest.raises(FunctionMissing) as told:
        bare.check()
    for wanted in (
        f'{REGISTER} has no function: write @agency.contract("{REGISTER}")',
        f'{CARD} has no function: write @agency.contract("{CARD}")',
        f'{REGISTER} can be undone by its contract: write @agency.undo("{REGISTER}")',
        f'{REGISTER} confirms facts by its contract: write @agency.confirm("{REGISTER}")',
    ):
        assert wanted in str(told.value)
    assert f'@agency.undo("{CARD}")' not in str(told.value)
    assert f'@agency.undo("{FINAL}")' not in str(told.value)


def test_no_ask_is_answered_while_a_function_is_missing(bare: Agency, caplog: pytest.LogCaptureFixture) -> None:
    gateway = StandIn()
    with pytest.raises(Wrong, match="500"):
        gateway.ask(bare, REGISTER, TRADER)
    assert "has no function" in caplog.text


def test_a_function_for_no_contract_is_told_with_those_that_there_are(bare: Agency) -> None:
    with pytest.raises(FunctionMissing, match=r"no contract 'oss/register@2'; there are: .*register-business@2"):
        bare.contract("oss/register@2")


def test_an_async_function_is_told(bare: Agency) -> None:
    async def decide(ask: Ask) -> dict[str, str]:
        return {"nib": ask.key}

    with pytest.raises(FunctionMissing, match="decide is `async def`; write a plain `def`"):
        bare.contract(REGISTER)(decide)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] - the mistake


def test_a_second_function_is_told(office: Office) -> None:
    with pytest.raises(FunctionMissing, match="has a function already"):
        office.agency.contract(REGISTER)(office.decide)


def post(office: Office, piece: str, body: bytes = b"{}", **headers: str) -> int:
    return office.agency.handle(Request("POST", f"/{piece}", "", Fields(headers.items()), body)).status


def test_only_the_routes_of_the_protocol_are_there(office: Office) -> None:
    assert post(office, "register") == 404
    assert office.agency.handle(Request("GET", "/asks", "", Fields([]))).status == 405
    assert post(office, "asks", b"x" * (14 * 1024 * 1024 + 1)) == 413


def test_the_public_keys_are_shown(office: Office) -> None:
    shown = office.agency.handle(Request("GET", "/gapura/.well-known/jwks.json", "", Fields([])))
    assert shown.status == 200
    assert b'"d"' not in shown.body
    assert office.agency.key.public_jwk().x.encode() in shown.body


@pytest.mark.parametrize("piece", ["asks", "undos", "lookups"])
def test_a_request_without_a_signature_is_turned_away(office: Office, piece: str) -> None:
    assert post(office, piece) == 401
    assert office.asked == []


def test_a_signature_of_another_key_is_turned_away(office: Office) -> None:
    message = office.gateway.ask_message(REGISTER, TRADER)
    for stranger in (SigningKey.new("gateway"), SigningKey.new("gateway", "9"), office.agency.key):
        assert office.gateway.exchange(office.agency, "ask", message, by=stranger)[1].status == 401
    assert office.asked == []


def test_a_replayed_request_is_turned_away(office: Office) -> None:
    body = json.encode(office.gateway.ask_message(REGISTER, TRADER, key="k"))
    call = office.gateway.signed(office.agency, "ask", body, "k")
    assert office.gateway.sent(office.agency, call).status == 200
    replayed = office.gateway.sent(office.agency, call)
    assert replayed.status == 401
    assert "used before" in json.decode(replayed.body, type=Problem).detail


def test_a_request_for_another_address_is_turned_away(office: Office) -> None:
    body = json.encode(office.gateway.ask_message(REGISTER, TRADER, key="k"))
    call = office.gateway.signed(office.agency, "ask", body, "k")
    office.agency.url = "https://elsewhere.test/gapura"
    assert office.gateway.sent(office.agency, call).status == 401


def test_what_a_mount_leaves_in_front_of_the_path_does_not_count(office: Office) -> None:
    body = json.encode(office.gateway.ask_message(REGISTER, TRADER, key="k"))
    call = office.gateway.signed(office.agency, "ask", body, "k")
    assert office.agency.handle(Request("POST", "/a/b/asks", "", call.headers, call.body)).status == 200


def test_an_idempotency_key_is_wanted(office: Office) -> None:
    body = json.encode(office.gateway.ask_message(REGISTER, TRADER, key="k"))
    call = office.gateway.signed(office.agency, "ask", body, "")
    assert office.gateway.sent(office.agency, call).status == 401


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"key":"k"}', b"\xff", b'{"key":1,"contract":"x"}', UTF_8, DEEP])
def test_a_body_that_cannot_be_read_is_a_400(office: Office, body: bytes) -> None:
    for verb in ("ask", "undo", "lookup"):
        call = office.gateway.signed(office.agency, verb, body, "k")
        assert office.gateway.sent(office.agency, call).status == 400


@pytest.mark.parametrize("verb", ["ask", "undo", "lookup"])
def test_another_contract_is_a_422_that_names_those_that_there_are(office: Office, verb: str) -> None:
    stranger = "oss/other@1"
    message = {
        "ask": office.gateway.ask_message(stranger, TRADER, key="k"),
        "undo": office.gateway.undo_message(stranger, "k"),
        "lookup": {"key": "k", "contract": stranger},
    }[verb]
    _, answer = office.gateway.exchange(office.agency, verb, message)
    assert answer.status == 422
    assert REGISTER in json.decode(answer.body, type=Problem).detail


def test_not_now_is_a_503_with_its_time_and_nothing_is_remembered(office: Office) -> None:
    office.says["decide"] = NotNow("the register is closed", retry_after_s=60)
    message = office.gateway.ask_message(REGISTER, TRADER, key="k")
    _, answer = office.gateway.exchange(office.agency, "ask", message)
    assert (answer.status, answer.headers.get("Retry-After")) == (503, "60")
    assert json.decode(answer.body, type=Problem).detail == "the register is closed"
    office.says.clear()
    assert office.gateway.ask(office.agency, REGISTER, TRADER, key="k").outcome == "contributed"


@pytest.mark.parametrize("values", [b'{"nik":"\xff"}', b'{"nik":' + DEEP, b"[]", b'"x"'])
def test_an_input_that_cannot_be_read_is_a_400(office: Office, values: bytes) -> None:
    body = json.encode(office.gateway.ask_message(REGISTER, {}, key="k")).replace(b'"input":{}', b'"input":' + values)
    call = office.gateway.signed(office.agency, "ask", body, "k")
    assert office.gateway.sent(office.agency, call).status == 400


def test_what_a_function_cannot_read_is_its_own_fault(office: Office) -> None:
    def misreads(ask: Ask) -> Given:
        given: dict[str, str] = json.decode(b"{" + ask.key.encode())
        return given

    office.says["decide"] = misreads
    _, answer = office.gateway.exchange(office.agency, "ask", office.gateway.ask_message(REGISTER, TRADER))
    assert answer.status == 500


class Away(StandIn):
    """A gateway whose keys cannot be had."""

    def find_key(self, key_id: str) -> PublicKey | None:
        raise Unheard(f"{key_id} is away")


def test_while_the_gateways_keys_are_away_it_is_asked_to_come_again(office: Office) -> None:
    office.agency.gateway = Away()
    message = office.gateway.ask_message(REGISTER, TRADER)
    _, answer = office.gateway.exchange(office.agency, "ask", message)
    assert (answer.status, answer.headers.get("Retry-After")) == (503, "1")


def test_an_agency_without_an_address_says_so(office: Office) -> None:
    office.agency.url = ""
    answer = office.agency.handle(Request("POST", "/asks", "", Fields([]), b"{}"))
    assert answer.status == 401
    assert "give url=" in json.decode(answer.body, type=Problem).detail


def test_what_a_function_raises_is_logged_and_not_told(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    office.says["decide"] = RuntimeError("NIK 3303055203900000")
    message = office.gateway.ask_message(REGISTER, TRADER)
    with caplog.at_level(logging.ERROR):
        _, answer = office.gateway.exchange(office.agency, "ask", message)
    assert answer.status == 500
    assert b"3303" not in answer.body
    assert "a function of the agency failed" in caplog.text


def test_the_late_answer_carries_the_trace_on(office: Office) -> None:

    office.says["decide"] = accept()
    call = office.gateway.signed(
        office.agency, "ask", json.encode(office.gateway.ask_message(REGISTER, TRADER, key="k")), "k"
    )
    office.gateway.sent(office.agency, call)
    office.agency.answer("k", {"nib": "9120000000001"})
    office.agency.work()
    (sent,) = office.gateway.traceparents
    asked = call.headers.get("traceparent")
    assert sent.split("-")[1] == asked.split("-")[1]
    assert sent.split("-")[2] != asked.split("-")[2]


def test_a_broken_traceparent_begins_a_new_trace(office: Office) -> None:
    body = json.encode(office.gateway.ask_message(REGISTER, TRADER, key="k"))
    call = office.gateway.signed(office.agency, "ask", body, "k")
    lines = [(name, value) for name, value in call.headers.items() if name != "traceparent"]
    broken = Call(call.url, Fields([*lines, ("traceparent", "00-zz")]), body)
    assert office.gateway.sent(office.agency, broken).status == 200
    assert len(office.asked[0].traceparent) == 55
