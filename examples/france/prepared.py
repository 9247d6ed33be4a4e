"""Contracts made ready to load: copied into a folder of this run, with the document that they bind beside them.

The document stays with the recorded answers; a contract that is registered carries just the part that it binds.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from msgspec import structs

from contracts.contract import Contract, OpenApiConnection
from examples.france.recordings import DOCUMENT
from workflows.loading.contracts import load_contracts

EXAMPLE = Path(__file__).parent


def prepare_contracts(recorded: Path, folder: Path) -> Path:
    """Copy the contracts into a folder, and link the document of the recorded answers to them; give the folder."""
    contracts = folder / "contracts"
    contracts.mkdir(parents=True, exist_ok=True)
    for path in (EXAMPLE / "contracts").glob("*.yaml"):
        shutil.copyfile(path, contracts / path.name)
    document = contracts / DOCUMENT
    if not document.exists():
        document.symlink_to((recorded / DOCUMENT).resolve())
    return contracts


def contracts_at(url: str, folder: Path) -> dict[str, Contract]:
    """Load prepared contracts, with an address in place of the real API's.

    Raises:
        LoadingError: they do not fit the document.

    """
    return {name: _at(url, contract) for name, contract in load_contracts(folder).items()}


def _at(url: str, contract: Contract) -> Contract:
    if not isinstance(contract.connection, OpenApiConnection):
        return contract
    return structs.replace(contract, connection=structs.replace(contract.connection, url=url))
