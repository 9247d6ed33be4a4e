"""The table of checks: what fails which row, what keeps a row from being judged, and what does not apply."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import structs

from contracts.connection import WireConnection
from contracts.contract import Contract, Undoing
from contracts.ids import AskKey
from contracts.wire import Accepted, Answer, Contributed, NothingHeld, Undone, UndoRefused
from tests.unit.workflows.proving.talk import CASE, KKPR, answered, judging, silent, step, turned_away, without
from workflows.loading.contracts import load_contract
from workflows.proving.checks import cannot_be_verified, checks_of, judged, steps_for
from workflows.proving.rows import Judging, Row
from workflows.proving.steps import Called, Exchange, conversation, key_of

CONTRACTS = Path(__file__).parents[4] / "examples" / "purbalingga" / "contracts"
MAIN = AskKey(f"{CASE}/example-1/ask/1")
OTHER = {"number": "KKPR-33.03-2026-000002", "zone": "Permukiman", "decision": "permitted"}


def rows(found: Judging, state: str) -> set[str]:
    return {row.name for row in judged(found) if row.state == state}


def row(found: Judging, name: str) -> Row:
    return next(each for each in judged(found) if each.name == name)


def test_what_went_well_fails() -> None:
    found = judging()
    assert rows(found, "failed") == rows(found, "blocked") == set()
    assert rows(found, "not applicable") == {"refusal-address_unclear", "part", "callback"}


@pytest.mark.parametrize(
    ("name", "exchange", "fails"),
    [
        ("example 1", turned_away(step("example 1"), 500), "example-1"),
        ("example 2", turned_away(step("example 2"), 404), "example-2"),
        ("repeat", answered(step("repeat"), Contributed(key=MAIN, output=OTHER)), "repeat"),
        ("another input", answered(step("another input"), Contributed(key=MAIN, output=OTHER)), "other-wish"),
        ("another input", turned_away(step("another input"), 500), "other-wish"),
        ("lookup", answered(step("lookup"), NothingHeld(key=MAIN)), "lookup"),
        ("lookup of nothing", turned_away(step("lookup of nothing"), 404), "lookup"),
        ("unsigned", turned_away(step("unsigned"), 400), "wrong-signature"),
        ("stranger", answered(step("stranger"), Contributed(key=MAIN, output=OTHER)), "wrong-signature"),
        ("altered", turned_away(step("altered"), 422), "altered-body"),
        ("old", answered(step("old"), Contributed(key=MAIN, output=OTHER)), "stale"),
        ("ahead", silent(step("ahead")), "stale"),
        ("replayed", answered(step("replayed"), Contributed(key=MAIN, output=OTHER)), "replay"),
        ("no such contract", turned_away(step("no such contract"), 500), "unknown-contract"),
        ("cut", turned_away(step("cut"), 500), "malformed"),
        ("nested", turned_away(step("nested"), 500), "malformed"),
        ("oversize", turned_away(step("oversize"), 500), "oversize"),
        ("oversize", silent(step("oversize")), "oversize"),
        ("still there", turned_away(step("still there"), 503), "oversize"),
        ("undo", answered(step("undo"), UndoRefused(key=AskKey(f"{CASE}/example-1/undo/1"), code="x")), "undo"),
        ("undo again", turned_away(step("undo again"), 404), "undo-twice"),
        ("another undo", turned_away(step("another undo"), 404), "undo-twice"),
        (
            "late ask",
            answered(step("late ask"), Contributed(key=key_of(CASE, step("late ask")), output=OTHER)),
            "undo-first",
        ),
        ("ask after undo", answered(step("ask after undo"), Contributed(key=MAIN, output=OTHER)), "ask-after-undo"),
        ("lookup after undo", answered(step("lookup after undo"), NothingHeld(key=MAIN)), "lookup-after-undo"),
    ],
)
def test_a_fault_fails_another_row_than_its_own(name: str, exchange: Exchange, fails: str) -> None:
    found = judging(**{name.replace(" ", "_"): exchange})
    assert rows(found, "failed") == {fails}
    told = row(found, fails)
    assert (told.at, told.sent.split()[0], bool(told.got), bool(told.expected)) == (name, "POST", True, True)


@pytest.mark.parametrize("name", ["nested", "oversize"])
def test_what_may_also_come_of_a_strange_body_fails(name: str) -> None:
    fine = {
        "nested": answered(step("nested"), Contributed(key=key_of(CASE, step("nested")), output=OTHER)),
        "oversize": structs.replace(silent(step("oversize")), took_s=0.1),
    }
    assert rows(judging(**{name: fine[name]}), "failed") == set()


def test_a_silent_system_fails_each_row() -> None:
    found = judging(example_1=silent(step("example 1")))
    assert rows(found, "failed") == {"deadline"}
    assert {"example-1", "repeat", "lookup", "undo", "undo-twice", "ask-after-undo"} <= rows(found, "blocked")
    assert "see the row `deadline`" in row(found, "undo").why


def test_steps_that_were_not_played_fail() -> None:
    found = structs.replace(without(judging(), "old", "undo"), stopped="it was silent")
    assert rows(found, "failed") == set()
    assert rows(found, "blocked") == {"stale", "undo", "undo-twice", "ask-after-undo", "lookup-after-undo"}
    assert row(found, "stale").why == row(found, "ask-after-undo").why == "it was silent"
    assert row(structs.replace(found, stopped=""), "stale").why == "the step 'old' was not played"


def test_a_row_is_judged_though_what_it_rests_on_did_not_come_about() -> None:
    found = judging(repeat=turned_away(step("repeat"), 503))
    assert row(found, "replay").state == row(found, "lookup").state == "blocked"
    assert row(found, "replay").why.startswith("repeat came to 503 no answer, not to 200")


def called(answer: Answer | None, fault: str = "") -> list[Called]:
    return [Called(body=b"{}", answer=answer, fault=fault, status=401 if fault else 204)]


def test_an_answer_by_callback_is_not_the_answer() -> None:
    first = answered(step("example 1"), Accepted(key=MAIN))
    shown = KKPR.examples[0].output or {}
    first.called, first.output = called(Contributed(key=MAIN, output=shown)), shown
    found = judging(example_1=first)
    assert rows(found, "failed") == rows(found, "blocked") == set()
    assert row(found, "callback").state == "passed"
    assert ", later " in row(found, "example-1").got


def test_a_callback_that_never_came_fails_more_than_its_row() -> None:
    found = judging(example_1=answered(step("example 1"), Accepted(key=MAIN)))
    assert rows(found, "failed") == {"callback"}
    assert "see the row `callback`" in row(found, "example-1").why
    again = answered(step("repeat"), Contributed(key=MAIN, output=KKPR.examples[0].output or {}))
    told = structs.replace(found, talk={**found.talk, "example 1 asked again": again})
    assert rows(told, "failed") == {"callback"}
    assert row(told, "example-1").state == "passed", "the repeat told"


def test_a_callback_that_nobody_signed_is_believed() -> None:
    first = answered(step("example 1"), Accepted(key=MAIN))
    first.called = called(Contributed(key=MAIN, output={}), "its signature is not valid")
    assert "its signature is not valid" in row(judging(example_1=first), "callback").got


def test_a_check_without_a_reason_does_not_apply() -> None:
    quiet = structs.replace(KKPR, effect="none", lookup=False, examples=KKPR.examples[:1])
    skipped = {each.name: each.why for each in judged(judging(quiet)) if each.state == "not applicable"}
    assert {"undo", "undo-twice", "undo-first", "ask-after-undo", "lookup", "other-wish"} <= set(skipped)
    assert skipped["undo"] == "its effect is none: nothing is ever taken back"
    assert "write one" in skipped["refusal-outside_spatial_plan"]
    assert all(skipped.values())
    reversible = structs.replace(KKPR, lookup=False)
    assert row(judging(reversible), "lookup-after-undo").why == "the contract says `lookup: false`"
    slow = structs.replace(KKPR, undo=Undoing(by="officer"))
    for name in ("ask-after-undo", "lookup-after-undo"):
        assert row(judging(slow), name).why == "an officer takes back, so that may take a while"
    assert row(judging(slow), "undo").state == "passed"


def test_a_row_looks_at_a_step_that_there_is_not() -> None:
    for contract in _every():
        known = {each.name for each in conversation(contract)}
        for check in checks_of(contract):
            assert check.unless(contract) or set(check.steps) <= known


def _every() -> list[Contract]:
    return [load_contract(path) for path in sorted(CONTRACTS.glob("*.yaml")) if not _reason(path)]


def _reason(path: Path) -> str:
    return cannot_be_verified(load_contract(path))


def test_one_row_sends_everything() -> None:
    assert [each.name for each in steps_for(KKPR, ["stale"])] == ["old", "ahead"]
    assert (
        steps_for(KKPR) == steps_for(KKPR, ["deadline"]) == steps_for(KKPR, ["stale", "signed"]) == conversation(KKPR)
    )
    assert [each.name for each in judged(judging(), ["stale"])] == ["stale"]


def test_a_contract_without_a_system_is_verified() -> None:
    assert cannot_be_verified(KKPR) == ""
    assert "its connection is desk" in _reason(CONTRACTS / "djp-activate-taxpayer.yaml")
    for examples in ([], KKPR.examples[1:]):
        assert "none of its examples contributes" in cannot_be_verified(structs.replace(KKPR, examples=examples))
    assert isinstance(KKPR.connection, WireConnection)


def test_undone_is_taken_for_the_first_answer() -> None:
    found = judging(repeat=answered(step("repeat"), Undone(key=MAIN)))
    assert row(found, "repeat").expected.startswith("the answer that this key was given first: {")
