"""The check of an agency: a good one passes, and each way of being wrong is said in its own words."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec import json

from gapura_agency import Agency, Fields, Request, Response
from gapura_agency.messages import Undone
from gapura_agency.procedure import Procedure, Reply
from gapura_agency.signatures import Signed, sign_response
from gapura_agency.stores import Held
from gapura_agency.testing import check
from tests.unit.sdk.python.gapura_agency.small_office import REGISTER, Office, accept, refuse


def test_a_good_agency_passes(office: Office) -> None:
    check(office.agency, office.gateway)


def test_one_that_answers_later_passes(office: Office) -> None:
    office.says["decide"] = accept()
    check(office.agency, office.gateway)


def wrong(office: Office) -> str:
    with pytest.raises(AssertionError) as told:
        check(office.agency, office.gateway)
    return str(told.value)


def test_an_example_that_is_not_kept_is_named(office: Office) -> None:
    office.says["decide"] = refuse("already_registered")
    said = wrong(office)
    assert f"{REGISTER}: the example 'a stall': answered refused already_registered, an output was promised" in said
    office.says["decide"] = {"nib": "9120000000001"}
    assert "the example 'known': answered contributed , refused already_registered was promised" in wrong(office)


def test_an_output_that_breaks_the_contract_is_named(office: Office) -> None:
    office.says["decide"] = {"nib": "1"}
    assert "a repeat: the ask was answered 500" in wrong(office)


Handle = Callable[[Request], Response]


def replacing(office: Office, monkeypatch: pytest.MonkeyPatch, handle: Callable[[Handle, Request], Response]) -> None:
    real = office.agency.handle

    def replaced(request: Request) -> Response:
        return handle(real, request)

    monkeypatch.setattr(office.agency, "handle", replaced)


def test_one_that_does_not_look_at_signatures_is_named(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def unverified(self: Agency, request: Request, piece: str) -> Signed:
        return Signed(f"{self.url}/{piece}", request.headers, request.body)

    monkeypatch.setattr(Agency, "_verified", unverified)
    said = wrong(office)
    for flaw in (
        "a signature of another key",
        "of ten minutes ago",
        "altered on its way",
        "the very same request again",
    ):
        assert flaw in said
    assert "an undo before" not in said


def test_one_that_does_not_sign_is_named(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    replacing(office, monkeypatch, lambda real, request: Response(200, Fields([]), real(request).body))
    assert "the answer to the ask is not signed as it must be: Signature-Input is missing" in wrong(office)


def test_one_that_forgets_is_named(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def forget(real: Handle, request: Request) -> Response:
        answer = real(request)
        with office.agency.store.transaction() as memory:
            memory.hold(Held(key="other", state="undone"))
            for key in [key for key in _keys(office) if key.startswith("check")]:
                memory.hold(Held(key=key, state="answered", digest="-", answer=b'{"outcome":"undone","key":"x"}'))
        return answer

    replacing(office, monkeypatch, forget)
    assert "a repeat: " in wrong(office)


def _keys(office: Office) -> list[str]:
    return [one.key for one in office.asked]


def test_one_that_forgets_an_undo_that_came_first_is_named(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def undone(_: Procedure, body: bytes) -> Reply:
        return Reply(json.encode(Undone(json.decode(body)["key"])))

    monkeypatch.setattr(Procedure, "undo", undone)
    said = wrong(office)
    assert "an undo before its ask: an ask that came after its undo was answered contributed" in said
    assert "an undo: after its undo a repeat of the ask was answered contributed, not undone" in said


def test_one_that_answers_another_key_is_named(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def other(real: Handle, request: Request) -> Response:
        answer = real(request)
        if answer.status != 200:
            return answer
        body = json.encode({**json.decode(answer.body), "key": "another"})
        signed = Signed(f"{office.agency.url}/{request.path.rpartition('/')[2]}", request.headers, request.body)
        headers = sign_response(office.agency.key, signed, status=200, body=body, now=office.clock())
        return Response(200, headers, body)

    replacing(office, monkeypatch, other)
    assert "the answer repeats the key 'another'" in wrong(office)


def test_a_contract_without_examples_cannot_be_checked(office: Office) -> None:
    office.agency.contracts[REGISTER].examples.clear()
    assert f"{REGISTER}: no example has an output" in wrong(office)
