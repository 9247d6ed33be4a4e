"""Late answers: sent until they are heard, each signed afresh, at growing distances."""

from __future__ import annotations

from pathlib import Path

import pytest

from gapura_agency import Fields, MemoryStore, Response, SqliteStore
from gapura_agency.deliveries import deliver_due
from gapura_agency.exchange import Call, problem
from gapura_agency.gateway import Calls
from gapura_agency.testing import StandIn
from tests.unit.sdk.python.gapura_agency.small_office import REGISTER, TRADER, Office, accept, refuse

KEY = "case/step/ask/1"
NIB = {"nib": "9120000000001"}


@pytest.fixture
def owing(office: Office) -> Office:
    """Give an office that owes an answer."""
    office.says["decide"] = accept()
    office.gateway.ask(office.agency, REGISTER, TRADER, key=KEY)
    office.agency.answer(KEY, NIB)
    return office


def test_an_answer_is_sent_once_and_verified(owing: Office) -> None:
    owing.agency.work()
    owing.agency.work()
    assert owing.gateway.callbacks[KEY]["output"] == NIB
    assert len(owing.gateway.traceparents) == 1
    assert owing.gateway.refused == []


def test_an_answer_that_is_not_heard_is_sent_again_later_and_later(owing: Office) -> None:
    owing.gateway.down = 3
    for wait_s in (1, 2, 4):
        owing.agency.work()
        owing.clock.at += wait_s - 0.1
        before = owing.gateway.down
        owing.agency.work()
        assert owing.gateway.down == before, "too early"
        owing.clock.at += 0.1
    owing.agency.work()
    assert KEY in owing.gateway.callbacks


class Answering(StandIn):
    """A gateway that answers every call alike."""

    answer: Response

    def send(self, call: Call, *, within_s: float) -> Response:
        del within_s
        self.traceparents.append(call.headers.get("traceparent"))
        return self.answer


def sent(office: Office, answer: Response, *, times: int = 1) -> int:
    """Let the gateway answer so, and say how often it was called in all that time."""
    gateway = Answering(now=office.clock)
    gateway.answer = answer
    calls = Calls(office.agency.key, gateway, office.clock)
    for _ in range(times):
        deliver_due(office.agency.store, calls, office.clock)
        office.clock.at += 600
    return len(gateway.traceparents)


@pytest.mark.parametrize("status", [400, 404, 413, 415, 422])
def test_what_will_never_be_taken_is_not_sent_again(
    owing: Office, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    assert sent(owing, problem(status, "The form is invalid", "/output/nib"), times=3) == 1
    assert f"a person must look: {status} The form is invalid /output/nib" in caplog.text


@pytest.mark.parametrize("status", [401, 408, 429, 500, 502, 503, 504, 507, 301])
def test_what_may_be_taken_later_is_sent_again(owing: Office, status: int) -> None:
    assert sent(owing, problem(status, "Not now"), times=3) == 3


@pytest.mark.parametrize("status", [200, 204])
def test_what_is_taken_is_not_sent_again(owing: Office, status: int) -> None:
    assert sent(owing, Response(status, Fields([])), times=3) == 1


def test_retry_after_is_honoured(owing: Office) -> None:
    gateway = Answering(now=owing.clock)
    gateway.answer = problem(503, "Not now", retry_after_s=30)
    calls = Calls(owing.agency.key, gateway, owing.clock)
    for _ in range(30):
        deliver_due(owing.agency.store, calls, owing.clock)
        owing.clock.at += 1
    assert len(gateway.traceparents) == 1
    deliver_due(owing.agency.store, calls, owing.clock)
    assert len(gateway.traceparents) == 2


def test_waits_never_exceed_the_longest(owing: Office) -> None:
    owing.agency.longest_wait_s = 10
    owing.gateway.down = 10_000
    for _ in range(40):
        owing.agency.work()
        owing.clock.at += 10
    assert owing.gateway.down == 10_000 - 40


def test_an_answer_survives_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    before = Office(tmp_path / "c", store=SqliteStore(path))
    before.says["decide"] = accept()
    before.gateway.ask(before.agency, REGISTER, TRADER, key=KEY)
    before.agency.answer(KEY, refuse("already_registered"))
    after = Office(tmp_path / "c", store=SqliteStore(path))
    after.gateway.salts = before.gateway.salts
    after.gateway.know(after.agency)
    after.agency.work()
    assert after.gateway.callbacks[KEY]["code"] == "already_registered"


class TakenBackMeanwhile(StandIn):
    """A gateway that takes an ask back while its late answer is on its way, and does not hear that."""

    office: Office

    def send(self, call: Call, *, within_s: float) -> Response:
        del call, within_s
        self.office.gateway.undo(self.office.agency, REGISTER, KEY)
        return problem(503, "Not now")


def test_an_answer_that_is_taken_back_on_its_way_is_not_owed_again(owing: Office) -> None:
    gateway = TakenBackMeanwhile(now=owing.clock)
    gateway.office = owing
    deliver_due(owing.agency.store, Calls(owing.agency.key, gateway, owing.clock), owing.clock)
    with owing.agency.store.transaction() as memory:
        assert memory.next_at() is None


def test_without_anything_owed_nobody_is_called() -> None:
    gateway = Answering()
    office_key = gateway.key
    deliver_due(MemoryStore(), Calls(office_key, gateway, lambda: 0), lambda: 0)
    assert gateway.traceparents == []
