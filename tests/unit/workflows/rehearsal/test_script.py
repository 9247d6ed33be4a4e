"""What agencies say on a road: as examples show, or as the road has it."""

from __future__ import annotations

import pytest
from msgspec import structs

from contracts.ids import AskKey, ItemKey, Place, StepName
from contracts.wire import Contributed, Refused, Returned
from tests.conformance.agencies import make_contract
from tests.unit.workflows.rehearsal.small import NIK, OTHER, compiled
from workflows.core.compiled import CompiledStep
from workflows.rehearsal.script import CONTRIBUTES, SILENT, Says, Script, answer, output_of

KEY = AskKey("c/s/ask/1")


def step(name: str) -> CompiledStep:
    return next(each for each in compiled().steps.values() if each.name == name)


def test_an_agency_answers_as_the_example_with_this_input_shows_else_as_the_first() -> None:
    contract = step("business").contract
    assert output_of(contract, {"nik": NIK, "kbli": "10710"}) == {"nib": "2", "risk": "high"}
    assert output_of(contract, {"nik": OTHER, "kbli": "1"}) == {"nib": "1", "risk": "low"}
    assert output_of(contract, {"nik": OTHER, "kbli": "1"}, 1) == {"nib": "2", "risk": "high"}


def test_each_word_is_the_answer_of_its_kind() -> None:
    contract = step("business").contract
    assert answer(Says(word="refuses", code="no"), KEY, contract, {}) == Refused(key=KEY, code="no")
    assert answer(Says(word="returns", inputs=("nik",)), KEY, contract, {}) == Returned(key=KEY, inputs=["nik"])
    changed = answer(Says(instead={"risk": "odd"}), KEY, contract, {})
    assert isinstance(changed, Contributed)
    assert changed.output == {"nib": "1", "risk": "odd"}


def test_a_document_is_described_as_one_would_be() -> None:
    shown = [
        {"title": "t", "input": {"nik": NIK, "kbli": "47112"}, "output": {"nib": "1", "risk": "low", "paper": "x"}}
    ]
    paper = {"oss": {"output.properties.paper": {"document": "application/pdf"}, "examples": shown}}
    contract = next(each.contract for each in compiled({}, paper).steps.values() if each.name == "business")
    assert output_of(contract, {})["paper"]["type"] == "application/pdf"


def test_a_contract_without_a_contributing_example_says_what_to_write() -> None:
    with pytest.raises(LookupError, match="write one, with input and output"):
        output_of(structs.replace(make_contract(), examples=[]), {})


def at(step: str, round_: int = 1, item: str = "") -> Place:
    return Place(StepName(step), ItemKey(item), round_)


def test_whoever_is_not_named_and_rounds_beyond_those_named_contribute() -> None:
    script = Script(asks={"a": (SILENT,)})
    assert (script.says(at("a")), script.says(at("a", 2)), script.says(at("b"))) == (SILENT, CONTRIBUTES, CONTRIBUTES)
    other = script.but(Script(asks={"b": (SILENT,)}, applicant="declines"))
    assert (other.says(at("a")), other.says(at("b")), other.applicant) == (SILENT, SILENT, "declines")


def test_an_item_is_named_before_its_step() -> None:
    script = Script(asks={"a": (SILENT,), "a/west": (CONTRIBUTES,)})
    assert (script.says(at("a", item="west")), script.says(at("a", item="east"))) == (CONTRIBUTES, SILENT)


def test_a_road_says_all_that_two_say_and_where_both_do_what_the_other_says() -> None:
    one = Script(asks={"a": (SILENT,)}, undos={"a": "silent"}, applicant="declines", withdraws_after="a")
    other = Script(asks={"a": (CONTRIBUTES,), "b": (SILENT,)}, undos={"b": "refuses"}, pauses_at="b")
    assert one.but(other) == Script(
        asks={"a": (CONTRIBUTES,), "b": (SILENT,)},
        undos={"a": "silent", "b": "refuses"},
        applicant="declines",
        withdraws_after="a",
        pauses_at="b",
    )
