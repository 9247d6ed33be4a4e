"""Operations: clocks, of one case and by agency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final

from litestar import Response, get
from msgspec import Struct

from contracts.clocks import SOON, ClockView, DueView
from contracts.ids import Instant
from contracts.units import Text
from gateway.pages import replies
from gateway.pages.names import agency_names
from gateway.pages.steps import name_of
from gateway.requests import GatewayRequest, calls_of

KINDS: Final = {
    "promise": Text("Janji", "Promise"),
    "deemed": Text("Menurut hukum", "By law"),
    "decision": Text("Putusan atas keberatan", "Decision on an objection"),
}
STATES: Final = {
    "running": Text("Berjalan", "Running"),
    "paused": Text("Berhenti sementara", "Standing still"),
    "stopped": Text("Selesai", "Stopped"),
}
DAYS: Final = ("0", "1", "2", "5", "10")
"""Within how many working days something is due soon, to choose from."""
OVERDUE: Final = Text("Lewat waktu", "Overdue")
REASONS: Final = {
    "correction": Text("pemohon memperbaiki", "the applicant corrects"),
    "reopened": Text("sebelum diminta lagi", "before it was asked again"),
    "pause": Text("dijeda operator", "paused by an operator"),
    "away": Text("gerbang layanan tidak beroperasi", "the gateway was away"),
    "maintenance": Text("pemeliharaan sistem instansi", "maintenance of the agency's system"),
    "unreachable": Text("sistem instansi tidak terhubung", "the agency's system cannot be reached"),
    "told_to_wait": Text("instansi meminta menunggu", "the agency asked us to wait"),
    "queue": Text("menunggu giliran", "others are first"),
    "applicant_in_sub_case": Text("menunggu pemohon, dalam permohonan bagian", "the applicant, in a sub-case"),
}


class StopRow(Struct, frozen=True, kw_only=True):
    """A time in which a clock stood still, and why."""

    because: Text
    since: Instant
    until: Instant | None


class ClockRow(Struct, frozen=True, kw_only=True):
    """One clock of a case."""

    title: Text
    item: str
    kind: Text
    within: str
    state: Text
    used: timedelta
    opened: timedelta | None
    stops: list[StopRow]
    due_at: Instant | None
    sub_case: str


def clock_rows(clocks: Iterable[ClockView]) -> list[ClockRow]:
    """Give the clocks of a case as its page shows them."""
    return [
        ClockRow(
            title=clock.title,
            item=clock.item,
            kind=KINDS[clock.kind],
            within=clock.within,
            state=OVERDUE if clock.overdue else STATES[clock.state],
            used=timedelta(seconds=clock.used_s),
            opened=None if clock.open_s is None else timedelta(seconds=clock.open_s),
            stops=[
                StopRow(because=REASONS[span.because], since=span.since, until=span.until)
                for span in clock.spans
                if span.because
            ],
            due_at=clock.due_at,
            sub_case=clock.sub_case,
        )
        for clock in clocks
    ]


class DueRow(Struct, frozen=True, kw_only=True):
    """Something that is overdue, or due soon."""

    case: str
    title: Text
    agency: str
    kind: Text
    due_at: Instant
    overdue: bool


def due_rows(due: Iterable[DueView], names: Mapping[str, str]) -> list[DueRow]:
    """Give what is due as the page of promises lists it; what stands still is due at no time."""
    return [
        DueRow(
            case=waited.case,
            title=waited.title,
            agency=name_of(waited.agency, names),
            kind=KINDS[waited.kind],
            due_at=waited.due_at,
            overdue=waited.overdue,
        )
        for waited in due
        if waited.due_at is not None
    ]


@get("/operasi/janji", include_in_schema=False)
async def promises(request: GatewayRequest) -> Response[bytes]:
    """Show how agencies stand by their promises, and what is overdue or due soon."""
    calls = calls_of(request)
    chosen = str(request.query_params.get("hari", ""))
    days = int(chosen) if chosen in DAYS else SOON
    cursor = str(request.query_params.get("cursor", ""))
    names, view = await agency_names(calls), await calls.promises.standing(within_days=days, cursor=cursor)
    lines = [(name_of(line.agency, names), line) for line in view.promises]
    context = {"lines": lines, "due": due_rows(view.due, names), "view": view, "days": str(days), "choices": DAYS}
    return replies.page(request, "operations/promises.html", replies.shell_of(request, "operations"), context=context)


ROUTES: Final = (promises,)
