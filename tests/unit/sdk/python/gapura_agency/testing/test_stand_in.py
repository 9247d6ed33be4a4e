"""The stand-in judges what a gateway judges, and says what is wrong; what agencies tell it is verified too."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import json

from gapura_agency import Response, SigningKey
from gapura_agency.exchange import Call, Problem
from gapura_agency.gateway import Calls
from gapura_agency.messages import AskMessage
from gapura_agency.testing import Heard, StandIn, Wrong
from gapura_agency.testing.stand_in import judge_contribution
from tests.unit.sdk.python.gapura_agency.small_office import REGISTER, TRADER, Office

KEY = "case/step/ask/1"
OUTPUT = {"nib": "9120000000001"}


def judged(office: Office, verb: str = "ask", **said: Any) -> Heard:
    contract = office.agency.contracts[REGISTER]
    office.gateway.know(office.agency)
    message = {"undo": office.gateway.undo_message(REGISTER, KEY, key=KEY)}.get(
        verb, office.gateway.ask_message(REGISTER, TRADER, key=KEY)
    )
    body = json.encode({"outcome": "contributed", "key": KEY, "output": OUTPUT, **said})
    return office.gateway.judged(verb, message, body, contract)


@pytest.mark.parametrize(
    ("verb", "said", "wrong"),
    [
        ("ask", {"key": "other"}, "the answer repeats the key 'other'"),
        ("ask", {"outcome": "done"}, "'done' is no answer to a ask"),
        ("ask", {"outcome": "nothing_held"}, "is no answer to a ask"),
        ("undo", {}, "'contributed' is no answer to a undo"),
        ("ask", {"outcome": "refused", "code": "no"}, "'no' is not among the contract's refusals: already_registered"),
        ("ask", {"output": {}}, "the output does not fit the contract"),
        ("ask", {"output": 1}, "cannot be read"),
        ("ask", {"part": "a.b.c~"}, "a key that the agency does not show"),
        ("ask", {"part": "eyJraWQiOiIxIn0.e30.AA~"}, "the part's signature is not the agency's"),
    ],
)
def test_a_wrong_answer_is_said_in_words(office: Office, verb: str, said: dict[str, Any], wrong: str) -> None:
    with pytest.raises(Wrong, match=wrong):
        judged(office, verb, **said)


def test_an_agency_that_does_not_sign_parts_may_leave_them_out(office: Office) -> None:
    assert judged(office).output == OUTPUT


def test_a_part_of_another_ask_is_said(office: Office) -> None:
    first = office.gateway.ask(office.agency, REGISTER, TRADER, key="a/s/ask/1")
    other = office.gateway.ask_message(REGISTER, TRADER, key="b/s/ask/1")
    ask = json.decode(json.encode(other), type=AskMessage)
    with pytest.raises(Wrong, match="the part's ask_key is that of something else"):
        judge_contribution(first, ask, office.agency.contracts[REGISTER], office.gateway.agency_key)


def test_a_contract_that_it_does_not_know_is_said_with_those_it_knows(office: Office) -> None:
    for agency in (office.agency, "http://127.0.0.1:1"):
        office.gateway.contracts = dict(office.agency.contracts)
        with pytest.raises(Wrong, match=r"does not know 'oss/other@1'; it knows: .*oss/print-card@1"):
            office.gateway.ask(agency, "oss/other@1", TRADER)


def told(office: Office, path: str, said: object, *, by: SigningKey | None = None) -> tuple[int, str]:
    office.gateway.know(office.agency)
    calls = Calls(by or office.agency.key, office.gateway, office.clock)
    answer = calls.post(f"{office.gateway.address}{path}", "k", json.encode(said))
    return answer.status, json.decode(answer.body, type=Problem).detail if answer.status >= 400 else ""


def test_what_is_told_under_a_key_that_nobody_asked_is_not_taken(office: Office) -> None:
    assert told(office, "/v1/callbacks", {"key": "x", "outcome": "undone"}) == (404, "no ask has this key")


def test_a_second_answer_is_not_taken_and_the_same_again_is(office: Office) -> None:
    office.gateway.salts[KEY] = "x"
    first = {"key": KEY, "outcome": "refused", "code": "already_registered"}
    assert told(office, "/v1/callbacks", first)[0] == 204
    assert told(office, "/v1/callbacks", first)[0] == 204
    assert told(office, "/v1/callbacks", {**first, "code": "other"})[0] == 422


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/agencies/djp/questions", 404),
        ("/v1/agencies/oss/nothing", 404),
        ("/v1/agencies/oss/leases/none/answer", 404),
        ("/v2", 404),
        ("/v1/callbacks", 400),
    ],
)
def test_what_agencies_do_not_call_is_not_there(office: Office, path: str, status: int) -> None:
    assert told(office, path, {})[0] == status


def test_a_call_of_a_stranger_or_a_second_time_is_turned_away(office: Office) -> None:
    assert told(office, "/v1/callbacks", {"key": KEY}, by=SigningKey.new("oss"))[0] == 401
    sent: list[Call] = []
    real = office.gateway.send
    office.gateway.salts[KEY] = "x"
    calls = Calls(office.agency.key, Recording(office.gateway, sent), office.clock)
    assert calls.post(f"{office.gateway.address}/v1/callbacks", "k", json.encode({"key": KEY})).status == 204
    assert real(sent[0], within_s=1).status == 401
    assert "used before" in office.gateway.refused[-1]


class Recording(StandIn):
    """A stand-in that keeps what is sent to another."""

    def __init__(self, other: StandIn, sent: list[Call]) -> None:
        super().__init__(address=other.address, now=other.now)
        self._other, self._sent = other, sent

    def send(self, call: Call, *, within_s: float) -> Response:
        self._sent.append(call)
        return self._other.send(call, within_s=within_s)
