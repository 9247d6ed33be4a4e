"""Operations: what waits for agencies that fetch, and which worker has what. Nothing can be done here but look."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from litestar import Response, get
from msgspec import Struct

from contracts.ids import Instant
from contracts.units import Text
from contracts.views import ErrandView
from gateway.pages import replies
from gateway.pages.names import agency_names
from gateway.pages.steps import name_of
from gateway.requests import GatewayRequest, caller_of, calls_of

VERB_WORDS: Final = {
    "ask": Text("permintaan", "ask"),
    "undo": Text("pembatalan", "undo"),
    "lookup": Text("pertanyaan", "lookup"),
}


class ErrandLine(Struct, frozen=True, kw_only=True):
    """One line: what, for which agency, with which worker (nothing: it waits), since when and until when."""

    agency: str
    contract: str
    case: str
    step: str
    verb: Text
    attempt: int
    worker: str
    since: Instant
    until: Instant


def errand_lines(errands: Iterable[ErrandView], names: Mapping[str, str]) -> list[ErrandLine]:
    """Give the lines: what workers have first, then what waits, each as it came."""
    ordered = sorted(errands, key=lambda errand: not errand.worker)
    return [
        ErrandLine(
            agency=name_of(errand.agency, names),
            contract=errand.contract,
            case=errand.case,
            step=f"{errand.step}/{errand.item}" if errand.item else errand.step,
            verb=VERB_WORDS[errand.verb],
            attempt=errand.attempt,
            worker=errand.worker,
            since=errand.fetched_at or errand.since,
            until=errand.until,
        )
        for errand in ordered
    ]


@get("/operasi/ambilan", include_in_schema=False)
async def leases(request: GatewayRequest) -> Response[bytes]:
    """Show what waits to be fetched, and who has what."""
    calls = calls_of(request)
    lines = errand_lines(calls.errands(caller_of(request)), await agency_names(calls))
    shell = replies.shell_of(request, "operations")
    return replies.page(request, "operations/leases.html", shell, context={"lines": lines})


ROUTES: Final = (leases,)
