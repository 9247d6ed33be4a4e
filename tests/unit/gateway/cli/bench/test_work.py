"""The measured work is what it says: whole contracts, whole answers."""

from __future__ import annotations

import msgspec
import pytest

from contracts.contract import Contract
from gateway.cli.bench.work import FOLDER, OUTPUTS, contracts, form
from gateway.cli.files import read_object
from workflows.loading.validation import compile_schema

WIRE = [
    msgspec.convert(each, Contract)
    for each in contracts("http://127.0.0.1:1/x")
    if each["connection"]["kind"] == "wire"
]


@pytest.mark.parametrize("contract", WIRE, ids=lambda contract: contract.name)
def test_a_stand_ins_answer_breaks_its_contract(contract: Contract) -> None:
    assert compile_schema(contract.output)(OUTPUTS[contract.name]) == []


def test_the_form_has_mistakes() -> None:
    for path in (FOLDER / "services").glob("*.yaml"):
        assert compile_schema(read_object(path)["form"])(form()) == []


def test_an_answer_is_far_from_200_bytes() -> None:
    sizes = [
        len(msgspec.json.encode({"outcome": "contributed", "key": "k" * 40, "output": given}))
        for given in OUTPUTS.values()
    ]
    assert all(150 <= size <= 250 for size in sizes), sizes
