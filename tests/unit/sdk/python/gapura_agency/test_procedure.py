"""Asks, undos and lookups: once, in any order, and remembered."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import json

from gapura_agency import SqliteStore
from gapura_agency.exchange import Problem
from gapura_agency.testing import Wrong
from tests.unit.sdk.python.gapura_agency.small_office import (
    CARD,
    FINAL,
    REGISTER,
    TRADER,
    Office,
    accept,
    refuse,
    send_back,
)

KEY = "case/step/ask/1"
DAY = 86_400


def ask(office: Office, key: str = KEY, contract: str = REGISTER) -> str:
    return office.gateway.ask(office.agency, contract, TRADER, key=key).outcome


def undo(office: Office, key: str = KEY, contract: str = REGISTER) -> str:
    return office.gateway.undo(office.agency, contract, key).outcome


def lookup(office: Office, key: str = KEY) -> str:
    return office.gateway.lookup(office.agency, REGISTER, key).outcome


def test_a_repeat_gets_the_first_answer_and_does_nothing(office: Office) -> None:
    first = office.gateway.ask(office.agency, REGISTER, TRADER, key=KEY)
    office.says["decide"] = refuse("already_registered")
    second = office.gateway.ask(office.agency, REGISTER, TRADER, key=KEY)
    assert first == second
    assert office.done == [KEY]


def test_a_refusal_is_remembered_too(office: Office) -> None:
    office.says["decide"] = refuse("already_registered", "Sudah.")
    assert ask(office) == "refused"
    del office.says["decide"]
    again = office.gateway.ask(office.agency, REGISTER, TRADER, key=KEY)
    assert (again.outcome, again.code, again.text) == ("refused", "already_registered", "Sudah.")


def test_a_key_that_comes_with_another_wish_is_no_ask(office: Office) -> None:
    ask(office)
    with pytest.raises(Wrong, match=r"422.*a key is one wish"):
        office.gateway.ask(office.agency, REGISTER, {**TRADER, "kbli": "47112"}, key=KEY)
    with pytest.raises(Wrong, match=r"422.*a key is one wish"):
        office.gateway.ask(office.agency, CARD, TRADER, key=KEY)


def test_the_same_wish_may_be_written_in_another_order(office: Office) -> None:
    ask(office)
    turned = dict(reversed(TRADER.items()))
    assert office.gateway.ask(office.agency, REGISTER, turned, key=KEY).outcome == "contributed"
    assert office.done == [KEY]


def test_an_undo_takes_back_once_and_the_ask_stays_undone(office: Office) -> None:
    assert [ask(office), undo(office), undo(office), ask(office), lookup(office)] == [
        "contributed",
        "undone",
        "undone",
        "undone",
        "undone",
    ]
    assert office.undone == [KEY]


def test_two_undos_of_one_ask_take_back_once(office: Office) -> None:
    ask(office)
    for number in (1, 2):
        said = office.gateway.undo(office.agency, REGISTER, KEY, key=f"case/step/undo/{number}")
        assert said.outcome == "undone"
    assert office.undone == [KEY]


def test_an_ask_that_comes_after_its_undo_does_nothing(office: Office) -> None:
    assert [undo(office), ask(office), ask(office)] == ["undone", "undone", "undone"]
    assert (office.done, office.undone) == ([], [])


def test_the_undo_of_a_refusal_needs_no_function(office: Office) -> None:
    office.says["decide"] = refuse("already_registered")
    assert [ask(office), undo(office), ask(office)] == ["refused", "undone", "undone"]
    assert office.undone == []


def test_an_undo_that_the_agency_refuses_leaves_what_stands(office: Office) -> None:
    office.says["undo"] = refuse("in_use", "Sudah dipakai.")
    ask(office)
    said = office.gateway.undo(office.agency, REGISTER, KEY)
    assert (said.outcome, said.code, said.text) == ("undo_refused", "in_use", "Sudah dipakai.")
    office.says.clear()
    assert undo(office) == "undo_refused", "the same key is answered the same"
    assert ask(office) == "contributed"


def test_after_the_days_of_the_contract_it_is_too_late(office: Office) -> None:
    ask(office, "a/s/ask/1")
    ask(office, "b/s/ask/1")
    office.clock.at += 30 * DAY
    assert undo(office, "a/s/ask/1") == "undone"
    office.clock.at += 1
    late = office.gateway.undo(office.agency, REGISTER, "b/s/ask/1")
    assert (late.outcome, late.code) == ("undo_refused", "too_late")
    assert office.undone == ["a/s/ask/1"]


def test_what_is_final_is_not_taken_back(office: Office) -> None:
    assert [ask(office, contract=FINAL), undo(office, contract=FINAL)] == ["contributed", "undo_refused"]
    assert undo(office, "never/came/ask/1", FINAL) == "undone"


def test_what_only_states_something_is_undone_without_a_function(office: Office) -> None:
    assert [ask(office, contract=CARD), undo(office, contract=CARD), ask(office, contract=CARD)] == [
        "contributed",
        "undone",
        "undone",
    ]


def test_a_lookup_changes_nothing(office: Office) -> None:
    assert lookup(office) == "nothing_held"
    assert ask(office) == "contributed"
    assert lookup(office) == "contributed"
    assert office.done == [KEY]


def test_a_function_that_fails_is_asked_again(office: Office) -> None:
    office.says["decide"] = RuntimeError("the database is away")
    with pytest.raises(Wrong, match="500"):
        ask(office)
    office.says.clear()
    assert ask(office) == "contributed"


def test_an_undo_function_that_returns_something_else_is_told(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    ask(office)
    office.says["undo"] = {"nib": "1"}
    with pytest.raises(Wrong, match="500"):
        undo(office)
    assert "the undo function returns nothing or refuse(), not dict" in caplog.text
    assert lookup(office) == "contributed", "nothing is remembered of an undo that failed"


def test_what_was_accepted_is_accepted_again_until_it_is_answered(office: Office) -> None:
    office.says["decide"] = accept("T-1")
    first = office.gateway.ask(office.agency, REGISTER, TRADER, key=KEY)
    assert (first.outcome, first.ticket) == ("accepted", "T-1")
    assert [ask(office), lookup(office)] == ["accepted", "accepted"]
    assert len(office.asked) == 1
    assert office.agency.answer(KEY, {"nib": "9120000000001"})
    assert [ask(office), lookup(office)] == ["contributed", "contributed"]


def test_only_the_first_late_answer_counts(office: Office) -> None:
    office.says["decide"] = accept()
    ask(office)
    assert office.agency.answer(KEY, refuse("already_registered"))
    assert not office.agency.answer(KEY, {"nib": "9120000000001"})
    assert ask(office) == "refused"


def test_work_that_was_taken_back_is_not_answered(office: Office) -> None:
    office.says["decide"] = accept()
    ask(office)
    assert undo(office) == "undone"
    assert office.undone == [KEY], "the function stops the work"
    assert not office.agency.answer(KEY, {"nib": "9120000000001"})
    office.agency.work()
    assert office.gateway.callbacks == {}


def test_an_answer_to_nothing_is_an_error(office: Office) -> None:
    with pytest.raises(KeyError):
        office.agency.answer("never/came/ask/1", {"nib": "9120000000001"})


def test_a_late_answer_that_breaks_the_contract_is_not_kept(office: Office) -> None:
    office.says["decide"] = accept()
    ask(office)
    for wrong in ({"nib": "1"}, refuse("unheard_of"), accept()):
        with pytest.raises(Exception, match="register-business@2"):
            office.agency.answer(KEY, wrong)
    assert ask(office) == "accepted"


@pytest.fixture
def slow(tmp_path: Path) -> Office:
    return Office(tmp_path / "contracts", later=5)


def test_work_that_is_put_off_is_accepted_and_done_in_its_time(slow: Office) -> None:
    heard = slow.gateway.ask(slow.agency, REGISTER, TRADER, key=KEY)
    assert heard.outcome == "accepted"
    assert heard.ticket.startswith("T-")
    slow.agency.work()
    assert slow.done == []
    slow.clock.at += 5
    slow.agency.work()
    slow.agency.work()
    assert slow.done == [KEY]
    assert slow.gateway.callbacks[KEY]["outcome"] == "contributed"
    assert ask(slow) == "contributed"


def test_work_that_was_put_off_and_fails_is_tried_again(slow: Office) -> None:
    ask(slow)
    slow.says["decide"] = RuntimeError("away")
    slow.clock.at += 5
    slow.agency.work()
    slow.says.clear()
    slow.agency.work()
    assert slow.done == []
    slow.clock.at += 60
    slow.agency.work()
    assert slow.done == [KEY]


def test_work_that_was_put_off_and_taken_back_is_not_done(slow: Office) -> None:
    assert [ask(slow), undo(slow)] == ["accepted", "undone"]
    slow.clock.at += 60
    slow.agency.work()
    assert (slow.done, slow.gateway.callbacks) == ([], {})


def test_work_that_was_put_off_may_be_put_off_again_by_its_function(slow: Office) -> None:
    slow.says["decide"] = accept("OSS-7")
    ask(slow)
    slow.clock.at += 5
    slow.agency.work()
    slow.clock.at += 500
    slow.agency.work()
    assert len(slow.asked) == 1
    assert slow.gateway.ask(slow.agency, REGISTER, TRADER, key=KEY).ticket == "OSS-7"
    assert slow.agency.answer(KEY, send_back(["kbli"], "Tidak dikenal."))


def test_what_is_kept_survives_a_restart(tmp_path: Path) -> None:
    before = Office(tmp_path / "contracts", store=SqliteStore(tmp_path / "a.sqlite"), later=5)
    ask(before)
    after = Office(tmp_path / "contracts", store=SqliteStore(tmp_path / "a.sqlite"), later=5)
    after.gateway.salts, after.clock.at = before.gateway.salts, before.clock.at + 5
    after.gateway.know(after.agency)
    after.agency.work()
    assert after.gateway.callbacks[KEY]["outcome"] == "contributed"


def test_the_function_sees_what_was_asked(office: Office) -> None:
    ask(office)
    (asked,) = office.asked
    assert (asked.input, asked.purpose, asked.contract) == (TRADER, "test", REGISTER)
    assert asked.now.timestamp() == office.clock.at
    assert asked.traceparent.startswith("00-")


def test_an_input_that_does_not_fit_is_turned_away_without_its_values(office: Office) -> None:
    message = office.gateway.ask_message(REGISTER, {"nik": "330305SECRET"})
    _, answer = office.gateway.exchange(office.agency, "ask", message)
    problem = json.decode(answer.body, type=Problem)
    assert (answer.status, office.asked) == (422, [])
    assert "nik: " in problem.detail
    assert "SECRET" not in problem.detail


@pytest.mark.parametrize("values", [[], "x", 3])
def test_an_input_that_is_no_object_is_turned_away(office: Office, values: object) -> None:
    message = {**office.gateway.ask_message(REGISTER, TRADER), "input": values}
    assert office.gateway.exchange(office.agency, "ask", message)[1].status == 400
