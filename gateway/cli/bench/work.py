"""The measured work, as it is declared: contracts, services and the form beside this file, and what agencies answer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from gateway.cli.files import read_object

FOLDER: Final = Path(__file__).parent / "work"
SERVICE: Final = "reference-case"
INTAKE: Final = "intake-alone"
AGENCIES: Final = ("dukcapil", "djp", "dpmptsp", "bpjs", "dpupr")

OUTPUTS: Final[Mapping[str, dict[str, Any]]] = {
    "dukcapil/match-identity@1": {"match": True, "matched_on": "2026-11-24", "reference": "DKC-2026-000000000001"},
    "djp/activate-taxpayer@1": {"npwp": "3303055203900000", "status": "active", "active_from": "2026-11-24"},
    "dpmptsp/issue-licence@1": {"licence": "IZN-2026-000000000001", "risk": "low", "issued_on": "2026-11-24"},
    "bpjs/enrol-employer@1": {"number": "NPP-26000001", "first_due": "2026-12-15", "programmes": ["JKK", "JKM"]},
    "dpupr/confirm-place@1": {"number": "KKPR-33.03-2026-000001", "zone": "Perdagangan", "decision": "permitted"},
}
"""What each contract is answered with, every time: with its key, some 200 bytes."""


def form() -> dict[str, Any]:
    """Give the form that is handed in."""
    return msgspec.json.decode((FOLDER / "form.json").read_bytes(), type=dict[str, Any])


def contracts(url: str) -> list[dict[str, Any]]:
    """Give the contracts, those with a system reached at `url`."""
    declared: list[dict[str, Any]] = []
    for path in sorted((FOLDER / "contracts").glob("*.yaml")):
        contract = read_object(path)
        if contract["connection"]["kind"] == "wire":
            contract["connection"]["url"] = url
        declared.append(contract)
    return declared


def services() -> list[bytes]:
    """Give the services as they are written."""
    return [path.read_bytes() for path in sorted((FOLDER / "services").glob("*.yaml"))]
