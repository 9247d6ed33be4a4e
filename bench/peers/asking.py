"""The five asks of the reference case by the name of their step, for engines that want a function a step."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

from gateway.cli.bench.floor import PlainAgencies

CONTRACTS: Final[Mapping[str, str]] = {
    "identity": "dukcapil/match-identity@1",
    "taxpayer": "djp/activate-taxpayer@1",
    "licence": "dpmptsp/issue-licence@1",
    "workers": "bpjs/enrol-employer@1",
    "place": "dpupr/confirm-place@1",
}


Ask = Callable[[str, str, dict[str, Any]], Coroutine[Any, Any, dict[str, Any]]]
"""Makes one ask: from case, step and input to the output."""


def asks_of(agencies: PlainAgencies) -> Ask:
    """Give the function that makes one ask."""

    async def ask(case: str, step: str, given: dict[str, Any]) -> dict[str, Any]:
        return await agencies.ask(case, step, CONTRACTS[step], given)

    return ask
