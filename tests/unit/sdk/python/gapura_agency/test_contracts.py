"""Contract files: read as the gateway reads them, and every mistake named at once, without anybody's data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from gapura_agency import ContractUnusable
from gapura_agency.contracts import read_contracts
from tests.tidy import tree
from tests.unit.sdk.python.gapura_agency.small_office import CONTRACTS, REGISTER, written

EXAMPLES = tree.ROOT / "examples" / "purbalingga" / "contracts"
DESCRIBED = {"type": "application/pdf", "name": "a.pdf", "size": 3, "digest": f"sha256:{'0' * 64}"}


def test_a_folder_gives_the_agencys_own_contracts_by_name(tmp_path: Path) -> None:
    assert list(read_contracts("oss", EXAMPLES)) == ["oss/register-business@2"]
    assert set(read_contracts("oss", written(tmp_path / "c"))) == {REGISTER, "oss/print-card@1", "oss/close-business@1"}


def test_files_are_taken_one_by_one(tmp_path: Path) -> None:
    folder = written(tmp_path / "c")
    assert list(read_contracts("oss", [folder / "register.yaml"])) == [REGISTER]
    assert list(read_contracts("oss", str(folder / "register.yaml"))) == [REGISTER]


@pytest.mark.parametrize("agency", ["dukcapil", "dpupr", "oss", "bpjs", "dinkes", "bpjs-kesehatan", "capil-banyumas"])
def test_every_contract_of_the_example_fits_its_own_examples(agency: str) -> None:
    contracts = read_contracts(agency, EXAMPLES)
    assert contracts
    for contract in contracts.values():
        for _, values, output, refusal in contract.examples:
            assert contract.input_mistakes(values) == []
            assert output is None or contract.output_mistakes(output) == []
            assert refusal is None or refusal in contract.refusals


def test_what_is_answered_at_a_desk_is_not_this_systems(tmp_path: Path) -> None:
    assert "dukcapil/register-birth@1" not in read_contracts("dukcapil", EXAMPLES)
    with pytest.raises(ContractUnusable, match="there is no contract of 'oss'"):
        read(tmp_path, connection={"kind": "desk"})


def read(tmp_path: Path, **more: Any) -> None:
    (tmp_path / "c.yaml").write_text(yaml.safe_dump({**CONTRACTS["register"], **more}))
    read_contracts("oss", tmp_path)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"version": 2}, r"c\.yaml: Expected `str`, got `int`"),
        ({"input": {"type": "nonsense"}}, r"c\.yaml: a schema cannot be used"),
        ({"input": {"$ref": "https://elsewhere.example/x"}}, "nothing is fetched"),
        ({"output": {"properties": {"paper": {"document": "text/html"}}}}, "documents are application/pdf"),
        ({"agency": "djp"}, "there is no contract of 'oss'"),
    ],
)
def test_a_contract_that_cannot_be_used_is_named(tmp_path: Path, more: dict[str, Any], said: str) -> None:
    with pytest.raises(ContractUnusable, match=said):
        read(tmp_path, **more)


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("agency: [")
    (tmp_path / "b.json").write_text("{}")
    with pytest.raises(ContractUnusable) as told:
        read_contracts("oss", tmp_path)
    assert "a.yaml" in str(told.value)
    assert "b.json" in str(told.value)


def test_mistakes_say_where_and_never_repeat_a_value(tmp_path: Path) -> None:
    contract = read_contracts("oss", written(tmp_path / "c"))[REGISTER]
    (nik, more) = contract.input_mistakes({"nik": "330305SECRET", "unknown": 1})
    assert nik.startswith("nik: ")
    assert "SECRET" not in nik
    assert "unknown" in more


def test_a_document_is_judged_by_its_description(tmp_path: Path) -> None:
    contract = read_contracts("oss", written(tmp_path / "c"))[REGISTER]
    assert contract.output_mistakes({"nib": "9120000000001", "paper": DESCRIBED}) == []
    assert contract.output_mistakes({"nib": "9120000000001", "paper": {**DESCRIBED, "type": "image/png"}})
    assert contract.input_mistakes({"nik": "3" * 16, "lease": DESCRIBED})
    assert contract.input_mistakes({"nik": "3" * 16, "lease": {**DESCRIBED, "bytes": "AAAA"}}) == []


def test_the_digest_is_over_documents_without_their_bytes(tmp_path: Path) -> None:
    contract = read_contracts("oss", written(tmp_path / "c"))[REGISTER]
    values = {"nik": "3" * 16, "lease": {**DESCRIBED, "bytes": "AAAA"}}
    assert contract.bare_input(values) == {"nik": "3" * 16, "lease": DESCRIBED}


def test_dates_in_a_file_stay_texts(tmp_path: Path) -> None:
    example = {"title": "a", "input": {"nik": "3" * 16}, "output": {"nib": "9" * 13, "registered_on": "2026-11-24"}}
    declared = {**CONTRACTS["register"], "examples": [example]}
    (tmp_path / "c.yaml").write_text(yaml.safe_dump(declared).replace("'2026-11-24'", "2026-11-24"))
    (contract,) = read_contracts("oss", tmp_path).values()
    assert contract.examples[0][2] == {"nib": "9" * 13, "registered_on": "2026-11-24"}
