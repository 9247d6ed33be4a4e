"""Where agencies differ in facts that they keep in step."""

from __future__ import annotations

from typing import Final

from litestar import Response, get

from contracts.units import Text
from gateway.pages import replies
from gateway.pages.names import agency_names
from gateway.pages.steps import name_of
from gateway.requests import GatewayRequest, calls_of, operator_of

ANSWERS: Final = {
    "": Text("Belum dijawab", "Not answered yet"),
    "same": Text("Sama", "Same"),
    "different": Text("Berbeda", "Different"),
    "unknown": Text("Tidak tahu", "Unknown"),
}


@get("/operasi/fakta", include_in_schema=False)
async def facts(request: GatewayRequest) -> Response[bytes]:
    """Show holders that differ, or everything that was asked."""
    operator_of(request)
    calls, everything = calls_of(request), str(request.query_params.get("show", "")) == "all"
    page = await calls.facts.lines(everything=everything, cursor=str(request.query_params.get("cursor", "")))
    names = await agency_names(calls)
    rows = [
        {
            "line": line,
            "authority": name_of(line.authority, names),
            "holder": name_of(line.holder, names),
            "answer": ANSWERS[line.answer],
        }
        for line in page.facts
    ]
    context = {"rows": rows, "everything": everything, "next": page.next}
    return replies.page(request, "operations/facts.html", replies.shell_of(request, "operations"), context=context)


ROUTES: Final = (facts,)
