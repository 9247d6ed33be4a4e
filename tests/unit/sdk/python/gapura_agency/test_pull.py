"""Fetching from behind a firewall: done once, answered until it is heard, given back where it cannot be done."""

from __future__ import annotations

import threading

import pytest

from gapura_agency import Ask, NotNow, Puller, Response, SigningKey, Unheard
from gapura_agency.asked import Given
from gapura_agency.exchange import Call
from gapura_agency.keys import PublicKey
from gapura_agency.testing import counter
from tests.eventually import eventually
from tests.unit.sdk.python.gapura_agency.small_office import REGISTER, TRADER, Office

KEY = "case/step/ask/1"


@pytest.fixture
def puller(office: Office) -> Puller:
    office.gateway.know(office.agency)
    office.agency.check()
    return Puller(office.agency, worker="counter-1", wait_s=0)


def test_what_is_offered_is_done_and_answered(office: Office, puller: Puller) -> None:
    ask = office.gateway.ask_message(REGISTER, TRADER, key=KEY)
    offers = [
        office.gateway.offer("ask", ask),
        office.gateway.offer("lookup", {"key": KEY, "contract": REGISTER}),
        office.gateway.offer("undo", office.gateway.undo_message(REGISTER, KEY)),
    ]
    assert puller.fetch_once() == 3
    assert puller.fetch_once() == 0
    assert [one.answer["outcome"] for one in offers if one.answer] == ["contributed", "contributed", "undone"]
    assert (office.done, office.undone, office.gateway.refused) == ([KEY], [KEY], [])


def test_what_is_offered_again_is_answered_from_memory(office: Office, puller: Puller) -> None:
    ask = office.gateway.ask_message(REGISTER, TRADER, key=KEY)
    first, second = office.gateway.offer("ask", ask), office.gateway.offer("ask", ask)
    puller.fetch_once()
    assert first.answer == second.answer
    assert office.done == [KEY]


def test_what_is_no_ask_of_ours_is_given_back_for_good(office: Office, puller: Puller) -> None:
    offered = office.gateway.offer("ask", office.gateway.ask_message("oss/other@1", TRADER))
    puller.fetch_once()
    assert offered.released is not None
    assert offered.released["final"] is True
    assert REGISTER in offered.released["reason"]


def test_what_a_function_fails_at_is_given_back_for_later(office: Office, puller: Puller) -> None:
    office.says["decide"] = RuntimeError("NIK 3303055203900000")
    offered = office.gateway.offer("ask", office.gateway.ask_message(REGISTER, TRADER))
    puller.fetch_once()
    assert offered.released == {"reason": "the agency's system failed", "after": "1 min"}


def test_what_cannot_be_done_now_is_given_back_for_its_time(office: Office, puller: Puller) -> None:
    office.says["decide"] = NotNow("closed", retry_after_s=60)
    offered = office.gateway.offer("ask", office.gateway.ask_message(REGISTER, TRADER))
    puller.fetch_once()
    assert offered.released == {"reason": "closed", "after": "60 s"}


def test_a_reply_that_the_gateway_did_not_sign_is_not_believed(
    office: Office, puller: Puller, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.gateway.offer("ask", office.gateway.ask_message(REGISTER, TRADER))
    trusted = office.gateway.key
    office.gateway.key = SigningKey.new("gateway")

    def find_trusted(key_id: str) -> PublicKey | None:
        return trusted.verifier() if key_id == trusted.name else None

    monkeypatch.setattr(office.gateway, "find_key", find_trusted)
    with pytest.raises(Unheard, match="is not the gateway's"):
        puller.fetch_once()
    assert office.asked == []


def test_a_gateway_that_does_not_know_us_is_told(office: Office) -> None:
    office.agency.check()
    with pytest.raises(Unheard, match="401"):
        Puller(office.agency, wait_s=0).fetch_once()


def test_an_answer_that_is_not_heard_is_brought_again(
    office: Office, puller: Puller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gapura_agency.pull._PAUSE_S", 0.001)
    offered = office.gateway.offer("ask", office.gateway.ask_message(REGISTER, TRADER))
    real, tries = office.gateway.send, list[str]()

    def losing(call: Call, *, within_s: float) -> Response:
        answer = real(call, within_s=within_s)
        tries.append(call.url)
        if call.url.endswith("/answer") and len(tries) < 4:
            raise Unheard("cut")
        return answer

    monkeypatch.setattr(office.gateway, "send", losing)
    puller.fetch_once()
    assert offered.answer is not None
    assert len([url for url in tries if url.endswith("/answer")]) == 3
    assert office.gateway.refused == [], "each was signed afresh"


def test_long_work_is_kept_alive_by_heartbeats(office: Office, puller: Puller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counter, "LEASE_S", 0.0)
    monkeypatch.setattr("gapura_agency.pull._SHORTEST_BEAT_S", 0.01)
    offered = office.gateway.offer("ask", office.gateway.ask_message(REGISTER, TRADER))

    def slow(_: Ask) -> Given:
        eventually(lambda: offered.beats >= 2)
        return {"nib": "9120000000001"}

    office.says["decide"] = slow
    puller.fetch_once()
    assert offered.answer is not None


def test_a_worker_runs_until_it_is_stopped_and_outlives_a_gateway_that_is_away(
    office: Office, puller: Puller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gapura_agency.pull._PAUSE_S", 0.001)
    office.gateway.down = 2
    offered = office.gateway.offer("ask", office.gateway.ask_message(REGISTER, TRADER))
    thread = threading.Thread(target=puller.run)
    thread.start()
    eventually(lambda: offered.answer is not None)
    puller.stop()
    thread.join(timeout=5)
    assert not thread.is_alive()
