"""Contracts from files and from the wire."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.declared import BUSINESS, changed, contracts
from workflows.loading.contracts import check_all, load_contract, load_contracts, parse_contract
from workflows.loading.mistakes import LoadingError

RIGHT = Path(__file__).parent / "right" / "contracts"


def test_a_folder_gives_every_contract_by_the_name_that_plans_ask_for() -> None:
    assert load_contracts(RIGHT) == contracts()


def test_a_contract_may_come_as_json() -> None:
    data = msgspec.json.encode(BUSINESS)
    assert parse_contract(data, "body") == contracts()["oss/register-business@2"]


def test_a_contract_that_is_right_has_no_findings() -> None:
    assert [check_all(one) for one in contracts().values()] == [[], [], [], []]


def test_what_the_law_grants_must_be_an_output() -> None:
    deemed = {"legal_basis": "UU 30/2014", "counts_from": "complete", "output": {"nib": 1}}
    data = msgspec.json.encode(changed(BUSINESS, {"deemed": deemed, "promise.on_deadline": "deemed"}))
    with pytest.raises(LoadingError) as refused:
        parse_contract(data, "body")
    assert {mistake.pointer for mistake in refused.value.mistakes} == {"/deemed/output/nib", "/deemed/output/risk"}


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    for name, changes in (("a", {"effect": "maybe"}), ("b", {"undo.by": "nobody"}), ("c", {}), ("d", {})):
        (tmp_path / f"{name}.yaml").write_bytes(msgspec.json.encode(changed(BUSINESS, changes)))
    with pytest.raises(LoadingError) as refused:
        load_contracts(tmp_path)
    assert [(Path(mistake.file).name, mistake.pointer) for mistake in refused.value.mistakes] == [
        ("a.yaml", "/effect"),
        ("b.yaml", "/undo/by"),
        ("d.yaml", ""),
    ]
    assert "oss/register-business@2 is also in c.yaml" in str(refused.value)


def test_a_folder_without_contracts_says_so(tmp_path: Path) -> None:
    with pytest.raises(LoadingError, match="there are no contracts here"):
        load_contracts(tmp_path)


@pytest.mark.parametrize("head", ["---\nopenapi: 3.0.1\n", '{"openapi": "3.1.0"}', '{\n  "openapi": "3.1.0"\n}'])
def test_a_document_that_lies_beside_its_contracts_is_taken_for_one(tmp_path: Path, head: str) -> None:
    (tmp_path / "api.yaml").write_text(head)
    (tmp_path / "business.yaml").write_bytes(msgspec.json.encode(BUSINESS))
    (tmp_path / "gone.yaml").symlink_to("nowhere")
    with pytest.raises(LoadingError) as refused:
        load_contracts(tmp_path)
    assert [Path(mistake.file).name for mistake in refused.value.mistakes] == ["gone.yaml"]
    (tmp_path / "gone.yaml").unlink()
    assert list(load_contracts(tmp_path)) == ["oss/register-business@2"]


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(LoadingError, match="cannot be read"):
        load_contract(tmp_path / "gone.yaml")


def test_the_examples_of_the_repository_are_right() -> None:
    # Those of `france` bind a document that stays with its data: tests/integration/test_france_*.py load them.
    assert load_contracts(Path(__file__).parents[4] / "examples" / "purbalingga" / "contracts")
