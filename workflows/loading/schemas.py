"""JSON Schemas of contracts, plans and agreements, for editors and the loader: `python -m workflows.loading.schemas`.

A file that begins with `# yaml-language-server: $schema=…/contract.schema.json` is completed and checked while it is
written. The schemas are generated from the types in `contracts`; a test fails when the committed ones differ.
"""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

import contracts
from contracts.agreement import Agreement, Signature
from contracts.calendar import Calendar
from contracts.contract import Contract
from contracts.plan import Plan

FOLDER = Path(contracts.__file__).parent / "schemas"

_KINDS: dict[str, type[Struct]] = {kind.__name__: kind for kind in (Contract, Plan, Agreement, Signature, Calendar)}
NAMES = tuple(name.lower() for name in _KINDS)
"""What there is a schema file of."""


def schema_of(kind: type[Struct]) -> dict[str, Any]:
    """Give the JSON Schema of a declared thing."""
    return _generate(kind.__name__)


@cache
def _generate(name: str) -> dict[str, Any]:
    kind = _KINDS[name]
    schema = msgspec.json.schema(kind)
    root = schema["$defs"].get(kind.__name__, {})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": root.get("title", kind.__name__),
        "description": root.get("description", ""),
        **schema,
    }


def rendered(name: str) -> str:
    """Give the text of a schema file."""
    return json.dumps(_generate(name.capitalize()), indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write every schema file; say which changed."""
    FOLDER.mkdir(exist_ok=True)
    for name in NAMES:
        path = FOLDER / f"{name}.schema.json"
        text = rendered(name)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"{path.name} written\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
