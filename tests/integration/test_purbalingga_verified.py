"""The example's agencies, each a real process, verified against their contracts over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec
import pytest

from contracts.connection import WireConnection
from examples.purbalingga.start import Running, start_all, stop_all
from gateway.cli.proving.verifying import Wanted, verify
from tests.integration.broken_agency import GATEWAY
from workflows.loading.contracts import load_contracts

AGENCIES: Final = ("bpjs", "dukcapil", "oss")
"""One that calls back, one with several contracts, one that gives documents: their office is every agency's."""
CONTRACTS: Final = {
    name: contract
    for name, contract in load_contracts(Path(__file__).parents[2] / "examples/purbalingga/contracts").items()
    if contract.agency in AGENCIES and isinstance(contract.connection, WireConnection)
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Running]]:
    folder = tmp_path_factory.mktemp("agencies")
    keys = folder / "gateway.json"
    keys.write_bytes(msgspec.json.encode(GATEWAY.published))
    agencies = start_all(folder, str(keys), {"bpjs": ("--answer-after", "0.05")}, AGENCIES)
    yield agencies
    stop_all(agencies.values())


@pytest.mark.parametrize("name", CONTRACTS)
async def test_an_example_agency_breaks_its_contract(name: str, running: Mapping[str, Running]) -> None:
    contract = CONTRACTS[name]
    url = running[contract.agency].url
    found = await verify(Wanted(contract=contract, url=url, key=GATEWAY))
    assert [row for row in found.rows if row.state in {"failed", "blocked"}] == []
    assert found.standing == []
    assert ("callback" in {row.name for row in found.rows if row.state == "passed"}) is (contract.agency == "bpjs")
