"""Operations: the addresses that are told by themselves, what did not arrive there, and sending it again."""

from __future__ import annotations

from typing import Final

from litestar import Response, get, post

from contracts.units import Text
from gateway.hooks import Addressed
from gateway.pages import replies
from gateway.pages.posting import read_posted
from gateway.requests import GatewayRequest, caller_of, calls_of

PATH: Final = "/operasi/pemberitahuan"
STATES: Final = {
    "on": Text("Aktif", "On"),
    "gone": Text("Nonaktif: penerima tidak ada lagi (410)", "Off: the receiver says that it is gone (410)"),
    "spent": Text("Nonaktif: tidak terjangkau", "Off: not reached in 27 hours"),
}
KINDS: Final = {
    "case.changed": Text("perubahan permohonan", "changes of cases"),
    "output.issued": Text("hasil terbit", "outputs issued"),
    "output.revoked": Text("hasil dicabut", "outputs revoked"),
    "part.revoked": Text("bagian dicabut", "parts revoked"),
    "correction.asked": Text("perbaikan diminta", "corrections asked"),
    "contract.deprecated": Text("kontrak tidak dianjurkan lagi", "contracts deprecated"),
}


@get(PATH, include_in_schema=False)
async def hooks(request: GatewayRequest) -> Response[bytes]:
    """Show every hook: whose, of what, and what did not arrive."""
    found = await calls_of(request).hooks.seen(caller_of(request))
    sent = request.query_params.get("terkirim", "")
    context = {
        "hooks": sorted(found, key=_worst_first),
        "states": STATES,
        "kinds": KINDS,
        "sent": sent if sent.isascii() and sent.isdigit() else "",
    }
    return replies.page(request, "operations/hooks.html", replies.shell_of(request, "operations"), context=context)


@post(PATH, status_code=200, include_in_schema=False)
async def mend(request: GatewayRequest) -> Response[bytes]:
    """Tell a hook again, and send what did not arrive."""
    posted = await read_posted(request)
    name = (posted.get("nama") or [""])[-1].strip()[:100]
    count = await calls_of(request).hooks.mend(caller_of(request), name)
    return replies.go(f"{PATH}?terkirim={count}")


def _worst_first(each: Addressed) -> tuple[bool, bool, str]:
    view = each.view
    return view.state == "on", not view.undelivered, view.agency


ROUTES: Final = (hooks, mend)
