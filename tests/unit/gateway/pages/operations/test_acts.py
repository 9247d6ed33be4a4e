from __future__ import annotations

import pytest
from msgspec import structs

from contracts.contract import Contract
from gateway.pages import filling
from gateway.pages.operations.acts import act_schema
from tests.unit.contracts.samples import sample

POINT = {
    "type": "object",
    "required": ["id", "at"],
    "properties": {
        "id": {"$ref": "#/$defs/id"},
        "at": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/id"}},
    },
    "$defs": {"id": {"type": "string", "pattern": "^[0-9]{3}$", "x-ui": {"label": {"id": "Nomor", "en": "Number"}}}},
    "additionalProperties": False,
}


@pytest.mark.parametrize(("act", "given"), [("replace", "input"), ("contribute", "output")])
def test_an_act_asks_for_something_else_than_the_contract_says(act: str, given: str) -> None:
    schema = act_schema(act, structs.replace(sample(Contract), **{given: POINT}))
    sent = {f"/{given}/id": ["12"], f"/{given}/at/0": ["345"], "/evidence": ["surat"], "/reason": ["mati"]}
    wrong = filling.judged(schema, sent)
    assert [item.pointer for item in wrong.mistakes] == [f"/{given}/id"]
    assert {field.label.id for field in wrong.form.fields()} >= {"Nomor", "Alasan"}
    right = filling.judged(schema, {**sent, f"/{given}/id": ["123"]})
    assert (right.answers[given], right.mistakes) == ({"id": "123", "at": ["345"]}, [])


def test_an_act_shows_its_contracts_own_reason_in_place_of_the_operators() -> None:
    output = {"type": "object", "required": ["reason"], "properties": {"reason": {"type": "string"}}}
    schema = act_schema("contribute", structs.replace(sample(Contract), output=output))
    answers = {"/output/reason": ["lolos"], "/evidence": ["surat"], "/reason": ["mati"]}
    filled = filling.judged(schema, answers)
    assert (filled.answers["output"], filled.answers["reason"]) == ({"reason": "lolos"}, "mati")
