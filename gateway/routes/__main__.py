"""Write the API's document to `contracts/schemas/openapi.json`: `make schemas`."""

from __future__ import annotations

import json
from pathlib import Path

import contracts
from gateway.openapi import document
from gateway.routes import api_routes
from gateway.settings import Settings

FILE = Path(contracts.__file__).parent / "schemas" / "openapi.json"


def written() -> str:
    """Give the document as it is committed: of a gateway whose operator is not named."""
    made = document(api_routes(), contact="", operator=Settings().operator)
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(written(), encoding="utf-8")
