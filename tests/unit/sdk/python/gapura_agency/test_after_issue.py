"""After issue: facts confirmed in one word, notices taken note of, and a part taken back."""

from __future__ import annotations

import pytest

from gapura_agency import NotTaken, Response, Unheard
from gapura_agency.exchange import Call, problem
from tests.unit.sdk.python.gapura_agency.small_office import CARD, REGISTER, TRADER, Office

KEY = "case/step/ask/1"


def question(name: str = "q1", **more: object) -> dict[str, object]:
    return {"question": name, "key": KEY, "fact": "kbli", "value": "56103", "correct": False, **more}


@pytest.fixture
def asked(office: Office) -> Office:
    office.gateway.ask(office.agency, REGISTER, TRADER, key=KEY)
    return office


def test_a_fact_is_confirmed_in_one_word(asked: Office) -> None:
    asked.gateway.questions = [question("q1"), question("q2", value="47112")]
    asked.agency.look()
    assert asked.gateway.confirmations == {"q1": "same", "q2": "different"}


def test_a_register_is_put_right_where_that_is_asked(asked: Office) -> None:
    asked.gateway.questions = [question(value="47112", correct=True)]
    asked.agency.look()
    assert asked.gateway.confirmations == {"q1": "same"}
    assert asked.register == {"kbli": "47112"}


def test_what_is_not_held_or_was_taken_back_is_unknown(asked: Office) -> None:
    asked.gateway.undo(asked.agency, REGISTER, KEY)
    asked.gateway.questions = [question("q1"), question("q2", key="never/came/ask/1")]
    asked.agency.look()
    assert asked.gateway.confirmations == {"q1": "unknown", "q2": "unknown"}


def test_a_function_that_fails_leaves_the_question_open(asked: Office, caplog: pytest.LogCaptureFixture) -> None:
    asked.register.clear()
    asked.gateway.questions = [question()]
    asked.agency.look()
    assert asked.gateway.confirmations == {}
    assert "it is asked again" in caplog.text


def test_a_word_that_there_is_not_is_told(asked: Office, caplog: pytest.LogCaptureFixture) -> None:
    asked.agency.confirm(CARD)(lambda _: "perhaps")  # type: ignore[arg-type, return-value]  # pyright: ignore - the mistake
    asked.gateway.ask(asked.agency, CARD, TRADER, key="card/step/ask/1")
    asked.gateway.questions = [question(key="card/step/ask/1")]
    asked.agency.look()
    assert "returns one of same, different, unknown" in caplog.text
    assert asked.gateway.confirmations == {}


def test_a_question_under_a_contract_that_confirms_nothing_is_left_open(office: Office) -> None:
    office.gateway.ask(office.agency, CARD, TRADER, key="card/step/ask/1")
    office.gateway.questions = [question(key="card/step/ask/1")]
    office.agency.look()
    assert office.gateway.confirmations == {}


def test_a_notice_is_taken_note_of_once(asked: Office) -> None:
    asked.gateway.notices = [
        {"notice": "n1", "case": "c", "step": "place", "by": "dpupr", "rests": True, "gave": ["a"]}
    ]
    asked.agency.look()
    asked.agency.look()
    (noted,) = asked.noted
    assert (noted.notice, noted.step, noted.by, noted.rests) == ("n1", "place", "dpupr", True)
    assert asked.gateway.noted == ["n1"]


def test_a_notice_whose_function_fails_comes_again(asked: Office) -> None:
    seen: list[str] = []

    def note(notice: object) -> None:
        seen.append(str(notice))
        if len(seen) == 1:
            raise RuntimeError

    asked.agency.notice(note)
    asked.gateway.notices = [{"notice": "n1"}]
    asked.agency.look()
    assert asked.gateway.noted == []
    asked.agency.look()
    assert asked.gateway.noted == ["n1"]


def test_a_part_is_taken_back(asked: Office) -> None:
    whole = asked.agency.revoke(KEY, reason="Keliru.", legal_basis="UU 30/2014", objection="Loket 3")
    assert whole
    assert asked.gateway.revocations == [
        {"key": KEY, "reason": "Keliru.", "legal_basis": "UU 30/2014", "objection": "Loket 3"}
    ]


def test_a_gateway_that_says_no_to_a_revocation_is_told(asked: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def no(call: Call, *, within_s: float) -> Response:
        del call, within_s
        return problem(409, "Not possible now", "revoked before")

    monkeypatch.setattr(asked.gateway, "send", no)
    with pytest.raises(NotTaken, match="409 Not possible now revoked before"):
        asked.agency.revoke(KEY, reason="", legal_basis="", objection="")
    with pytest.raises(Unheard, match="questions cannot be fetched: 409"):
        asked.agency.look()
