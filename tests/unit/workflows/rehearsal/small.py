"""The small service of `tests.declared`, with an example for every contract, to be tried."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.plan import PublishedPlan
from tests.declared import contracts, plan
from workflows.core.compiled import CompiledPlan
from workflows.loading.compiling import compile_plan
from workflows.loading.plans import publish

NIK, OTHER = "3303055203900000", "3303055203900001"
FORM: dict[str, Any] = {"nik": NIK, "name": "Siti", "kbli": "47112", "staff": [{"name": "Tono"}]}
EXAMPLES: dict[str, list[dict[str, Any]]] = {
    "dukcapil": [
        {"title": "a match", "input": {"nik": NIK, "name": "Siti"}, "output": {"match": True}},
        {"title": "another", "input": {"nik": OTHER, "name": "Siti"}, "output": {"match": True}},
    ],
    "oss": [
        {"title": "safe", "input": {"nik": NIK, "kbli": "47112"}, "output": {"nib": "1", "risk": "low"}},
        {"title": "risky", "input": {"nik": NIK, "kbli": "10710"}, "output": {"nib": "2", "risk": "high"}},
    ],
    "dpmptsp": [{"title": "verified", "input": {"nib": "2", "risk": "high"}, "output": {"certificate": "c"}}],
    "djp": [{"title": "active", "input": {"nik": NIK, "nib": "1"}, "output": {"status": "active"}}],
}


def published(
    changes: Mapping[str, Any] | None = None, of_contracts: Mapping[str, dict[str, Any]] | None = None
) -> PublishedPlan:
    """Publish it, with changes of the plan, and of contracts by agency."""
    more = {agency: {"examples": shown, **(of_contracts or {}).get(agency, {})} for agency, shown in EXAMPLES.items()}
    # A version of its own: compiled plans are remembered by digest, which titles and examples are no part of.
    return publish(plan({"version": "0.9.0", **(changes or {})}), contracts(more))


def compiled(
    changes: Mapping[str, Any] | None = None, of_contracts: Mapping[str, dict[str, Any]] | None = None
) -> CompiledPlan:
    """The same, ready to run."""
    return compile_plan(published(changes, of_contracts))
